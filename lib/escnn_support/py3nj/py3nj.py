r"""Clebsch-Gordan coefficients, exact: the one function of py3nj that escnn 1.0.11 calls.

py3nj comes as Fortran source alone. Without it escnn computes these coefficients numerically from
random rotations, slowly and with signs that differ from process to process. Why this distribution
carries the name: see ``lie_learn``.
"""

from fractions import Fraction
from functools import cache
from math import copysign, factorial, prod, sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray


def clebsch_gordan(
    two_j1: ArrayLike,
    two_j2: ArrayLike,
    two_j3: ArrayLike,
    two_m1: ArrayLike,
    two_m2: ArrayLike,
    two_m3: ArrayLike,
) -> NDArray[np.float64]:
    r""":math:`\langle j_1 m_1, j_2 m_2 | j_3 m_3 \rangle` with the phases of Condon and Shortley.

    Arguments:
        two_j1, two_j2, two_j3, two_m1, two_m2, two_m3: twice the quantum numbers, integers of
            shapes that broadcast to (...).

    Returns:
        (...); 0 where m1 + m2 is not m3, or where j3 is not between |j1 - j2| and j1 + j2.

    Raises:
        ValueError: where an m is not among -j, -j + 1, ..., j.
    """
    arrays = np.broadcast_arrays(two_j1, two_j2, two_j3, two_m1, two_m2, two_m3)
    places = zip(*(array.ravel().tolist() for array in arrays), strict=True)
    return np.array([_coefficient(*place) for place in places], float).reshape(arrays[0].shape)


@cache
def _coefficient(j: int, k: int, total: int, m: int, n: int, sum_: int) -> float:
    """<j m, k n | total sum_>, all of them doubled, by Racah's formula in exact fractions."""
    for two_j, two_m in ((j, m), (k, n), (total, sum_)):
        if abs(two_m) > two_j or (two_j - two_m) % 2:
            raise ValueError(f"m must be among -j, -j + 1, ..., j: got j {two_j}/2, m {two_m}/2.")
    if m + n != sum_ or not abs(j - k) <= total <= j + k:
        return 0.0
    halves = (total + j - k, total - j + k, j + k - total, total + sum_, total - sum_)
    product = _factorials(*halves, j - m, j + m, k - n, k + n)
    square = Fraction((total + 1) * product, _factorials(j + k + total + 2))
    series = Fraction(0)
    fall, rise = (j + k - total, j - m, k + n), (0, total - k + m, total - j - n)
    for s in range(-min(rise), min(fall) + 1, 2):
        below = _factorials(*(part - s for part in fall), *(part + s for part in rise))
        series += Fraction((-1) ** (s // 2), below)
    return copysign(sqrt(square * series**2), series)


def _factorials(*doubled: int) -> int:
    """The product of the factorials of numbers that are given doubled."""
    return prod(factorial(number // 2) for number in doubled)
