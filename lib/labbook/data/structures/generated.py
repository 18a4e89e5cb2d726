"""Chains that look like proteins from afar, built from internal coordinates; not measured.

A chain is a row of helices, strands and turns with the residue composition of real proteins. Its
backbone grows by ideal bond lengths and angles and by the dihedrals of each kind of segment; of
several random continuations the one is taken that stays clear of the chain so far and keeps it most
compact. Side chains are added afterwards, and nothing keeps them apart: packing inside is
rougher than in a real protein. For demos and tests, where no structures are at hand.
"""

from functools import lru_cache

import numpy as np

from labbook.data.structures.atom_table import AtomTable
from labbook.data.structures.atoms import Structure
from labbook.data.structures.residues import COMPOSITION_PERCENT, SIDE_CHAINS

CHAINS = {"train": 16, "validation": 8}
RESIDUES = (120, 220)  # fewest and most of a chain
CONTINUATIONS = 48  # random ones, of which the best is taken
ATOMIC_NUMBERS = {"C": 6, "N": 7, "O": 8, "S": 16}
# Bond lengths in A and angles in degrees of the backbone: of the atom, from the two before it.
N_ATOM, CA_ATOM, C_ATOM, O_ATOM = (1.329, 117.2), (1.458, 121.7), (1.525, 111.0), (1.231, 120.1)
HELIX, STRAND = (-62.0, -42.0), (-120.0, 132.0)  # phi and psi, in degrees
TURNS = ((-65.0, -30.0), (-90.0, 0.0), (-70.0, 140.0), (-110.0, 130.0), (60.0, 35.0))
ROTAMERS = ((-65.0, 0.55), (180.0, 0.33), (62.0, 0.12))  # in degrees, and how often


@lru_cache(maxsize=2)
def chains(split: str) -> AtomTable:
    """The generated chains of a split, ``train`` or ``validation``; always the same ones."""
    offset = 0 if split == "train" else CHAINS["train"]
    return AtomTable.of([chain(offset + number) for number in range(CHAINS[split])], generated=True)


def digest() -> str:
    """What identifies the generated chains of both splits."""
    return f"{chains('train').digest}+{chains('validation').digest.removeprefix('sha256:')}"


def chain(seed: int, residues: int | None = None) -> Structure:
    """A generated chain; coordinates are rounded to 0.001 A, as files of structures have them.

    Arguments:
        seed: decides everything else.
        residues: how many; if not given, 120 to 220.

    Raises:
        ValueError: fewer than 3 residues.
    """
    random = np.random.default_rng([seed, 0])
    if residues is None:
        residues = int(random.integers(RESIDUES[0], RESIDUES[1] + 1))
    if residues < 3:
        raise ValueError(f"residues is {residues}; a chain has at least 3.")
    backbone = _backbone(residues, random)
    kinds = random.choice(
        list(COMPOSITION_PERCENT),
        residues,
        p=np.array(list(COMPOSITION_PERCENT.values())) / sum(COMPOSITION_PERCENT.values()),
    )
    elements = [np.tile([7, 6, 6, 8], residues)]
    places = [backbone.reshape(-1, 3)]
    for kind, rows in _side_chains().items():
        placed = _side_chain(backbone[kinds == kind], rows, random)
        places += placed.values()
        elements += [np.full(len(p), ATOMIC_NUMBERS[name[0]]) for name, p in placed.items()]
    atoms = np.concatenate(places)
    return Structure(
        f"generated-{seed:03d}",
        np.concatenate(elements).astype(np.uint8),
        (atoms - atoms.mean(axis=0)).round(3).astype(np.float32),
        np.ones(len(atoms), np.float32),
    )


def place(
    a: np.ndarray,
    b: np.ndarray,
    c: np.ndarray,
    length_A: float,
    angle_deg: float | np.ndarray,
    dihedral_deg: float | np.ndarray,
) -> np.ndarray:
    """The atoms D with a bond to C, an angle B-C-D and a dihedral A-B-C-D: (..., 3)."""
    angle, dihedral = np.radians(angle_deg), np.radians(dihedral_deg)
    forward = _unit(c - b)
    normal = _unit(_cross(b - a, forward))
    across = _cross(normal, forward)
    along = np.asarray(-np.cos(angle))[..., None] * forward
    aside = np.asarray(np.sin(angle) * np.cos(dihedral))[..., None] * across
    up = np.asarray(np.sin(angle) * np.sin(dihedral))[..., None] * normal
    return c + length_A * (along + aside + up)


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.sqrt((vector * vector).sum(axis=-1, keepdims=True))


