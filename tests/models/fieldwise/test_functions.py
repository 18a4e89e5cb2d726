"""Functions of fields and their gradients are those of escnn where our networks do not go."""

import pytest
import torch
from escnn import nn as enn
from tests.models.steerable.networks import ICOSAHEDRON, ROTATIONS, SO3, regular, scalars

from labbook.models.steerable.acceleration import accelerate


def strided(layer, dtype=torch.float64):
    """Fields of a batch of one, every other number in memory."""
    return torch.randn(1, layer.in_type.size, 3, 3, 3, 2, dtype=dtype)[..., 0].requires_grad_()


def results(layer, x):
    """The result, and the gradients of input and parameters."""
    y = layer(layer.in_type(x)).tensor
    inputs = [x, *(parameter for parameter in layer.parameters() if parameter.requires_grad)]
    factors = torch.linspace(-1, 1, y.numel(), dtype=y.dtype).view(y.shape)
    return y, torch.autograd.grad((y * factors).sum(), inputs)


def assert_as_in_escnn(layer, x, **close):
    expected = results(layer, x)
    torch.testing.assert_close(results(accelerate(layer), x), expected, **close)


@pytest.mark.parametrize("inplace", [True, False])
@pytest.mark.parametrize("function", ["p_relu", "p_elu", "p_sigmoid", "p_tanh"])
def test_a_function_on_the_group_has_the_slope_of_escnn(function, inplace):
    layer = enn.FourierPointwise(
        ROTATIONS, 2, SO3.bl_irreps(1), function=function, inplace=inplace, **ICOSAHEDRON
    ).double()
    assert_as_in_escnn(layer, strided(layer), rtol=1e-9, atol=1e-9)


def test_gates_that_are_kept_come_out_as_in_escnn():
    gated = enn.GatedNonLinearity1(scalars(2) + regular(2, 1), drop_gates=False)
    assert_as_in_escnn(gated, strided(gated, torch.float32))


def test_fields_of_norm_zero_stay_zero_and_have_no_gradient():
    layer = enn.NormNonLinearity(regular(2, 1), function="n_softplus", bias=False).double()
    x = strided(layer)
    with torch.no_grad():
        x[..., 1, :] = 0
    assert_as_in_escnn(layer, x)
    y, (gradient,) = results(layer, x)
    assert not y[..., 1, :].any() and not gradient[..., 1, :].any()
