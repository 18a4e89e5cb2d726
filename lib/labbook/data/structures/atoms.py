"""One structure: its atoms, from a PDB or mmCIF file."""

import gzip
import zlib
from dataclasses import dataclass
from pathlib import Path

import gemmi
import numpy as np

SUFFIXES = (".pdb", ".ent", ".cif", ".mmcif")


@dataclass(frozen=True)
class Structure:
    """The atoms of a structure, without hydrogens and waters.

    Attributes:
        name: of the file, without its suffixes.
        elements: (N,) uint8 atomic numbers.
        coordinates_A: (N, 3) float32.
        occupancies: (N,) float32, the share of molecules in which an atom is where it is.
    """

    name: str
    elements: np.ndarray
    coordinates_A: np.ndarray
    occupancies: np.ndarray

    def __len__(self) -> int:
        return len(self.elements)


def is_structure_file(path: Path) -> bool:
    """Whether a file's name is that of a structure (``.pdb``, ``.ent``, ``.cif``, ``.mmcif``)."""
    return path.name.lower().removesuffix(".gz").endswith(SUFFIXES)


def name_of(path: str | Path) -> str:
    """The name of a structure: its file's, without ``.gz`` and the suffix before it."""
    name = Path(path).name
    name = name[: -len(".gz")] if name.lower().endswith(".gz") else name
    return Path(name).stem


def read_structure(path: str | Path) -> Structure:
    """The atoms of a PDB or mmCIF file, which may be gzip'd.

    Of several models the first; of several locations of an atom the one with the highest
    occupancy, and of several residues at one place likewise (the first, where they are equal).
    Hydrogens (and deuterium) and waters are dropped; modified residues and ligands are kept.

    Arguments:
        path: named ``.pdb``, ``.ent``, ``.cif`` or ``.mmcif``, with or without ``.gz``.

    Raises:
        ValueError: not a structure, damaged, without atoms, or with an atom of an unknown element
            or at coordinates that are no numbers; the sentence names the file.
        FileNotFoundError: no such file.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file.")
    if not is_structure_file(path):
        raise ValueError(f"{path}: structures are named {', '.join(SUFFIXES)}, or so with .gz.")
    atoms = gemmi.FlatStructure(_parsed(path))
    kept = _one_location(atoms)
    if not len(kept):
        raise ValueError(f"{path}: no atoms in it but hydrogens and waters.")
    elements, coordinates = atoms.elements[kept], atoms.pos[kept]
    if not elements.all():
        serial = atoms.serials[kept[int(np.argmin(elements != 0))]]
        raise ValueError(f"{path}: atom {serial} is of no known element.")
    if not np.isfinite(coordinates).all():
        serial = atoms.serials[kept[int(np.argmin(np.isfinite(coordinates).all(axis=1)))]]
        raise ValueError(f"{path}: the coordinates of atom {serial} are no numbers.")
    return Structure(name_of(path), elements, coordinates.astype(np.float32), atoms.occ[kept])


def _parsed(path: Path) -> gemmi.Structure:
    """The first model of a file, without hydrogens and waters."""
    structure = gemmi_structure(path)
    if not len(structure) or not structure[0].count_atom_sites():
        raise ValueError(f"{path}: no atoms in it, so it is no structure.")
    while len(structure) > 1:
        del structure[-1]
    structure.remove_hydrogens()
    structure.remove_waters()
    return structure


def gemmi_structure(path: Path) -> gemmi.Structure:
    """All that a file holds, which may be gzip'd; PDB by its name, and mmCIF under any other.

    Raises:
        ValueError: not a structure, or damaged; the sentence names the file.
    """
    content = path.read_bytes()
    try:
        # By ourselves, as gemmi takes a file that ends early for a whole one.
        text = gzip.decompress(content) if path.name.lower().endswith(".gz") else content
        is_pdb = path.name.lower().removesuffix(".gz").endswith((".pdb", ".ent"))
        form = gemmi.CoorFormat.Pdb if is_pdb else gemmi.CoorFormat.Mmcif
        return gemmi.read_structure_string(text, format=form)
    except (EOFError, OSError, RuntimeError, ValueError, zlib.error) as problem:
        reason = " ".join(str(problem).split()).rstrip(".")
        raise ValueError(f"{path}: not a readable structure ({reason}).") from problem


def _one_location(atoms: gemmi.FlatStructure) -> np.ndarray:
    """Indices of the atoms without alternatives, and of the most frequent of the others."""
    several = np.flatnonzero(atoms.altlocs)
    if not len(several):
        return np.arange(len(atoms.elements))
    # A place in a chain: number and insertion code. Two residues may be alternatives there.
    places = [
        (atoms.chain_ids[i].tobytes(), int(atoms.resnums[i]), int(atoms.icodes[i])) for i in several
    ]
    residues = [atoms.residue_names[i].tobytes() for i in several]
    by_occupancy = sorted(range(len(several)), key=lambda n: -atoms.occ[several[n]])
    residue_at: dict[tuple, bytes] = {}
    for n in by_occupancy:
        residue_at.setdefault(places[n], residues[n])
    chosen: dict[tuple, int] = {}
    for n in by_occupancy:
        if residues[n] == residue_at[places[n]]:
            chosen.setdefault((places[n], atoms.atom_names[several[n]].tobytes()), several[n])
    return np.sort([*np.flatnonzero(atoms.altlocs == 0), *chosen.values()]).astype(np.int64)
