"""A small log, and whether the code of its trial changes with an edit."""

import textwrap
from pathlib import Path

from labbook.log.code.used import code_of_trial
from labbook.log.freshness.changes import changes

NOTEBOOK = "notebooks/toy.py"


def make(folder: Path, files: dict[str, str]) -> Path:
    """Write a log; ``lib/p/m.py`` is a module of its package ``p``."""
    for name, text in {
        "lib/p/__init__.py": "",
        NOTEBOOK: "from p import m\n\nm.train\n",
        **files,
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
    return folder


def told(log: Path, name: str, old: str, new: str) -> list[str]:
    """What is told of the trial ``train`` after an edit of a file."""
    before = code_of_trial(log / NOTEBOOK, "train", log).digests
    text = (log / name).read_text()
    assert old in text
    (log / name).write_text(text.replace(old, new))
    return changes(before, code_of_trial(log / NOTEBOOK, "train", log).digests)