def _cross(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """The vector product; numpy's own takes three times as long for a few vectors."""
    return u[..., [1, 2, 0]] * v[..., [2, 0, 1]] - u[..., [2, 0, 1]] * v[..., [1, 2, 0]]


def _segments(residues: int, random: np.random.Generator) -> list[tuple[str, int]]:
    """Kinds and lengths of segments, turns between the others."""
    segments = []
    while residues > 0:
        kind = "helix" if random.random() < 0.5 else "strand"
        length = int(random.integers(8, 17) if kind == "helix" else random.integers(4, 9))
        turn = int(random.integers(3, 7))
        segments += [(kind, min(length, residues)), ("turn", min(turn, max(residues - length, 0)))]
        residues -= length + turn
    return [(kind, length) for kind, length in segments if length]


def _backbone(residues: int, random: np.random.Generator) -> np.ndarray:
    """N, CA, C and O of each residue: (R, 4, 3)."""
    start = np.array([[-0.5, 1.4, 0.0], [0.0, 0.0, 0.0], [1.525, 0.0, 0.0]])
    grown, psi = start[None], np.array([HELIX[1]])  # (R, 3, 3), and the psi of each residue
    segments = _segments(residues - 1, random)
    while segments:
        # A turn and what follows it are chosen together: the turn decides where that goes.
        count = 2 if segments[0][0] == "turn" and len(segments) > 1 else 1
        ahead, segments = segments[:count], segments[count:]
        dihedrals = np.concatenate(
            [_dihedrals(kind, length, random) for kind, length in ahead], axis=1
        )
        grown, psi = _grow(grown, psi, dihedrals)
    after = np.concatenate([psi[:-1] + 180, [0.0]])
    oxygens = place(grown[:, 0], grown[:, 1], grown[:, 2], *O_ATOM, after)
    return np.concatenate([grown, oxygens[:, None]], axis=1)


def _dihedrals(kind: str, length: int, random: np.random.Generator) -> np.ndarray:
    """Phi and psi of a segment, several times: (CONTINUATIONS, length, 2) in degrees."""
    shape = (CONTINUATIONS, length)
    if kind == "turn":
        angles = np.array(TURNS)[random.integers(0, len(TURNS), shape)]
        return angles + random.normal(0, 15, (*shape, 2))
    angles = np.array(HELIX if kind == "helix" else STRAND)
    return angles + random.normal(0, 4 if kind == "helix" else 10, (*shape, 2))


def _grow(
    grown: np.ndarray, psi: np.ndarray, dihedrals: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The chain with the best of several continuations."""
    count, length, _ = dihedrals.shape
    a, b, c = (np.repeat(atom[None], count, axis=0) for atom in grown[-1])
    last_psi = np.full(count, psi[-1])
    added = np.empty((count, length, 3, 3))
    for residue in range(length):
        phi, next_psi = dihedrals[:, residue].T
        n = place(a, b, c, *N_ATOM, last_psi)
        ca = place(b, c, n, *CA_ATOM, 180.0)
        carbonyl = place(c, n, ca, *C_ATOM, phi)
        added[:, residue] = np.stack([n, ca, carbonyl], axis=1)
        a, b, c, last_psi = n, ca, carbonyl, next_psi
    before, after = grown[:, 1], added[:, :, 1]  # the alpha carbons
    # Next neighbours along the chain are always near, so the last four do not count.
    gaps = np.linalg.norm(after[:, :, None] - before[None, None, :-4], axis=-1)
    clashes = (gaps < 5.5).sum(axis=(1, 2)) if gaps.size else np.zeros(count)
    spread = ((after - before.mean(axis=0)) ** 2).sum(axis=-1).mean(axis=1)
    best = int(np.argmin(50 * clashes + spread))
    return np.concatenate([grown, added[best]]), np.concatenate([psi, dihedrals[best, :, 1]])


@lru_cache(maxsize=1)
def _side_chains() -> dict[str, list[list[str]]]:
    """Rows of the table of side chains, by residue."""
    rows: dict[str, list[list[str]]] = {}
    for line in SIDE_CHAINS.strip().splitlines()[1:]:
        kind, *row = line.split()
        rows.setdefault(kind, []).append(row)
    return rows


def _side_chain(
    backbone: np.ndarray, rows: list[list[str]], random: np.random.Generator
) -> dict[str, np.ndarray]:
    """The side-chain atoms of all residues of one kind: name → (n, 3)."""
    atoms = {name: backbone[:, index] for index, name in enumerate(("N", "CA", "C"))}
    for name, a, b, c, length, angle, dihedral in rows:
        turned = _chosen(dihedral, len(backbone), random)
        atoms[name] = place(atoms[a], atoms[b], atoms[c], float(length), float(angle), turned)
    return {name: places for name, places in atoms.items() if name not in ("N", "CA", "C")}


def _chosen(dihedral: str, count: int, random: np.random.Generator) -> np.ndarray:
    """A dihedral of the table for each of so many residues, in degrees."""
    if dihedral == "rotamer":
        angles, shares = zip(*ROTAMERS, strict=True)
        return random.choice(angles, count, p=shares) + random.normal(0, 8, count)
    if dihedral == "flat":
        return random.choice([-90.0, 90.0], count) + random.normal(0, 10, count)
    if dihedral == "free":
        return random.uniform(-180, 180, count)
    return np.full(count, float(dihedral))
