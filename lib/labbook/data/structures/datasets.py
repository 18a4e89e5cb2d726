"""Macromolecular structures: one file, a folder, or a data set by name with its splits.

=============  =========================================================================
name           what it is
=============  =========================================================================
``pdb``        experimental structures in ``$LABBOOK_DATA/pdb``: files, and an ``index.csv``
               that tells which are for training and which, unlike any of those, for
               validation.
``generated``  chains that a program built from internal coordinates
               (:mod:`labbook.data.structures.generated`). Always at hand: the default of the demos.
=============  =========================================================================
"""

import csv
import hashlib
import os
from functools import lru_cache
from pathlib import Path

from labbook.data.structures import generated
from labbook.data.structures.atom_table import AtomTable, read_folder
from labbook.data.structures.atoms import Structure, name_of, read_structure

__all__ = ["AtomTable", "Structure", "at_hand", "digest", "files", "folder", "load"]
__all__ += ["read_folder", "read_structure"]

SPLITS = ("train", "validation")


def folder() -> Path | None:
    """The folder ``$LABBOOK_DATA/pdb``, or None where there is none."""
    data = os.environ.get("LABBOOK_DATA")
    return Path(data, "pdb") if data and Path(data, "pdb", "index.csv").is_file() else None


def at_hand() -> str:
    """The name of the data set to use here: ``pdb`` where its folder is, else ``generated``."""
    return "generated" if folder() is None else "pdb"


def load(name: str, split: str, cache: str | Path | None = None) -> AtomTable:
    """The structures of a split of a data set.

    Arguments:
        name: ``pdb`` or ``generated``.
        split: ``train`` or ``validation``.
        cache: where tables of atoms are kept; the user's cache folder if not given.

    Raises:
        ValueError: no such data set or split, or an index that names a structure without a file,
            a structure twice or an unknown split.
        FileNotFoundError: ``pdb`` is not at hand.
    """
    if split not in SPLITS:
        raise ValueError(f"no split {split!r} of structures; there are train and validation.")
    if name == "generated":
        return generated.chains(split)
    if name != "pdb":
        raise ValueError(f"no data set {name!r} of structures; there are pdb and generated.")
    root = _root()
    table = read_folder(root, cache)
    wanted = [name for name in files(split) if name not in table.skipped]
    if missing := set(wanted) - set(table.names):
        raise ValueError(f"{root / 'index.csv'} names {min(missing)}, which has no file.")
    return table.select(wanted)


def files(split: str) -> dict[str, Path]:
    """The file of each structure of a split of ``pdb`` by its name, in the order of the index.

    Raises:
        ValueError: an index without the columns file and split, with another split, or that lists
            a structure twice.
        FileNotFoundError: ``pdb`` is not at hand.
    """
    index = _root() / "index.csv"
    with index.open(newline="") as lines:
        reader = csv.DictReader(lines)
        if absent := {"file", "split"} - {*(reader.fieldnames or ())}:
            raise ValueError(f"{index} has no column {min(absent)}; it needs file and split.")
        rows = list(reader)
    listed: dict[str, dict[str, Path]] = {"train": {}, "val": {}}
    for row in rows:
        name, of_row = name_of(row["file"]), row["split"]
        if of_row not in listed:
            raise ValueError(f"{index} gives {name} to {of_row!r}; the splits are train and val.")
        for before, paths in listed.items():
            if name in paths:
                raise ValueError(
                    f"{index} lists {name} twice, under {before} and {of_row}; a structure belongs "
                    "to one split, once."
                )
        listed[of_row][name] = index.parent / row["file"]
    return listed["train" if split == "train" else "val"]


def digest(name: str) -> str | None:
    """What identifies a data set; None where it is not at hand.

    For ``pdb`` it covers the index and the names and bytes of every file, for ``generated`` the
    atoms.
    """
    if name == "generated":
        return generated.digest()
    if name != "pdb":
        raise ValueError(f"no data set {name!r} of structures; there are pdb and generated.")
    root = folder()
    if root is None:
        return None
    paths = sorted(path for path in root.rglob("*") if path.is_file() and path.name != "SOURCE.txt")
    states = [(path, path.stat().st_size, path.stat().st_mtime_ns) for path in paths]
    return _digest_of_files(root, tuple(states))


@lru_cache(maxsize=4)
def _digest_of_files(root: Path, states: tuple[tuple[Path, int, int], ...]) -> str:
    """Sizes and times in ``states`` only tell whether the files must be read again."""
    content = hashlib.sha256()
    for path, _, _ in states:
        of_file = hashlib.sha256(path.read_bytes()).hexdigest()
        content.update(f"{path.relative_to(root).as_posix()} {of_file}\n".encode())
    return f"sha256:{content.hexdigest()}"


def _root() -> Path:
    if (root := folder()) is None:
        raise FileNotFoundError(
            "no measured structures: set LABBOOK_DATA to the folder above pdb/ and its index.csv."
        )
    return root
