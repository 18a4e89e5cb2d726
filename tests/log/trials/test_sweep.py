"""Trials in this process: what is refused, what is run, what the table tells."""

import dataclasses
import functools
import importlib.metadata
import json
import os
import re
import signal
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from labbook.log import trials
from labbook.log.records.folder import read_records
from labbook.log.records.plan import read_plan
from labbook.log.trials.result import UnrecordableResult


def train(width: int, depth: int = 1, activation: str = "relu", seed: int = 0) -> dict:
    with open(os.environ["JOURNAL"], "a") as file:
        file.write(f"{width}\n")
    return {
        "metrics": {"loss": 1 / width, "depth": depth + 0.5},
        "parameters": width * 10,
        "throughput": {"examples_per_s": 100.0},
        "fingerprint": {"model": f"Linear({width})", "first_losses": [1 / width]},
    }


def unlucky(width: int) -> dict:
    print("thinking about", width)
    if width == 2 and not Path(os.environ["JOURNAL"]).exists():
        raise MemoryError("too wide")
    return {"metrics": {"loss": 1.0}}


def exits(width: int) -> dict:
    sys.exit("enough")


def interrupts(width: int) -> dict:
    if width == 2:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(10)
    return {"metrics": {"loss": 1.0}}


def sleeps(width: int) -> dict:
    try:
        time.sleep(10 if width == 2 else 0)
    except Exception:  # noqa: BLE001
        return {"metrics": {"loss": 0.0}}
    return {"metrics": {"loss": 1.0}}


def result_of(kind: str) -> dict:
    results = {
        "no dict": 3.0,
        "nothing": {},
        "other type": {"metrics": {}, "device": 3},
        "surrogate": {"metrics": {"a\ud800": 1.0}},
        "many digits": {"metrics": {"loss": 10**5000}},
        "part of one": {"metrics": {}, "parameters": 1.5},
        "seed in words": {"metrics": {}, "seed": "x"},
        "number as name": {"metrics": {1: 2.0, "1": 3.0}},
        "misspelt": {"metrisc": {"loss": 1.0}},
        "text": {"metrics": {"loss": "small"}},
        "array": {"metrics": {"loss": np.zeros(3)}},
        "other seed": {"metrics": {}, "seed": 4},
        "objects": {"metrics": {}, "artifacts": {"model": np.array([object()])}},
    }
    return results[kind]


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


def test_metric_named_as_a_parameter_is_told_apart(log) -> None:
    table = trials.run(train, [{"width": 2, "depth": 3}], experiment="t")
    assert (table["depth"][0], table["depth_measured"][0]) == (3, 3.5)


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


def test_a_function_tells_which_trials_may_run_here(log) -> None:
    grid = trials.grid(width=[1, 2, 3])
    table = trials.run(train, grid, execute=lambda point: point["width"] != 2, experiment="t")
    assert list(table["outcome"]) == ["ok", "planned", "ok"] and log.journal() == ["1", "3"]


def test_a_trial_that_stands_in_the_grid_twice_is_run_once(log) -> None:
    table = trials.run(train, trials.grid(width=[1, 1]), experiment="t")
    assert list(table["outcome"]) == ["ok", "ok"] and log.journal() == ["1"]


def test_failed_trial_is_told_and_the_others_run(log, capsys) -> None:
    table = trials.run(unlucky, trials.grid(width=[1, 2, 3]), experiment="t")
    assert list(table["outcome"]) == ["ok", "failed", "ok"]
    assert table.attrs["trials"]["failed"] == [table["key"][1]]
    message = capsys.readouterr().err
    assert message.count("\n") == 1 and "width=2): MemoryError: too wide" in message


def test_failed_trial_keeps_traceback_and_output(log) -> None:
    trials.run(unlucky, trials.grid(width=[2]), experiment="t")
    [record] = read_records("t")
    assert record.error["type"] == "MemoryError" and "in unlucky" in record.error["traceback"]
    assert record.error["log_tail"] == "thinking about 2\n"


def test_failed_trial_is_tried_again_by_the_next_call(log) -> None:
    trials.run(unlucky, trials.grid(width=[2]), experiment="t")
    (log.root / "journal").touch()
    table = trials.run(unlucky, trials.grid(width=[2]), experiment="t")
    assert list(table["outcome"]) == ["ok"]
    log.assert_all_readable("t")


def test_trial_that_exits_has_failed(log) -> None:
    assert list(trials.run(exits, [{"width": 1}], experiment="t")["outcome"]) == ["failed"]


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("no dict", "a trial returns a dict with its metrics, not float"),
        ("nothing", "it holds no metrics"),
        ("other type", "device is 3 of type int, not a text"),
        ("surrogate", r"a name in metrics is 'a.ud800', which is not valid Unicode"),
        ("many digits", r"metrics\['loss'\] is a number of 16610 bits"),
        ("part of one", "parameters is 1.5, not a whole number"),
        ("seed in words", "seed is 'x' of type str, not a number"),
        ("number as name", "a name in metrics is 1 of type int, not a text"),
        ("misspelt", "no place for 'metrisc'; did you mean 'metrics'"),
        ("text", r"metrics\['loss'\] is 'small'"),
        ("array", r"metrics\['loss'\] has shape \(3,\)"),
        ("objects", r"artifacts\['model'\] holds Python objects"),
    ],
)
def test_result_that_the_log_cannot_tell_is_a_failure(log, kind: str, message: str) -> None:
    with pytest.raises(UnrecordableResult, match=message):
        trials.run(result_of, [{"kind": kind}], experiment="t")
    [record] = read_records("t")
    assert record.outcome == "failed"
    assert re.search(message, record.error["message"])


