"""Curves of trials, each seed by itself, beside chance and a baseline."""

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from labbook.show import curves, figures

POINTS = pd.DataFrame(
    {
        "inputs": [1, 2, 1, 2], "accuracy": [0.2, 0.4, 0.3, 0.5], "block": "gamma",
        "key": ["a", "a", "b", "b"],
    }
)  # fmt: skip
HOW = {"name": "drawn", "lines": {"chance": 1 / 6}, "labels": ("pairs", "accuracy")}


@pytest.fixture
def displayed(monkeypatch):
    """The figures that are displayed, before they are closed."""
    kept = []
    monkeypatch.setattr(figures, "show", lambda figure, caption, **_: kept.append(figure))
    yield kept
    plt.close("all")


def test_figure_has_the_name_that_it_is_given(monkeypatch):
    told = {}
    monkeypatch.setattr(figures, "show", lambda _, caption, **how: told.update(how, text=caption))
    curves.show(POINTS, "Two seeds.", x="inputs", y="accuracy", thumbnail=True, **HOW)
    plt.close("all")
    assert told == {"text": "Two seeds.", "name": "drawn", "thumbnail": True}


def test_every_trial_is_a_curve(displayed):
    curves.show(POINTS, "Two seeds.", x="inputs", y="accuracy", hue="block", **HOW)
    drawn = [list(line.get_ydata()) for line in displayed[0].axes[0].get_lines()]
    assert [0.2, 0.4] in drawn and [0.3, 0.5] in drawn


def test_lines_stand_at_their_heights(displayed):
    curves.show(POINTS, "Two seeds.", x="inputs", y="accuracy", hue="block", **HOW)
    (line,) = [ln for ln in displayed[0].axes[0].get_lines() if ln.get_label() == "chance"]
    assert set(line.get_ydata()) == {1 / 6}


def test_a_baseline_that_was_not_measured_is_left_out(displayed):
    how = HOW | {"lines": {"chance": 1 / 6, "baseline": float("nan")}}
    curves.show(POINTS, "Two seeds.", x="inputs", y="accuracy", hue="block", **how)
    assert "baseline" not in {line.get_label() for line in displayed[0].axes[0].get_lines()}


def test_lines_that_could_not_be_told_apart_are_refused(displayed):
    how = HOW | {"lines": {f"line {i}": i / 10 for i in range(5)}}
    with pytest.raises(ValueError, match="can tell 4 lines apart, got 5: line 0, .* line 4"):
        curves.show(POINTS, "Two seeds.", x="inputs", y="accuracy", hue="block", **how)
    assert displayed == []


def test_a_curve_begins_above_zero_on_a_logarithmic_axis(displayed):
    points = POINTS.assign(inputs=[0, 2, 1, 2])
    curves.show(points, "From the start.", x="inputs", y="accuracy", hue="block", log="x", **HOW)
    drawn = [list(line.get_xdata()) for line in displayed[0].axes[0].get_lines()]
    assert [2] in drawn and [1, 2] in drawn


def test_rows_are_ringed_in_the_panel_of_their_column(displayed):
    points = POINTS.assign(cost=["FLOPs", "FLOPs", "time", "time"])
    curves.show(
        points, "Costs.", x="inputs", y="accuracy", hue="block", col="cost", kind="scatter",
        ring=points[3:], **HOW,
    )  # fmt: skip
    lines = [axis.get_lines() for axis in displayed[0].axes]
    ringed = [sum(len(ln.get_xdata()) for ln in of if ln.get_fillstyle() == "none") for of in lines]
    assert ringed == [0, 1]


def test_panels_of_different_quantities_have_labels_of_their_own(displayed):
    points = POINTS.assign(cost=["FLOPs", "FLOPs", "hours", "hours"])
    curves.show(
        points, "Costs.", x="inputs", y="accuracy", col="cost", facet_kws={"sharex": False}, **HOW
    )
    axes = displayed[0].axes
    assert [axis.get_xlabel() for axis in axes] == ["FLOPs", "hours"]
    assert axes[0].get_ylabel() == "accuracy" and axes[0].get_title() == ""


def test_without_points_a_sentence_says_so(displayed, capsys):
    curves.show(POINTS[:0], "Nothing.", x="inputs", y="accuracy", **HOW)
    assert not displayed
    assert "drawn: nothing to draw yet" in capsys.readouterr().out
