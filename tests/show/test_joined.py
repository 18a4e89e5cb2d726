"""Trials that differ in one setting, joined: means, sums, and who is missing."""

import numpy as np
import pandas as pd
import pytest

from labbook.show import tables
from labbook.show.evidence import summarise
from labbook.show.joined import joined


def trials(**changed):
    columns = {
        "width": [48, 96, 48, 96],
        "at": [[1], [1], [2], [2]],
        "seed": [0, 0, 0, 0],
        "outcome": ["ok", "ok", "ok", "ok"],
        "accuracy": [60.0, 70.0, 80.0, 84.0],
        "cpu_time_s": [1.0, 2.0, 3.0, 4.0],
        "key": ["a", "b", "c", "d"],
    }
    frame = pd.DataFrame(columns | changed)
    frame.attrs["experiment"] = "t"
    return frame


def test_one_row_for_all_that_agree_in_the_other_settings():
    rows = joined(trials(), "width", ["accuracy"])
    assert rows.to_dict("list") == {
        "at": [[1], [2]],
        "seed": [0, 0],
        "outcome": ["ok", "ok"],
        "accuracy": [65.0, 82.0],
        "key": [("a", "b"), ("c", "d")],
    }


def test_costs_are_added_up():
    assert list(joined(trials(), "width", [], ["cpu_time_s"])["cpu_time_s"]) == [3.0, 7.0]


def test_a_row_with_a_trial_that_is_missing_has_neither_mean_nor_sum():
    measured = {"accuracy": [60.0, np.nan, 80.0, 84.0], "cpu_time_s": [1.0, np.nan, 3.0, 4.0]}
    frame = trials(outcome=["ok", "planned", "ok", "ok"], **measured)
    rows = joined(frame, "width", ["accuracy"], ["cpu_time_s"])
    assert list(rows["outcome"]) == ["planned", "ok"]
    assert list(rows["accuracy"]) == pytest.approx([np.nan, 82], nan_ok=True)
    assert list(rows["cpu_time_s"]) == pytest.approx([np.nan, 7], nan_ok=True)


def test_a_metric_that_no_trial_has_yet_is_missing():
    frame = trials(outcome=["planned"] * 4).drop(columns="accuracy")
    assert joined(frame, "width", ["accuracy"])["accuracy"].isna().all()


def test_a_setting_that_only_some_trials_have_is_a_setting():
    frame = trials(at=[None, None, [2], [2]])
    assert len(joined(frame, "width", ["accuracy"])) == 2


def test_a_trial_that_stands_in_the_table_twice_counts_once():
    frame = pd.concat([trials(), trials().iloc[:1]])
    assert list(joined(frame, "width", ["accuracy"])["accuracy"]) == [65.0, 82.0]


def test_the_experiment_stays_known():
    assert joined(trials(), "width", ["accuracy"]).attrs["experiment"] == "t"


def test_summaries_keep_all_keys_of_joined_trials():
    rows = joined(trials(at=[[1]] * 4, seed=[0, 0, 1, 1]), "width", ["accuracy"])
    for summed_up in (tables.over_seeds, summarise):
        assert list(summed_up(rows, "at", "accuracy")["key"]) == [["a", "b", "c", "d"]]


def test_trials_without_another_setting_are_one_row():
    rows = joined(trials().drop(columns=["at", "seed"]), "width", ["accuracy"])
    assert rows.to_dict("list") == {
        "outcome": ["ok"],
        "accuracy": [73.5],
        "key": [("a", "b", "c", "d")],
    }


def test_who_is_missing_is_named_by_the_settings_that_were_joined():
    frame = trials(outcome=["planned", "ok", "ok", "ok"])
    frame.attrs["trials"] = {"planned": 4, "found": 3, "missing": ["a"]}
    rows = tables.over_seeds(joined(frame, "width", ["accuracy"]), "at", "accuracy")
    assert tables.describe(rows)["trials"]["missing"] == ["width 48, at 1"]


def test_a_setting_that_the_trials_do_not_have_is_refused():
    with pytest.raises(KeyError, match="no setting 'depth'; they have width, at, seed"):
        joined(trials(), "depth", ["accuracy"])
