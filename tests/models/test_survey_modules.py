"""The modules of the survey with real numbers: shapes, receptive fields, equivariance."""

import pytest
import torch
from escnn.group import directsum

from labbook.models.neighbor.counting import kernel_weights
from labbook.models.neighbor.layers.fields import GROUP
from labbook.models.survey import NETWORKS, build, layer_table
from labbook.models.survey.build import assemble
from labbook.models.survey.fourier import PointwiseELU, sampling_matrix
from labbook.models.survey.layers import (
    Block,
    Blur,
    Branches,
    Conv,
    FourierELU,
    GlobalPool,
    Linear,
    Network,
    PadChannels,
    Pool,
    Shortcut,
    Steerable,
)
from labbook.models.survey.steerable import CUTOFFS, SteerableConv, basis_size, irrep_basis
from labbook.models.survey.trace import trace


def network(layers, size=(17, 17), channels=2):
    """A network of a few layers."""
    return Network("none", 2026, "images", "a test", channels, size, layers)


def traced(told):
    with torch.device("meta"):
        return trace(told, assemble(told).eval())


BRANCHED = (
    Conv(4, 3, 1, 1),
    Block("both", (Branches(((), (Conv(3, 5, 1, 2),))), Shortcut((Conv(7, 3, 1, 1),)))),
    Pool("max", 3, 2),
    Block("down", (Shortcut((Conv(9, 3, 2, 1, norm=True),), (PadChannels(9, 2),)),)),
)


@pytest.mark.parametrize(
    ("name", "outputs"),
    [("VoxNet", 40), ("GNINA", 2), ("DeepSite", 1), ("Ornate", 1), ("Kopuklu2021", 600)],
)
def test_forward_pass(name, outputs):
    told = NETWORKS[name]
    with torch.no_grad():
        assert build(name)(torch.randn(2, told.channels, *told.size)).shape == (2, outputs)


def test_sizes_in_the_table_are_those_of_a_real_pass():
    x, table = torch.randn(1, 1, 32, 32, 32), layer_table("VoxNet")
    for row, part in enumerate(build("VoxNet"), 1):
        x = part(x)
        assert x.shape[1] == table.channels[row]
        assert x.dim() == 2 or x.shape[2] == table["size"][row]


