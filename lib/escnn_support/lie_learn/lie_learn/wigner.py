r"""Real Wigner matrices: how real spherical harmonics turn under rotations.

.. math:: Y_l(R x) = D^l(R)\, Y_l(x), \qquad D^l(R S) = D^l(R)\, D^l(S), \qquad D^l(R) D^l(R)^T = I

:math:`Y_l` is the vector of the real spherical harmonics of degree l, orthonormal on the sphere,
ordered by m = -l, ..., l, without Condon-Shortley phase; for l = 1 it is proportional to (y, z, x).
"""

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import roots_legendre, sph_harm_y

Array = NDArray[np.float64]


def wigner_D_matrix(
    l: int,  # noqa: E741
    alpha: ArrayLike,
    beta: ArrayLike,
    gamma: ArrayLike,
    field: str = "real",
) -> Array:
    r""":math:`D^l(R_z(\alpha) R_y(\beta) R_z(\gamma))`.

    The rotation by beta is made of one about z: with S the reflection that exchanges y and z,
    :math:`R_y(\beta) = S R_z(-\beta) S` (Pinchon and Hoggan, 2007).

    Arguments:
        l: the degree.
        alpha, beta, gamma: Euler angles in radians, of shapes that broadcast to (...).
        field: "real".

    Returns:
        (..., 2l + 1, 2l + 1), orthogonal.

    Raises:
        ValueError: for complex matrices.
    """
    if field != "real":
        raise ValueError(f'Wigner matrices are real here: field must be "real", got {field!r}.')
    exchange = _exchange_of_y_and_z(l)
    turned = _turn_about_z(gamma, np.eye(2 * l + 1))
    turned = _turn_about_z(-np.asarray(beta), exchange @ turned)
    return _turn_about_z(alpha, exchange @ turned)


def spherical_harmonics(degree: int, points: Array) -> Array:
    """The real spherical harmonics :math:`Y_l` at some points of the sphere.

    Arguments:
        degree: l.
        points: (N, 3), of length 1, as x, y, z.

    Returns:
        (N, 2l + 1).
    """
    x, y, z = points.T
    m = np.arange(-degree, degree + 1)
    polar, azimuth = np.arctan2(np.hypot(x, y), z), np.arctan2(y, x)
    waves = sph_harm_y(degree, abs(m), polar[:, None], azimuth[:, None])
    scale = np.where(m == 0, 1, np.sqrt(2) * (-1.0) ** m)
    return scale * np.where(m < 0, waves.imag, waves.real)


def _turn_about_z(angle: ArrayLike, matrices: Array) -> Array:
    """D(R_z(angle)) @ matrices: the rows m and -m are turned into each other by m * angle."""
    degree = matrices.shape[-1] // 2
    phase = np.multiply.outer(angle, np.arange(-degree, degree + 1))[..., None]
    return np.cos(phase) * matrices - np.sin(phase) * matrices[..., ::-1, :]


@lru_cache
def _exchange_of_y_and_z(degree: int) -> Array:
    r""":math:`\int_{S^2} Y_l(S x) Y_l(x)^T dx` with S (x, y, z) = (x, z, y).

    The quadrature (Gauss-Legendre in z, equal steps in azimuth) is exact for the degree 2l.
    """
    z, weights = roots_legendre(degree + 1)
    azimuth = 2 * np.pi * np.arange(2 * degree + 1) / (2 * degree + 1)
    z, azimuth = (part.ravel() for part in np.meshgrid(z, azimuth, indexing="ij"))
    radius = np.sqrt(1 - z**2)
    points = np.stack((radius * np.cos(azimuth), radius * np.sin(azimuth), z), 1)
    weights = np.repeat(weights, 2 * degree + 1) * 2 * np.pi / (2 * degree + 1)
    exchanged = spherical_harmonics(degree, points[:, [0, 2, 1]])
    matrix = exchanged.T @ (weights[:, None] * spherical_harmonics(degree, points))
    matrix.flags.writeable = False
    return matrix
