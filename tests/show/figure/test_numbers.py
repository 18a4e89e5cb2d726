"""The numbers that are offered beside a figure are those that were drawn, all and only."""

import datetime

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import seaborn as sns

from labbook.show.figure.numbers import numbers_of
from labbook.show.table.csv_text import numbers_as_csv

TRIALS = pd.DataFrame(
    {"x": [0, 1] * 6, "y": np.arange(12.0), "mixer": ["cnn"] * 6 + ["mlp"] * 6},
)


@pytest.fixture
def axis():
    figure, axis = plt.subplots()
    yield axis
    plt.close(figure)


def rows(table: pd.DataFrame, *columns: str) -> list[tuple]:
    """The rows of a table as tuples, None for what is missing."""
    table = table[list(columns)].astype(object)
    return [*table.where(table.notna(), None).itertuples(index=False, name=None)]


def test_a_band_gives_the_points_of_its_line_their_interval(axis):
    axis.plot([10, 20], [1, 2], label="ours")
    axis.fill_between([10, 20], [0.5, 1.5], [1.5, 2.5], label="ours")
    expected = [("ours", 10, 1, 0.5, 1.5), ("ours", 20, 2, 1.5, 2.5)]
    assert rows(numbers_of(axis.figure), "series", "x", "y", "y_low", "y_high") == expected


def test_error_bars_give_each_point_once_with_both_ends(axis):
    axis.errorbar([10, 20], [3, 4], yerr=0.5, capsize=3, label="ours")
    expected = [("ours", 10, 3, 2.5, 3.5), ("ours", 20, 4, 3.5, 4.5)]
    assert rows(numbers_of(axis.figure), "series", "x", "y", "y_low", "y_high") == expected


def test_a_point_without_an_interval_has_no_ends(axis):
    axis.errorbar([10, 20], [3, 4], yerr=[0.5, np.nan])
    expected = [(10, 3, 2.5, 3.5), (20, 4, None, None)]
    assert rows(numbers_of(axis.figure), "x", "y", "y_low", "y_high") == expected


def test_bars_of_categories_have_their_names_and_their_intervals(axis):
    axis.bar(["plain", "mixed"], [3, 4], yerr=0.5, label="ours")
    expected = [("ours", "plain", 3, 2.5, 3.5), ("ours", "mixed", 4, 3.5, 4.5)]
    assert rows(numbers_of(axis.figure), "series", "x", "y", "y_low", "y_high") == expected


def test_points_at_dates_have_their_dates(axis):
    axis.plot([datetime.date(2026, 11, 22), datetime.date(2026, 11, 30)], [3, 4])
    axis.axhline(5)
    told = numbers_as_csv(numbers_of(axis.figure)[["x", "y"]])
    assert told == "x,y\n2026-11-22,3.0\n2026-11-30,4.0\n,5.0\n"


def test_horizontal_error_bars_are_intervals_of_x(axis):
    axis.errorbar([10], [3], xerr=2)
    assert rows(numbers_of(axis.figure), "x", "y", "x_low", "x_high") == [(10, 3, 8, 12)]


@pytest.mark.parametrize("style", ["bars", "band"])
def test_intervals_of_seaborn_go_to_their_series(style):
    grid = sns.relplot(
        TRIALS, x="x", y="y", hue="mixer", kind="line", errorbar=("pi", 100), err_style=style
    )
    expected = [
        ("cnn", 0, 2, 0, 4), ("cnn", 1, 3, 1, 5), ("mlp", 0, 8, 6, 10), ("mlp", 1, 9, 7, 11),
    ]  # fmt: skip
    table = numbers_of(grid.figure)
    plt.close(grid.figure)
    assert rows(table, "series", "x", "y", "y_low", "y_high") == expected


def test_points_keep_the_names_that_a_legend_gives_to_their_colours():
    grid = sns.relplot(TRIALS, x="x", y="y", hue="mixer", kind="scatter")
    table = numbers_of(grid.figure)
    plt.close(grid.figure)
    assert rows(table, "series", "x", "y") == rows(TRIALS, "mixer", "x", "y")


@pytest.mark.parametrize("edge", ["none", "#0072b2"])
def test_what_is_drawn_hollow_has_its_numbers(edge, axis):
    axis.scatter([10, 20], [1, 2], facecolors="none", edgecolors=edge)
    axis.fill_between([10, 20], [0.5, 1.5], [1.5, 2.5], facecolor="none", edgecolor=edge)
    axis.plot([], [], color="#0072b2", label="ours")
    axis.legend()
    series = "" if edge == "none" else "ours"
    expected = [(series, 10, 1, 0.5, 1.5), (series, 20, 2, 1.5, 2.5)]
    assert rows(numbers_of(axis.figure), "series", "x", "y", "y_low", "y_high") == expected


def test_a_line_across_the_axes_has_no_place_on_the_other_axis(axis):
    axis.axhline(1.5, label="chance")
    axis.axvline(7, label="end")
    axis.axline((0, 0), slope=1)  # through points that nobody measured
    expected = [("chance", None, 1.5), ("end", 7, None)]
    assert rows(numbers_of(axis.figure), "series", "x", "y") == expected


def test_intervals_without_points_stand_alone(axis):
    axis.vlines([1, 2], [0, 1], [3, 4])
    table = numbers_of(axis.figure)
    assert rows(table, "x", "y", "y_low", "y_high") == [(1, None, 0, 3), (2, None, 1, 4)]


def test_bars_are_told_by_their_middle_and_height(axis):
    axis.hist([1, 2, 2, 3], bins=[0.5, 1.5, 2.5, 3.5])
    assert rows(numbers_of(axis.figure), "x", "y") == [(1, 1), (2, 2), (3, 1)]


def test_bars_on_others_tell_where_they_begin(axis):
    for label, bottom, height in (("below", 0, 3), ("above", 3, 2)):
        axis.bar([1], [height], bottom=bottom, label=label)
    told = rows(numbers_of(axis.figure), "series", "x", "y", "y_start")
    assert told == [("below", 1, 3, None), ("above", 1, 5, 3)]


def test_horizontal_bars_beside_others_tell_where_they_begin(axis):
    for left, width in ((0, 3), (3, 2)):
        axis.barh(["a step"], [width], left=left)
    told = rows(numbers_of(axis.figure), "x", "y", "x_start")
    assert told == [(3, "a step", None), (5, "a step", 3)]


@pytest.mark.parametrize("bare", [{"frame_on": False, "xticks": [], "yticks": []}, None])
def test_a_drawing_without_a_scale_has_no_numbers(bare, axis):
    axis.set(**bare) if bare else axis.set_axis_off()
    axis.plot([0, 1], [0, 1])
    axis.fill_between([0, 1], 0, 1)
    assert not len(numbers_of(axis.figure))


def test_numbers_of_many_points_are_taken_from_all_of_them(axis):
    axis.plot(np.arange(50_000), np.arange(50_000.0))
    told = numbers_of(axis.figure)["x"].tolist()
    assert told == list(range(0, 50_000, 3))


def test_reading_the_numbers_leaves_the_figure_as_it_is(axis):
    line = axis.axhline(0.5)
    numbers_of(axis.figure)
    assert line.get_xydata().tolist() == [[0.0, 0.5], [1.0, 0.5]]
