"""Sizes of representations of SO(3), and widths planned from them."""

import pytest

from labbook.models.neighbor.counting import (
    irreps_of,
    kernel_weights,
    linear_maps,
    multiplicities,
)
from labbook.models.neighbor.layers.fields import GROUP, regular_field
from labbook.models.neighbor.planning import (
    fields_nearest,
    fields_within,
    plan_steps,
    plan_widths,
)

SPHERE = GROUP.bl_sphere_representation(2)
UNPADDED = [21, 19, 17, 15, 13, 11, 9, 7, 5, 3, 1]


@pytest.mark.parametrize("band_limit, size", [(0, 1), (1, 10), (2, 35), (3, 84)])
def test_regular_field_has_the_sum_of_squared_dimensions(band_limit, size):
    assert regular_field(band_limit).size == size


@pytest.mark.parametrize("band_limit, irreps", [(1, 4), (2, 9), (3, 16)])
def test_regular_field_has_as_many_irreps_as_squares_tell(band_limit, irreps):
    assert multiplicities(regular_field(band_limit)).total() == irreps


def test_regular_field_of_band_limit_2_is_printed_by_its_irreps():
    assert irreps_of(regular_field(2)) == "1ρ0 + 3ρ1 + 5ρ2"


def test_product_of_two_vectors_is_a_scalar_a_vector_and_a_quadrupole():
    vector = GROUP.irrep(1)
    assert multiplicities(vector.tensor(vector)) == {0: 1, 1: 1, 2: 1}


def test_maps_between_regular_fields_number_as_their_dimensions():
    assert linear_maps(regular_field(2), regular_field(2)) == 35


def test_maps_from_a_regular_field_to_functions_on_the_sphere():
    assert linear_maps(regular_field(2), SPHERE) == 9


def test_representations_without_a_common_irrep_do_not_mix():
    assert linear_maps(GROUP.irrep(0), GROUP.irrep(2)) == 0


@pytest.mark.parametrize(
    "kernel_size, scalar, regular", [(1, 1, 35), (3, 10, 214), (5, 19, 393), (7, 28, 627)]
)
def test_weights_of_a_kernel_are_those_that_escnn_builds(kernel_size, scalar, regular):
    field = regular_field(2)
    found = [kernel_weights(before, field, kernel_size) for before in (GROUP.irrep(0), field)]
    assert found == [scalar, regular]


def test_an_even_kernel_has_no_ring_at_its_centre():
    assert kernel_weights(regular_field(2), regular_field(2), 4) == 179


def test_a_kernel_without_voxels_is_refused():
    with pytest.raises(ValueError, match="kernel_size must be positive, got 0"):
        kernel_weights(GROUP.irrep(0), GROUP.irrep(0), 0)


def test_fields_within_powers_of_two():
    assert [fields_within(2**k) for k in range(6, 14)] == [1, 3, 7, 14, 29, 58, 117, 234]


def test_fields_nearest_to_powers_of_two_are_not_always_those_within():
    assert [fields_nearest(2**k) for k in range(6, 14)] == [2, 4, 7, 15, 29, 59, 117, 234]


@pytest.mark.parametrize(
    "sizes, first_fields, cap, planned",
    [
        (UNPADDED, 7, None, [7, 7, 7, 7, 14, 14, 14, 29, 58, 117]),
        (UNPADDED, 14, None, [14] * 4 + [29] * 3 + [58, 117, 234]),
        (UNPADDED, 14, 117, [14] * 4 + [29] * 3 + [58, 117, 117]),
        ([21, 17, 13, 9, 5, 1], 7, None, [7, 7, 14, 29, 117]),
        ([21, 17, 13, 9, 5, 1], 14, None, [14, 14, 29, 58, 234]),
        ([21, 19, 17, 9, 5, 3, 1], 7, None, [7, 7, 14, 29, 58, 117]),
        ([21, 19, 9, 7, 3, 1], 7, None, [7, 14, 14, 58, 117]),
        ([21, 19, 9, 7, 3, 1], 7, 58, [7, 14, 14, 58, 58]),
        ([21, 9, 7, 5, 3, 1], 10, None, [7, 14, 14, 29, 117]),
    ],
)
def test_planned_widths_are_those_of_the_original_planner(sizes, first_fields, cap, planned):
    assert plan_widths(sizes, first_fields=first_fields, cap=cap) == planned


def test_band_limit_sets_the_size_of_a_field():
    assert plan_widths([21, 19], band_limit=3, first_fields=3) == [fields_within(256, band_limit=3)]


def test_sizes_that_grow_are_told():
    with pytest.raises(ValueError, match="never grow from layer to layer, got 9 after 7"):
        plan_widths([21, 7, 9])


def test_steps_of_the_padded_architecture():
    steps = [(step.stride, step.padding) for step in plan_steps([21, 19, 17, 9, 5, 3, 1])]
    assert steps == [(1, 0), (1, 0), (2, 1), (2, 1), (1, 0), (1, 0)]


def test_a_size_that_no_kernel_reaches_is_told():
    with pytest.raises(ValueError, match="leads from 21 to 16 voxels"):
        plan_steps([21, 16])


def test_a_stride_that_would_drop_a_row_of_voxels_is_told():
    with pytest.raises(ValueError, match="leads from 20 to 9 voxels around one centre"):
        plan_steps([20, 9])
