"""A folder of its own for a run of a batch: what it writes, no other run writes over."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from labbook.log.records.layout import Layout

NAME = "work"
# Not linked: what runs make, and the modules, which are imported from where they lie.
LEFT_OUT = ("runs", "_build", "notebooks")
TEXTS = (".py", ".ipynb")


@contextmanager
def own_folder(run: Path, layout: Layout) -> Iterator[Path]:
    """A folder in a run's folder that stands for ``notebooks/`` while the run goes on.

    All that lies in the log and in ``notebooks/`` is there as a link, so that ``reported/x.csv``
    and ``../data`` are read as ever; new files stay in ``<run>/work/notebooks``. Afterwards the
    links go, and the folder, too, where the run has written nothing.
    """
    place = run / NAME
    notebooks = place / layout.notebooks.name
    notebooks.mkdir(parents=True)
    for entry in layout.root.iterdir():
        if entry.name not in LEFT_OUT and not entry.name.startswith("."):
            (place / entry.name).symlink_to(entry)
    for entry in layout.notebooks.iterdir():
        if entry.suffix not in TEXTS and not entry.name.startswith("."):
            (notebooks / entry.name).symlink_to(entry)
    try:
        yield notebooks
    finally:
        for folder in (notebooks, place):
            for entry in list(folder.iterdir()):
                if entry.is_symlink():
                    entry.unlink()
            if not os.listdir(folder):
                folder.rmdir()
