"""Convolutions alone multiply in half precision."""

import copy

import pytest
import torch
from escnn import nn as enn
from tests.models.steerable.networks import CASES, batch, network, regular, scalars

from labbook.models.steerable import accelerate, convolve_in


@pytest.mark.parametrize("fast", [False, True])
@pytest.mark.parametrize("name", CASES)
def test_outputs_are_near_those_of_full_precision(name, fast):
    exact, half = network(name), convolve_in(network(name), torch.bfloat16)
    half = accelerate(half) if fast else half
    expected, found = exact.eval()(batch(name)), half.eval()(batch(name))
    assert found.dtype == torch.float32
    assert (found - expected).abs().max() < 0.05 * expected.abs().max()


def conv(**arguments):
    torch.manual_seed(0)
    return accelerate(enn.R3Conv(scalars(2), regular(2, 1), 3, **arguments))


def inputs():
    return torch.randn(2, 2, 5, 5, 5, generator=torch.Generator().manual_seed(0))


def test_a_convolution_multiplies_rounded_numbers():
    exact, half = conv(bias=False), convolve_in(conv(bias=False), torch.bfloat16)
    x, weight = inputs().bfloat16(), exact.expand_parameters()[0].bfloat16()
    rounded = torch.nn.functional.conv3d(x, weight).float()
    found = half(exact.in_type(inputs())).tensor
    torch.testing.assert_close(found, rounded, rtol=0.01, atol=0.01)


def test_gradients_are_in_full_precision_and_near():
    gradients = []
    for module in (conv(), convolve_in(conv(), torch.bfloat16)):
        module(module.in_type(inputs())).tensor.square().mean().backward()
        gradients.append(module.weights.grad)
    assert gradients[1].dtype == torch.float32
    torch.testing.assert_close(*gradients, rtol=0.05, atol=0.02)


def test_a_copy_has_its_own_weights():
    half = convolve_in(conv(), torch.bfloat16)
    twin = copy.deepcopy(half)
    with torch.no_grad():
        twin.weights.zero_()
    assert half(half.in_type(inputs())).tensor.abs().max() > 0
    assert twin(twin.in_type(inputs())).tensor.abs().max() == 0


def test_parameters_and_their_names_stay():
    half = convolve_in(conv(), torch.bfloat16)
    assert half.state_dict().keys() == conv().state_dict().keys()
