"""Trials in this process: what is refused, what is run, what the table tells."""

import dataclasses
import importlib.metadata
import json
import os
from pathlib import Path

import pandas as pd
import pytest
from tests.log.records.whole import a_record
from tests.log.trials.toy import train

from labbook.log import trials
from labbook.log.records.folder import read_records, write_record
from labbook.log.records.key import record_key
from labbook.log.records.layout import Layout
from labbook.log.records.plan import read_plan


def test_grid_is_the_product_in_order() -> None:
    assert trials.grid(a=[1, 2], b="x", c=[3, 4]) == [
        {"a": 1, "b": "x", "c": 3},
        {"a": 1, "b": "x", "c": 4},
        {"a": 2, "b": "x", "c": 3},
        {"a": 2, "b": "x", "c": 4},
    ]


def test_empty_axis_is_refused() -> None:
    with pytest.raises(ValueError, match="'width' is an empty list"):
        trials.grid(width=[])


def test_table_has_a_row_for_each_trial_in_the_order_of_the_grid(log) -> None:
    table = trials.run(train, [{"width": 2}, {"width": 1, "activation": "gelu"}], experiment="t")
    assert list(table.columns) == [
        *("width", "activation", "outcome", "loss", "depth", "parameters", "wall_time_s"),
        *("cpu_time_s", "throughput", "origin", "freshness", "inert", "key"),
    ]
    assert list(table["loss"]) == [0.5, 1.0] and list(table["throughput"]) == [100.0, 100.0]
    assert pd.isna(table["activation"][0])


def test_cpu_time_of_a_resumed_trial_is_that_of_its_training(log) -> None:
    key = record_key("t.train", {"width": 2}, "")
    seen = {"history": {"inputs": [600]}, "throughput": {"examples_per_cpu_s": 10.0}}
    record = a_record(2, key=key, function="t.train", experiment="t", **seen)
    Layout(log.root).local_records("t").mkdir(parents=True)
    write_record(record, Layout(log.root).local_records("t"))
    table = trials.find(train, [{"width": 2}], experiment="t")
    assert pd.isna(table["wall_time_s"][0]) and table["cpu_time_s"][0] == 60


def test_metric_named_as_a_parameter_is_told_apart(log) -> None:
    table = trials.run(train, [{"width": 2, "depth": 3}], experiment="t")
    assert (table["depth"][0], table["depth_measured"][0]) == (3, 3.5)


def keyed(key: str, origin: str) -> dict:
    return {"metrics": {"loss": 0.5}}


def test_setting_named_as_a_column_of_the_table_is_told_apart(log) -> None:
    table = trials.run(keyed, trials.grid(key=["a", "b"], origin="PDB"), experiment="t")
    assert table.columns.is_unique
    assert list(table["key (setting)"]) == ["a", "b"] and set(table["origin"]) == {"local"}
    assert set(table["origin (setting)"]) == {"PDB"}
    assert set(table["key"]) == {record.key for record in read_records("t")}


def test_lists_in_configurations_are_shown_as_they_are(log) -> None:
    table = trials.find(train, trials.grid(width=[(1, 2), (3, 4)]), experiment="t")
    assert list(table["width"]) == [[1, 2], [3, 4]]


def test_summary_survives_a_copy_and_json(log) -> None:
    trials.run(train, trials.grid(width=[1]), experiment="t")
    table = trials.find(train, trials.grid(width=[1, 2]), experiment="t")
    summary = table.copy().attrs["trials"]
    assert (summary["planned"], summary["found"]) == (2, 1)
    assert summary["missing"] == [table["key"][1]] and json.dumps(summary)
    assert table.attrs["experiment"] == "t"


def test_found_trials_are_not_run_again(log) -> None:
    first = trials.run(train, trials.grid(width=[1, 2]), experiment="t")
    again = trials.run(train, trials.grid(width=[1, 2]), experiment="t")
    pd.testing.assert_frame_equal(first, again)
    assert log.journal() == ["1", "2"]