def test_receptive_field_is_where_the_gradient_reaches():
    torch.manual_seed(0)
    told = network(BRANCHED, size=(41, 41))
    x = torch.rand(1, 2, 41, 41, requires_grad=True)
    y = assemble(told).eval()(x)
    y[0, :, y.shape[2] // 2, y.shape[3] // 2].sum().backward()
    reached = x.grad.abs().sum((0, 1)).nonzero()
    sides = reached.max(0).values - reached.min(0).values + 1
    assert sides.tolist() == [traced(told).receptive_field_voxels.iloc[-1]] * 2


def test_parameters_of_the_table_are_those_of_the_module():
    told = network(BRANCHED)
    assert traced(told).parameters.sum() == sum(p.numel() for p in assemble(told).parameters())


def test_linear_layer_sees_everything_that_reaches_it():
    told = network((Conv(4, 3, 2), Linear(5)))
    assert traced(told).receptive_field_voxels.iloc[-1] == 17


def test_building_on_the_meta_device_allocates_nothing():
    with torch.device("meta"):
        assert {p.device.type for p in build("VGG-19").parameters()} == {"meta"}


@pytest.mark.parametrize("name", NETWORKS)
def test_every_parameter_gets_a_value(name):
    with torch.device("meta"):
        owners = [m for m in build(name).modules() if list(m.parameters(recurse=False))]
    assert all(hasattr(owner, "reset_parameters") for owner in owners)


def test_batch_norm_starts_as_the_identity():
    module = assemble(network((Conv(4, 3, norm=True),)))
    norm = module[0][1]
    assert (norm.running_var == 1).all() and (norm.weight == 1).all()


# Steerable layers.


def turned(x, quarter):
    return torch.rot90(x, 1, quarter)


QUARTERS = [(2, 3), (3, 4), (2, 4)]
STEERABLE = (
    Steerable((4, 2, 1), 5, 2, 2, gated=True),
    Steerable((3, 2), 3, 1, 1),
    GlobalPool(),
)


def invariant_part(layers, channels):
    """A small steerable network, up to its mean over positions, and an input of 9 voxels a side."""
    torch.manual_seed(0)
    module = assemble(network(layers, size=(9, 9, 9), channels=channels)).eval()
    return module, torch.randn(2, channels, 9, 9, 9)


@pytest.mark.parametrize("quarter", QUARTERS)
def test_scalars_of_a_steerable_network_do_not_turn(quarter):
    module, x = invariant_part(STEERABLE, 2)
    with torch.no_grad():
        there, turned_there = module(x), module(turned(x, quarter))
    torch.testing.assert_close(turned_there[:, :3], there[:, :3], atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("quarter", QUARTERS)
def test_vectors_of_a_steerable_network_turn(quarter):
    module, x = invariant_part(STEERABLE, 2)
    with torch.no_grad():
        there, turned_there = module(x)[:, 3:], module(turned(x, quarter))[:, 3:]
    assert not torch.allclose(there, turned_there, atol=1e-3)
    lengths = there.view(2, 2, 3).norm(dim=2), turned_there.view(2, 2, 3).norm(dim=2)
    torch.testing.assert_close(*lengths, atol=1e-4, rtol=1e-4)


def test_a_plain_convolution_in_it_breaks_that():
    layers = (STEERABLE[0], Conv(3, 3, 1, 1, activation=False), GlobalPool())
    module, x = invariant_part(layers, 2)
    with torch.no_grad():
        assert not torch.allclose(module(x), module(turned(x, (2, 3))), atol=1e-3)


@pytest.mark.parametrize("quarter", QUARTERS)
def test_fourier_nonlinearities_do_not_turn_scalars(quarter):
    layers = (
        Steerable((2, 6, 10), 3, 1, 1, cutoff="escnn"),
        FourierELU(2, 96),
        Blur(3, 2, 1),
        Steerable((3, 3, 3), 3, 1, 1, cutoff="escnn"),
        FourierELU(2, 24, "sphere", norm=False, mean=True),
        GlobalPool(),
    )
    module, x = invariant_part(layers, 1)
    with torch.no_grad():
        torch.testing.assert_close(module(turned(x, quarter)), module(x), atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("domain", ["group", "sphere"])
def test_samples_determine_the_function(domain):
    table = torch.tensor(sampling_matrix(2, domain, 96))
    assert torch.linalg.matrix_rank(table) == table.shape[1] == {"group": 35, "sphere": 9}[domain]


def test_linear_functions_pass_the_fourier_nonlinearity():
    elu = PointwiseELU(2, "group", 96, count=1)
    x = torch.zeros(1, 35, 1, 1, 1)
    x[:, 0] = 5  # positive at all samples, where ELU is the identity
    torch.testing.assert_close(elu(x), x, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("cutoff", CUTOFFS)
@pytest.mark.parametrize(("a", "b"), [(0, 0), (0, 2), (1, 1), (2, 1), (2, 2)])
def test_kernel_basis_has_the_counted_size(a, b, cutoff):
    assert len(irrep_basis(a, b, 5, cutoff)) == basis_size(a, b, 5, cutoff)


def test_kernel_basis_is_independent():
    basis = irrep_basis(2, 2, 5, "compromise").flatten(1)
    assert torch.linalg.matrix_rank(basis) == len(basis)


# Between two regular fields up to a band limit of 2, as built with escnn: 214, 393 and 627.
@pytest.mark.parametrize(("kernel", "count"), [(3, 214), (5, 393), (7, 627)])
def test_weights_between_regular_fields(kernel, count):
    with torch.device("meta"):
        conv = SteerableConv((1, 3, 5), (1, 3, 5), kernel, cutoff="escnn")
    assert conv.weight.numel() == count


def test_weights_are_those_of_the_steerable_library():
    inputs, outputs = (3, 5, 3, 1), (1, 3, 5)
    with torch.device("meta"):
        conv = SteerableConv(inputs, outputs, 5, cutoff="escnn")
    before, after = (
        directsum(
            [GROUP.irrep(degree) for degree, count in enumerate(counts) for _ in range(count)]
        )
        for counts in (inputs, outputs)
    )
    expected = kernel_weights(before, after, 5)
    assert conv.weight.numel() == expected


def test_even_kernel_is_told():
    with pytest.raises(ValueError, match="odd and positive here, got 4"):
        SteerableConv((1,), (1,), 4)
