"""Curves of a trial as drawings: any finite numbers, and those that are not."""

import math
import re

import pytest

from labbook.site.records.curve import curves, svg

CURVES = {
    "the ends of the range": [1e308, -1e308],
    "the smallest numbers": [5e-324, 1e-323],
    "all magnitudes": [5e-324, 1.7e308],
    "negative and small": [-1e-300, 1e-300],
    "NaN among them": [1.0, math.nan, 2.0],
    "equal": [3.0, 3.0],
    "only infinite": [math.inf, -math.inf],
    "whole numbers": [1, 10**300],
}


@pytest.mark.parametrize("what", CURVES)
def test_no_number_of_a_curve_is_drawn_nowhere(what) -> None:
    values = CURVES[what]
    drawn = svg("loss", values, list(range(len(values))), "point")
    assert not re.search(r"nan|inf", re.sub(r'aria-label="[^"]*"', "", drawn).lower())


def test_places_are_written_as_other_numbers():
    drawn = svg("loss", [0.2, 0.6], [0.1 + 0.2, 1_500_000.0], "epoch")
    assert ">0.3</text>" in drawn and ">1,500,000</text>" in drawn


def test_curve_is_held_against_a_line_that_is_near():
    drawn = svg("accuracy", [0.2, 0.6], [1, 2], "point", {"chance": 0.1667})
    assert "chance 0.1667" in drawn and "lb-limit" in drawn


def test_name_of_the_highest_line_is_not_cut_off():
    drawn = svg("accuracy", [0.2, 0.6], [1, 2], "point", {"centres of mass": 0.7})
    baseline = float(re.search(r' y="([^"]+)">centres of mass', drawn)[1])
    assert baseline > 12  # the height of a line of its text


def test_line_far_from_the_curve_is_left_out():
    assert "lb-limit" not in svg("loss", [0.01, 0.02], [1, 2], "point", {"guessing": 1.79})


def test_interval_of_a_curve_is_its_band_and_no_curve_of_its_own():
    history = {
        "validation_inputs": [100, 200],
        "validation_cpu_time_s": [1.0, 2.0],
        "validation_accuracy": [0.5, 0.6],
        "validation_accuracy_low": [0.4, 0.55],
        "validation_accuracy_high": [0.6, 0.65],
    }
    drawn = curves(history)
    assert drawn.count("<figure") == 1
    (corners,) = re.findall(r'<polygon points="([^"]+)" class="lb-band"', drawn)
    heights = [float(corner.partition(",")[2]) for corner in corners.split()]
    assert len(heights) == 4
    assert heights[0] > heights[1] > heights[3] > heights[2]  # y grows downwards


def test_interval_with_an_end_that_is_no_number_is_left_out():
    history = {"loss": [1.0, 2.0], "loss_low": [0.5, math.nan], "loss_high": [1.5, 2.5]}
    assert "lb-band" not in curves(history)


def test_long_curve_keeps_its_end():
    drawn = svg("loss", [1.0] * 800 + [100.0], list(range(801)), "step")
    assert ">800</text>" in drawn and "(logarithmic)" in drawn


def test_epochs_are_no_curve_but_the_axis_of_the_others():
    drawn = curves({"epoch": [0, 1, 2], "train_loss": [0.9, 0.5, 0.4]})
    assert drawn.count("<figure") == 1 and ">epoch</text>" in drawn