def test_find_runs_nothing(log) -> None:
    table = trials.find(train, trials.grid(width=[1]), experiment="t")
    assert list(table["outcome"]) == ["planned"] and log.journal() == []


def test_run_with_execute_false_gives_what_find_gives(log) -> None:
    trials.run(train, trials.grid(width=[1]), experiment="t")
    grid = trials.grid(width=[1, 2])
    looked_up = trials.run(train, grid, execute=False, experiment="t")
    pd.testing.assert_frame_equal(looked_up, trials.find(train, grid, experiment="t"))
    assert list(looked_up["outcome"]) == ["ok", "planned"] and log.journal() == ["1"]


def test_metrics_that_are_named_are_columns_where_no_trial_has_ended_well(log) -> None:
    table = trials.find(train, trials.grid(width=[1, 2]), metrics=["loss"])
    assert list(table["loss"].isna()) == [True, True]


def test_a_function_tells_which_trials_may_run_here(log) -> None:
    grid = trials.grid(width=[1, 2, 3])
    table = trials.run(train, grid, execute=lambda point: point["width"] != 2, experiment="t")
    assert list(table["outcome"]) == ["ok", "planned", "ok"] and log.journal() == ["1", "3"]


def test_a_trial_that_stands_in_the_grid_twice_is_run_once(log) -> None:
    table = trials.run(train, trials.grid(width=[1, 1]), experiment="t")
    assert list(table["outcome"]) == ["ok", "ok"] and log.journal() == ["1"]


def test_refresh_can_be_asked_for_from_outside(log, monkeypatch) -> None:
    trials.run(train, trials.grid(width=[1]), experiment="t")
    monkeypatch.setenv("LABBOOK_REFRESH", "all")
    trials.run(train, trials.grid(width=[1]), experiment="t")
    assert log.journal() == ["1", "1"]


def test_stale_trial_is_shown_marked_and_run_when_asked(log) -> None:
    text = (
        "import sys\nfrom labbook.log import trials\n"
        "def train(width):\n    return {'metrics': {'loss': 1.0 / width}}\n"
        "table = trials.run(train, [{'width': 2}], refresh=sys.argv[1:] and 'stale' or 'missing')\n"
        "print(table['loss'][0], table['freshness'][0])\n"
    )
    assert log.run_text("toy", text).stdout == "0.5 fresh\n"
    text = text.replace("1.0 / width", "3.0 / width")
    assert log.run_text("toy", text).stdout == "0.5 stale: the notebook's train() changed\n"
    text = text.replace("sys.argv[1:] and ", "")
    assert log.run_text("toy", text).stdout == "1.5 fresh\n"


def test_trial_of_which_an_own_module_changed_is_stale_and_run_again_when_asked(log) -> None:
    net = log.root / "lib" / "mylib" / "net.py"
    net.parent.mkdir(parents=True)
    net.write_text("def double(x):\n    return 2 * x\n")
    text = (
        "import sys\nfrom labbook.log import trials\nfrom mylib import net\n"
        "def train(width):\n    return {'metrics': {'loss': net.double(width)}}\n"
        "table = trials.run(train, [{'width': 2}])\n"
        "print(table['loss'][0], table['freshness'][0])\n"
    )
    where = {"PYTHONPATH": str(log.root / "lib")}
    assert log.run_text("toy", text, **where).stdout == "4 fresh\n"
    net.write_text(net.read_text().replace("2 *", "3 *"))
    assert log.run_text("toy", text, **where).stdout == "4 stale: mylib.net.double changed\n"
    assert log.run_text("toy", text, LABBOOK_REFRESH="stale", **where).stdout == "6 fresh\n"


def test_changed_data_are_another_trial_and_the_old_record_is_shown_as_stale(log) -> None:
    trials.run(train, trials.grid(width=[1]), data_digest="old", experiment="t")
    table = trials.find(train, trials.grid(width=[1]), data_digest="new", experiment="t")
    assert list(table["freshness"]) == ["stale: data changed"]
    trials.run(train, trials.grid(width=[1]), data_digest="new", experiment="t")
    assert log.journal() == ["1", "1"]


