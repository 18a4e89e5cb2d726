"""Architectures #0 to #3 as built: parameters, shapes, equivariance, and what breaks it."""

import numpy as np
import pytest
import torch
from tests.models.rotations import label_permutation
from torch import nn

from labbook.models.neighbor.architectures import architecture
from labbook.models.neighbor.axes import (
    LABEL_DIRECTIONS,
    best_possible,
    cube_rotations,
)
from labbook.models.neighbor.layouts import LAYOUTS, layout

SMALL = "arch_2_width_1_size_11"


class ChannelElu(nn.Module):
    """An ELU of single channels, whatever their fields."""

    def forward(self, x):
        return x.type(nn.functional.elu(x.tensor))


def rotated(images, rotation):
    """Images (..., X, Y, Z) after a rotation of the cube: what was at p is at R p."""
    order = [int(abs(row).argmax()) for row in rotation]
    first = images.ndim - 3
    moved = images.permute(*range(first), *(first + axis for axis in order))
    backwards = [first + new for new, old in enumerate(order) if rotation[new][old] < 0]
    return moved.flip(backwards) if backwards else moved


def permutation_errors(network, views, rotations):
    """How far the logits of rotated views are from the permuted logits, at most; per rotation."""
    logits = network(views)
    errors = []
    for rotation in rotations:
        moved = network(rotated(views, rotation))
        errors.append((moved[:, label_permutation(rotation)] - logits).abs().max().item())
    return errors


def warmed_up(name, dtype, axes="data"):
    """A network in evaluation mode after a batch in training mode, and views for it."""
    torch.manual_seed(0)
    network = architecture(name, axes=axes).to(dtype)
    edge = layout(name).input_size
    views = torch.randn(2, 2, 4, edge, edge, edge, dtype=dtype)
    with torch.no_grad():
        network(views)
    return network.eval(), views


@pytest.mark.parametrize("name", LAYOUTS)
def test_built_parameters_are_those_of_the_formula(name):
    network = architecture(name)
    assert sum(p.numel() for p in network.parameters()) == layout(name).parameters()


@pytest.mark.parametrize(
    "name, parameters",
    [
        ("arch_0", 1_208_011),
        ("arch_1_width_14", 7_234_376),
        ("arch_2_width_7_repeats_1", 1_670_875),
        ("arch_3_width_14_repeats_4", 2_707_717),
    ],
)
def test_built_parameters_are_those_reported(name, parameters):
    assert sum(p.numel() for p in architecture(name).parameters()) == parameters


@pytest.mark.parametrize(
    "name, sizes",
    [
        ("arch_0_size_13", (5, 3, 1)),
        ("arch_1_width_2_size_13", (11, 9, 7, 5, 3, 1)),
        ("arch_2_width_2_size_13", (11, 9, 5, 3, 1)),
        ("arch_2_width_4_repeats_4_size_13", (11, 11, 11, 9, 5, 5, 3, 3, 1)),
        ("arch_3_width_2_size_13", (11, 5, 3, 1)),
    ],
)
def test_sizes_of_the_forms_for_13_voxels(name, sizes):
    assert layout(name).sizes == sizes


@pytest.mark.parametrize("fields, repeats", [(2, ""), (4, "_repeats_4")])
def test_number_2_alone_has_padded_strides_at_13_voxels(fields, repeats):
    name = f"arch_{{}}_width_{fields}{repeats}_size_13"
    padded = {
        number: [step.padding for step in layout(name.format(number)).steps if step.stride == 2]
        for number in (2, 3)
    }
    assert padded == {2: [1, 1], 3: [0]}


def test_output_is_six_logits():
    network, views = warmed_up(SMALL, torch.float32)
    assert network(views).shape == (2, 6)


@pytest.mark.parametrize("dtype, error", [(torch.float64, 1e-6), (torch.float32, 1e-4)])
def test_rotations_permute_the_logits(dtype, error):
    network, views = warmed_up(SMALL, dtype)
    with torch.no_grad():
        assert max(permutation_errors(network, views, cube_rotations())) < error


