r"""Real spherical harmonics, Wigner matrices and Clebsch-Gordan coefficients of SO(3).

The bases are those of escnn: components run over :math:`m = -l, \dots, l`, so the three components
of :math:`l = 1` are :math:`(y, z, x)`. With :math:`Y_l` the vector of the :math:`2l + 1` real
spherical harmonics,

.. math:: Y_l(R x) = D^l(R)\, Y_l(x), \qquad \int_{S^2} Y_l Y_l^T = I .

Everything is exact to rounding, in float64, and the same on every machine: escnn itself finds
Clebsch-Gordan coefficients numerically from random rotations where ``py3nj`` is not installed, so
that their signs differ from process to process.
"""

from functools import lru_cache
from math import factorial, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.special import sph_harm_y

Array = NDArray[np.float64]


def spherical_harmonics(degree: int, points: Array) -> Array:
    r"""The real spherical harmonics of the directions of some points.

    Arguments:
        degree: l. points: (N, 3), as x, y, z; their length does not matter.

    Returns:
        (N, 2l + 1), orthonormal on the sphere. At the origin, which has no direction, those with
        l > 0 are 0.
    """
    length = np.linalg.norm(points, axis=1)
    x, y, z = (points / np.where(length > 0, length, 1)[:, None]).T
    polar, azimuth = np.arctan2(np.hypot(x, y), z), np.arctan2(y, x)
    columns = []
    for m in range(-degree, degree + 1):
        wave = sph_harm_y(degree, abs(m), polar, azimuth)
        part = wave.imag if m < 0 else wave.real
        columns.append(part if m == 0 else sqrt(2) * (-1) ** m * part)
    values = np.stack(columns, 1)
    return values if degree == 0 else np.where(length[:, None] > 0, values, 0.0)


def wigner(degree: int, rotations: Array) -> Array:
    r"""The matrices :math:`D^l(R)` of some rotations, with :math:`Y_l(R x) = D^l(R) Y_l(x)`.

    Arguments:
        degree: l. rotations: (..., 3, 3), acting on (x, y, z).

    Returns:
        (..., 2l + 1, 2l + 1), orthogonal.
    """
    points, inverse = _directions(degree)
    shape = rotations.shape[:-2]
    turned = np.einsum("gij,nj->gni", rotations.reshape(-1, 3, 3), points)
    values = spherical_harmonics(degree, turned.reshape(-1, 3))
    values = values.reshape(len(turned), len(points), -1)
    return np.einsum("gni,jn->gij", values, inverse).reshape(*shape, *(2 * degree + 1,) * 2)


@lru_cache
def _directions(degree: int) -> tuple[Array, Array]:
    """Directions (N, 3) on a spiral, and the pseudo-inverse (2l + 1, N) of their harmonics."""
    count = 8 * (degree + 1) ** 2
    z = 1 - (2 * np.arange(count) + 1) / count
    angle = np.pi * (1 + sqrt(5)) * np.arange(count)
    radius = np.sqrt(1 - z**2)
    points = np.stack((radius * np.cos(angle), radius * np.sin(angle), z), 1)
    return points, np.linalg.pinv(spherical_harmonics(degree, points))


@lru_cache
def clebsch_gordan(out_degree: int, in_degree: int, degree: int) -> Array:
    r"""The coefficients that make an equivariant matrix of a spherical harmonic.

    .. math:: K_{oi}(x) = \sum_M C_{oiM} Y_{JM}(x), \qquad K(R x) = D^o(R) K(x) D^i(R)^T

    Arguments:
        out_degree, in_degree: the degrees of rows and columns. degree: J, between their
            difference and their sum.

    Returns:
        (2 out_degree + 1, 2 in_degree + 1, 2 J + 1); the sum of all squares is 2 J + 1.
    """
    shape = (2 * out_degree + 1, 2 * in_degree + 1, 2 * degree + 1)
    table = np.zeros(shape, complex)
    for a in range(-out_degree, out_degree + 1):
        for b in range(-in_degree, in_degree + 1):
            if abs(a + b) <= degree:
                index = (a + out_degree, b + in_degree, a + b + degree)
                table[index] = _coefficient(out_degree, a, in_degree, b, degree)
    to_complex = (_to_complex(out_degree), _to_complex(in_degree), _to_complex(degree).conj())
    table = np.einsum("abc,ao,bi,cm->oim", table, *to_complex)
    return table.real if (out_degree + in_degree + degree) % 2 == 0 else table.imag


def _coefficient(j: int, m: int, k: int, n: int, total: int) -> float:
    """The Clebsch-Gordan coefficient <j m, k n | total (m + n)>, by Racah's formula."""
    f, sum_ = factorial, m + n
    square = ((2 * total + 1) * f(total + j - k) * f(total - j + k) * f(j + k - total)) / f(
        j + k + total + 1
    )
    square *= f(total + sum_) * f(total - sum_) * f(j - m) * f(j + m) * f(k - n) * f(k + n)
    series = 0.0
    for s in range(j + k - total + 1):
        parts = (s, j + k - total - s, j - m - s, k + n - s, total - k + m + s, total - j - n + s)
        if min(parts) >= 0:
            series += (-1) ** s / np.prod([float(f(part)) for part in parts])
    return sqrt(square) * series


def _to_complex(degree: int) -> NDArray[np.complex128]:
    """Complex harmonics (rows, Condon-Shortley phase) out of the real ones (columns)."""
    matrix = np.zeros((2 * degree + 1, 2 * degree + 1), complex)
    matrix[degree, degree] = 1
    for m in range(1, degree + 1):
        sign = (-1) ** m
        matrix[degree + m, degree + m] = sign / sqrt(2)
        matrix[degree + m, degree - m] = sign * 1j / sqrt(2)
        matrix[degree - m, degree + m] = 1 / sqrt(2)
        matrix[degree - m, degree - m] = -1j / sqrt(2)
    return matrix
