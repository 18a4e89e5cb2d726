"""What the layers are: equivariant, and equal to their formulas in values and gradients."""

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation
from tests.models.rotations import turned, turned_channels

from labbook.models.steerable import (
    FieldType,
    FourierExtremePool,
    FourierPointwise,
    Gated,
    IIDBatchNorm,
    NormNonlinearity,
    ResidualBlock,
    SteerableConv,
    TensorProduct,
    regular,
    scalars,
    sphere,
)
from labbook.models.steerable.convolution import _Expand
from labbook.models.steerable.pooling import extreme_pool, gaussian_blur
from labbook.models.steerable.rotations.grid import analysis_matrix, cube_rotations, sampling_matrix

TWO = regular(2)
MIXED = scalars(2) + TWO
LAYERS = {
    "conv 3, stride 2, bias": (
        lambda: SteerableConv(MIXED, MIXED, 3, stride=2, padding=1, bias=True), MIXED, MIXED, 5),
    "conv 4": (lambda: SteerableConv(TWO, sphere(2), 4), TWO, sphere(2), 6),
    "conv 5 on 5": (lambda: SteerableConv(scalars(2), TWO, 5, bias=True), scalars(2), TWO, 5),
    "batch norm": (lambda: IIDBatchNorm(MIXED), MIXED, MIXED, 3),
    "Fourier ELU": (lambda: FourierPointwise("elu"), TWO, TWO, 3),
    "Fourier Hermite": (lambda: FourierPointwise("first_hermite"), TWO, TWO, 3),
    "Fourier shrink": (lambda: FourierPointwise("leaky_hard_shrink"), TWO, TWO, 3),
    "tensor product": (lambda: TensorProduct(2), TWO, TWO, 3),
    "gated": (lambda: Gated(2), MIXED, TWO, 3),
    "norm": (lambda: NormNonlinearity(2), TWO, TWO, 3),
    "extreme pool": (lambda: FourierExtremePool(), TWO, TWO, 6),
    "gamma": (lambda: ResidualBlock("gamma", 2, 1, 1, resize=True), TWO, regular(1), 5),
    "alpha": (lambda: ResidualBlock("alpha", 2, 1, 2), TWO, TWO, 3),
    "fourier": (lambda: ResidualBlock("fourier", 2, 1, 1), TWO, regular(1), 3),
    "norm block": (lambda: ResidualBlock("norm", 2, 1, 1), TWO, regular(1), 3),
}  # fmt: skip


def doubled(*shape):
    return torch.randn(*shape, dtype=torch.float64)


@pytest.mark.parametrize("name", LAYERS)
def test_layers_commute_with_the_rotations_of_the_cube(name):
    make, before, after, size = LAYERS[name]
    layer, x = make().double(), doubled(2, before.size, size, size, size)
    y = layer(x)
    for rotation in cube_rotations():
        expected = turned(y, rotation, after)
        torch.testing.assert_close(layer(turned(x, rotation, before)), expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize("name", ["tensor product", "gated", "norm"])
def test_exact_nonlinearities_commute_with_every_rotation(name):
    make, before, after, _ = LAYERS[name]
    layer, x = make().double(), doubled(2, before.size, 2, 2, 2)
    for rotation in Rotation.random(5, rng=np.random.default_rng(0)).as_matrix():
        y = layer(turned_channels(x, rotation, before))
        torch.testing.assert_close(
            y, turned_channels(layer(x), rotation, after), atol=1e-12, rtol=0
        )


# Errors under random rotations of coefficients drawn from N(0, 1), relative to the output.
@pytest.mark.parametrize(
    "function, reported", [("elu", 0.080), ("relu", 0.160), ("first_hermite", 0.329),
                           ("leaky_hard_shrink", 0.625)],
)  # fmt: skip
def test_error_of_a_pointwise_function_under_random_rotations(function, reported):
    layer, x = FourierPointwise(function).double(), doubled(2000, 35, 1, 1, 1)
    errors = []
    for rotation in Rotation.random(20, rng=np.random.default_rng(1)).as_matrix():
        expected = turned_channels(layer(x), rotation, regular(1))
        error = layer(turned_channels(x, rotation, regular(1))) - expected
        errors.append((error.norm() / expected.norm()).item())
    assert np.mean(errors) == pytest.approx(reported, rel=0.1)


def test_a_layer_that_mixes_components_does_not_commute():
    layer, x = torch.nn.ReLU(), doubled(1, 35, 3, 3, 3)
    rotation = cube_rotations()[5]
    difference = layer(turned(x, rotation, regular(1))) - turned(layer(x), rotation, regular(1))
    assert difference.abs().max() > 0.1


def gradients(result, inputs):
    weights = torch.linspace(-1, 1, result.numel(), dtype=result.dtype).view(result.shape)
    return torch.autograd.grad((result * weights).sum(), inputs)


def assert_same(ours, theirs, inputs):
    """Values and gradients are equal."""
    torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-11)
    for mine, other in zip(gradients(ours, inputs), gradients(theirs, inputs), strict=True):
        torch.testing.assert_close(mine, other, rtol=1e-9, atol=1e-10)


