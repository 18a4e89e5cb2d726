"""Accuracy on fixed pairs, and its interval."""

import numpy as np
import pytest
import torch
from torch.nn.functional import one_hot

from labbook.data.structures import generated
from labbook.data.structures.atom_table import AtomTable
from labbook.data.structures.scoring import ValidationPairs, interval_95
from labbook.data.structures.views import NeighborViews


@pytest.fixture(scope="module")
def pairs() -> ValidationPairs:
    """Twelve pairs of two generated chains, in batches of 4."""
    table = AtomTable.of([generated.chain(seed) for seed in range(2)], generated=True)
    return ValidationPairs(NeighborViews(table, batch_size=4, ahead=0), 10)


@pytest.fixture(scope="module")
def labels(pairs):
    return torch.cat([pairs.views.batch(step)[1] for step in range(3)])


def test_pairs_are_rounded_up_to_whole_batches(pairs):
    assert (pairs.steps, len(pairs.structures)) == (3, 12)


def test_a_network_that_knows_the_labels_is_always_right(pairs, labels):
    batches = iter(labels.split(4))
    scores = pairs(lambda views: 100.0 * one_hot(next(batches), 6))
    assert scores == {"loss": 0.0, "accuracy": 1.0, "accuracy_low": 1.0, "accuracy_high": 1.0}


def test_equal_logits_have_the_loss_of_chance(pairs):
    assert pairs(lambda views: torch.zeros(len(views), 6))["loss"] == pytest.approx(np.log(6))


def test_always_one_label_is_right_as_often_as_that_label_comes(pairs, labels):
    always = one_hot(torch.full((4,), 2), 6).float()
    share = (labels == 2).double().mean().item()
    assert pairs(lambda views: always)["accuracy"] == share


def test_the_pairs_are_the_same_each_time(pairs):
    seen = []
    for _ in range(2):
        pairs(lambda views: seen.append(views) or torch.zeros(len(views), 6))
    assert all(map(torch.equal, seen[:3], seen[3:]))


def test_for_groups_of_one_the_interval_is_that_of_the_binomial():
    correct = np.arange(1000) < 300
    low, high = interval_95(correct, np.arange(1000))
    half = 1.96 * np.sqrt(0.3 * 0.7 / 1000)
    assert (low, high) == (
        pytest.approx(0.3 - half, abs=0.003),
        pytest.approx(0.3 + half, abs=0.003),
    )


def test_pairs_that_are_alike_within_groups_widen_the_interval():
    correct = np.arange(1000) < 300
    alone, together = (
        interval_95(correct, np.arange(1000)),
        interval_95(correct, np.arange(1000) // 10),
    )
    assert together[1] - together[0] > 2.5 * (alone[1] - alone[0])


def test_no_pairs_are_refused(pairs):
    with pytest.raises(ValueError, match="pairs is 0; a validation needs at least 1"):
        ValidationPairs(pairs.views, 0)
