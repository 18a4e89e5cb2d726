"""Rotations on which functions on SO(3) are sampled, and the matrices of the transform."""

from functools import lru_cache

import numpy as np
from scipy.spatial.transform import Rotation

from labbook.models.steerable.rotations.harmonics import Array, wigner

# Four rotations (x, y, z, w) that repel each other and their images under the 24 rotations of the
# cube as electrons do: the table "thomson_cube" with N = 4 that is distributed with escnn (found
# there by descent from seed 42, best of ten).
_THOMSON_CUBE = (
    (0.28104398, -0.64037275, 0.33251783, -0.6327471),
    (-0.4844281, 0.61604863, 0.58383036, -0.21202755),
    (-0.7648343, -0.19198424, 0.27863672, 0.5482082),
    (-0.15580575, -0.39623553, -0.65148, -0.62792975),
)


@lru_cache
def thomson_cube() -> Array:
    """96 rotations, (96, 3, 3), spread evenly and closed under the rotations of the cube."""
    base = Rotation.from_quat(_THOMSON_CUBE).as_matrix()
    return np.einsum("gij,sjk->gsik", cube_rotations(), base).reshape(-1, 3, 3)


@lru_cache
def cube_rotations() -> Array:
    """The 24 rotations (24, 3, 3) that map a cube onto itself, exactly."""
    return np.round(Rotation.create_group("O").as_matrix())


@lru_cache
def sampling_matrix(band_limit: int = 2) -> Array:
    r"""A, (96, size): the values of a regular field's function on the grid, :math:`s = A v`.

    The row of a rotation holds :math:`\sqrt{(2l + 1) / n}\, D^l(g)`, column by column, for each l,
    with n the size of the field, so that it has length 1.
    """
    size = sum((2 * degree + 1) ** 2 for degree in range(band_limit + 1))
    parts = [
        np.sqrt((2 * degree + 1) / size)
        * wigner(degree, thomson_cube()).transpose(0, 2, 1).reshape(96, -1)
        for degree in range(band_limit + 1)
    ]
    return np.concatenate(parts, 1)


@lru_cache
def analysis_matrix(band_limit: int = 2) -> Array:
    r"""B, (size, 96): :math:`(A^T A + 10^{-8} I)^{-1} A^T`, so that B A = I but for rounding."""
    samples = sampling_matrix(band_limit)
    return np.linalg.solve(samples.T @ samples + 1e-8 * np.eye(samples.shape[1]), samples.T)
