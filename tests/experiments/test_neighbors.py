"""Trials of the neighbor-location task, at their smallest, on generated chains."""

import numpy as np
import pytest
import torch

from labbook.experiments import neighbors

PAIRS = {"dataset": "generated", "task": "moved", "view_voxels": 11, "resolution_A": 1.5}
RESNET = PAIRS | {
    "block": "gamma", "schedule": "log", "max_channels": 2, "bottleneck": None, "batch_size": 8,
    "learning_rate": 0.001, "inputs": 32, "curve_every": 16, "curve_pairs": 8,
    "validation_pairs": 16, "seed": 0,
}  # fmt: skip
PLAIN = {
    "dataset": "generated", "task": "aligned", "resolution_A": 1.5,
    "network": "arch_2_width_1_size_11", "axes": "data", "batch_size": 8, "learning_rate": 0.001,
    "inputs": 32, "curve_every": 16, "curve_pairs": 16, "validation_pairs": 16, "seed": 0,
}  # fmt: skip


@pytest.fixture(scope="module")
def trained():
    torch.set_num_threads(1)
    return neighbors.train_resnet(**RESNET)


@pytest.fixture(scope="module")
def plain():
    torch.set_num_threads(1)
    return neighbors.train_architecture(**PLAIN)


@pytest.fixture
def asked(monkeypatch):
    """The splits of which views are asked for, and the seeds that are given."""
    real, asked = neighbors.neighbor_views, {}

    def telling(split, **arguments):
        asked[split] = arguments.get("seed")
        return real(split, **arguments)

    monkeypatch.setattr(neighbors, "neighbor_views", telling)
    return asked


def test_a_network_is_measured_on_the_same_other_structures_whatever_its_seed(asked):
    neighbors.train_architecture(**PLAIN | {"seed": 3, "inputs": 16})
    assert asked == {"train": 3, "validation": None}


def test_a_linear_rule_is_measured_on_the_same_other_structures_whatever_its_seed(asked):
    neighbors.fit_centres(**PAIRS, inputs=64, validation_pairs=16, seed=3)
    assert asked == {"train": 3, "validation": None}


def test_a_resnet_sees_the_pairs_that_it_is_given(trained):
    assert trained["history"]["inputs"][-1] == 32


def test_accuracy_at_the_end_has_an_interval_around_it(trained):
    metrics = trained["metrics"]
    low, high = metrics["validation_accuracy_low"], metrics["validation_accuracy_high"]
    assert 0 <= low <= metrics["validation_accuracy"] <= high <= 1


def test_the_end_is_measured_with_precise_statistics_as_well(trained):
    metrics = trained["metrics"]
    low, high = metrics["precise_accuracy_low"], metrics["precise_accuracy_high"]
    assert 0 <= low <= metrics["precise_accuracy"] <= high <= 1
    # After four steps the running averages still begin with 0 and 1.
    assert abs(metrics["precise_loss"] - metrics["validation_loss"]) > 1e-3


def test_the_curve_has_a_point_after_every_so_many_pairs(trained):
    assert trained["history"]["validation_inputs"] == [16, 32]


def test_cpu_time_grows_along_the_curve_as_pairs_do(trained):
    first, second = trained["history"]["validation_cpu_time_s"]
    assert second == pytest.approx(2 * first)


def test_convolutions_in_half_precision_train_nearly_alike(trained):
    half = neighbors.train_resnet(**RESNET, dtype="bfloat16")
    exact, rounded = (t["fingerprint"]["first_losses"] for t in (trained, half))
    assert rounded != exact
    assert rounded == pytest.approx(exact, rel=0.02)


def test_another_type_of_convolutions_is_refused():
    with pytest.raises(ValueError, match="one of float32, bfloat16, got 'float8'"):
        neighbors.train_resnet(**RESNET, dtype="float8")


