"""A sweep of runs says which of its parameters changed nothing."""

from tests.log.trials.test_inert import inert_of, network

from labbook.log.records.folder import read_records
from labbook.log.trials.inert_in_sweep import inert_in_sweep

NETWORK = {"width": 2, "activation": "relu"}


def swept(log, *values: dict) -> list[str]:
    """Runs that train ``network`` with the parameters that it knows."""
    runs = []
    for parameters in values:
        known = {name: parameters.get(name, default) for name, default in NETWORK.items()}
        inert_of(network, **known)
        made = read_records("t", root=log.root)
        runs.append((parameters, [r for r in made if r.configuration == known]))
    return inert_in_sweep(runs)


def test_parameter_that_reaches_no_trial_is_named_with_its_values(log) -> None:
    assert swept(log, *({"width": 2, "batch": b} for b in (8, 16, 32))) == [
        "batch changed no trial: the runs with 8, 16 and 32 have the same ones."
    ]


def test_parameter_that_trials_do_not_use_is_named(log) -> None:
    assert swept(log, *({"width": 2, "activation": a} for a in ("relu", "gelu"))) == [
        "activation changed nothing in 2 of 2 trials: those that differ in it alone have the same "
        "model and the same results."
    ]


def test_parameter_that_changes_trials_is_not_named(log) -> None:
    assert swept(log, {"width": 2}, {"width": 4}) == []


def test_runs_that_differ_in_two_parameters_tell_nothing_of_one(log) -> None:
    assert (
        swept(log, {"width": 2, "batch": 8, "name": "a"}, {"width": 2, "batch": 16, "name": "b"})
        == []
    )


def test_runs_without_trials_tell_nothing() -> None:
    assert inert_in_sweep([({"batch": 8}, []), ({"batch": 16}, [])]) == []
