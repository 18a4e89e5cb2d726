"""A folder of its own for a run of a batch: what it writes, no other run writes over."""

import itertools
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from labbook.log.records.layout import Layout

NAME = "work"
# Not linked: what runs make, and the modules, which are imported from where they lie.
LEFT_OUT = ("runs", "_build", "notebooks")
TEXTS = (".py", ".ipynb")
# What is larger is linked: a batch of many runs would fill the disk with copies of it.
LARGEST_COPY_BYTES = 32 << 20
LARGEST_COPY_FILES = 1000

# What tells whether a file was written to: its inode, size, and time of change.
Stamp = tuple[int, int, int]


@contextmanager
def own_folder(run: Path, layout: Layout) -> Iterator[Path]:
    """A folder in a run's folder that stands for ``notebooks/`` while the run goes on.

    All that lies in the log is there as a link, so that ``../data`` is read as ever. Files and
    folders in ``notebooks/`` are there as copies, so that what an earlier run left, such as
    ``out.csv``, is written over in the copy alone. Afterwards links and copies go, and folders that
    are empty then; what the run has written stays in ``<run>/work/notebooks``.
    """
    place = run / NAME
    notebooks = place / layout.notebooks.name
    notebooks.mkdir(parents=True)
    for entry in layout.root.iterdir():
        if entry.name not in LEFT_OUT and not entry.name.startswith("."):
            (place / entry.name).symlink_to(entry)
    for entry in layout.notebooks.iterdir():
        if entry.suffix not in TEXTS and not entry.name.startswith("."):
            _bring(entry, notebooks / entry.name)
    copies = {path: _stamp(path) for path in notebooks.rglob("*") if not path.is_symlink()}
    try:
        yield notebooks
    finally:
        _tidy(place, notebooks, copies)


def _bring(entry: Path, to: Path) -> None:
    """Copy a file or a folder; link it where it is large, or holds modules, links, or no files.

    What goes meanwhile, as others work in ``notebooks/``, is left out.
    """
    files = [entry, *itertools.islice(_below(entry), LARGEST_COPY_FILES)]
    if (
        len(files) > LARGEST_COPY_FILES
        or not all(map(_is_plain, files))
        or sum(map(_size, files)) > LARGEST_COPY_BYTES
    ):
        to.symlink_to(entry)
        return
    for file in files:  # folders before what is in them
        copy = to / file.relative_to(entry)
        with suppress(FileNotFoundError):
            copy.mkdir() if file.is_dir() else shutil.copy2(file, copy)


def _below(entry: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(entry):
        yield from (Path(folder, name) for name in (*folders, *files))


def _is_plain(path: Path) -> bool:
    """Whether it is a file that can be read and holds no module, or a folder; and no link."""
    if path.is_symlink() or path.suffix == ".py":
        return False
    readable = os.access(path, os.R_OK) and (path.is_file() or path.is_dir())
    return readable or not path.exists()


def _size(path: Path) -> int:
    with suppress(FileNotFoundError):
        return path.stat().st_size
    return 0


def _stamp(path: Path) -> Stamp:
    status = path.stat()
    return status.st_ino, status.st_size, status.st_mtime_ns


def _tidy(place: Path, notebooks: Path, copies: dict[Path, Stamp]) -> None:
    """Remove links, copies that are as they were, and folders of ours that are empty then."""
    for folder in filter(Path.is_dir, (place, notebooks)):
        for path in filter(Path.is_symlink, folder.iterdir()):
            path.unlink()
    folders = [path for path in copies if path.is_dir()]
    for path, before in copies.items():
        if path.is_file() and _stamp(path) == before:
            path.unlink()
    # The deepest first.
    for folder in (*sorted(folders, reverse=True), notebooks, place):
        if folder.is_dir() and not os.listdir(folder):
            folder.rmdir()
