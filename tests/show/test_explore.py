"""The explorer of trials: what is chosen, drawn and listed."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from labbook.show import explore, figures


@pytest.fixture(autouse=True)
def closed():
    """No figure is left open: others would draw into its axes."""
    yield
    plt.close("all")


@pytest.fixture
def table() -> pd.DataFrame:
    """Four trials of two hyperparameters; the last has no record."""
    return pd.DataFrame(
        {
            "channels": [[8], [8], [16], [16]],
            "rate": [0.1, 0.2, 0.1, 0.2],
            "inputs": [100] * 4,
            "outcome": ["ok", "ok", "ok", "planned"],
            "loss": [0.3, 0.1, 0.2, np.nan],
            "parameters": [10.0, 10.0, 20.0, np.nan],
            "key": ["a", "b", "c", "d"],
        }
    )


@pytest.fixture
def histories() -> dict:
    ends = {"a": 0.3, "b": 0.1, "c": 0.2}
    return {
        key: {"validation_inputs": [50, 100], "validation_loss": [0.5, end], "other": [1.0]}
        for key, end in ends.items()
    }


@pytest.fixture
def curves(table, histories) -> explore.Curves:
    return explore.curves_of(table, histories, "validation_loss")


def test_the_hyperparameters_are_those_in_which_trials_differ(table):
    assert explore.swept(table) == ["channels", "rate"]


def test_a_choice_keeps_the_rows_of_that_value(table):
    chosen = explore.choose(table, {"channels": "8", "rate": explore.ANY})
    assert chosen.tolist() == [True, True, False, False]


def test_choices_are_joined_by_and(table):
    chosen = explore.choose(table, {"channels": "16", "rate": "0.1"})
    assert chosen.tolist() == [False, False, True, False]


def test_a_validation_curve_lies_over_the_inputs_seen(curves):
    assert curves.x_name == "validation_inputs"
    assert curves.by_row[1][0].tolist() == [50, 100]


def test_a_trial_without_record_has_no_curve(curves):
    assert sorted(curves.by_row) == [0, 1, 2]


def test_an_unknown_curve_lists_those_there_are(table, histories):
    with pytest.raises(
        ValueError, match="no trial .* 'los'; they have other, validation_inputs, validation_loss"
    ):
        explore.curves_of(table, histories, "los")


def test_chosen_curves_are_coloured_over_pale_others(table, curves):
    axis = explore.draw(table, curves, np.array([False, True, False, False])).axes[0]
    colours = [to_hex(line.get_color()).upper() for line in axis.get_lines()]
    assert colours == [explore.PALE.upper()] * 2 + [figures.COLOURS[0]]
    assert [text.get_text() for text in axis.figure.legends[0].get_texts()] == [
        "channels 8, rate 0.2"
    ]


def test_axes_say_what_they_show(table, curves):
    axis = explore.draw(table, curves, np.ones(4, dtype=bool)).axes[0]
    figures.as_svg(axis.figure)
    named = [label.get_text() for label in axis.get_yticklabels() if label.get_text()]
    assert axis.get_xlabel() == "training examples"
    assert {"0.1", "0.2", "0.5"} <= set(named)


def test_the_legend_begins_with_the_best(table, curves):
    axis = explore.draw(table, curves, np.ones(4, dtype=bool)).axes[0]
    named = [text.get_text() for text in axis.figure.legends[0].get_texts()]
    assert named[0] == "channels 8, rate 0.2"
    assert len(named) == 3


def test_chosen_rows_come_first_and_best_first(table, curves):
    rows = explore.rows_as_html(table, curves, np.array([True, True, False, False]))
    body = rows.split("<tbody>")[1].split("</tr>")
    assert ['class="chosen"' in row for row in body[:4]] == [True, True, False, False]
    assert "<td>0.1</td>" in body[0] and "<td>0.3</td>" in body[1]


def test_cells_are_escaped(table, curves):
    table["channels"] = ["<script>alert(1)</script>", "b", "c", "d"]
    rows = explore.rows_as_html(table, curves, np.ones(4, dtype=bool))
    assert "<script>" not in rows


@pytest.mark.parametrize(
    "environment, live",
    [
        ({"JPY_SESSION_NAME": "notebooks/x.py"}, True),
        ({"JPY_SESSION_NAME": "notebooks/x.py", "LABBOOK_EXPERIMENT": "x"}, False),
        ({}, False),
    ],
)
def test_it_is_alive_in_a_session_of_jupyterlab_only(monkeypatch, environment, live):
    for name in ("JPY_SESSION_NAME", "LABBOOK_EXPERIMENT"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert explore.is_live() is live


def test_accuracies_have_a_linear_axis_and_the_highest_comes_first():
    table = pd.DataFrame({"seed": [0, 1], "outcome": "ok", "key": ["a", "b"]})
    histories = {"a": {"accuracy": [0.2, 0.3]}, "b": {"accuracy": [0.2, 0.9]}}
    found = explore.curves_of(table, histories, "accuracy")
    figure = explore.draw(table, found, np.ones(2, dtype=bool))
    assert figure.axes[0].get_yscale() == "linear"
    assert figure.legends[0].get_texts()[0].get_text() == "seed 1"


def test_curve_of_bytes_is_drawn_in_the_unit_of_its_axis():
    table = pd.DataFrame({"seed": [0, 1], "outcome": "ok", "key": ["a", "b"]})
    histories = {key: {"memory_bytes": [2**20, 2**21]} for key in "ab"}
    found = explore.curves_of(table, histories, "memory_bytes")
    axis = explore.draw(table, found, np.ones(2, dtype=bool)).axes[0]
    assert axis.get_ylabel() == "memory (MiB)"
    assert axis.get_lines()[0].get_ydata().tolist() == [1, 2]


def test_curve_of_one_point_is_a_dot():
    table = pd.DataFrame({"seed": [0, 1], "outcome": "ok", "key": ["a", "b"]})
    found = explore.curves_of(table, {"a": {"loss": [0.2]}, "b": {"loss": [0.3, 0.1]}}, "loss")
    lines = explore.draw(table, found, np.ones(2, dtype=bool)).axes[0].get_lines()
    assert {len(line.get_xdata()): line.get_marker() for line in lines} == {1: "o", 2: "None"}
