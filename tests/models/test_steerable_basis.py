"""Spherical harmonics, Clebsch-Gordan coefficients, kernels and the grid of rotations."""

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from labbook.models.steerable import SteerableConv, regular, scalars, sphere
from labbook.models.steerable.functions import FUNCTIONS
from labbook.models.steerable.rotations.basis import Ring, kernel_basis, rings, voxels
from labbook.models.steerable.rotations.grid import analysis_matrix, sampling_matrix, thomson_cube
from labbook.models.steerable.rotations.harmonics import clebsch_gordan, spherical_harmonics, wigner
from labbook.models.steerable.tensor_product import product_basis

ROTATIONS = Rotation.random(5, rng=np.random.default_rng(0)).as_matrix()
PATHS = [(a, b, c) for a in range(3) for b in range(3) for c in range(abs(a - b), a + b + 1)]
# Weights between a pair of fields: regular to regular, scalar to regular.
WEIGHTS = {1: (35, 1), 3: (214, 10), 4: (179, 9), 5: (393, 19), 7: (627, 28)}


def test_components_of_degree_1_are_y_z_x():
    points = np.random.default_rng(0).normal(size=(4, 3))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    expected = np.sqrt(3 / (4 * np.pi)) * points[:, [1, 2, 0]]
    np.testing.assert_allclose(spherical_harmonics(1, points), expected, atol=1e-14)


@pytest.mark.parametrize("degree", range(5))
def test_harmonics_of_rotated_points_are_rotated_harmonics(degree):
    points = np.random.default_rng(1).normal(size=(7, 3))
    for rotation in ROTATIONS:
        there = spherical_harmonics(degree, points @ rotation.T)
        expected = spherical_harmonics(degree, points) @ wigner(degree, rotation).T
        np.testing.assert_allclose(there, expected, atol=1e-13)


@pytest.mark.parametrize("path", PATHS, ids=str)
def test_clebsch_gordan_coefficients_are_invariant(path):
    table = clebsch_gordan(*path)
    for rotation in ROTATIONS:
        matrices = [wigner(degree, rotation) for degree in path]
        moved = np.einsum("oa,ib,mc,abc->oim", *matrices, table)
        np.testing.assert_allclose(moved, table, atol=1e-13)


@pytest.mark.parametrize("path", PATHS, ids=str)
def test_clebsch_gordan_coefficients_of_one_degree_are_orthonormal(path):
    table = clebsch_gordan(*path).reshape(-1, 2 * path[2] + 1)
    np.testing.assert_allclose(table.T @ table, np.eye(2 * path[2] + 1), atol=1e-13)


@pytest.mark.parametrize("kernel_size", WEIGHTS)
def test_weights_of_a_pair_of_fields(kernel_size):
    types = (regular(1), scalars(1))
    found = [SteerableConv(type_, regular(1), kernel_size).weights.numel() for type_ in types]
    assert tuple(found) == WEIGHTS[kernel_size]


def test_weights_from_a_regular_field_to_the_sphere():
    assert SteerableConv(regular(1), sphere(1), 1).weights.numel() == 9


def test_a_tensor_product_has_615_weights():
    sizes = [len(product_basis(degree)) for degree in range(3)]
    assert sizes == [35, 70, 74]
    assert sum((2 * degree + 1) * size for degree, size in enumerate(sizes)) == 615


def test_320_combinations_of_the_weights_of_a_tensor_product_act():
    acting = 0
    for degree in range(3):
        basis = product_basis(degree)
        symmetric = (basis + basis.transpose(0, 1, 3, 2)).reshape(len(basis), -1)
        acting += (2 * degree + 1) * np.linalg.matrix_rank(symmetric)
    assert acting == 320


def test_rings_of_a_kernel_of_five_voxels():
    assert rings(5) == (Ring(0, 0.005, 0), Ring(1, 0.6, 2), Ring(2, 0.4, 2))


def test_an_even_kernel_has_no_centre():
    assert len(kernel_basis(0, 0, 4, rings(4))) == 1


def test_the_first_voxel_of_a_filter_lies_at_small_x_and_large_y_and_z():
    np.testing.assert_array_equal(voxels(3)[0], [-1, 1, 1])


@pytest.mark.parametrize("kernel_size", [3, 4, 5])
def test_rows_of_a_kernel_have_unit_length_on_average(kernel_size):
    for out_degree, in_degree in ((0, 0), (1, 2), (2, 2)):
        basis = kernel_basis(out_degree, in_degree, kernel_size, rings(kernel_size))
        squares = (basis**2).sum((2, 3)).mean(1)
        np.testing.assert_allclose(squares, 1)


def test_transforming_back_undoes_sampling():
    np.testing.assert_allclose(analysis_matrix() @ sampling_matrix(), np.eye(35), atol=1e-8)


def test_rows_of_the_sampling_matrix_have_unit_length():
    np.testing.assert_allclose(np.linalg.norm(sampling_matrix(), axis=1), 1, atol=1e-12)


def test_the_grid_is_as_even_as_reported():
    spread = np.linalg.eigvalsh(sampling_matrix().T @ sampling_matrix())
    np.testing.assert_allclose(spread[[0, -1]], (2.159, 3.342), atol=5e-4)


def test_the_grid_is_closed_under_the_rotations_of_the_cube():
    grid = thomson_cube()
    quarter = Rotation.from_euler("z", 90, degrees=True).as_matrix()
    distance = np.abs((quarter @ grid)[:, None] - grid[None]).max((2, 3))
    assert sorted(distance.argmin(1)) == list(range(96))
    assert distance.min(1).max() < 1e-14


def test_the_first_hermite_function_has_unit_norm():
    x = torch.linspace(-12, 12, 20_001, dtype=torch.float64)
    squares = FUNCTIONS["first_hermite"].value(x) ** 2
    assert torch.trapezoid(squares, x).item() == pytest.approx(1, abs=1e-10)


def test_the_first_hermite_function_is_largest_at_1():
    x = torch.linspace(-12, 12, 24_001, dtype=torch.float64)
    values = FUNCTIONS["first_hermite"].value(x)
    assert x[values.argmax()].item() == pytest.approx(1, abs=1e-9)
    assert values.max().item() == pytest.approx(0.644288, abs=5e-7)


def test_the_leaky_hard_shrink():
    x = torch.tensor([-3.0, -2.0, 0.5, 2.0, 4.0])
    expected = torch.tensor([-3.3, -0.2, 0.05, 0.2, 4.4])
    torch.testing.assert_close(FUNCTIONS["leaky_hard_shrink"].value(x), expected)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_slopes_are_derivatives(name):
    x = torch.tensor([-3.1, -1.3, -0.2, 0.4, 1.7, 2.6], dtype=torch.float64)
    step = 1e-6
    value, slope = FUNCTIONS[name].value, FUNCTIONS[name].slope
    expected = (value(x + step) - value(x - step)) / (2 * step)
    torch.testing.assert_close(slope(x.clone()), expected, rtol=1e-8, atol=1e-8)