def test_the_folded_tensor_product_is_the_unfolded_one():
    layer = TensorProduct(3).double()
    x = doubled(3, 105, 5, 5, 5).requires_grad_()
    fields = x.permute(0, 2, 3, 4, 1).reshape(-1, 3, 35)
    matrix = layer.symmetric().view(3, 35, 35, 35)  # (field, n, i, j)
    products = torch.einsum("cnij,vci,vcj->vcn", matrix, fields, fields)
    unfolded = (products / 2).reshape(3, 5, 5, 5, 105).permute(0, 4, 1, 2, 3)
    assert_same(layer(x), unfolded, [x, *layer.parameters()])


@pytest.mark.parametrize("function", ["elu", "relu", "first_hermite", "leaky_hard_shrink"])
def test_the_pointwise_function_is_that_of_its_formula(function):
    written = {
        "elu": torch.nn.functional.elu,
        "relu": torch.relu,
        "first_hermite": lambda s: 2**0.5 * np.pi**-0.25 * s * torch.exp(-s * s / 2),
        "leaky_hard_shrink": lambda s: torch.where(s.abs() <= 2, 0.1 * s, 1.1 * s),
    }[function]
    x = (2 * doubled(50, 70, 3, 3, 3)).requires_grad_()
    sampling, analysis = torch.tensor(sampling_matrix()), torch.tensor(analysis_matrix())
    fields = x.permute(0, 2, 3, 4, 1).reshape(-1, 35)
    plain = (written(fields @ sampling.t()) @ analysis.t()).reshape(50, 3, 3, 3, 70)
    assert_same(FourierPointwise(function)(x), plain.permute(0, 4, 1, 2, 3), [x])


def test_a_kernel_as_large_as_its_input_is_the_convolution():
    layer = SteerableConv(MIXED, scalars(1) + regular(3), 4, bias=True).double()
    torch.nn.init.normal_(layer.bias)
    x = doubled(2, MIXED.size, 4, 4, 4).requires_grad_()
    convolved = torch.nn.functional.conv3d(x, *layer._expand())
    assert_same(layer(x), convolved, [x, layer.weights, layer.bias])


def test_filters_are_the_sum_of_their_elements():
    layer = SteerableConv(MIXED, MIXED, 3).double()
    with torch.no_grad():
        total, weights = layer.filters().clone(), layer.weights.clone()
        parts = torch.zeros_like(total)
        for i in range(0, len(weights), 7):
            layer.weights.zero_()
            layer.weights[i : i + 7] = weights[i : i + 7]
            parts += layer.filters()
    torch.testing.assert_close(parts, total, rtol=0, atol=1e-12)


def test_gradients_of_filters_are_those_of_finite_differences():
    fields = FieldType(((2, (1, 1)), (1, (0, 0, 1))))
    layer = SteerableConv(fields, fields, 3).double()
    expand = lambda weights: _Expand.apply(weights, layer.layout)  # noqa: E731
    assert torch.autograd.gradcheck(expand, (layer.weights,), fast_mode=True)


def test_weights_start_with_the_deviation_of_he():
    layer = SteerableConv(regular(20), regular(20), 3)
    rows = layer.filters().detach().square().sum((1, 2, 3, 4)).view(20, 35)
    # Three degrees of input bring a third of a unit each, whatever their number of elements.
    for degree in (slice(0, 1), slice(1, 10), slice(10, 35)):
        assert rows[:, degree].mean().item() == pytest.approx(1, abs=0.1)


def test_kept_filters_follow_the_weights():
    layer = SteerableConv(scalars(1), regular(1), 3).eval()
    with torch.no_grad():
        before = layer.filters()
        assert layer.filters() is before
        layer.weights.mul_(2)
        torch.testing.assert_close(layer.filters(), 2 * before)


def test_statistics_of_a_batch_norm_are_those_of_its_formula():
    norm, x = IIDBatchNorm(regular(2)).double(), doubled(4, 70, 3, 3, 3) * 2 + 0.5
    norm(x)
    channels = x.transpose(0, 1).reshape(2, 35, -1)
    variance = channels.var(2).mean(1)
    torch.testing.assert_close(norm.running_mean, 0.1 * channels[:, 0].mean(1))
    torch.testing.assert_close(norm.running_var, 0.9 + 0.1 * variance)


