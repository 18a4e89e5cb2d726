"""A sweep of runs says which of its parameters changed nothing."""

from dataclasses import replace

from tests.log.records.whole import a_run
from tests.log.trials.test_inert import inert_of, network

from labbook.log.records.folder import read_records
from labbook.log.records.plan import Plan
from labbook.log.records.run_record import RunRecord
from labbook.log.trials.inert_in_sweep import inert_in_sweep

A, B, C = ([{"key": key}] for key in "abc")


def of(*asked: tuple[dict, list]) -> list[RunRecord]:
    """Runs with these parameters, which asked for these trials."""
    return [a_run(parameters_used=values, trials=Plan(trials)) for values, trials in asked]


def test_parameter_that_reaches_no_trial_is_named_with_its_values() -> None:
    runs = of(*(({"width": 2, "batch": batch}, A) for batch in (8, 16, 32)))
    assert inert_in_sweep(runs, []) == [
        "batch changed no trial: the runs with 8, 16 and 32 ask for the same ones."
    ]


def test_parameter_that_trials_do_not_use_is_named(log) -> None:
    inert_of(network, width=2, activation=["relu", "gelu"])
    runs = of(({"activation": "relu"}, A), ({"activation": "gelu"}, B))
    assert inert_in_sweep(runs, read_records("t", root=log.root)) == [
        "activation changed nothing in 2 of 2 trials: those that differ in it alone have the same "
        "model and the same results."
    ]


def test_parameter_that_changes_trials_is_not_named() -> None:
    assert inert_in_sweep(of(({"width": 2}, A), ({"width": 4}, B)), []) == []


def test_trials_that_failed_in_both_runs_are_no_same_trials() -> None:
    assert inert_in_sweep(of(({"width": 2}, A + B), ({"width": 4}, A + C)), []) == []


def test_runs_that_differ_in_two_parameters_tell_nothing_of_one() -> None:
    runs = of(({"width": 2, "batch": 8}, A), ({"width": 4, "batch": 16}, A))
    assert inert_in_sweep(runs, []) == []


def test_runs_without_trials_tell_nothing() -> None:
    assert inert_in_sweep(of(({"batch": 8}, []), ({"batch": 16}, [])), []) == []


def test_long_values_stand_in_one_short_line() -> None:
    runs = of(*(({"prompt": f"{number}\n" + "x" * 500}, A) for number in (1, 2)))
    [sentence] = inert_in_sweep(runs, [])
    assert "\n" not in sentence and len(sentence) < 300


def test_runs_that_did_not_come_to_their_end_tell_nothing() -> None:
    runs = of(({"batch": 8}, A), ({"batch": 16}, A))
    assert inert_in_sweep([replace(run, outcome="killed") for run in runs], []) == []
