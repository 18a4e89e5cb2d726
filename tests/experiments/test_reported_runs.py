"""Reported runs, read at equal steps and hours and set beside ours."""

from pathlib import Path

import pandas as pd
import pytest

from labbook.experiments import reported_runs

REPORTED = Path(__file__).parents[2] / "notebooks" / "reported"
PAIRS = {"#2": ("arch_2_width_14_repeats_4", "arch_2_width_7_repeats_1")}


@pytest.fixture(scope="module")
def runs():
    return pd.read_csv(REPORTED / "compare_cnns_models.csv").set_index("name")


@pytest.fixture(scope="module")
def curves(runs):
    return reported_runs.with_steps(pd.read_csv(REPORTED / "compare_cnns_curves.csv"), runs)


def test_a_run_ends_at_its_last_step(curves, runs):
    ends = curves.groupby("series").step.max()
    assert ends["arch_2_width_7_repeats_1"] == pytest.approx(499_999, rel=0.01)


def test_at_equal_steps_the_shorter_run_has_ended(curves, runs):
    by_steps = reported_runs.compare_at_equal(curves, runs, PAIRS).set_index("by").loc["steps"]
    assert by_steps["at"] == 56_399
    assert by_steps.wide_accuracy == pytest.approx(0.3077, abs=1e-4)
    assert by_steps.narrow_accuracy == pytest.approx(0.2961, abs=1e-4)


def test_a_lead_in_loss_is_a_lower_loss(curves, runs):
    table = reported_runs.compare_at_equal(curves, runs, PAIRS)
    assert ((table.lead_loss > 0) == (table.wide_loss < table.narrow_loss)).all()


@pytest.mark.parametrize("lead, who", [(0.02, "wide"), (-0.02, "narrow"), (0.009, "level")])
def test_less_than_a_hundredth_apart_is_level(lead, who):
    assert reported_runs.who_is_ahead(lead) == who


def test_the_narrow_second_architecture_jumps_near_step_98_000(curves):
    step = reported_runs.steepest_step(curves, "arch_2_width_7_repeats_1")
    assert step == pytest.approx(98_461, abs=1)


@pytest.mark.parametrize(
    "name, short",
    [
        ("arch_0", "#0"),
        ("arch_0_size_13", "#0"),
        ("arch_1_width_14_kernel_5", "#1 wide, kernel 5"),
        ("arch_3_width_2_size_13", "#3 narrow"),
        ("arch_2_width_4_repeats_4_size_13", "#2 wide"),
    ],
)
def test_architectures_are_called_by_family_and_form(name, short):
    assert reported_runs.called(name) == short


def test_table_in_words_keeps_the_names_of_the_library():
    table = pd.DataFrame({"network": ["arch_1_width_4_size_13"], "loss": [0.5]})
    table.attrs["experiment"] = "compare_cnns"
    named = reported_runs.in_words(table)
    assert named.to_dict("records") == [
        {"network": "#1 wide", "loss": 0.5, "library_name": "arch_1_width_4_size_13"}
    ]
    assert named.attrs == table.attrs


def test_candidates_of_one_network_stay_apart():
    names = [f"arch_2_width_14_repeats_4_{letter}" for letter in "ab"]
    assert [reported_runs.called(name) for name in names] == ["#2 wide, a", "#2 wide, b"]


def test_ours_stand_beside_the_reported_with_three_values_at_each_place(curves):
    ours = pd.DataFrame(
        {"network": "arch_0_size_13", "step": [1, 2, 3, 4], "elapsed_h": [1, 2, 3, 4]}
    ).assign(validation_accuracy=[0.2, 0.3, 0.4, 0.5], validation_loss=[1.8, 1.7, 1.6, 1.5])
    both = reported_runs.beside_ours(curves, ours)
    of_ours = both[(both.whose == "ours") & (both.metric == "accuracy") & (both.over == "steps")]
    assert set(of_ours.groupby("place").size()) == {3}
    assert set(both.whose) == {"ours", "reported"}


def test_without_trials_the_reported_stand_alone(curves):
    columns = ["network", "step", "elapsed_h", "validation_accuracy", "validation_loss"]
    both = reported_runs.beside_ours(curves, pd.DataFrame(columns=columns))
    assert set(both.whose) == {"reported"}


@pytest.fixture
def figures(curves, runs):
    return reported_runs.figures_of(curves, runs, PAIRS, pd.Series([14.0, 55.0]))


def test_a_lead_counts_by_steps_and_by_hours(figures):
    by_steps, by_hours = (figures["wide_ahead"][unit] for unit in ("steps", "hours"))
    assert by_steps == {"accuracy": 1, "loss": 0, "most": pytest.approx(0.0116, abs=1e-4)}
    assert by_hours == {"accuracy": 0, "loss": 0, "most": pytest.approx(-0.0732, abs=1e-4)}


def test_wide_networks_make_fewer_steps_in_an_hour(figures):
    assert figures["fewer"] == f"{(499_999 / 39) / (56_399 / 23):.1f}" == "5.2"


def test_first_best_and_last_accuracy_are_read_along_the_hours(figures):
    found = [figures[name]["arch_1_width_7"] for name in ("first", "best", "last")]
    assert found == [0.2641, 0.2939, 0.2653]


def test_conclusions_are_filled_with_the_figures_read_anew(figures):
    table = reported_runs.conclusions(REPORTED / "compare_cnns_conclusions.yaml", figures)
    verdicts = table.set_index("claim")["what the reported figures say"]
    assert verdicts["Most parameters are in the linear layers"] == (
        "the head's share is 14 to 55 %, above half in 1 of 2 networks"
    )


def test_both_candidates_of_the_wide_second_architecture_stand_for_the_one_reported(curves, runs):
    table = pd.DataFrame({"network": ["arch_2_width_14_repeats_4_a", "arch_0"]})
    joined = reported_runs.with_reported_ends(table, curves, runs)
    assert joined.reported_end_acc[0] == pytest.approx(0.3077)
    assert joined.reported_end_acc.isna()[1]
