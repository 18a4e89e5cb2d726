"""Functions on SO(3) and residual blocks: their formulas, and equivariant."""

import numpy as np
import pytest
import torch
from escnn import nn as enn
from scipy.spatial.transform import Rotation
from tests.models.rotations import turned, turned_channels

from labbook.models.neighbor.axes import cube_rotations
from labbook.models.neighbor.layers.blocks import ResidualBlock
from labbook.models.neighbor.layers.fields import SPACE, regular, scalars
from labbook.models.neighbor.layers.functions import FUNCTIONS, FourierFunction
from labbook.models.neighbor.layers.initial import built
from labbook.models.steerable import accelerate

LAYERS = {
    **{name: (lambda name=name: FourierFunction(2, name), 3) for name in FUNCTIONS},
    "gamma": (lambda: block("gamma", 2, 1, 1, resize=True), 5),
    "alpha": (lambda: block("alpha", 2, 1, 2), 3),
    "fourier": (lambda: block("fourier", 2, 1, 1), 3),
    "norm": (lambda: block("norm", 2, 1, 1), 3),
}


def block(*arguments, **options):
    holder = torch.nn.Module()
    with built(holder):
        holder.block = ResidualBlock(*arguments, **options)
    return holder.block


@pytest.mark.parametrize("name", LAYERS)
def test_layers_commute_with_the_rotations_of_the_cube(name):
    make, size = LAYERS[name]
    layer = make()
    x = layer.in_type(torch.randn(2, layer.in_type.size, size, size, size))
    y = layer(x)
    for rotation in cube_rotations():
        expected = turned(y, rotation).tensor
        torch.testing.assert_close(layer(turned(x, rotation)).tensor, expected, rtol=0, atol=1e-4)


# Errors under random rotations of coefficients drawn from N(0, 1), relative to the output.
@pytest.mark.parametrize(
    "function, reported",
    [("elu", 0.080), ("relu", 0.160), ("first_hermite", 0.329), ("leaky_hard_shrink", 0.625)],
)
def test_error_of_a_pointwise_function_under_random_rotations(function, reported):
    layer, x = accelerate(FourierFunction(1, function)), torch.randn(2000, 35, 1, 1, 1)
    y, errors = layer(regular(1)(x)).tensor, []
    for rotation in Rotation.random(20, rng=np.random.default_rng(1)).as_matrix():
        expected = turned_channels(y, rotation, regular(1))
        moved = regular(1)(turned_channels(x, rotation, regular(1)))
        errors.append(((layer(moved).tensor - expected).norm() / expected.norm()).item())
    assert np.mean(errors) == pytest.approx(reported, rel=0.1)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_pointwise_function_is_that_of_its_formula(function):
    written = {
        "elu": torch.nn.functional.elu,
        "relu": torch.relu,
        "first_hermite": lambda s: 2**0.5 * np.pi**-0.25 * s * torch.exp(-s * s / 2),
        "leaky_hard_shrink": lambda s: torch.where(s.abs() <= 2, 0.1 * s, 1.1 * s),
    }[function]
    layer = accelerate(FourierFunction(1, function).double())
    x = 2 * torch.randn(50, 35, 1, 1, 1, dtype=torch.float64)
    expected = written(x.flatten(1) @ layer.A.t()) @ layer.Ainv.t()
    found = layer(regular(1)(x)).tensor.flatten(1)
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-11)


def test_the_first_hermite_function_has_unit_norm():
    x = torch.linspace(-12, 12, 20_001, dtype=torch.float64)
    squares = FUNCTIONS["first_hermite"](x) ** 2
    assert torch.trapezoid(squares, x).item() == pytest.approx(1, abs=1e-10)


def test_the_first_hermite_function_is_largest_at_1():
    x = torch.linspace(-12, 12, 24_001, dtype=torch.float64)
    values = FUNCTIONS["first_hermite"](x)
    assert x[values.argmax()].item() == pytest.approx(1, abs=1e-9)
    assert values.max().item() == pytest.approx(0.644288, abs=5e-7)


