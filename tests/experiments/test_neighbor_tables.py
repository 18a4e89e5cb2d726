"""Costs, intervals and hours beside the trials of a table."""

import pandas as pd
import pytest

from labbook.experiments import neighbor_tables

TRIALS = pd.DataFrame(
    {
        "block": "gamma", "schedule": "log", "max_channels": [4, 8], "bottleneck": [None, "half"],
        "inputs": [100, 200], "view_voxels": 11, "cpu_time_s": [3600.0, float("nan")],
        "key": ["a", "b"],
    }
)  # fmt: skip


def test_costs_stand_beside_each_network():
    table = neighbor_tables.with_costs(TRIALS)
    assert list(table.outer) == ["2 2 3 3 3 4", "2 3 3 5 6 8"]
    assert list(table.bottleneck) == ["none", "half"]


def test_a_metric_that_no_trial_has_measured_is_empty():
    table = neighbor_tables.with_metrics(
        TRIALS.drop(columns="validation_accuracy", errors="ignore")
    )
    assert table.validation_accuracy.isna().all() and table.validation_accuracy_low.isna().all()


def test_hours_of_a_planned_trial_follow_from_what_others_took():
    table = TRIALS.assign(flops=[2.0, 3.0])
    hours = neighbor_tables.with_core_hours(table, "flops", table).core_hours
    assert list(hours) == pytest.approx([1.0, 3.0])


def test_a_trial_that_took_unusually_long_does_not_move_the_hours():
    finished = pd.DataFrame({"inputs": 100, "flops": 2.0, "cpu_time_s": [3600.0, 3600.0, 36000.0]})
    hours = neighbor_tables.with_core_hours(finished, "flops", finished).core_hours
    assert list(hours) == pytest.approx([1.0, 1.0, 1.0])


def test_minutes_and_late_losses_are_those_of_the_ends_of_the_curves():
    curves = pd.DataFrame({"key": ["a", "a", "b"], "validation_cpu_time_s": [60.0, 120.0, 240.0]})
    settings = ["block"]
    trained = neighbor_tables.with_training_minutes(neighbor_tables.with_costs(TRIALS), curves)
    assert list(trained.training_cpu_min) == [2.0, 4.0]
    points = pd.DataFrame(
        {"key": list("aabb"), "inputs_measured": [50, 100] * 2, "train_loss": [9.0, 1.0, 8.0, 2.0]}
    )
    trained = neighbor_tables.with_late_loss(trained, points, after=50)
    assert list(trained.late_train_loss) == [1.0, 2.0]
    means = neighbor_tables.setting_means(trained, settings)
    assert (means.training_cpu_min[0], means.late_train_loss[0]) == (3.0, 1.5)


def test_settings_far_below_the_best_are_left_out():
    ends = pd.DataFrame(
        {"validation_accuracy": [0.7, 0.65, 0.5], "forward_per_pair": [3.0, 2.0, 1.0]}
    ).assign(training_cpu_min=10.0)
    best = neighbor_tables.best_by_cost(ends, "validation_accuracy", within=0.08)
    assert list(best.spent) == [3.0, 2.0, 10.0, 10.0]


def test_trials_in_half_precision_stand_below_those_with_the_same_settings():
    exact = neighbor_tables.of_resnets(TRIALS)
    half = TRIALS.iloc[:1].assign(dtype="bfloat16", key="c")
    both = neighbor_tables.by_dtype(exact, half)
    assert list(zip(both.key, both.dtype, strict=True)) == [("a", "float32"), ("c", "bfloat16")]
