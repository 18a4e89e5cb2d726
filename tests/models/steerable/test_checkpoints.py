"""A state_dict goes both ways, is small, and never meets a basis that it does not belong to."""

import copy

import pytest
import torch
from escnn import nn as enn
from tests.models.steerable.networks import CASES, batch, network, regular, scalars

from labbook.models.steerable.acceleration import accelerate, plain


def moved(model):
    """The network after some change of every parameter and running statistic."""
    source = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.requires_grad:
                parameter += torch.randn(parameter.shape, generator=source) / 10
        for name, value in model.named_buffers():
            if "running" in name:
                value += torch.rand(value.shape, generator=source)
    return model


def evaluated(model, x):
    model.eval()
    with torch.no_grad():
        return model(x)


@pytest.fixture(params=CASES)
def pair(request):
    """A network of escnn, another one of the same form that is accelerated, and a batch."""
    fast = accelerate(network(request.param))
    # escnn itself can't load into indices of interleaved fields as it makes them.
    return moved(plain(copy.deepcopy(fast))), fast, batch(request.param)


@pytest.mark.parametrize("mode", ["training", "evaluation"])
def test_a_checkpoint_of_escnn_loads(pair, mode):
    model, fast, x = pair
    fast.load_state_dict(model.train(mode == "training").state_dict())
    expected = evaluated(model, x)
    torch.testing.assert_close(evaluated(fast, x), expected, rtol=1e-4, atol=1e-5)


def test_a_checkpoint_of_ours_loads_into_escnn(pair):
    model, fast, x = pair
    moved(fast)
    kept = model.train().load_state_dict(fast.state_dict(), strict=False)
    assert {name.rpartition(".")[2] for name in kept.missing_keys} <= {"sampled_basis"}
    assert {name.rpartition(".")[2] for name in kept.unexpected_keys} <= {"fingerprint"}
    expected = evaluated(model, x)
    torch.testing.assert_close(evaluated(fast, x), expected, rtol=1e-4, atol=1e-5)


def test_a_checkpoint_of_ours_loads_into_ours(pair):
    model, fast, x = pair
    moved(fast)
    other = accelerate(model)
    other.load_state_dict(fast.state_dict())
    torch.testing.assert_close(evaluated(other, x), evaluated(fast, x), rtol=0, atol=0)


def test_a_checkpoint_is_the_same_in_both_modes(pair):
    _, fast, _ = pair
    in_training = fast.train().state_dict()
    in_evaluation = fast.eval().state_dict()
    assert in_training.keys() == in_evaluation.keys()


def test_plain_gives_the_network_of_escnn_back(pair):
    model, fast, x = pair
    undone = plain(accelerate(copy.deepcopy(model)))
    for mine, theirs in zip(undone.modules(), model.modules(), strict=True):
        assert type(mine) is type(theirs)
    expected = model.train().state_dict()
    found = undone.state_dict()
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        torch.testing.assert_close(found[name], value, rtol=0, atol=0, msg=name)
    torch.testing.assert_close(evaluated(undone, x), evaluated(model, x), rtol=1e-5, atol=1e-5)


def test_plain_in_evaluation_has_filters(pair):
    model, fast, x = pair
    assert plain(fast.eval()).state_dict().keys() == model.eval().state_dict().keys()


def test_a_checkpoint_has_no_bases():
    model = enn.R3Conv(regular(2, 2), regular(2, 2), 3)
    parameters = sum(parameter.numel() for parameter in model.parameters())
    held = sum(value.numel() for value in accelerate(model).state_dict().values())
    assert held < 2 * parameters


@pytest.fixture
def other_basis():
    """A convolution of escnn whose basis has other signs than ours, with weights to fit."""
    torch.manual_seed(0)
    model = enn.R3Conv(scalars(1), regular(1, 1), 3, recompute=True).double()
    fast = accelerate(copy.deepcopy(model))
    (block,) = model.basisexpansion.children()
    signs = torch.ones(block.dimension(), dtype=torch.float64)
    signs[::2] = -1
    block.sampled_basis *= signs.view(-1, 1, 1, 1)
    return model, fast, scalars(1)(torch.randn(2, 1, 5, 5, 5, dtype=torch.float64))


def test_the_basis_of_a_checkpoint_is_used_where_it_differs(other_basis):
    model, fast, x = other_basis
    fast.load_state_dict(model.state_dict())
    torch.testing.assert_close(fast(x).tensor, model(x).tensor, rtol=0, atol=1e-12)


def test_such_a_basis_is_in_the_next_checkpoint(other_basis):
    model, fast, x = other_basis
    fresh = copy.deepcopy(fast)
    fast.load_state_dict(model.state_dict())
    fresh.load_state_dict(fast.state_dict())
    torch.testing.assert_close(fresh(x).tensor, model(x).tensor, rtol=0, atol=1e-12)


def test_the_own_basis_returns_with_an_own_checkpoint(other_basis):
    model, fast, x = other_basis
    own, expected = fast.state_dict(), fast(x).tensor
    fast.load_state_dict(model.state_dict())
    fast.load_state_dict(own)
    torch.testing.assert_close(fast(x).tensor, expected, rtol=0, atol=0)


def test_a_checkpoint_of_another_basis_is_refused(other_basis):
    model, fast, _ = other_basis
    with pytest.raises(RuntimeError, match="belong to another basis than the one that escnn found"):
        fast.load_state_dict(accelerate(model).state_dict())


def test_a_checkpoint_of_another_network_is_refused():
    one, other = (accelerate(enn.R3Conv(scalars(1), regular(1, n), 3)) for n in (1, 2))
    with pytest.raises(RuntimeError, match="Missing key"):
        one.load_state_dict(other.state_dict())
