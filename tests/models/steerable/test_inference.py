"""Accelerated networks after a pass in inference mode: gradients of their input are escnn's."""

import pytest
import torch
from tests.models.steerable.networks import CASES, batch, network

from labbook.models.steerable.acceleration import accelerate


@pytest.mark.parametrize("name", CASES)
def test_what_was_made_in_inference_mode_does_not_stop_gradients(name):
    model = network(name).eval().requires_grad_(False)
    x = batch(name)
    expected = gradient(model, x)
    accelerate(model)
    with torch.inference_mode():
        model(x)
    torch.testing.assert_close(gradient(model, x), expected, rtol=1e-3, atol=1e-4)


def gradient(model, x):
    """Of the sum of squares of what a frozen network gives, by its input."""
    x = x.clone().requires_grad_()
    model(x).square().sum().backward()
    return x.grad
