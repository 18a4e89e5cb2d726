"""Core-hours of trials without a record."""

import math

import pandas as pd

from labbook.show.planned import core_hours

FOUND = pd.DataFrame(
    {
        "net": ["small", "small", "small", "large", "huge"],
        "inputs": [100, 100, 200, 100, 100],
        "outcome": ["ok", "ok", "planned", "failed", "planned"],
        "cpu_time_s": [3600.0, 7200.0, None, 1.0, None],
    }
)


def test_cost_is_that_of_the_good_trials_of_the_kind() -> None:
    missing = core_hours(FOUND, by="net", work="inputs")
    assert missing["net"].tolist() == ["small", "large", "huge"]
    assert missing["core_hours"].iloc[0] == 3.0


def test_a_kind_that_never_ran_costs_what_was_estimated() -> None:
    found = FOUND.assign(estimated_core_hours=[9, 9, 9, 10, None])
    missing = core_hours(found, by="net", work="inputs")
    assert missing["core_hours"].tolist()[:2] == [3.0, 10.0]
    assert math.isnan(missing["core_hours"].iloc[2])


def test_without_estimates_a_kind_that_never_ran_has_no_cost() -> None:
    missing = core_hours(FOUND, by="net", work="inputs")
    assert missing["core_hours"].isna().tolist() == [False, True, True]
