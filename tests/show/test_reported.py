"""Ours beside reported: what the table holds."""

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from labbook.show import mime
from labbook.show.reported import draw_against, show_beside, sides

SETTINGS = {"net": "wide", "outcome": "ok", "parameters": 7, "reported_loss": 2.0}
TRIALS = pd.DataFrame(
    [
        SETTINGS | {"seed": 0, "loss": 1.0, "cpu_time_s": 3.0, "key": "a"},
        SETTINGS | {"seed": 1, "loss": 3.0, "cpu_time_s": 5.0, "key": "b"},
        SETTINGS | {"net": "deep", "seed": 0, "outcome": "planned", "key": "c"},
    ]
)[["net", "seed", "outcome", "loss", "cpu_time_s", "parameters", "reported_loss", "key"]]


@pytest.fixture
def description(monkeypatch):
    """Shows a table of trials; gives what the site is told of it."""
    displayed = []
    monkeypatch.setattr("IPython.display.display", lambda bundle, raw: displayed.append(bundle))

    def show(found: pd.DataFrame, **how: bool) -> dict:
        show_beside(found, ["net"], "Nets.", name="nets", metric="loss", **how)
        return displayed[-1][mime.TABLE]

    return show


def rows_of(spec: dict) -> list[dict]:
    names = [column["name"] for column in spec["columns"]]
    return [dict(zip(names, row, strict=True)) for row in spec["rows"]]


def test_a_row_for_each_setting_with_means_beside_reported(description) -> None:
    wide, deep = rows_of(description(TRIALS))
    assert (wide["net"], wide["loss"], wide["reported_loss"], wide["cpu_time_s"]) == (
        "wide",
        2,
        2,
        4,
    )
    assert wide["key"] == ["a", "b"] and (deep["net"], deep["loss"]) == ("deep", None)


def test_a_table_in_which_nothing_has_run_has_empty_columns(description) -> None:
    (row,) = rows_of(description(TRIALS.iloc[[2]].drop(columns=["loss", "cpu_time_s"])))
    assert row["loss"] is None and row["reported_loss"] == 2


def test_of_other_data_the_reported_loss_is_shown_without_a_difference(description) -> None:
    def shown(**how: bool) -> set:
        return {c["name"] for c in description(TRIALS, **how)["columns"] if c["shown"]}

    apart = shown(same_data=False)
    assert "reported_loss" in apart and len(shown() - apart) == 1


def test_columns_shown_at_first(description) -> None:
    names = [column["name"] for column in description(TRIALS)["columns"] if column["shown"]]
    assert names[:2] == ["net", "loss"] and {"reported_loss", "cpu_time_s", "parameters"} <= set(
        names
    )


def test_sides_hold_ours_and_then_reported_under_one_name() -> None:
    both = sides(TRIALS, "loss")
    assert both[["whose", "net", "loss"]].to_numpy().tolist() == [
        ["ours", "wide", 1.0],
        ["ours", "wide", 3.0],
        ["reported", "wide", 2.0],
        ["reported", "wide", 2.0],
        ["reported", "deep", 2.0],
    ]


def test_sides_where_nothing_has_run_are_reported_alone() -> None:
    assert sides(TRIALS.drop(columns="loss"), "loss")["whose"].unique().tolist() == ["reported"]


@pytest.mark.parametrize(
    ("found", "title"),
    [(TRIALS, "one training ± 70.7 % (standard deviation, 1 settings)"), (TRIALS.iloc[[0]], "")],
)
def test_ours_against_reported_tells_the_spread(found, title) -> None:
    axis = draw_against(found, "loss", by="net", hue="net")
    assert axis.get_title(loc="left") + axis.get_title() == title
    assert axis.collections[0].get_offsets().data[0].tolist() == [2.0, found["loss"].mean()]
    plt.close(axis.figure)


def test_settings_without_a_colour_of_their_own_are_drawn_too() -> None:
    found = TRIALS.iloc[[0, 1]].assign(kind=["mlp", None], net=["wide", "deep"])
    axis = draw_against(found, "loss", by="net", hue="kind", palette={"mlp": "#000000"})
    assert axis.collections[0].get_offsets().data.tolist() == [[2.0, 1.0], [2.0, 3.0]]
    plt.close(axis.figure)
