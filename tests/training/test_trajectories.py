"""Curves of trainings, and the Gaussian process that smooths them."""

import numpy as np
import pandas as pd
import pytest

from labbook.training.trajectories import common_end, read_at, smooth, smooth_curves

X = np.linspace(0, 10, 60)
TRUE = np.sin(X / 2)
NOISY = TRUE + np.random.default_rng(0).normal(0, 0.1, len(X))


def test_smooth_curve_is_nearer_to_the_truth_than_the_points():
    grid, mean, _ = smooth(X, NOISY)
    np.testing.assert_allclose(grid, np.linspace(0, 10, 100))
    assert np.abs(mean - np.sin(grid / 2)).mean() < np.abs(NOISY - TRUE).mean() / 2


def test_band_of_two_deviations_holds_the_truth_as_often_as_it_says():
    inside = []
    for seed in range(12):
        noisy = TRUE + np.random.default_rng(seed).normal(0, 0.1, len(X))
        grid, mean, deviation = smooth(X, noisy)
        inside.append((np.abs(mean - np.sin(grid / 2)) < 2 * deviation).mean())
    assert 0.88 < np.mean(inside) < 0.99


def test_units_of_the_values_do_not_matter():
    _, mean, deviation = smooth(X, NOISY)
    _, scaled, scaled_deviation = smooth(X, 1000 * NOISY + 5)
    np.testing.assert_allclose(scaled, 1000 * mean + 5, rtol=1e-4)
    np.testing.assert_allclose(scaled_deviation, 1000 * deviation, rtol=1e-3)


def test_a_flat_curve_stays_flat():
    _, mean, _ = smooth([0, 1, 2, 3], [2, 2, 2, 2])
    np.testing.assert_allclose(mean, 2)


def test_two_points_are_too_few():
    with pytest.raises(ValueError, match="three points or more, got 2"):
        smooth([0, 1, 1], [1, 2, 3])


POINTS = pd.DataFrame(
    {"key": ["a", "a", "b", "b"], "pairs": [0, 10, 0, 4], "accuracy": [0.0, 1.0, 0.2, 0.6]}
)


def test_curves_are_read_at_one_place():
    read = read_at(POINTS, "pairs", "accuracy", 3, "key")
    assert read.to_dict() == pytest.approx({"a": 0.3, "b": 0.5})


def test_a_curve_that_has_ended_has_no_value():
    assert read_at(POINTS, "pairs", "accuracy", 5, "key").isna().to_dict() == {
        "a": False,
        "b": True,
    }


def test_a_curve_that_begins_later_has_no_value():
    begun = POINTS[(POINTS.key == "a") | (POINTS.pairs > POINTS.pairs.min())]
    place = POINTS.pairs.min()
    assert read_at(begun, "pairs", "accuracy", place, "key").isna().to_dict() == {
        "a": False,
        "b": True,
    }


def test_all_curves_reach_the_least_of_their_ends():
    assert common_end(POINTS, "pairs", "key") == 4


def test_without_curves_there_is_no_common_end():
    assert np.isnan(common_end(POINTS[:0], "pairs", "key"))


def test_smooth_curves_have_a_band_of_one_deviation_on_each_side():
    points = pd.DataFrame({"key": "a", "pairs": X, "accuracy": NOISY})
    found = smooth_curves(points, "pairs", "accuracy", "key")
    spread = found.groupby("pairs").accuracy.agg(lambda values: values.max() + values.min())
    _, mean, _ = smooth(X, NOISY)
    np.testing.assert_allclose(spread, 2 * mean, rtol=1e-6)


def test_a_curve_of_two_points_is_left_out_of_the_smooth_ones():
    assert not len(smooth_curves(POINTS, "pairs", "accuracy", "key"))