def test_batch_norm_gives_fields_unit_variance_and_invariants_no_mean():
    norm, x = IIDBatchNorm(regular(2)).double(), doubled(4, 70, 3, 3, 3) * 2 + 0.5
    y = norm(x).transpose(0, 1).reshape(2, 35, -1)
    torch.testing.assert_close(y[:, 0].mean(1), torch.zeros(2, dtype=y.dtype), atol=1e-12, rtol=0)
    torch.testing.assert_close(y.var(2).mean(1), torch.ones(2, dtype=y.dtype), atol=1e-4, rtol=0)


def test_statistics_of_a_batch_get_no_gradient():
    norm, x = IIDBatchNorm(regular(1)).double(), doubled(2, 35, 2, 2, 2).requires_grad_()
    scale, _ = norm.affine(x)
    (gradient,) = torch.autograd.grad(norm(x).sum(), x)
    torch.testing.assert_close(gradient, scale.detach()[0].view(35, 1, 1, 1).expand_as(gradient))


@pytest.mark.parametrize("kind", ["gamma", "alpha"])
def test_views_in_one_batch_are_views_one_by_one(kind):
    torch.manual_seed(1)
    together = ResidualBlock(kind, 2, 1, 3, resize=True).double()
    apart = ResidualBlock(kind, 2, 1, 3, resize=True).double()
    apart.load_state_dict(together.state_dict())
    x = doubled(4, 70, 5, 5, 5)
    joint = together(x, views=2)
    separate = torch.cat([apart(part) for part in x.chunk(2)])
    torch.testing.assert_close(joint, separate, rtol=1e-9, atol=1e-11)
    for block, result in ((together, joint), (apart, separate)):
        for parameter, gradient in zip(
            block.parameters(), gradients(result, list(block.parameters())), strict=True
        ):
            parameter.grad = gradient
    for (name, mine), other in zip(together.named_parameters(), apart.parameters(), strict=True):
        torch.testing.assert_close(mine.grad, other.grad, rtol=1e-9, atol=1e-10, msg=name)
    for (name, mine), other in zip(together.named_buffers(), apart.buffers(), strict=True):
        torch.testing.assert_close(mine, other, rtol=1e-9, atol=1e-11, msg=name)


def test_a_batch_in_any_memory_format_gives_the_same():
    block, x = ResidualBlock("gamma", 1, 1, 2).double(), doubled(2, 35, 3, 3, 3)
    last = x.contiguous(memory_format=torch.channels_last_3d)
    torch.testing.assert_close(block(x), block(last), rtol=1e-9, atol=1e-11)


def test_the_extreme_pool_takes_the_value_farthest_from_0():
    x = torch.arange(-4.0, 4.0).view(1, 1, 2, 2, 2)
    assert extreme_pool(x).item() == -4
    assert extreme_pool(x + 1.5).item() == 4.5


def test_the_blur_keeps_the_sum_of_a_voxel_inside():
    x = torch.zeros(1, 1, 7, 7, 7)
    x[..., 3, 3, 3] = 1
    blurred = gaussian_blur(x, 0.6, stride=1)
    assert blurred.sum().item() == pytest.approx(1)
    ratio = blurred[0, 0, 3, 3, 4] / blurred[0, 0, 3, 3, 3]
    assert ratio.item() == pytest.approx(np.exp(-1 / (2 * 0.36)))


@pytest.mark.parametrize("size, expected", [(6, 3), (5, 2)])
def test_the_extreme_pool_halves_sizes(size, expected):
    pooled = FourierExtremePool()(torch.randn(1, 35, size, size, size))
    assert pooled.shape == (1, 35, expected, expected, expected)


@pytest.mark.parametrize(
    "wrong, words",
    [
        (lambda: FieldType(((0, (1,)),)), "needs a count above 0"),
        (lambda: FourierPointwise("sine"), "must be one of elu"),
        (lambda: FourierPointwise("elu")(torch.zeros(1, 34, 1, 1, 1)), "34 channels are no whole"),
        (lambda: ResidualBlock("beta", 1, 1, 1), "a block must be one of gamma"),
        (lambda: SteerableConv(scalars(1), regular(1), 0), "kernel_size must be positive"),
        (lambda: SteerableConv(scalars(1), scalars(1), 2), "no steerable kernel of size 2"),
        (lambda: IIDBatchNorm(regular(1))(torch.zeros(1, 35, 1, 1, 1)), "two values or more"),
        (lambda: FourierExtremePool(sigma=0), "sigma must be a positive number"),
    ],
)
def test_wrong_arguments_are_named(wrong, words):
    with pytest.raises(ValueError, match=words):
        wrong()