def test_rotations_permute_the_logits_in_training_mode():
    torch.manual_seed(0)
    network = architecture(SMALL).double()
    views = torch.randn(2, 2, 4, 11, 11, 11, dtype=torch.float64)
    with torch.no_grad():
        assert max(permutation_errors(network, views, cube_rotations()[::5])) < 1e-6


@pytest.mark.parametrize(
    "name",
    ["arch_2_width_1", "arch_3_width_1", *(name for name in LAYOUTS if name.endswith("size_13"))],
)
def test_strides_and_paddings_of_the_families_are_equivariant(name):
    network, views = warmed_up(name, torch.float32)
    with torch.no_grad():
        assert max(permutation_errors(network, views, cube_rotations()[1::8])) < 1e-4


def test_quarter_turns_permute_the_logits_of_a_reported_network_in_single_precision():
    torch.manual_seed(0)
    network = architecture("arch_3_width_7_repeats_1").eval()
    views = torch.randn(1, 2, 4, 21, 21, 21)
    # Quarter turns about x and z make up all 24 rotations.
    turns = [
        np.array([(1, 0, 0), (0, 0, -1), (0, 1, 0)]),
        np.array([(0, -1, 0), (1, 0, 0), (0, 0, 1)]),
    ]
    with torch.no_grad():
        assert max(permutation_errors(network, views, turns)) < 1e-4


def test_logits_are_not_all_equal():
    network, views = warmed_up(SMALL, torch.float32)
    assert network(views).std(dim=1).min() > 1e-3


def test_an_elu_of_single_channels_breaks_equivariance():
    network, views = warmed_up(SMALL, torch.float64)
    network.encoder.layers[1].activation = ChannelElu()
    with torch.no_grad():
        assert max(permutation_errors(network, views, cube_rotations())) > 1e-3


def test_views_may_not_be_exchanged():
    network, views = warmed_up(SMALL, torch.float32)
    assert (network(views) - network(views.flip(1))).abs().max() > 1e-3


def test_both_views_meet_the_same_filters_as_if_each_went_alone():
    network, views = warmed_up(SMALL, torch.float64)
    alone = [network.encoder(views[:, view]) for view in range(2)]
    torch.testing.assert_close(network(views), network.classifier(torch.cat(alone, 1)))


def test_every_parameter_gets_a_gradient():
    network, views = warmed_up(SMALL, torch.float32)
    network.train()(views).square().sum().backward()
    assert not [name for name, p in network.named_parameters() if not p.grad.abs().max() > 0]


def test_a_view_of_another_size_is_told():
    with pytest.raises(ValueError, match="takes images of 11 voxels along each edge"):
        architecture(SMALL)(torch.zeros(2, 2, 4, 10, 10, 10))


def test_unknown_axes_are_told():
    with pytest.raises(ValueError, match='axes must be "data" or "escnn", got \'pymol\''):
        architecture(SMALL, axes="pymol")


def test_axes_of_escnn_exchange_the_logits_and_no_more():
    network, views = warmed_up(SMALL, torch.float64)
    mirrored = architecture(SMALL, axes="escnn").double().eval()
    mirrored.load_state_dict(network.state_dict())
    with torch.no_grad():
        torch.testing.assert_close(network(views), mirrored(views)[:, [1, 0, 4, 5, 3, 2]])


def test_axes_of_escnn_do_not_follow_a_rotation():
    network, views = warmed_up(SMALL, torch.float64, axes="escnn")
    with torch.no_grad():
        errors = permutation_errors(network, views, cube_rotations())
    assert sum(error < 1e-6 for error in errors) == 4 and max(errors) > 1e-3


def test_axes_of_the_data_can_tell_every_label():
    assert best_possible("data") == (1.0, 0.0)


def test_axes_of_escnn_can_tell_one_label_in_three():
    accuracy, loss = best_possible("escnn")
    assert accuracy == pytest.approx(1 / 3) and loss == pytest.approx(1.5607, abs=1e-4)


def test_rotations_move_labels_as_they_move_directions():
    for rotation in cube_rotations():
        moved = LABEL_DIRECTIONS[label_permutation(rotation)]
        assert (moved == LABEL_DIRECTIONS @ rotation.T).all()