def returns_too_much(width: int) -> dict:
    return {
        "metrics": {"loss": 0.5, "worst": "a text"},
        "history": {"loss": [1.0, 0.5]},
        "accuracy": 0.9,
        "artifacts": {"weights": [width], "parts": [object()]},
    }


@pytest.mark.parametrize("executor", [None, 1], ids=["here", "in a worker"])
def test_what_can_be_recorded_of_a_result_is(log, executor) -> None:
    with pytest.raises(UnrecordableResult):
        trials.run(returns_too_much, [{"width": 1}], executor=executor, experiment="t")
    [record] = read_records("t")
    assert (record.metrics, record.history) == ({"loss": 0.5}, {"loss": [1.0, 0.5]})
    assert record.load_artifacts()["weights"].tolist() == [1]


@pytest.mark.parametrize("executor", [None, 1], ids=["here", "in a worker"])
def test_result_that_cannot_be_recorded_stops_the_sweep(log, executor) -> None:
    grid = trials.grid(width=[1, 2, 3])
    with pytest.raises(UnrecordableResult, match="no place for 'accuracy'"):
        trials.run(returns_too_much, grid, executor=executor, experiment="t")
    found = list(trials.find(returns_too_much, grid, experiment="t")["outcome"])
    assert found[0] == "failed" and found[-1] == "planned"


def returns_too_much_at_first(width: int) -> dict:
    again = Path(os.environ["JOURNAL"]).exists()
    return {"metrics": {"loss": 0.5}} if again else returns_too_much(width)


def test_good_record_removes_what_a_bad_result_left(log) -> None:
    with pytest.raises(UnrecordableResult):
        trials.run(returns_too_much_at_first, [{"width": 1}], experiment="t")
    (log.root / "journal").touch()
    table = trials.run(returns_too_much_at_first, [{"width": 1}], experiment="t")
    left = [path.name for path in log.folder("t").iterdir() if path.is_file()]
    assert left == [f"{table['key'][0]}.json"]


def seeded(seed: int) -> dict:
    return {"metrics": {}, "seed": 4}


def test_trial_that_used_another_seed_has_failed(log) -> None:
    trials.run(seeded, trials.grid(seed=[3, 4]), experiment="t")
    assert {r.configuration["seed"]: r.outcome for r in read_records("t")} == {3: "failed", 4: "ok"}


def test_interrupted_trial_is_cancelled_and_finished_ones_are_kept(log) -> None:
    grid = trials.grid(width=[1, 2, 3])
    with pytest.raises(KeyboardInterrupt):
        trials.run(interrupts, grid, experiment="t")
    table = trials.find(interrupts, grid, experiment="t")
    assert list(table["outcome"]) == ["ok", "cancelled", "planned"]
    log.assert_all_readable("t")


def test_trial_out_of_time_is_told_though_it_swallows_exceptions(log) -> None:
    table = trials.run(sleeps, trials.grid(width=[1, 2, 3]), timeout_s=0.2, experiment="t")
    assert list(table["outcome"]) == ["ok", "timeout", "ok"]


def test_alarm_of_others_is_put_back(log) -> None:
    rang = threading.Event()
    before = signal.signal(signal.SIGALRM, lambda *_: rang.set())
    old = signal.setitimer(signal.ITIMER_REAL, 0.4)
    try:
        trials.run(sleeps, trials.grid(width=[1]), timeout_s=5.0, experiment="t")
        assert rang.wait(2.0)
    finally:
        signal.signal(signal.SIGALRM, before)
        signal.setitimer(signal.ITIMER_REAL, *old)


def test_last_good_record_survives_bad_attempts(log, monkeypatch) -> None:
    (log.root / "journal").touch()
    grid = trials.grid(width=[2])
    good = trials.run(unlucky, grid, experiment="t")
    (log.root / "journal").unlink()
    for _ in range(3):
        table = trials.run(unlucky, grid, refresh="all", experiment="t")
    assert table["loss"][0] == good["loss"][0] and table["outcome"][0] == "ok"
    assert table.attrs["trials"]["newer_attempts"] == {table["key"][0]: "failed"}


