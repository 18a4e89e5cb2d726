"""Networks that are built with sparse bases are those that escnn builds."""

import pytest
import torch
from escnn import nn as enn
from escnn.group import Representation
from escnn.nn import init
from escnn.nn.modules.basismanager import basisexpansion_blocks
from tests.models.steerable.networks import CASES, batch, network, regular, scalars

from labbook.models.building.block import SparseBlock
from labbook.models.building.networks import sparse_bases
from labbook.models.steerable.acceleration import accelerate


@pytest.mark.parametrize("name", CASES)
def test_bases_and_weights_are_those_of_escnn(name):
    dense = network(name)
    torch.manual_seed(0)
    with sparse_bases():
        built = CASES[name].make()
    # By name: escnn takes equal bases for one module, of which modules() gives the first.
    parts = dict(dense.named_modules(remove_duplicate=False))
    named = built.named_modules(remove_duplicate=False)
    blocks = [(mine, parts[part]) for part, mine in named if isinstance(mine, SparseBlock)]
    assert blocks
    for mine, theirs in blocks:
        torch.testing.assert_close(mine.sampled_basis, theirs.sampled_basis, rtol=0, atol=2e-6)
        assert (mine._mask == theirs._mask).all()
    for (parameter, mine), theirs in zip(built.named_parameters(), dense.parameters(), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-5, atol=1e-7, msg=parameter)
    expected = dense(batch(name))
    torch.testing.assert_close(accelerate(built)(batch(name)), expected, rtol=1e-4, atol=1e-5)


def test_a_basis_in_use_is_not_made_again():
    with sparse_bases():
        one, other = (enn.R3Conv(scalars(1), regular(2, 1), 3) for _ in range(2))
    first, second = (next(model.basisexpansion.children()) for model in (one, other))
    assert first.used is second.used


@pytest.mark.parametrize("change", [{"dtype": torch.float64}, {"device": "meta"}])
def test_another_type_or_device_of_a_network_is_its_own(change):
    with sparse_bases():
        one, other = (enn.R3Conv(scalars(1), regular(2, 1), 3) for _ in range(2))
    accelerate(one).to(**change)
    x = enn.GeometricTensor(torch.ones(1, 1, 5, 5, 5), other.in_type)
    assert accelerate(other).to("cpu")(x).tensor.dtype == torch.float32


def test_escnn_is_as_before_afterwards():
    def replaced():
        return (
            basisexpansion_blocks.block_basisexpansion, init.generalized_he_init,
            Representation.tensor, Representation.__eq__,
        )  # fmt: skip

    before = replaced()
    with pytest.raises(ZeroDivisionError), sparse_bases():
        assert not set(before) & set(replaced())
        raise ZeroDivisionError
    assert replaced() == before


def test_a_basis_without_elements_is_refused_as_by_escnn():
    with pytest.raises(ValueError, match="basis for the steerable filter is empty"), sparse_bases():
        enn.R3Conv(scalars(1), regular(1, 1), 3, basis_filter=lambda element: False)
