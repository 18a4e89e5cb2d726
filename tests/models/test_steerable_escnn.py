"""Ours are the modules of escnn: the same bases, losses, gradients and running statistics."""

import pytest
import torch
from tests.benchmarks.plain_escnn import (
    SPACE,
    Conv,
    Fourier,
    PlainBlock,
    PlainStem,
    copy_into,
    enn,
    fields,
    pair_basis,
    product_elements,
    scalar_fields,
)

from labbook.models.neighbor.resnet import Stem
from labbook.models.steerable import ResidualBlock, regular, scalars
from labbook.models.steerable.rotations.basis import rings
from labbook.models.steerable.rotations.grid import analysis_matrix, sampling_matrix

# (rtol, atol): sums of thousands of products.
CLOSE = {torch.float32: (1e-4, 1e-5), torch.float64: (1e-9, 1e-11)}


def block_of(expansion):
    """The basis of the only pair of types of a module of escnn."""
    (pair,) = expansion._representations_pairs
    return getattr(expansion, f"block_expansion_{expansion._escape_pair(pair)}").sampled_basis


@pytest.mark.parametrize("kernel_size", [1, 3, 4])
def test_kernels_between_fields_are_those_of_escnn(kernel_size):
    convolution = Conv(fields(1), fields(1), kernel_size)
    assert_same_elements(
        block_of(convolution.basisexpansion),
        pair_basis(regular(1), regular(1), kernel_size, rings(kernel_size)),
    )


@pytest.mark.parametrize("kernel_size", [3, 4, 5, 7])
def test_kernels_from_scalars_are_those_of_escnn(kernel_size):
    convolution = Conv(scalar_fields(1), fields(1), kernel_size)
    assert_same_elements(
        block_of(convolution.basisexpansion),
        pair_basis(scalars(1), regular(1), kernel_size, rings(kernel_size)),
    )


def assert_same_elements(theirs, ours):
    """Each element of ours is one of theirs, and each of theirs is used once."""
    theirs, ours = theirs.double().flatten(1), ours.flatten(1)
    cosine = ours @ theirs.t() / ours.norm(dim=1)[:, None] / theirs.norm(dim=1)
    order = cosine.argmax(1)
    assert sorted(order.tolist()) == list(range(len(theirs)))
    torch.testing.assert_close(ours, theirs[order], rtol=0, atol=2e-6)


def test_the_sampling_matrix_is_that_of_escnn():
    layer = Fourier(1, None)
    layer.sample(torch.float64)
    torch.testing.assert_close(layer.A, torch.tensor(sampling_matrix()), rtol=0, atol=1e-12)
    torch.testing.assert_close(layer.Ainv, torch.tensor(analysis_matrix()), rtol=0, atol=1e-11)


@pytest.fixture(scope="module")
def plain_blocks():
    """Blocks of escnn's modules, by kind; the bases take seconds to build."""
    return {
        "gamma": PlainBlock("gamma", 2, 1, 3, True),
        "alpha": PlainBlock("alpha", 1, 2, 1, False),
    }


OURS = {
    "gamma": lambda: ResidualBlock("gamma", 2, 1, 3, resize=True),
    "alpha": lambda: ResidualBlock("alpha", 1, 2, 1),
}


def test_the_maps_of_a_tensor_product_are_those_of_escnn(plain_blocks):
    theirs = block_of(plain_blocks["gamma"].inner.basisexpansion).float().flatten(1)
    ours = product_elements().float().flatten(1)
    # Sorted by the components that they join; a sign tells (i, j) from (j, i).
    cosine = ours @ theirs.t() / ours.norm(dim=1)[:, None] / theirs.norm(dim=1)
    order = cosine.abs().argmax(1)
    assert sorted(order.tolist()) == list(range(615))
    sign = cosine[torch.arange(615), order].sign()
    torch.testing.assert_close(ours, theirs[order] * sign[:, None], rtol=0, atol=2e-6)


def weights_of(module):
    return [parameter for parameter in module.parameters() if parameter.requires_grad]


# escnn's gated nonlinearity is float32 whatever it is given.
@pytest.mark.parametrize(
    "kind, dtype", [("gamma", torch.float32), ("gamma", torch.float64), ("alpha", torch.float32)]
)
def test_a_step_of_a_block_is_that_of_escnn(plain_blocks, kind, dtype):
    ours, plain = OURS[kind]().to(dtype), plain_blocks[kind].to(dtype)
    plain.outer.sample(dtype)
    copy_into(plain, ours)
    x = torch.randn(3, ours.convolution_1.in_type.size, 5, 5, 5, dtype=dtype)
    type_ = (plain.resize or plain.convolution_1).in_type
    results = ours(x), plain(type_(x)).tensor
    rtol, atol = CLOSE[dtype]
    torch.testing.assert_close(*results, rtol=rtol, atol=atol)

    factors = torch.randn_like(results[0])
    found = torch.autograd.grad((results[0] * factors).sum(), weights_of(ours))
    expected = torch.autograd.grad((results[1] * factors).sum(), weights_of(plain))
    # Our gradients in the place of our weights, copied: in the order of escnn's weights.
    statistics = {name: buffer.clone() for name, buffer in plain.named_buffers()}
    with torch.no_grad():
        for parameter, gradient in zip(weights_of(ours), found, strict=True):
            parameter.copy_(gradient)
    copy_into(plain, ours)
    for (name, mine), theirs in zip(
        [(n, p) for n, p in plain.named_parameters() if p.requires_grad], expected, strict=True
    ):
        scale = theirs.abs().max().item()
        torch.testing.assert_close(mine.data, theirs, rtol=rtol, atol=rtol * scale, msg=name)
    for name, buffer in plain.named_buffers():
        if "running" in name:
            torch.testing.assert_close(buffer, statistics[name], rtol=rtol, atol=atol, msg=name)


def test_a_stem_in_evaluation_is_that_of_escnn():
    ours, plain = Stem(scalars(6), 2, 3), PlainStem(scalar_fields(6), 2, 3)
    plain.activation.sample(torch.float32)
    ours(torch.randn(2, 6, 5, 5, 5))
    copy_into(plain, ours)
    ours.eval(), plain.eval()
    x = torch.randn(2, 6, 7, 7, 7)
    with torch.no_grad():
        expected = plain(enn.GeometricTensor(x, enn.FieldType(SPACE, [SPACE.trivial_repr] * 6)))
        torch.testing.assert_close(ours(x), expected.tensor, rtol=1e-4, atol=1e-5)
