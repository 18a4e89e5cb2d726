"""Real Wigner matrices are those that escnn expects."""

import numpy as np
import pytest
from lie_learn.wigner import spherical_harmonics, wigner_D_matrix
from scipy.integrate import lebedev_rule
from scipy.spatial.transform import Rotation
from scipy.special import sph_harm_y

DEGREES = [*range(9), 16]
FIRST, SECOND = (Rotation.random(20, rng=seed) for seed in (1, 2))


def wigner(degree, rotations):
    return wigner_D_matrix(degree, *rotations.as_euler("ZYZ").T)


def directions(count):
    points = np.random.default_rng(0).normal(size=(count, 3))
    return points / np.linalg.norm(points, axis=1, keepdims=True)


@pytest.mark.parametrize("degree", DEGREES)
def test_matrices_follow_the_group_law(degree):
    product = wigner(degree, FIRST) @ wigner(degree, SECOND)
    np.testing.assert_allclose(product, wigner(degree, FIRST * SECOND), atol=1e-13)


@pytest.mark.parametrize("degree", DEGREES)
def test_matrices_are_orthogonal(degree):
    matrices = wigner(degree, FIRST)
    identity = np.broadcast_to(np.eye(2 * degree + 1), matrices.shape)
    np.testing.assert_allclose(matrices @ matrices.swapaxes(1, 2), identity, atol=1e-13)


@pytest.mark.parametrize("degree", DEGREES)
def test_matrices_turn_the_harmonics(degree):
    points = directions(10)
    for rotation, matrix in zip(FIRST, wigner(degree, FIRST), strict=True):
        turned = spherical_harmonics(degree, rotation.apply(points))
        np.testing.assert_allclose(
            turned, spherical_harmonics(degree, points) @ matrix.T, atol=1e-13
        )


def test_degree_one_is_the_rotation_of_y_z_x():
    order = [1, 2, 0]
    turned = FIRST.as_matrix()[:, order][:, :, order]
    np.testing.assert_allclose(wigner(1, FIRST), turned, atol=1e-14)


@pytest.mark.parametrize("degree", DEGREES)
def test_trace_is_the_character(degree):
    angle = FIRST.magnitude()
    character = np.sin((degree + 0.5) * angle) / np.sin(angle / 2)
    trace = np.trace(wigner(degree, FIRST), axis1=1, axis2=2)
    np.testing.assert_allclose(trace, character, atol=1e-12)


@pytest.mark.parametrize("degree, m", [(3, -2), (3, 0), (3, 3), (6, -5)])
def test_harmonics_are_parts_of_the_complex_ones_without_their_phase(degree, m):
    x, y, z = points = np.array([[0.36, 0.48, 0.8]]).T
    wave = (-1) ** m * sph_harm_y(degree, abs(m), np.arccos(z[0]), np.arctan2(y[0], x[0]))
    expected = wave.real if m == 0 else 2**0.5 * (wave.imag if m < 0 else wave.real)
    value = spherical_harmonics(degree, points.T)[0, degree + m]
    assert value == pytest.approx(expected, abs=1e-14)


@pytest.mark.parametrize("degree", [0, 1, 5])
def test_harmonics_are_orthonormal_on_the_sphere(degree):
    points, weights = lebedev_rule(2 * degree + 3)
    values = spherical_harmonics(degree, points.T)
    np.testing.assert_allclose(
        values.T @ (weights[:, None] * values), np.eye(2 * degree + 1), atol=1e-13
    )


def test_angles_broadcast():
    alpha, gamma = np.linspace(0, 3, 5)[:, None], np.linspace(0, 6, 4)
    matrices = wigner_D_matrix(2, alpha, 0.3, gamma)
    assert matrices.shape == (5, 4, 5, 5)
    np.testing.assert_array_equal(matrices[3, 2], wigner_D_matrix(2, alpha[3, 0], 0.3, gamma[2]))


def test_complex_matrices_are_refused():
    with pytest.raises(ValueError, match="field must be \"real\", got 'complex'"):
        wigner_D_matrix(1, 0, 0, 0, field="complex")
