"""What the arguments of ``run`` must be: anything else is one sentence, before a trial runs."""

import collections
from pathlib import Path

import numpy as np
import pytest
from tests.log.trials.toy import train

from labbook.log import trials
from labbook.log.records.folder import read_records

GRID = [{"width": 1}]


@pytest.mark.parametrize("call", [trials.run, trials.find])
def test_a_notebook_that_was_renamed_since_its_kernel_started_is_told(log, monkeypatch, call):
    text = log.root / "notebooks" / "former.py"
    monkeypatch.setenv("JPY_SESSION_NAME", str(text))
    text.touch()
    call(train, GRID)
    text.rename(text.with_stem("latter"))
    with pytest.raises(ValueError, match=r"former\.py, for which .* has been renamed or deleted"):
        call(train, GRID)
    assert not log.folder("latter").exists()
    monkeypatch.setenv("JPY_SESSION_NAME", str(text.with_name("Console 1")))
    call(train, GRID)


@pytest.mark.parametrize(
    ("digest", "told"),
    [
        (5, r"5 \(int\) for width=1; give a text or None"),
        (b"5", r"b'5' \(bytes\) for width=1; give a text or None"),
        ("\ud800", r"'\\ud800', which is not valid Unicode text, for width=1"),
    ],
)
@pytest.mark.parametrize("made", [lambda value: value, lambda value: lambda configuration: value])
def test_a_digest_of_data_is_a_text_or_none(log, digest, told: str, made) -> None:
    with pytest.raises(TypeError, match=rf"data_digest gave {told}"):
        trials.run(train, GRID, data_digest=made(digest), experiment="t")
    assert log.journal() == []


def test_without_a_digest_the_data_are_not_at_hand(log) -> None:
    table = trials.run(train, GRID, data_digest=None, experiment="t")
    assert list(table["freshness"]) == ["unknown: data not at hand"]


def test_a_digest_that_is_wrong_once_the_trial_has_run_costs_no_measurement(log) -> None:
    def digest(configuration: dict) -> int | None:
        return 5 if log.journal() else None

    with pytest.raises(TypeError, match=r"data_digest gave 5 \(int\) for width=1"):
        trials.run(train, GRID, data_digest=digest, experiment="t")
    [record] = read_records("t")
    assert record.outcome == "failed" and record.metrics
    assert record.error["message"].startswith("data_digest gave 5")


@pytest.mark.parametrize(
    ("grid", "message"),
    [
        ({"width": 1}, r"grid is \{'width': 1\} \(dict\); it is a list of configurations: trials"),
        ("ab", r"grid is 'ab' \(str\); it is a list of configurations: trials.grid"),
        (None, r"grid is None \(NoneType\); it is a list"),
        ([("width", 1)], r"grid\[0\] is \('width', 1\) \(tuple\), no configuration"),
        ([{"width": 1}, 2], r"grid\[1\] is 2 \(int\), no configuration"),
        ([{1: 1}], "the key 1 of type int; keys are strings"),
    ],
)
def test_a_grid_is_a_list_of_configurations(log, grid, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        trials.run(train, grid, experiment="t")
    assert log.journal() == []


@pytest.mark.parametrize(
    ("value", "right"),
    [
        (range(3), r"of type range; .*write list\(…\)"),
        ({1, 2}, r"of type set; .*write list\(…\)"),
        (np.arange(3), r"of type ndarray; .*write its \.tolist\(\), or list\(…\)"),
        (collections.OrderedDict(a=1), r"of type OrderedDict; .*write dict\(…\)"),
        (Path("data"), "for a path, give its text"),
        (b"data", "for a path, give its text"),
    ],
)
def test_a_value_that_no_configuration_holds_is_told_with_what_to_write(value, right) -> None:
    with pytest.raises(TypeError, match=right):
        trials.find(train, trials.grid(width=value), experiment="t")


@pytest.mark.parametrize("limit", ["3", True, [3], 0, float("nan"), float("inf"), 1e300])
def test_a_time_limit_is_a_number_of_seconds(log, limit) -> None:
    with pytest.raises((TypeError, ValueError), match="timeout_s=.*: a time limit is a"):
        trials.run(train, GRID, timeout_s=limit, experiment="t")
    assert log.journal() == []


def test_a_time_limit_may_be_a_number_of_numpy(log) -> None:
    table = trials.run(train, GRID, timeout_s=np.int64(60), experiment="t")
    assert list(table["outcome"]) == ["ok"]


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ({"formerly": train}, "formerly is of type function; .* text: formerly='train'"),
        ({"renamed": "width"}, "renamed is of type str; it is a dict, by the former name"),
        ({"renamed": {"width": 3}}, r"renamed names 3 \(int\); names are texts"),
    ],
)
def test_former_names_are_texts(log, names: dict, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        trials.find(train, GRID, experiment="t", **names)


def test_an_experiment_is_a_text(log) -> None:
    with pytest.raises(TypeError, match=r"experiment is 5 \(int\); it is the name of a notebook"):
        trials.find(train, GRID, experiment=5)


def test_one_metric_may_be_named_by_itself(log) -> None:
    table = trials.find(train, GRID, metrics="loss", experiment="t")
    assert "loss" in table and "l" not in table


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "carrier-pigeon://nowhere"])
def test_a_scheduler_that_is_not_there_is_told(log, address: str) -> None:
    import dask
    import distributed  # noqa: F401  (its defaults)

    with (
        dask.config.set({"distributed.comm.timeouts.connect": "1s"}),
        pytest.raises(ConnectionError, match=f"no Dask scheduler is reached at {address} .*start"),
    ):
        trials.run(train, GRID, executor=address, experiment="t")
    assert log.journal() == []


def by_position(width, /, **others) -> dict:
    return {"metrics": {}}


def by_position_or_not(width=1, /, **others) -> dict:
    return {"metrics": {}}


def any_number(*widths) -> dict:
    return {"metrics": {}}


def nothing() -> dict:
    return {"metrics": {}}


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (by_position, r"by_position\(\) takes 'width' by its position alone, .*take the / out"),
        (by_position_or_not, "takes 'width' by its position alone"),
        (any_number, r"takes no 'width'; it has no named argument\. .* in place of the \*"),
        (nothing, r"nothing\(\) takes no 'width'; it has no named argument\.$"),
    ],
)
def test_arguments_are_given_by_name(log, function, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        trials.run(function, GRID, experiment="t")


ASKS = {"run": [train, []], "find": [train, []], "imported": []}


@pytest.mark.parametrize("ask", ASKS)
def test_a_root_may_be_a_text(log, tmp_path_factory, ask: str) -> None:
    other = str(tmp_path_factory.mktemp("other"))
    table = getattr(trials, ask)(*ASKS[ask], experiment="t", root=other)
    assert table.attrs["root"] == other


@pytest.mark.parametrize(
    "call",
    [lambda: trials.find(train, GRID, experiment="t"), lambda: trials.imported(experiment="t")],
    ids=["find", "imported"],
)
def test_a_plan_that_cannot_be_written_is_a_warning(log, monkeypatch, call) -> None:
    monkeypatch.setenv("LABBOOK_RUN_FOLDER", str(log.root / "gone"))
    with pytest.warns(UserWarning, match=r"plan of this run of t could not be written \(No such"):
        call()
