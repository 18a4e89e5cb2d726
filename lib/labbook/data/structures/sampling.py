"""Where pairs of views lie: a home, a neighbor across one of its six faces, and noise.

A structure is divided into cubic zones. A zone can be home if there are enough atoms around its
centre, and if there are, too, at the distance of a neighbor in at least one of twenty directions
(the faces of an icosahedron). An example then is, for thirteen numbers u that a generator seeded
with (seed, index) draws in [0, 1):

1. The home is a uniform point of the zone.
2. The true direction is a uniform unit vector, turned by the smallest rotation that takes the
   nearest of the twenty to an admissible one, chosen uniformly; so it is at most 37.4 degrees from
   that.
3. The label is uniform, one of the six axes of :data:`DIRECTIONS`.
4. The home frame has its origin at home and is turned by the smallest rotation that maps the
   label's axis to the true direction. (So the twist about that axis is not drawn by itself, and
   orientations are not uniform over all rotations.)
5. The neighbor's centre is, in the home frame, axis x (edge + padding), moved in a uniform
   direction by u x noise_A, and its frame is turned about another one by u x noise_deg.

Others draw a uniform rotation about an atom, and then one of the faces behind which there are
enough atoms. What differs is the twist and how homes are spread; a network that is equivariant
can't see the twist. This sampler serves both descriptions.
"""

from dataclasses import dataclass

import numpy as np

# Of the class with that number, as steps along (x, y, z): the six faces of the home view.
DIRECTIONS = np.array(
    [[0, -1, 0], [0, 1, 0], [-1, 0, 0], [1, 0, 0], [0, 0, 1], [0, 0, -1]], dtype=np.float64
)
_GOLDEN = (1 + 5**0.5) / 2
# Normals of an icosahedron's faces: the corners of a dodecahedron.
TWENTY = np.array(
    [(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]
    + [
        corner
        for p in (-1 / _GOLDEN, 1 / _GOLDEN)
        for q in (-_GOLDEN, _GOLDEN)
        for corner in ((0, p, q), (p, q, 0), (q, 0, p))
    ]
) / np.sqrt(3)
DRAWS = 13  # random numbers that an example takes


@dataclass(frozen=True)
class Pairs:
    """B pairs of views.

    Attributes:
        structures: (B,) the number of the structure of each.
        homes_A: (B, 3) origin of the home view, in the structure's coordinates.
        rotations: (B, 3, 3); the columns are the axes of the home frame.
        labels: (B,) int64, the direction of the neighbor in the home frame.
        neighbors_A: (B, 3) centre of the neighbor view, in the home frame.
        turns: (B, 3, 3); the columns are the axes of the neighbor frame in the home frame.
    """

    structures: np.ndarray
    homes_A: np.ndarray
    rotations: np.ndarray
    labels: np.ndarray
    neighbors_A: np.ndarray
    turns: np.ndarray

    def local(self, number: int, view: int, coordinates_A: np.ndarray) -> np.ndarray:
        """Atoms of a structure in the frame of a view (0 home, 1 neighbor): (N, 3)."""
        at_home = (coordinates_A - self.homes_A[number]) @ self.rotations[number]
        if view == 0:
            return at_home
        return (at_home - self.neighbors_A[number]) @ self.turns[number]

    def centre_A(self, number: int, view: int) -> np.ndarray:
        """The centre of a view in the structure's coordinates: (3,)."""
        if view == 0:
            return self.homes_A[number]
        return self.homes_A[number] + self.rotations[number] @ self.neighbors_A[number]


def pairs(
    draws: np.ndarray,
    structures: np.ndarray,
    corners_A: np.ndarray,
    admissible: np.ndarray,
    *,
    zone_A: float,
    distance_A: float,
    noise_A: float,
    noise_deg: float,
) -> Pairs:
    """The pairs that random numbers make of zones.

    Arguments:
        draws: (B, 13) in [0, 1).
        structures: (B,) number of each zone's structure.
        corners_A: (B, 3) lowest corner of each zone, in the structure's coordinates.
        admissible: (B, 20) bool, the directions in which a zone has neighbors; at least one.
        zone_A: edge of a zone.
        distance_A: between the centres of two views, before noise.
        noise_A: farthest that the neighbor is moved.
        noise_deg: farthest that it is turned.
    """
    homes = corners_A + zone_A * draws[:, 0:3]
    directions = _true_directions(unit_vectors(draws[:, 3:5]), draws[:, 5], admissible)
    labels = (draws[:, 6] * len(DIRECTIONS)).astype(np.int64)
    axes = DIRECTIONS[labels]
    moved = unit_vectors(draws[:, 7:9]) * (noise_A * draws[:, 9:10])
    turns = about(unit_vectors(draws[:, 10:12]), np.radians(noise_deg) * draws[:, 12])
    return Pairs(
        structures,
        homes,
        smallest_rotations(axes, directions),
        labels,
        axes * distance_A + moved,
        turns,
    )


def unit_vectors(draws: np.ndarray) -> np.ndarray:
    """Uniform unit vectors (B, 3) from two numbers in [0, 1) each, (B, 2): z and the angle."""
    z = 2 * draws[:, 0] - 1
    angle = 2 * np.pi * draws[:, 1]
    aside = np.sqrt(1 - z * z)
    return np.stack([aside * np.cos(angle), aside * np.sin(angle), z], axis=1)


def about(axes: np.ndarray, angles: np.ndarray) -> np.ndarray:
    """Rotations (B, 3, 3) about unit vectors (B, 3) by angles (B,) in radians."""
    x, y, z = axes.T
    zero = np.zeros_like(x)
    cross = np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=1).reshape(-1, 3, 3)
    sine, cosine = np.sin(angles)[:, None, None], np.cos(angles)[:, None, None]
    return np.eye(3) + sine * cross + (1 - cosine) * cross @ cross


def smallest_rotations(starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """The rotations by the smallest angle that map unit vectors to others: (B, 3, 3).

    Opposite vectors have many such rotations; then it is the half-turn about the vector product of
    the start and the coordinate axis that it is farthest from.
    """
    across = np.cross(starts, ends)
    sine = np.linalg.norm(across, axis=1)
    parallel = sine < 1e-9
    farthest = np.eye(3)[np.abs(starts).argmin(axis=1)]
    across = np.where(parallel[:, None], np.cross(starts, farthest), across)
    length = np.linalg.norm(across, axis=1, keepdims=True)
    return about(across / length, np.arctan2(sine, (starts * ends).sum(axis=1)))


def _true_directions(uniform: np.ndarray, choice: np.ndarray, admissible: np.ndarray) -> np.ndarray:
    """Uniform unit vectors turned into the neighborhood of an admissible direction each."""
    nearest = (uniform @ TWENTY.T).argmax(axis=1)
    counts = admissible.sum(axis=1)
    rank = np.minimum((choice * counts).astype(np.int64), counts - 1)
    # The admissible direction with that rank: where the running count first exceeds it.
    chosen = (admissible.cumsum(axis=1) > rank[:, None]).argmax(axis=1)
    turned = smallest_rotations(TWENTY[nearest], TWENTY[chosen])
    directions = np.einsum("bij,bj->bi", turned, uniform)
    return directions / np.linalg.norm(directions, axis=1, keepdims=True)
