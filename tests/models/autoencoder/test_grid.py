"""The convolution in the frequency domain is ``nn.Conv1d`` and ``nn.Conv2d``, gradients too."""

import pytest
import torch
from torch import nn

from labbook.models.autoencoder.grid import GridConvolution

CHANNELS, BATCH = 3, 5
KERNELS = (1, 3, 5, 7, 9, 11, 13)
# (dimensions, size): grids of 1 to 64 positions, smaller and larger than the kernels.
GRIDS = [(1, 1), (1, 2), (1, 16), (1, 64), (2, 1), (2, 3), (2, 4), (2, 8)]


def with_library_twin(size, dimensions, kernel_size):
    """A grid convolution and the convolution of the library with the same weights."""
    ours = GridConvolution(CHANNELS, size, dimensions, kernel_size)
    kind = nn.Conv1d if dimensions == 1 else nn.Conv2d
    theirs = kind(CHANNELS, CHANNELS, kernel_size, padding=(kernel_size - 1) // 2)
    theirs.load_state_dict(ours.state_dict())
    return ours, theirs


def as_library_input(x, size, dimensions):
    """(n^d, Q, B) to (B, Q, n, …)."""
    return x.permute(2, 1, 0).reshape(BATCH, CHANNELS, *[size] * dimensions)


@pytest.mark.parametrize("kernel_size", KERNELS)
@pytest.mark.parametrize("dimensions, size", GRIDS)
def test_output_is_that_of_the_library(dimensions, size, kernel_size):
    ours, theirs = with_library_twin(size, dimensions, kernel_size)
    x = torch.randn(size**dimensions, CHANNELS, BATCH)
    expected = theirs(as_library_input(x, size, dimensions))
    torch.testing.assert_close(
        as_library_input(ours(x), size, dimensions), expected, rtol=1e-5, atol=1e-5
    )


@pytest.mark.parametrize("kernel_size", KERNELS)
@pytest.mark.parametrize("dimensions, size", GRIDS)
def test_gradients_are_those_of_the_library(dimensions, size, kernel_size):
    ours, theirs = with_library_twin(size, dimensions, kernel_size)
    x = torch.randn(size**dimensions, CHANNELS, BATCH, requires_grad=True)
    target = torch.randn(size**dimensions, CHANNELS, BATCH)
    found = torch.autograd.grad((ours(x) * target).sum(), [x, ours.weight, ours.bias])
    output = theirs(as_library_input(x, size, dimensions))
    loss = (output * as_library_input(target, size, dimensions)).sum()
    expected = torch.autograd.grad(loss, [x, theirs.weight, theirs.bias])
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=3e-5)


@pytest.mark.parametrize("kernel_size", (9, 11, 13))
def test_taps_that_reach_past_the_grid_have_exactly_zero_gradient(kernel_size):
    convolution = GridConvolution(CHANNELS, 4, 2, kernel_size)
    convolution(torch.randn(16, CHANNELS, BATCH)).square().sum().backward()
    rim = (kernel_size - 7) // 2
    inner = torch.zeros_like(convolution.weight, dtype=torch.bool)
    inner[..., rim:-rim, rim:-rim] = True
    assert torch.equal(convolution.weight.grad != 0, inner)


def test_on_a_4x4_grid_kernel_13_cropped_to_7_is_the_same_function():
    large, small = GridConvolution(CHANNELS, 4, 2, 13), GridConvolution(CHANNELS, 4, 2, 7)
    cropped = {"weight": large.weight[..., 3:-3, 3:-3], "bias": large.bias}
    small.load_state_dict(cropped)
    x = torch.randn(16, CHANNELS, BATCH)
    assert torch.equal(large(x), small(x))


@pytest.mark.parametrize("dimensions", (1, 2))
def test_a_seed_gives_the_weights_that_it_gives_to_the_library(dimensions):
    torch.manual_seed(7)
    ours = GridConvolution(CHANNELS, 8, dimensions, 5)
    torch.manual_seed(7)
    theirs = (nn.Conv1d if dimensions == 1 else nn.Conv2d)(CHANNELS, CHANNELS, 5)
    torch.testing.assert_close(dict(ours.named_parameters()), dict(theirs.named_parameters()))


def test_only_weight_and_bias_are_saved():
    assert set(GridConvolution(CHANNELS, 8, 2, 5).state_dict()) == {"weight", "bias"}


@pytest.mark.parametrize("kernel_size", (-1, 0, 2, 12))
def test_a_kernel_that_cannot_keep_the_grid_is_told(kernel_size):
    with pytest.raises(ValueError, match=f"must be an odd positive number .* got {kernel_size}\\."):
        GridConvolution(CHANNELS, 8, 1, kernel_size)


def test_the_printed_form_names_channels_grid_and_kernel():
    printed = repr(GridConvolution(CHANNELS, 8, 2, 5))
    assert printed == "GridConvolution(3, grid=8 x 8, kernel_size=5)"
