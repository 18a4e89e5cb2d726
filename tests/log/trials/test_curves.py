"""Curves of a table in long form: one row for each trial and point."""

import pandas as pd
import pytest

from labbook.log import trials


def learn(width: int, at: list[int] | None = None, seed: int = 0, inputs: int = 20) -> dict:
    if width == 0:
        raise ValueError("no width")
    history = {"inputs": [10, 20], "loss": [width, width / 2], "validation_loss": [width]}
    return {"metrics": {"loss": 1.0}, "history": {} if width == 9 else history}


def table_of(**axes):
    return trials.run(learn, trials.grid(**axes), experiment="t")


def test_one_row_for_each_trial_and_point(log) -> None:
    table = table_of(width=[1, 2], seed=[0])
    points = trials.curves(table, "inputs", "loss")
    assert list(points.columns) == ["width", "seed", "key", "inputs", "loss"]
    assert points[["width", "inputs", "loss"]].values.tolist() == [
        [1, 10, 1], [1, 20, 0.5], [2, 10, 2], [2, 20, 1],
    ]  # fmt: skip


def test_a_curve_named_as_a_setting_is_told_apart(log) -> None:
    points = trials.curves(table_of(width=1, inputs=20), "inputs", "loss")
    assert list(points.columns) == ["width", "inputs", "key", "inputs_measured", "loss"]
    assert points[["inputs", "inputs_measured"]].to_numpy().tolist() == [[20, 10], [20, 20]]


def keyed(width: int) -> dict:
    return {"metrics": {}, "history": {"key": [1.0, 2.0]}}


def test_a_curve_named_key_leaves_the_trials_key(log) -> None:
    table = trials.run(keyed, [{"width": 1}], experiment="t")
    points = trials.curves(table, "key")
    assert set(points["key"]) == set(table["key"]) and list(points["key_measured"]) == [1, 2]


def test_lists_among_the_settings_become_text(log) -> None:
    points = trials.curves(table_of(width=1, at=[[2, 3], []]), "loss")
    assert list(points["at"]) == ["2, 3", "2, 3", "–", "–"]


def test_a_trial_that_stands_in_the_table_twice_is_one(log) -> None:
    assert len(trials.curves(table_of(width=[1, 1]), "loss")) == 2


def test_trials_that_failed_or_have_no_such_curve_are_left_out(log) -> None:
    assert set(trials.curves(table_of(width=[0, 1, 9]), "loss")["width"]) == {1}


def test_where_no_trial_ended_well_there_is_no_row(log) -> None:
    points = trials.curves(table_of(width=[0]), "inputs", "loss")
    assert list(points.columns) == ["width", "key", "inputs", "loss"] and not len(points)


def test_a_curve_that_no_trial_has_is_refused(log) -> None:
    with pytest.raises(ValueError, match="curves losses; they have inputs, loss, validation_loss"):
        trials.curves(table_of(width=[1]), "losses")


def test_without_a_name_the_curves_there_are_are_listed(log) -> None:
    with pytest.raises(ValueError, match=r"wants the names of curves; they have inputs, loss, va"):
        trials.curves(table_of(width=[1]))
    with pytest.raises(ValueError, match="wants the names of curves; none has any curve"):
        trials.curves(table_of(width=[0]))


def test_names_of_curves_are_texts(log) -> None:
    with pytest.raises(TypeError, match=r"one by one; \['loss'\] \(list\) is none"):
        trials.curves(table_of(width=[1]), ["loss"])


@pytest.mark.parametrize("what", [trials.curves, trials.arrays])
@pytest.mark.parametrize("table", [None, [], pd.Series([1]), pd.DataFrame({"loss": [1.0]})])
def test_what_is_no_table_of_trials_is_refused(what, table) -> None:
    with pytest.raises(TypeError, match=r"wants a table of trials[,;] .*give what trials\.run\(\)"):
        what(table)


def test_curves_of_two_lengths_are_refused(log) -> None:
    with pytest.raises(ValueError, match="inputs 2, validation_loss 1"):
        trials.curves(table_of(width=[1]), "inputs", "validation_loss")


def test_joined_tables_belong_to_the_notebook_that_runs(log, monkeypatch) -> None:
    joined = pd.concat([table_of(width=[1]), table_of(width=[2, 3])])
    assert not joined.attrs
    monkeypatch.setenv("LABBOOK_EXPERIMENT", "t")
    assert set(trials.curves(joined, "loss")["width"]) == {1, 2, 3}


def test_records_that_are_gone_are_told(log) -> None:
    table = table_of(width=[1, 2])
    (log.root / "runs" / "records" / "t" / f"{table['key'][1]}.json").unlink()
    with pytest.raises(LookupError, match=f"no curves of 1 of 2 .*{table['key'][1]} is not in t"):
        trials.curves(table, "loss")
