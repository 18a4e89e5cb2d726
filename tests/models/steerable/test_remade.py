"""What is made again in the backward pass is not kept, and gives the same gradients."""

import pytest
import torch
from escnn import gspaces
from escnn import nn as enn
from tests.models.steerable.networks import ICOSAHEDRON, ROTATIONS, SO3, Typed, regular, scalars

from labbook.models.fieldwise.rows import has_channels_last
from labbook.models.neighbor.memory import saved_bytes
from labbook.models.steerable.acceleration import accelerate, plain

FIELDS = regular(2, 1)


def product():
    return enn.TensorProductModule(FIELDS, FIELDS)


def fourier():
    elu = enn.FourierELU(ROTATIONS, 2, SO3.bl_irreps(1), **ICOSAHEDRON)
    elu.in_type = elu.out_type = FIELDS
    return elu


def norm():
    return enn.NormNonLinearity(FIELDS)


def gated():
    return enn.GatedNonLinearity1(scalars(2) + FIELDS)


NONLINEARITIES = {
    "tensor product": product, "Fourier": fourier, "norm": norm, "gates": gated,
}  # fmt: skip
CONVOLUTIONS = {
    "kernel of 3": lambda: enn.R3Conv(FIELDS, scalars(3), 3),
    "stride and padding": lambda: enn.R3Conv(FIELDS, scalars(3), 3, stride=2, padding=1),
    "dilation and groups": lambda: enn.R3Conv(FIELDS, scalars(4), 3, dilation=2, groups=2),
    "padded by reflection": lambda: enn.R3Conv(
        FIELDS, scalars(3), 3, padding=1, padding_mode="reflect"
    ),
    "kernel of 1": lambda: enn.R3Conv(FIELDS, regular(2, 1), 1),
    "kernel of 1, no bias": lambda: enn.R3Conv(FIELDS, scalars(3), 1, bias=False),
}


def features(size=9, channels=FIELDS.size):
    source = torch.Generator().manual_seed(0)
    return torch.randn(2, channels, size, size, size, generator=source, requires_grad=True)


@pytest.mark.parametrize("convolution", ["kernel of 3", "kernel of 1"])
@pytest.mark.parametrize("nonlinearity", NONLINEARITIES)
def test_what_follows_a_batch_norm_keeps_nothing_more(nonlinearity, convolution):
    after = accelerate(NONLINEARITIES[nonlinearity]())
    norm = accelerate(enn.IIDBatchNorm3d(after.in_type))
    last = accelerate(CONVOLUTIONS[convolution]())
    x = after.in_type(features(channels=after.in_type.size))
    of_norm = saved_bytes(lambda: norm(x).tensor)
    of_both = saved_bytes(lambda: after(norm(x)).tensor)
    of_all = saved_bytes(lambda: last(after(norm(x))).tensor)
    assert of_both < of_norm + x.tensor.nbytes / 2
    assert of_all < of_norm + x.tensor.nbytes / 2


@pytest.mark.parametrize("convolution", CONVOLUTIONS)
@pytest.mark.parametrize("nonlinearity", NONLINEARITIES)
def test_convolutions_of_what_is_made_again_have_the_gradients_of_escnn(nonlinearity, convolution):
    torch.manual_seed(0)
    dtype = torch.float32 if nonlinearity == "gates" else torch.float64  # escnn's gates are single
    after = NONLINEARITIES[nonlinearity]()
    norm, last = enn.IIDBatchNorm3d(after.in_type), CONVOLUTIONS[convolution]()
    model = Typed(norm, after, last).to(dtype)
    x = features(6, after.in_type.size).to(dtype)
    inputs = [x, *(parameter for parameter in model.parameters() if parameter.requires_grad)]

    def gradients():
        return torch.autograd.grad(model(x).square().sum(), inputs)

    accelerate(model)
    found = gradients()
    plain(model)
    close = 1e-9 if dtype == torch.float64 else 1e-3
    torch.testing.assert_close(found, gradients(), rtol=close, atol=close)


def test_convolutions_on_the_plane_have_the_gradients_of_escnn():
    torch.manual_seed(0)
    space = gspaces.rot2dOnR2(-1, 3)
    elu = enn.FourierELU(space, 2, [(number,) for number in range(4)], N=16)
    last = enn.R2Conv(elu.out_type, scalars(2, space), 3, stride=2, padding=1)
    model = Typed(enn.IIDBatchNorm2d(elu.in_type), elu, last).double()
    x = torch.randn(2, elu.in_type.size, 7, 7, dtype=torch.float64, requires_grad=True)
    inputs = [x, *(parameter for parameter in model.parameters() if parameter.requires_grad)]
    expected = torch.autograd.grad(model(x).square().sum(), inputs)
    found = torch.autograd.grad(accelerate(model)(x).square().sum(), inputs)
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-9)


def test_a_norm_of_one_channel_leaves_what_follows_channels_last():
    model = accelerate(Typed(enn.IIDBatchNorm3d(scalars(1)), enn.R3Conv(scalars(1), FIELDS, 3)))
    y = model(torch.randn(2, 1, 7, 7, 7))
    assert has_channels_last(y)


def test_functions_in_a_row_make_again_no_more_than_one():
    model = accelerate(Typed(enn.IIDBatchNorm3d(FIELDS), *(fourier() for _ in range(3))))
    of_one = saved_bytes(lambda: model.layers[1](model.layers[0](FIELDS(features()))).tensor)
    of_all = saved_bytes(lambda: model(features()))
    assert of_all > of_one + 1.5 * features().nbytes


def test_frozen_filters_and_two_backward_passes():
    torch.manual_seed(0)
    model = accelerate(Typed(enn.IIDBatchNorm3d(FIELDS), product(), CONVOLUTIONS["kernel of 3"]()))
    x = features()
    (expected,) = torch.autograd.grad(model(x).square().sum(), x)
    model.layers[2].requires_grad_(False)
    loss = model(x).square().sum()
    for _ in range(2):
        (found,) = torch.autograd.grad(loss, x, retain_graph=True)
        torch.testing.assert_close(found, expected)


def test_an_input_that_is_overwritten_before_the_backward_pass_is_an_error():
    model = accelerate(Typed(product(), CONVOLUTIONS["kernel of 3"]()))
    x = features().detach()
    loss = model(x).sum()
    x.zero_()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


def test_a_result_that_is_overwritten_before_a_convolution_is_kept():
    before, after = accelerate(product()), accelerate(CONVOLUTIONS["kernel of 3"]())

    def gradient(change):
        after.zero_grad()
        y = change(before(FIELDS(features())).tensor)
        after(FIELDS(y)).tensor.square().sum().backward()
        return after.weights.grad

    expected = gradient(lambda y: y * 2)
    torch.testing.assert_close(gradient(lambda y: y.mul_(2)), expected)


def test_a_result_of_a_batch_norm_that_is_overwritten_is_kept():
    norm, after = accelerate(enn.IIDBatchNorm3d(FIELDS)), accelerate(product())

    def gradient(change):
        after.zero_grad()
        y = change(norm(FIELDS(features())).tensor)
        after(FIELDS(y)).tensor.sum().backward()
        return after.weights.grad

    expected = gradient(lambda y: y * 2)
    torch.testing.assert_close(gradient(lambda y: y.mul_(2)), expected)