def test_the_end_of_a_curve_on_all_validation_pairs_is_the_accuracy_at_the_end(plain):
    accuracy = plain["history"]["validation_accuracy"][-1]
    assert plain["metrics"]["validation_accuracy"] == accuracy


def test_the_same_configuration_gives_the_same_numbers(plain):
    assert neighbors.train_architecture(**PLAIN)["metrics"] == plain["metrics"]


def test_both_heads_have_equal_weights_at_the_start(plain):
    other = neighbors.train_architecture(**PLAIN | {"axes": "escnn"})
    assert other["parameters"] == plain["parameters"] == 12_408


@pytest.mark.parametrize("split", ["train", "validation"])
def test_pairs_do_not_depend_on_the_batches_they_come_in(split):
    of_eight, of_sixteen = (
        neighbors.neighbor_views(split, **PAIRS, batch_size=size, ahead=0) for size in (8, 16)
    )
    together = torch.cat([of_eight.batch(step)[0] for step in (0, 1)])
    torch.testing.assert_close(together, of_sixteen.batch(0)[0], rtol=0, atol=0)


@pytest.mark.parametrize(
    "task, distance_A, noise_A, noise_deg, channels",
    [("moved", 19.5, 2.0, 20.0, 6), ("aligned", 17.5, 0.0, 0.0, 4)],
)
def test_tasks_place_the_neighbor(task, distance_A, noise_A, noise_deg, channels):
    views = neighbors.neighbor_views("validation", **PAIRS | {"task": task}, ahead=0)
    assert (views.distance_A, views.channels) == (distance_A, channels)
    assert (views.noise_A, views.noise_deg) == (noise_A, noise_deg)


UNKNOWN_TASK = {"task": "turned"}


@pytest.mark.parametrize(
    "call",
    [
        lambda: neighbors.neighbor_views("train", **PAIRS | UNKNOWN_TASK),
        lambda: neighbors.train_resnet(**RESNET | UNKNOWN_TASK),
        lambda: neighbors.train_architecture(**PLAIN | UNKNOWN_TASK),
    ],
)
def test_an_unknown_task_is_told(call):
    with pytest.raises(ValueError, match="must be one of moved, aligned, got 'turned'"):
        call()


def test_centres_of_mass_are_first_moments_in_voxels():
    views = torch.zeros(1, 2, 4, 11, 11, 11)
    views[0, 0, 1, 5, 5, 8] = 50.0  # 3 voxels along z from the centre of home
    views[0, 1, 3, 1, 5, 5] = 25.0  # 4 voxels against x from the centre of the neighbor
    np.testing.assert_allclose(neighbors.centres_of_mass(views), [[0, 0, 1.5, -1, 0, 0]])


def test_the_linear_rule_has_42_parameters():
    fitted = neighbors.fit_centres(**PAIRS, inputs=64, validation_pairs=16, seed=0)
    assert fitted["parameters"] == 42


def test_the_linear_rule_beats_chance_on_generated_chains():
    fitted = neighbors.fit_centres(**PAIRS, inputs=400, validation_pairs=200, seed=0)
    assert fitted["metrics"]["validation_accuracy_low"] > neighbors.CHANCE


def test_a_training_that_was_killed_ends_as_if_it_had_not_been(tmp_path, monkeypatch, plain):
    monkeypatch.setenv("LABBOOK_CHECKPOINTS", str(tmp_path))
    monkeypatch.setattr(neighbors.Checkpoints, "due", lambda self: True)
    real, steps = neighbors.direction_loss, []

    def stopping_loss(network, batch):
        steps.append(len(steps))
        if len(steps) == 3:
            raise KeyboardInterrupt
        return real(network, batch)

    monkeypatch.setattr(neighbors, "direction_loss", stopping_loss)
    with pytest.raises(KeyboardInterrupt):
        neighbors.train_architecture(**PLAIN)
    resumed = neighbors.train_architecture(**PLAIN)
    assert len(steps) == 5  # two steps, one that was stopped, and the last two
    assert resumed["metrics"] == plain["metrics"]
