"""All atoms of many structures in one memory-mapped table."""

import hashlib
import json
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from tqdm import tqdm

from labbook.data.fetch import cache_folder
from labbook.data.structures.atoms import Structure, is_structure_file, name_of, read_structure

COLUMNS = ("elements", "coordinates_A", "occupancies")


@dataclass(frozen=True)
class AtomTable:
    """The atoms of structures, one structure after the other.

    Attributes:
        names: of the S structures.
        elements: (N,) uint8 atomic numbers of all atoms.
        coordinates_A: (N, 3) float32.
        occupancies: (N,) float32.
        starts: (S,) first atom of each structure.
        stops: (S,) the atom after its last.
        digest: identifies the data that the table was made of, of a part of it as well.
        generated: whether the structures were made by a program, not measured.
        skipped: a sentence for each structure whose file could not be read, by its name.
    """

    names: tuple[str, ...]
    elements: np.ndarray
    coordinates_A: np.ndarray
    occupancies: np.ndarray
    starts: np.ndarray
    stops: np.ndarray
    digest: str
    generated: bool = False
    skipped: dict[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, number: int) -> Structure:
        atoms = slice(int(self.starts[number]), int(self.stops[number]))
        columns = (getattr(self, column)[atoms] for column in COLUMNS)
        return Structure(self.names[number], *columns)

    def select(self, names: Iterable[str]) -> "AtomTable":
        """The table of some of its structures, in the order asked for; no atom is copied.

        Raises:
            KeyError: a name that is not in the table.
        """
        number_of = {name: number for number, name in enumerate(self.names)}
        names = tuple(names)
        if missing := [name for name in names if name not in number_of]:
            raise KeyError(f"no structure {missing[0]!r} among the {len(self)} of the table.")
        numbers = np.array([number_of[name] for name in names], np.int64)
        return replace(self, names=names, starts=self.starts[numbers], stops=self.stops[numbers])

    @staticmethod
    def of(structures: Sequence[Structure], generated: bool = False) -> "AtomTable":
        """The table of structures in memory.

        Raises:
            ValueError: no structures, or two of one name.
        """
        names = tuple(structure.name for structure in structures)
        if not names:
            raise ValueError("a table of atoms needs at least one structure.")
        _check_unique(names)
        columns = [np.concatenate([getattr(s, column) for s in structures]) for column in COLUMNS]
        content = hashlib.sha256(repr(names).encode())
        for column in columns:
            content.update(np.ascontiguousarray(column).tobytes())
        stops = np.cumsum([len(structure) for structure in structures])
        starts = stops - [len(structure) for structure in structures]
        digest = f"sha256:{content.hexdigest()}"
        return AtomTable(names, *columns, starts, stops, digest, generated)


def read_folder(folder: str | Path, cache: str | Path | None = None) -> AtomTable:
    """The structures of a folder and its subfolders, memory-mapped, in the order of their paths.

    The table is built once, and again when a file comes, goes or changes. Files that cannot be
    read are skipped with a warning that names each.

    Arguments:
        folder: where PDB and mmCIF files lie.
        cache: where tables are kept; the user's cache folder if not given.

    Raises:
        FileNotFoundError: no such folder, or no file of a structure in it.
        ValueError: none of the files can be read, or two structures have one name.
        OSError: the cache can't be written to.
    """
    root = Path(folder).resolve()
    if not root.is_dir():
        raise FileNotFoundError(f"{root}: no such folder of structures.")
    paths = sorted(path for path in root.rglob("*") if is_structure_file(path))
    if not paths:
        raise FileNotFoundError(f"{root} holds no structures (files named .pdb, .cif, … or .gz).")
    tables = Path(cache) if cache else cache_folder() / "structures"
    state = "".join(
        f"{path.relative_to(root)} {path.stat().st_size} {path.stat().st_mtime_ns}\n"
        for path in paths
    )
    place = hashlib.sha256(str(root).encode()).hexdigest()[:16]
    built = tables / f"{place}-{hashlib.sha256(state.encode()).hexdigest()[:16]}"
    if not built.is_dir():
        _build(root, paths, built)
        for other in tables.glob(f"{place}-*"):
            if other != built:
                shutil.rmtree(other, ignore_errors=True)
    table = _load(built)
    for reason in table.skipped.values():
        warnings.warn(f"skipped {reason}", stacklevel=2)
    return table


def _build(root: Path, paths: list[Path], built: Path) -> None:
    """Write the table of a folder; it appears under its name only when it is whole."""
    _check_unique([name_of(path) for path in paths])
    built.parent.mkdir(parents=True, exist_ok=True)
    content = hashlib.sha256()
    structures, skipped = [], {}
    for path in tqdm(paths, f"atoms of {root.name}", unit="files", disable=None):
        of_file = hashlib.sha256(path.read_bytes()).hexdigest()
        content.update(f"{path.relative_to(root).as_posix()} {of_file}\n".encode())
        try:
            structures.append(read_structure(path))
        except ValueError as problem:
            skipped[name_of(path)] = str(problem)
    if not structures:
        reason = next(iter(skipped.values()))
        raise ValueError(f"{root}: none of its {len(paths)} structures can be read; {reason}")
    table = AtomTable.of(structures)
    with tempfile.TemporaryDirectory(dir=built.parent) as folder:
        unfinished = Path(folder, "table")
        unfinished.mkdir()
        for column in (*COLUMNS, "starts", "stops"):
            np.save(unfinished / f"{column}.npy", getattr(table, column))
        about = {
            "names": table.names,
            "digest": f"sha256:{content.hexdigest()}",
            "skipped": skipped,
        }
        (unfinished / "table.json").write_text(json.dumps(about))
        try:
            os.rename(unfinished, built)
        except OSError:
            if not built.is_dir():  # else another process was faster, with the same table
                raise


def _load(built: Path) -> AtomTable:
    about = json.loads((built / "table.json").read_text())
    columns = [np.load(built / f"{column}.npy", mmap_mode="r") for column in COLUMNS]
    starts, stops = (np.load(built / f"{column}.npy") for column in ("starts", "stops"))
    return AtomTable(
        tuple(about["names"]), *columns, starts, stops, about["digest"], skipped=about["skipped"]
    )


def _check_unique(names: Sequence[str]) -> None:
    if len(set(names)) < len(names):
        twice = next(name for number, name in enumerate(names) if name in names[:number])
        raise ValueError(f"two structures are named {twice!r}; names tell structures apart.")
