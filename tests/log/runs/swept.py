"""A notebook with parameters, and the runs that a sweep makes of it."""

from labbook.log.notebook import sources
from labbook.log.records.layout import Layout
from labbook.log.runs.batch import read_sweep


def source_of(root):
    return sources.load(Layout(root), "tiny")


def runs_of(root, text, given=None):
    path = root / "sweep.yaml"
    path.write_text(text, encoding="utf-8")
    return read_sweep(path, source_of(root), given or {})
