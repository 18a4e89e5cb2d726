"""Structural motifs of proteins: pieces of backbone, alone or in contact, and their boxes.

A motif is a few segments of consecutive residues: one segment (as in the BriX classes), or several
around a residue and those it touches (as in TERMs, tertiary motifs of mostly five-residue
segments). Here they are cut from whole structures, every residue in turn, without any clustering:
what is frequent in proteins is frequent among them.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.spatial import cKDTree

from labbook.data.structures.atoms import gemmi_structure

ATOMS = ("N", "CA", "C", "O")
CHAIN_BREAK_A = 2.0  # a peptide bond is 1.33 A long; beyond this there is none
REACH_A = 8.0  # between CB of residues in contact


@dataclass(frozen=True)
class Backbone:
    """The backbone atoms of a structure's residues, in order.

    Attributes:
        atoms_A: (R, 4, 3) coordinates of N, CA, C and O of R residues.
        piece: (R,) the number of the unbroken piece of chain that a residue belongs to.
    """

    atoms_A: np.ndarray
    piece: np.ndarray

    def __len__(self) -> int:
        return len(self.piece)

    def side_chains_A(self) -> np.ndarray:
        r"""Where CB is, or would be in glycine: (R, 3).

        .. math:: CA - 0.583\, a + 0.568\, b - 0.541\, c, \qquad
                  b = CA - N, \; c = C - CA, \; a = b \times c

        for ideal tetrahedral geometry of an L residue.
        """
        n, ca, c, _ = np.moveaxis(self.atoms_A, 1, 0)
        to_ca, to_c = ca - n, c - ca
        return ca - 0.583 * np.cross(to_ca, to_c) + 0.568 * to_ca - 0.541 * to_c


def read_backbone(path: str | Path) -> Backbone:
    """The backbone of the first model of a PDB or mmCIF file, which may be gzip'd.

    Residues without one of the four atoms are left out, and break the chain.

    Raises:
        ValueError: a file that is no structure, is cut short, or holds no residue with a whole
            backbone.
        FileNotFoundError: no such file.
    """
    structure = gemmi_structure(Path(path))
    atoms, chains = [], []
    for number, chain in enumerate(structure[0] if len(structure) else ()):
        for residue in chain.first_conformer():
            found = {atom.name: atom.pos.tolist() for atom in residue if atom.name in ATOMS}
            if len(found) == len(ATOMS):
                atoms.append([found[name] for name in ATOMS])
                chains.append(number)
    if not atoms:
        raise ValueError(f"{path}: no residue in it has all of {', '.join(ATOMS)}.")
    return from_atoms(np.array(atoms), np.array(chains))


def from_atoms(atoms_A: np.ndarray, chains: np.ndarray) -> Backbone:
    """A backbone from coordinates (R, 4, 3) and the chain of each residue (R,).

    A piece ends where the chain changes or C is farther than 2 A from the next N.
    """
    gap_A = np.linalg.norm(atoms_A[1:, 0] - atoms_A[:-1, 2], axis=-1)
    breaks = (gap_A > CHAIN_BREAK_A) | (chains[1:] != chains[:-1])
    return Backbone(atoms_A, np.concatenate([[0], np.cumsum(breaks)]))


def contiguous(backbone: Backbone, length: int) -> np.ndarray:
    """Every segment of so many consecutive residues: the index of its first, (M, 1).

    Raises:
        ValueError: a length below 1.
    """
    if length < 1:
        raise ValueError(f"a segment has at least one residue, got {length}.")
    first = np.arange(max(0, len(backbone) - length + 1))
    return first[backbone.piece[first] == backbone.piece[first + length - 1]][:, None]


def in_contact(backbone: Backbone, segments: int, length: int = 5) -> np.ndarray:
    """A segment around each residue, and those around the residues that it touches most closely.

    Two residues touch if their CB are within 8 A and their segments don't overlap. Of those that
    a residue touches the nearest is taken, then the nearest whose segment overlaps none of those
    taken before, and so on. A residue with fewer than ``segments - 1`` such others has no motif.

    Arguments:
        segments: S of a motif.
        length: residues of a segment, odd.

    Returns:
        The indices of the first residue of each segment, (M, S), that of the residue itself first.

    Raises:
        ValueError: no segment, or an even or too small length.
    """
    if segments < 1 or length < 1 or length % 2 == 0:
        raise ValueError(
            f"a motif has one segment or more of an odd length, got {segments} of {length}."
        )
    centres = contiguous(backbone, length)[:, 0] + length // 2
    if segments == 1 or not len(centres):
        return (centres - length // 2)[:, None]
    side_chains_A = backbone.side_chains_A()[centres]
    tree = cKDTree(side_chains_A)
    motifs = []
    for number, near in enumerate(tree.query_ball_point(side_chains_A, REACH_A)):
        distance_A = np.linalg.norm(side_chains_A[near] - side_chains_A[number], axis=-1)
        chosen = [int(centres[number])]
        for index in np.argsort(distance_A):
            centre = int(centres[near[index]])
            if len(chosen) < segments and all(abs(centre - other) >= length for other in chosen):
                chosen.append(centre)
        if len(chosen) == segments:
            motifs.append(chosen)
    return np.array(motifs, dtype=int).reshape(-1, segments) - length // 2


def boxes_A(
    backbone: Backbone, starts: np.ndarray, length: int, rotation: np.ndarray | None = None
) -> np.ndarray:
    """Edges of the boxes around motifs, along x, y and z: (M, 3).

    Arguments:
        starts: (M, S) first residues, from :func:`contiguous` or :func:`in_contact`.
        length: residues of a segment.
        rotation: (3, 3) applied to the structure before; as it lies in its file when not given.
    """
    atoms_A = backbone.atoms_A if rotation is None else backbone.atoms_A @ rotation.T
    residues = starts[:, :, None] + np.arange(length)
    low, high = atoms_A.min(axis=1)[residues], atoms_A.max(axis=1)[residues]
    return high.max(axis=(1, 2)) - low.min(axis=(1, 2))


def smallest_cube_A(
    backbone: Backbone, starts: np.ndarray, length: int, rotations: np.ndarray
) -> np.ndarray:
    """Edge of the smallest axis-aligned cube around each motif, over some rotations of it: (M,)."""
    edges = [boxes_A(backbone, starts, length, rotation).max(axis=1) for rotation in rotations]
    return np.min(edges, axis=0)