def test_refresh_failed_runs_those_whose_newest_attempt_failed(log) -> None:
    (log.root / "journal").touch()
    grid = trials.grid(width=[1, 2])
    trials.run(unlucky, grid, experiment="t")
    (log.root / "journal").unlink()
    trials.run(unlucky, grid, refresh="all", experiment="t")
    before = {r.configuration["width"]: r.start for r in read_records("t")}
    (log.root / "journal").touch()
    table = trials.run(unlucky, grid, refresh="failed", experiment="t")
    after = {r.configuration["width"]: r.start for r in read_records("t")}
    assert (after[1] == before[1], after[2] == before[2]) == (True, False)
    assert table.attrs["trials"]["newer_attempts"] == {}


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


def test_data_not_at_hand_finds_the_record_of_any_data(log) -> None:
    trials.run(train, trials.grid(width=[1]), data_digest="some", experiment="t")
    table = trials.run(
        train, trials.grid(width=[1]), data_digest=lambda configuration: None, experiment="t"
    )
    assert list(table["freshness"]) == ["unknown: data not at hand"] and log.journal() == ["1"]


def fetching(width: int) -> dict:
    (Path(os.environ["LABBOOK_ROOT"]) / "data").write_text("fetched")
    return train(width)


def test_data_that_a_trial_fetches_are_in_its_record(log, monkeypatch) -> None:
    monkeypatch.setenv("LABBOOK_RUN_FOLDER", str(log.root))

    def digest(configuration: dict) -> str | None:
        data = log.root / "data"
        return data.read_text() if data.exists() else None

    for _ in range(2):
        trials.run(fetching, trials.grid(width=[1, 2]), data_digest=digest, experiment="t")
    assert [r.data_digest for r in read_records("t")] == ["fetched", "fetched"]
    assert log.journal() == ["1", "2"]
    plan = read_plan(log.root / "plan.jsonl")
    assert [entry["data_digest"] for entry in plan.to_run] == ["fetched", "fetched"]


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


def test_misspelt_parameter_is_refused_with_the_nearest_name(log) -> None:
    with pytest.raises(TypeError, match=r"takes no 'widht'; did you mean 'width'\?"):
        trials.run(train, [{"width": 1}, {"widht": 1}], experiment="t")
    assert log.journal() == []


def test_missing_parameter_is_refused(log) -> None:
    with pytest.raises(TypeError, match="needs 'width'"):
        trials.run(train, [{"depth": 1}], experiment="t")


@pytest.mark.parametrize("function", [lambda width: {}, functools.partial(train, 1), print])
def test_only_functions_made_with_def_are_trials(log, function) -> None:
    with pytest.raises(TypeError, match="needs a function made with def"):
        trials.run(function, [{"width": 1}], experiment="t")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("return {'metrics': {'a': scale}}", "train() reads the variable 'scale' (int)"),
        ("return helper()", "train() uses helper(), which reads the variable 'scale' (int)"),
        ("return Helper().f()", "train() uses Helper.f(), which reads the variable 'scale' (int)"),
        ("return [scale for _ in 'x']", "train() reads the variable 'scale' (int)"),
        ("return part()", "train() reads the variable 'part' (partial)"),
    ],
)
def test_function_that_reads_a_variable_of_its_notebook_is_refused(log, body, message) -> None:
    text = (
        "import functools, math\nfrom labbook.log import trials\nscale = 3\n"
        "def helper():\n    return scale\n"
        "class Helper:\n    def f(self):\n        return scale\n"
        "part = functools.partial(int, 1)\n"
        f"def train(width):\n    {body}\n"
        "try:\n    trials.run(train, [{'width': 1}])\n"
        "except ValueError as error:\n    print(error)\n"
    )
    assert log.run_text("toy", text).stdout.startswith(message)


def test_function_that_uses_functions_classes_and_modules_is_welcome(log) -> None:
    text = (
        "import math\nfrom functools import cache\nfrom typing import Literal\n"
        "from labbook.log import trials\n"
        "class Model:\n    scale = 3\n    def f(self, x):\n"
        "        return math.exp(x) * self.scale\n"
        "@cache\ndef helper(x):\n    return len([y for y in range(x)])\n"
        "def train(width: Literal[1, 2]):\n"
        "    return {'metrics': {'loss': Model().f(helper(width))}}\n"
        "print(trials.run(train, [{'width': 1}])['outcome'][0])\n"
    )
    assert log.run_text("toy", text).stdout == "ok\n"


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


def test_class_inside_of_a_trial_is_welcome(log) -> None:
    text = (
        "from labbook.log import trials\n"
        "def train(width):\n"
        "    class Model:\n        size = 3\n"
        "        def f(self):\n            return self.size\n"
        "    return {'metrics': {'loss': Model().f() / width}}\n"
        "print(trials.run(train, [{'width': 1}])['loss'][0])\n"
    )
    assert log.run_text("toy", text).stdout == "3.0\n"


def test_notebook_without_a_name_is_one_clear_error(log) -> None:
    text = (
        "import sys\nfrom labbook.log import trials\ndel sys.modules['__main__'].__file__\n"
        "def train(width):\n    return {}\n"
        "try:\n    trials.find(train, [{'width': 1}])\n"
        "except ValueError as error:\n    print(error)\n"
    )
    assert "LABBOOK_EXPERIMENT" in log.run_text("toy", text).stdout


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
