"""Clebsch-Gordan coefficients are exact, and those that escnn expects."""

from itertools import product

import numpy as np
import pytest
from escnn.group import so3_group
from escnn.group._clebsh_gordan import _clebsh_gordan_tensor
from lie_learn.wigner import wigner_D_matrix
from py3nj import clebsch_gordan
from sympy import S
from sympy.physics.quantum.cg import CG

TRIPLES = [(j, k, i) for j, k in product(range(4), repeat=2) for i in range(abs(j - k), j + k + 1)]


def momenta(*doubled):
    """All m of some j, each along an axis of its own; everything is doubled."""
    return np.ix_(*(np.arange(-two_j, two_j + 1, 2) for two_j in doubled))


def coefficients(*doubled):
    return clebsch_gordan(*doubled, *momenta(*doubled))


@pytest.mark.parametrize("doubled", [(1, 1, 2), (2, 2, 0), (2, 4, 4), (3, 2, 5), (4, 6, 6)])
def test_coefficients_are_those_of_sympy(doubled):
    j, k, total = (S(number) / 2 for number in doubled)
    expected = [
        [[CG(j, S(m) / 2, k, S(n) / 2, total, S(o) / 2).doit() for o in third] for n in second]
        for second in [range(-doubled[1], doubled[1] + 1, 2)]
        for third in [range(-doubled[2], doubled[2] + 1, 2)]
        for m in range(-doubled[0], doubled[0] + 1, 2)
    ]
    np.testing.assert_allclose(coefficients(*doubled), np.array(expected, float), atol=1e-15)


@pytest.mark.parametrize("j, k", [(1, 1), (2, 2), (3, 5), (12, 13), (20, 20)])
def test_coefficients_are_a_unitary_change_of_basis(j, k):
    totals = range(abs(j - k), j + k + 1, 2)
    matrix = np.concatenate([coefficients(j, k, total) for total in totals], 2)
    matrix = matrix.reshape((j + 1) * (k + 1), -1)
    np.testing.assert_allclose(matrix.T @ matrix, np.eye(len(matrix)), atol=1e-13)


def test_highest_states_couple_with_one():
    assert clebsch_gordan(6, 4, 10, 6, 4, 10) == 1


def test_coefficient_is_zero_where_the_momenta_do_not_add_up():
    assert clebsch_gordan(2, 2, 2, 2, 0, 0) == 0


def test_coefficient_is_zero_outside_the_triangle():
    assert clebsch_gordan(2, 2, 6, 2, 2, 4) == 0


@pytest.mark.parametrize("two_j, two_m", [(2, 4), (2, 1), (1, 0)])
def test_a_state_that_does_not_exist_is_refused(two_j, two_m):
    with pytest.raises(ValueError, match=f"got j {two_j}/2, m {two_m}/2"):
        clebsch_gordan(two_j, 0, two_j, two_m, 0, two_m)


@pytest.mark.parametrize("j, k, total", TRIPLES)
def test_real_coefficients_of_escnn_are_equivariant(j, k, total):
    table = so3_group(3)._clebsh_gordan_coeff(j, k, total)[:, :, 0]
    first, second, third = (wigner_D_matrix(degree, 0.4, 1.1, -2.3) for degree in (j, k, total))
    np.testing.assert_allclose(
        np.einsum("aj,bk,jkm->abm", first, second, table), table @ third, atol=1e-12
    )


# escnn finds the coefficients, up to their sign, as what commutes with some random rotations.
@pytest.mark.parametrize("j, k, total", [(1, 1, 1), (1, 2, 2), (2, 1, 3), (2, 2, 2)])
def test_coefficients_are_those_of_the_numerics_of_escnn_up_to_a_sign(j, k, total):
    table = so3_group(3)._clebsh_gordan_coeff(j, k, total)
    numerical = _clebsh_gordan_tensor.func((j,), (k,), (total,), "SO3")
    numerical *= np.linalg.norm(table) / np.linalg.norm(numerical)
    sign = np.sign((table * numerical).sum())
    np.testing.assert_allclose(sign * numerical, table, atol=1e-10)
