"""The folder that a run of a batch works in, whatever the run does there."""

import os
import shutil

import pytest

from labbook.log.records.layout import Layout
from labbook.log.runs.workplace import own_folder


@pytest.fixture
def layout(log) -> Layout:
    """A log with a file and a folder beside its notebooks."""
    notebooks = log.root / "notebooks"
    (notebooks / "out.csv").write_text("of the page")
    (notebooks / "reported").mkdir()
    (notebooks / "reported" / "out.csv").write_text("of a paper")
    return Layout(log.root)


@pytest.mark.parametrize("removed", ["reported", ".", ".."])
def test_a_run_may_remove_what_it_finds_there(layout, removed: str, tmp_path_factory) -> None:
    run = tmp_path_factory.mktemp("run")
    with own_folder(run, layout) as folder:
        shutil.rmtree(os.path.normpath(folder / removed))
    assert list(run.iterdir()) == []
    assert (layout.notebooks / "reported" / "out.csv").read_text() == "of a paper"
