"""Rotating atoms, not tensors: what the axes of the head mean for structures and their labels."""

import numpy as np
import pytest
import torch
from tests.models.rotations import label_permutation

from labbook.data.structures.views import DIRECTIONS, voxelize
from labbook.models.neighbor.architectures import architecture
from labbook.models.neighbor.axes import (
    DATA_TO_ESCNN,
    LABEL_DIRECTIONS,
    cube_rotations,
)

NETWORK = "arch_2_width_1_size_11"
VIEW_A, RESOLUTION_A, DISTANCE_A = 16.5, 1.5, 18.0


@pytest.fixture(scope="module")
def atoms():
    """Coordinates in A and channels of atoms that fill two views and more."""
    rng = np.random.default_rng(0)
    return rng.uniform(-30, 30, (6000, 3)), rng.integers(0, 4, 6000)


def views_of(coordinates_A, channels, label):
    """Home at the origin and its neighbor across the face of a label: (1, 2, 4, 11, 11, 11)."""
    centres_A = [np.zeros(3), DISTANCE_A * DIRECTIONS[label]]
    images = [
        voxelize(
            coordinates_A - centre_A, channels, np.ones(len(channels)), channels=4,
            view_A=VIEW_A, resolution_A=RESOLUTION_A,
        )
        for centre_A in centres_A
    ]  # fmt: skip
    return torch.from_numpy(np.stack(images))[None].double()


def logits_of_rotated_atoms(axes, atoms, label=3):
    """Logits before, and after each of the 24 rotations about home, with how labels move."""
    torch.manual_seed(0)
    network = architecture(NETWORK, axes=axes).double().eval()
    coordinates_A, channels = atoms
    with torch.no_grad():
        before = network(views_of(coordinates_A, channels, label))[0]
        for rotation in cube_rotations():
            moved_to = label_permutation(rotation)
            views = views_of(coordinates_A @ rotation.T, channels, moved_to[label])
            yield before, network(views)[0], moved_to


def test_labels_of_the_models_are_those_of_the_data():
    np.testing.assert_array_equal(LABEL_DIRECTIONS, DIRECTIONS)


def test_axes_of_escnn_mirror_those_of_the_data():
    assert round(np.linalg.det(DATA_TO_ESCNN)) == -1


def test_rotating_atoms_moves_the_logit_of_each_direction_with_it(atoms):
    errors = [
        (after[moved_to] - before).abs().max().item()
        for before, after, moved_to in logits_of_rotated_atoms("data", atoms)
    ]
    assert max(errors) < 1e-5


def test_with_axes_of_escnn_the_true_label_changes_its_logit_when_atoms_rotate(atoms):
    label = 3
    of_the_label = [
        after[moved_to[label]].item()
        for _, after, moved_to in logits_of_rotated_atoms("escnn", atoms, label)
    ]
    assert max(of_the_label) - min(of_the_label) > 1e-3


def test_with_axes_of_the_data_the_true_label_keeps_its_logit_when_atoms_rotate(atoms):
    label = 3
    of_the_label = [
        after[moved_to[label]].item()
        for _, after, moved_to in logits_of_rotated_atoms("data", atoms, label)
    ]
    assert max(of_the_label) - min(of_the_label) < 1e-5
