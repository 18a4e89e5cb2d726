"""The ResNets of the neighbor-location task: their sizes, costs and symmetry."""

import csv
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation
from tests.models.rotations import turned_channels, turned_space, voxels

from labbook.models.neighbor import NeighborClassifier, resnet, resnet_costs, resnet_widths
from labbook.models.neighbor.axes import cube_rotations
from labbook.models.neighbor.layers.fields import regular
from labbook.models.neighbor.resnet import ResNetEncoder
from labbook.models.neighbor.widths import layer_sizes
from labbook.training.measure import count_flops, count_parameters

# Reported for members of the grid; where a bottleneck or "linear" is assumed, so is the name.
ROWS = list(csv.DictReader(Path(__file__).with_name("test_neighbor_channels.csv").open()))


def grid_point(row):
    bottleneck = None if row["bottleneck"] == "none" else row["bottleneck"]
    return row["block"], row["schedule"], int(row["max_channels"]), bottleneck


def row_id(row):
    return "-".join(map(str, grid_point(row)))


@pytest.mark.parametrize("row", ROWS, ids=row_id)
def test_widths_are_those_reported(row):
    widths = resnet_widths(*grid_point(row)[1:])
    assert widths.outer == tuple(map(int, row["outer"].split()))
    assert widths.inner == tuple(map(int, row["inner"].split()))
    assert widths.hidden == int(row["mlp_hidden"])


@pytest.mark.parametrize("row", ROWS, ids=row_id)
def test_closed_formulas_give_the_reported_costs(row):
    costs = resnet_costs(row["block"], resnet_widths(*grid_point(row)[1:]))
    assert costs.encoder_parameters == int(row["params_encoder"])
    assert costs.classifier_parameters == int(row["params_mlp"])
    assert costs.encoder_flops == int(row["flops_eval_1sample_encoder"])
    assert costs.classifier_flops == int(row["flops_eval_1sample_mlp"])


@pytest.mark.parametrize("row", ROWS, ids=row_id)
def test_built_networks_have_the_reported_parameters(row):
    network = resnet(*grid_point(row))
    assert count_parameters(network.encoder) == int(row["params_encoder"])
    assert count_parameters(network.classifier) == int(row["params_mlp"])


def executed(network, batch=1):
    """FLOPs of encoder and classifier in evaluation, once filters are kept."""
    network = network.to("meta").eval()
    views = torch.empty(batch, 2, 6, *[network.encoder.view_voxels] * 3, device="meta")
    with torch.no_grad():
        features = network.encode(views)
        encoder = count_flops(lambda: network.encode(views))
        return encoder, count_flops(lambda: network.classifier(features))


@pytest.mark.parametrize("block", ["gamma", "alpha", "fourier", "norm"])
def test_executed_flops_are_those_counted(block):
    costs = resnet_costs(block, resnet_widths("log", 8))
    assert executed(resnet(block, "log", 8)) == (costs.executed_flops, costs.classifier_flops)


@pytest.mark.parametrize("block", ["gamma", "alpha"])
def test_costs_of_a_network_for_smaller_views_are_those_of_the_one_that_is_built(block):
    widths = resnet_widths("log", 8, "half")
    network = resnet(block, "log", 8, "half", view_voxels=11)
    costs = resnet_costs(block, widths, view_voxels=11)
    parameters = costs.encoder_parameters + costs.classifier_parameters
    assert count_parameters(network) == parameters
    assert executed(network) == (costs.executed_flops, costs.classifier_flops)


@pytest.mark.parametrize("voxels, sizes", [(15, (13, 13, 7, 7, 4, 1)), (11, (9, 9, 5, 5, 3, 1))])
def test_sizes_of_the_layers(voxels, sizes):
    assert layer_sizes(voxels) == sizes


@pytest.mark.parametrize("voxels", [7, 13, 14])
def test_a_view_that_cannot_be_halved_twice_around_its_centre_is_told(voxels):
    with pytest.raises(ValueError, match=f"11, 15, 19, … voxels along an edge, got {voxels}"):
        layer_sizes(voxels)


def test_flops_of_experiment_91_at_batch_32_are_those_reported():
    costs = resnet_costs("alpha", resnet_widths("expt91", 32))
    assert round(32 * costs.encoder_flops / 1e9, 3) == 938.836
    assert round(32 * costs.classifier_flops / 1e6, 3) == 147.194


def test_the_classifier_of_experiment_91_executes_the_reported_flops():
    encoder, classifier = executed(resnet("alpha", "expt91", 32), batch=32)
    assert round(classifier / 1e6, 3) == 147.194
    # The tail is contracted: less than 1 % of the encoder is saved.
    assert 0.99 < encoder / 938.836e9 < 1


def test_experiment_91_has_its_parameters():
    network = resnet("alpha", "expt91", 32)
    assert count_parameters(network) == 2_743_675
    assert count_parameters(network.encoder) == 442_741
    assert count_parameters(network.classifier) == 2_300_934


def test_experiment_94_has_its_parameters():
    assert count_parameters(resnet()) == 713_979


@pytest.mark.parametrize(
    "bottleneck, inner",
    [
        (None, (3, 5, 7, 11)),
        ("half", (2, 2, 4, 6)),
        ("quarter", (1, 1, 2, 3)),
        ("in", (2, 3, 5, 7)),
    ],
)
def test_bottlenecks(bottleneck, inner):
    assert resnet_widths("log", 16, bottleneck).inner == inner


