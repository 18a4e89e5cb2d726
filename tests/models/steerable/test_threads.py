"""Threads that share the rows of a module compute what one thread does."""

import pytest
import torch
from escnn import nn as enn
from tests.models.steerable.networks import ICOSAHEDRON, ROTATIONS, SO3, regular

from labbook.models.fieldwise import rows
from labbook.models.steerable.acceleration import accelerate

LAYERS = {
    "Fourier": lambda: enn.FourierELU(ROTATIONS, 2, SO3.bl_irreps(1), **ICOSAHEDRON),
    "tensor product": lambda: enn.TensorProductModule(regular(2, 1), regular(2, 1)),
}


@pytest.fixture
def many_parts(monkeypatch):
    """Parts of few rows, so that small inputs have several."""
    monkeypatch.setitem(rows.CACHE_BYTES, "cpu", 1 << 13)


def computed(layer, x, threads):
    """Result, gradients of the input and of the weights, with some threads of torch."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        y = layer(layer.in_type(x)).tensor
        factors = torch.linspace(-1, 1, y.numel(), dtype=y.dtype).view(y.shape)
        return y, torch.autograd.grad((y * factors).sum(), [x, *layer.parameters()])
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize("threads", [2, 3])
@pytest.mark.parametrize("name", LAYERS)
def test_threads_compute_what_one_does(name, threads, many_parts):
    layer = accelerate(LAYERS[name]().double())
    x = torch.randn(2, layer.in_type.size, 5, 5, 5, dtype=torch.float64, requires_grad=True)
    expected, gradients = computed(layer, x, 1)
    found, of_threads = computed(layer, x, threads)
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-12)
    torch.testing.assert_close(of_threads, gradients, rtol=0, atol=1e-10)


@pytest.mark.parametrize("name", LAYERS)
def test_threads_compute_in_inference_mode(name, many_parts):
    layer = accelerate(LAYERS[name]()).eval()
    x = layer.in_type(torch.randn(2, layer.in_type.size, 5, 5, 5))
    expected = layer(x).tensor
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    with torch.inference_mode():
        found = layer(x).tensor
    torch.set_num_threads(before)
    torch.testing.assert_close(found, expected)


def test_the_number_of_threads_stays(many_parts):
    layer, before = accelerate(LAYERS["Fourier"]()), torch.get_num_threads()
    computed(layer, torch.randn(2, 20, 5, 5, 5, requires_grad=True), 2)
    assert torch.get_num_threads() == before
