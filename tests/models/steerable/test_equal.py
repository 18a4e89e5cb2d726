"""Accelerated networks are those of escnn: outputs, gradients, running statistics."""

import copy

import pytest
import torch
from tests.models.steerable.networks import CASES, batch, network

from labbook.models.steerable.acceleration import accelerate

RELATIVE = {torch.float64: 1e-9, torch.float32: 1e-4}
BOTH = [
    (name, dtype)
    for name in CASES
    for dtype in RELATIVE
    if CASES[name].double or dtype == torch.float32
]


def results(model, x):
    """What two steps of training and an evaluation give, by name."""
    found = {}
    model.train()
    for step in range(2):
        model.zero_grad()
        x = x.detach().requires_grad_()
        y = model(x)
        factors = torch.linspace(-1, 1, y.numel(), dtype=y.dtype).view(y.shape)
        (y * factors).sum().backward()
        found |= {f"output {step}": y.detach(), f"gradient of the input {step}": x.grad}
        for name, parameter in model.named_parameters():
            if parameter.grad is not None:
                found[f"gradient of {name} {step}"] = parameter.grad.clone()
    found |= {name: value.clone() for name, value in model.named_buffers() if "running" in name}
    model.eval()
    with torch.no_grad():
        found["evaluation"] = model(x)
    return found


def assert_equal(found, expected, relative):
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        scale = value.abs().max().item()
        torch.testing.assert_close(
            found[name].to(value.dtype), value, rtol=0, atol=relative * scale + 1e-30, msg=name
        )


@pytest.mark.parametrize("name, dtype", BOTH)
def test_steps_and_evaluations_are_those_of_escnn(name, dtype):
    model, x = network(name, dtype), batch(name, dtype)
    fast = accelerate(copy.deepcopy(model))
    assert_equal(results(fast, x), results(model, x), RELATIVE[dtype])
