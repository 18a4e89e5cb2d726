"""Zones: the cubes of structures that are dense enough to place a pair of views in."""

import warnings
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from labbook.data.structures.atom_table import AtomTable
from labbook.data.structures.sampling import TWENTY


@dataclass(frozen=True)
class Zones:
    """Z zones of structures, and the structures' atoms by place.

    Attributes:
        structures: (Z,) number of the structure that each lies in.
        corners_A: (Z, 3) lowest corner of each, in the structure's coordinates.
        admissible: (Z, 20) bool: in which of the directions
            :data:`~labbook.data.structures.sampling.TWENTY` each has a neighbor; in one at least.
        trees: of each structure, the spatial index of its atoms.
    """

    structures: np.ndarray
    corners_A: np.ndarray
    admissible: np.ndarray
    trees: tuple[cKDTree, ...]

    def __len__(self) -> int:
        return len(self.structures)


def find_zones(
    table: AtomTable, *, zone_A: float, view_A: float, distance_A: float, density_per_A3: float
) -> Zones:
    """The zones of all structures of a table where a view and a neighbor find enough atoms.

    Enough are ``density_per_A3`` times the volume of the largest ball in a view, in such a ball
    around the zone's centre, and around a point ``distance_A`` away from it.

    A structure that is too small to have any zone is left out with a warning that names it.

    Arguments:
        zone_A: edge of a zone.
        view_A: edge of a view.
        distance_A: between the centres of two views.
        density_per_A3: least atoms in a cubic A; whatever it is, there must be one atom.

    Raises:
        ValueError: no structure has a zone.
    """
    radius = view_A / 2
    least = max(1, density_per_A3 * 4 / 3 * np.pi * radius**3)
    trees, numbers, corners, admissible, without = [], [], [], [], []
    for number in range(len(table)):
        atoms = table[number].coordinates_A.astype(np.float64)
        trees.append(cKDTree(atoms))
        of_structure = np.unique(np.floor(atoms / zone_A), axis=0) * zone_A
        centres = of_structure + zone_A / 2
        dense = _count(trees[-1], centres, radius) >= least
        of_structure, centres = of_structure[dense], centres[dense]
        around = (centres[:, None] + distance_A * TWENTY).reshape(-1, 3)
        ways = _count(trees[-1], around, radius).reshape(-1, len(TWENTY)) >= least
        some = ways.any(axis=1)
        numbers.append(np.full(some.sum(), number))
        corners.append(of_structure[some])
        admissible.append(ways[some])
        if not some.any():
            without.append(number)
    if len(without) == len(table):
        name, span = table.names[0], np.ptp(table[0].coordinates_A, axis=0).max()
        raise ValueError(
            f"none of the {len(table)} structures has room for two views of {view_A:g} A, "
            f"{distance_A:g} A apart; {name} spans {span:.0f} A."
        )
    if without:
        names = ", ".join(table.names[number] for number in without)
        warnings.warn(
            f"left out, as two views of {view_A:g} A do not fit into them: {names}", stacklevel=3
        )
    return Zones(
        np.concatenate(numbers), np.concatenate(corners), np.concatenate(admissible), tuple(trees)
    )


def _count(tree: cKDTree, points: np.ndarray, radius: float) -> np.ndarray:
    """Atoms within a radius of each point."""
    return np.asarray(tree.query_ball_point(points, radius, return_length=True))