@pytest.fixture(scope="module")
def encoder():
    """The encoder of experiment 94, after a batch that set its statistics."""
    torch.manual_seed(0)
    network = ResNetEncoder("gamma", resnet_widths("log", 16))
    with torch.no_grad():
        network(torch.randn(2, 6, 15, 15, 15))
    return network.eval()


def test_the_encoder_commutes_with_the_rotations_of_the_cube(encoder):
    x = torch.randn(1, 6, 15, 15, 15)
    with torch.no_grad():
        y = encoder(x)
        for rotations in np.split(cube_rotations(), 6):
            found = encoder(torch.cat([turned_space(x, rotation) for rotation in rotations]))
            expected = [turned_channels(y, rotation, regular(16)) for rotation in rotations]
            torch.testing.assert_close(found, torch.cat(expected), rtol=0, atol=1e-4)


def test_a_small_encoder_commutes_with_rotations_of_the_cube_in_training():
    network, x = ResNetEncoder("gamma", resnet_widths("log", 2)), torch.randn(4, 6, 15, 15, 15)
    with torch.no_grad():
        y = network(x)
        for rotation in cube_rotations()[[4, 13]]:
            expected = turned_channels(y, rotation, regular(2))
            found = network(turned_space(x, rotation))
            torch.testing.assert_close(found, expected, rtol=0, atol=1e-4)


@pytest.mark.parametrize("block", ["gamma", "alpha"])
def test_an_encoder_of_smaller_views_commutes_with_the_rotations_of_the_cube(block):
    torch.manual_seed(0)
    network = ResNetEncoder(block, resnet_widths("log", 4, "half"), view_voxels=11)
    x = torch.randn(4, 6, 11, 11, 11)
    with torch.no_grad():
        network(x)
        y = network.eval()(x)
        for rotation in cube_rotations()[[4, 13, 21]]:
            expected = turned_channels(y, rotation, regular(4))
            found = network(turned_space(x, rotation))
            torch.testing.assert_close(found, expected, rtol=0, atol=1e-4)


def blobs(rotation):
    """Thirty Gaussians within a sphere of radius 4.5, as an image (1, 6, 15, 15, 15); turned."""
    source = np.random.default_rng(0)
    centres = source.normal(size=(30, 3))
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    centres *= 4.5 * source.uniform(size=(30, 1)) ** (1 / 3)
    offsets = voxels(15)[:, None] - centres @ rotation.T
    values = np.exp(-(offsets**2).sum(2) / 2).T.reshape(6, 5, -1).sum(1)
    return torch.tensor(values, dtype=torch.float32).view(1, 6, 15, 15, 15)


def test_error_of_the_head_under_random_rotations(encoder):
    def head(rotation):
        return encoder.head(encoder.in_type(blobs(rotation))).tensor[:, :, 6, 6, 6]

    still, errors = head(np.eye(3)), []
    for rotation in Rotation.random(10, rng=np.random.default_rng(2)).as_matrix():
        expected = turned_channels(still, rotation, regular(2))
        found = head(rotation)
        errors.append(((found - expected).norm() / expected.norm()).item())
    # Not nothing: the kernel is sampled on 27 voxels, and the function on 96 rotations.
    assert 0.01 < np.mean(errors) < 0.1


def test_views_are_encoded_as_if_one_by_one():
    torch.manual_seed(0)
    together, apart = resnet("gamma", "log", 2), resnet("gamma", "log", 2)
    apart.load_state_dict(together.state_dict())
    views = torch.randn(3, 2, 6, 15, 15, 15)
    joint = together.encode(views)
    separate = torch.cat([apart.encoder(views[:, view]) for view in (0, 1)], 1)
    torch.testing.assert_close(joint, separate, rtol=1e-4, atol=1e-5)
    factors = torch.linspace(-1, 1, joint.numel()).view(joint.shape)
    (joint * factors).sum().backward()
    (separate * factors).sum().backward()
    pairs = zip(together.encoder.named_parameters(), apart.encoder.parameters(), strict=True)
    for (name, mine), other in pairs:
        scale = other.grad.abs().max().item()
        torch.testing.assert_close(mine.grad, other.grad, rtol=0, atol=1e-4 * scale, msg=name)
    for (name, mine), other in zip(together.named_buffers(), apart.buffers(), strict=True):
        torch.testing.assert_close(mine, other, rtol=1e-4, atol=1e-5, msg=name)


def test_logits_of_a_pair():
    assert resnet("alpha", "log", 2)(torch.randn(2, 2, 6, 15, 15, 15)).shape == (2, 6)


def test_swapped_views_have_other_logits():
    network = resnet("norm", "log", 2).eval()
    views = torch.randn(1, 2, 6, 15, 15, 15)
    assert (network(views) - network(views.flip(1))).abs().max() > 1e-3


@pytest.mark.parametrize(
    "wrong, words",
    [
        (lambda: resnet("beta"), "a block must be one of gamma"),
        (lambda: resnet(schedule="cubic"), "a schedule must be one of log"),
        (lambda: resnet(bottleneck="third"), "a bottleneck must be None"),
        (lambda: resnet(max_channels=1), "max_channels must be 2 or more"),
        (lambda: resnet(schedule="expt91"), "'expt91' has 32 channels"),
        (lambda: NeighborClassifier(None, None)(torch.zeros(1, 6, 15, 15, 15)), "has the shape"),
        (lambda: resnet(max_channels=2)(torch.zeros(1, 2, 6, 14, 14, 14)), "views of 15 voxels"),
    ],
)
def test_wrong_arguments_are_named(wrong, words):
    with pytest.raises(ValueError, match=words):
        wrong()