def test_the_leaky_hard_shrink():
    x = torch.tensor([-3.0, -2.0, 0.5, 2.0, 4.0])
    expected = torch.tensor([-3.3, -0.2, 0.05, 0.2, 4.4])
    torch.testing.assert_close(FUNCTIONS["leaky_hard_shrink"](x), expected)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_slopes_are_derivatives(name):
    x = torch.tensor([-3.1, -1.3, -0.2, 0.4, 1.7, 2.6], dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(FUNCTIONS[name](x).sum(), x)
    step, value = 1e-6, FUNCTIONS[name]
    expected = (value(x + step) - value(x - step)) / (2 * step)
    torch.testing.assert_close(slope, expected.detach(), rtol=1e-8, atol=1e-8)


def test_the_grid_is_as_even_as_reported():
    sampling = FourierFunction(1, "elu").A.double()
    spread = torch.linalg.eigvalsh(sampling.t() @ sampling)
    np.testing.assert_allclose(spread[[0, -1]], (2.159, 3.342), atol=5e-4)


# Weights between a pair of fields: regular to regular, scalar to regular.
@pytest.mark.parametrize(
    "kernel_size, weights",
    [(1, (35, 1)), (3, (214, 10)), (4, (179, 9)), (5, (393, 19)), (7, (627, 28))],
)
def test_weights_of_a_pair_of_fields(kernel_size, weights):
    holder = torch.nn.Module()
    with built(holder):
        holder.both = torch.nn.ModuleList(
            enn.R3Conv(before, regular(1), kernel_size) for before in (regular(1), scalars(1))
        )
    assert tuple(layer.weights.numel() for layer in holder.both) == weights


def test_320_combinations_of_the_615_weights_of_a_tensor_product_act():
    holder = torch.nn.Module()
    with built(holder):
        holder.product = enn.TensorProductModule(regular(1), regular(1))
    (basis,) = holder.product.basisexpansion.children()
    maps = basis.sampled_basis.double().view(615, 35, 35, 35)
    symmetric = (maps + maps.transpose(2, 3)).flatten(1)
    assert torch.linalg.matrix_rank(symmetric @ symmetric.t()) == 320


def test_weights_start_with_the_deviation_of_he():
    torch.manual_seed(0)
    holder = torch.nn.Module()
    with built(holder):
        holder.layer = enn.R3Conv(regular(20), regular(20), 3)
    rows = holder.layer.expand_parameters()[0].detach().square().sum((1, 2, 3, 4)).view(20, 35)
    # Three degrees of input bring a third of a unit each, whatever their number of elements.
    for degree in (slice(0, 1), slice(1, 10), slice(10, 35)):
        assert rows[:, degree].mean().item() == pytest.approx(1, abs=0.1)


def seeded(make):
    """A layer as the seed 0 gives it."""
    torch.manual_seed(0)
    holder = torch.nn.Module()
    with built(holder):
        holder.layer = make()
    return holder.layer


# The norm and the sum of every seventh number, as they were when the published records were made.
@pytest.mark.parametrize(
    "make, expected",
    [
        (lambda: enn.R3Conv(scalars(2), regular(2), 3), (7.860594, -4.369534)),
        (lambda: enn.R3Conv(regular(2), scalars(2) + regular(1), 3), (5.729147, 2.927458)),
    ],
)
def test_a_seed_gives_the_filters_of_the_published_records(make, expected):
    filters = seeded(make).expand_parameters()[0].detach().flatten(2)
    assert (filters.norm().item(), filters.flatten()[::7].sum().item()) == pytest.approx(expected)


def test_a_seed_gives_the_tensor_product_of_the_published_records():
    maps = seeded(lambda: enn.TensorProductModule(regular(2), regular(2))).expand_parameters()
    maps = maps.detach().view(2, 35, 35, 35)
    maps = maps + maps.transpose(2, 3)
    found = (maps.norm().item(), maps.flatten()[::7].sum().item())
    assert found == pytest.approx((12.125682, -1.225638), rel=1e-5)


def test_a_block_tells_the_shape_of_its_output():
    layer, x = block("gamma", 2, 1, 1, resize=True), regular(2)(torch.randn(2, 70, 5, 5, 5))
    assert layer(x).shape == layer.evaluate_output_shape(x.shape) == (2, 35, 3, 3, 3)


@pytest.mark.parametrize(
    "wrong, words",
    [
        (lambda: FourierFunction(1, "sine"), "must be one of elu"),
        (lambda: ResidualBlock("beta", 1, 1, 1), "a block must be one of gamma"),
        (
            lambda: block("norm", 1, 1, 1)(enn.FieldType(SPACE, [SPACE.trivial_repr] * 35)(
                torch.zeros(1, 35, 2, 2, 2)
            )),
            "R3Conv takes fields of the type",
        ),
    ],
)  # fmt: skip
def test_wrong_arguments_are_named(wrong, words):
    with pytest.raises(ValueError, match=words):
        wrong()