TWO_WIDTHS = (
    "from labbook.log import trials\n"
    "def train(width):\n    return {'metrics': {'loss': 1.0}}\n"
    "for width in [1, 2]:\n    trials.find(train, [{'width': width}])\n"
    "trials.run(train, [{'width': 2}])\n"
    "trials.find(train, [{'width': 2}])\n"
)


def test_plan_of_a_run_joins_its_calls_and_tells_what_was_only_looked_up(log) -> None:
    log.run_text("toy", TWO_WIDTHS, LABBOOK_RUN_FOLDER=str(log.root))
    plan = read_plan(log.root / "plan.jsonl")
    widths = [
        [entry["configuration"]["width"] for entry in entries]
        for entries in (plan.to_run, plan.looked_up)
    ]
    assert widths == [[2], [1]]


def test_a_process_outside_of_a_run_keeps_no_plan(log) -> None:
    log.run_text("toy", TWO_WIDTHS)
    assert not list(log.root.rglob("plan*"))


def test_from_records_alone_nothing_is_run_and_what_is_there_is_shown(log, monkeypatch) -> None:
    trials.run(train, trials.grid(width=1), experiment="t")
    monkeypatch.setenv("LABBOOK_RECORDS_ONLY", "1")

    def not_there(configuration):
        raise FileNotFoundError("data")

    table = trials.run(train, trials.grid(width=[1, 2]), data_digest=not_there, experiment="t")
    assert list(table.outcome) == ["ok", "planned"] and log.journal() == ["1"]


def test_versions_of_packages_that_a_trial_imports_are_in_its_record(log) -> None:
    text = (
        "import yaml\nfrom labbook.log import trials\n"
        "def train(width):\n"
        "    return {'metrics': {'loss': float(yaml.safe_load('1'))}}\n"
        "trials.run(train, [{'width': 1}])\n"
    )
    log.run_text("toy", text)
    [record] = read_records("toy")
    assert record.provenance["versions"]["PyYAML"] == importlib.metadata.version("PyYAML")


def test_a_thousand_found_trials_are_found_and_not_run(log) -> None:
    grid = trials.grid(width=list(range(1, 1001)))
    trials.run(train, grid[:1], experiment="t")
    [one] = read_records("t")
    for key, point in zip(trials.find(train, grid, experiment="t")["key"], grid, strict=True):
        other = dataclasses.replace(
            one, key=key, configuration=point, fingerprint={"model": key, "first_losses": [1.0]}
        )
        (log.folder("t") / f"{key}.json").write_text(json.dumps(other.to_json()))
    table = trials.run(train, grid, experiment="t")
    assert table.attrs["trials"]["found"] == 1000
    assert set(table["parameters"].dropna()) == {one.parameters} - {None}


def test_progress_is_quiet_where_nobody_watches(log, capfd) -> None:
    trials.run(train, trials.grid(width=[1, 2]), experiment="t")
    assert capfd.readouterr().err == ""


def test_log_imports_neither_torch_nor_pandas(log) -> None:
    text = "import sys, labbook.log.trials\nprint('torch' in sys.modules, 'pandas' in sys.modules)"
    assert log.run_text("toy", text).stdout == "False False\n"


def puts_the_records_aside(width: int) -> dict:
    if width == 1:
        folder = Path(os.environ["LABBOOK_ROOT"], "runs", "records", "t")
        folder.rename(folder.with_name("aside"))
        folder.mkdir()
    return {"metrics": {"loss": 1.0}}


def test_a_folder_of_records_that_is_made_anew_meanwhile_ends_no_sweep(log) -> None:
    grid = trials.grid(width=[1, 2])
    assert list(trials.run(puts_the_records_aside, grid, experiment="t")["outcome"]) == ["ok"] * 2
    assert [record.configuration for record in read_records("t")] == grid
