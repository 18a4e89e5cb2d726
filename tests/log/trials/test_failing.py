"""Trials that do not end well, in this process: what becomes of each, and of the others."""

import asyncio
import os
import re
import signal
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from labbook.log import trials
from labbook.log.records.folder import read_records
from labbook.log.trials.result import UnrecordableResult


def unlucky(width: int) -> dict:
    print("thinking about", width)
    if width == 2 and not Path(os.environ["JOURNAL"]).exists():
        raise MemoryError("too wide")
    return {"metrics": {"loss": 1.0}}


def exits(width: int) -> dict:
    sys.exit("enough")


def is_cancelled(width: int) -> dict:
    raise asyncio.CancelledError


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
        "less than none": {"metrics": {}, "flops": -(2**31)},
        "seed in words": {"metrics": {}, "seed": "x"},
        "number as name": {"metrics": {1: 2.0, "1": 3.0}},
        "misspelt": {"metrisc": {"loss": 1.0}},
        "text": {"metrics": {"loss": "small"}},
        "array": {"metrics": {"loss": np.zeros(3)}},
        "other seed": {"metrics": {}, "seed": 4},
        "objects": {"metrics": {}, "artifacts": {"model": np.array([object()])}},
        "no text": {"metrics": {}, "artifacts": {True: np.zeros(2)}},
        "long name": {"metrics": {}, "artifacts": {"x" * 200: {"w": np.zeros(2)}}},
        "reserved": {"metrics": {}, "artifacts": {"x": {"__metadata__": np.zeros(2)}}},
    }
    return results[kind]


def test_failed_trial_is_told_and_the_others_run(log, capsys) -> None:
    table = trials.run(unlucky, trials.grid(width=[1, 2, 3]), experiment="t")
    assert list(table["outcome"]) == ["ok", "failed", "ok"]
    assert table.attrs["trials"]["failed"] == [table["key"][1]]
    message = capsys.readouterr().err
    assert message.count("\n") == 1 and "width=2): MemoryError: too wide" in message


def test_a_trial_that_stands_twice_in_a_grid_is_counted_once(log, capsys) -> None:
    trials.run(unlucky, trials.grid(width=[1, 1, 2]), experiment="t")
    assert "1 of 2 trials did not end well" in capsys.readouterr().err


def test_failed_trial_keeps_traceback_and_output(log) -> None:
    trials.run(unlucky, trials.grid(width=[2]), experiment="t")
    [record] = read_records("t")
    assert record.error["type"] == "MemoryError" and "in unlucky" in record.error["traceback"]
    assert record.error["log_tail"] == "thinking about 2\n"


def speaks_past_python(width: int) -> dict:
    os.system("echo thinking about it")
    raise MemoryError("too wide")


def test_failed_trial_in_a_worker_keeps_what_its_c_libraries_and_children_print(log) -> None:
    trials.run(speaks_past_python, [{"width": 2}], executor=1, experiment="t")
    assert read_records("t")[0].error["log_tail"] == "thinking about it\n"


def speaks_past_print(width: int) -> dict:
    sys.stdout.writelines(["lines\n"])
    sys.stdout.buffer.write(b"bytes\n")
    sys.__stdout__.write("held back\n")
    raise MemoryError("too wide")


def test_failed_trial_in_a_worker_keeps_what_was_held_back_for_it(log, monkeypatch) -> None:
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    trials.run(speaks_past_print, [{"width": 2}], executor=1, experiment="t")
    assert read_records("t")[0].error["log_tail"] == "lines\nbytes\nheld back\n"


def test_failed_trial_keeps_lines_that_were_written_together(log) -> None:
    trials.run(speaks_past_print, [{"width": 2}], experiment="t")
    assert read_records("t")[0].error["log_tail"] == "lines\n"


def test_failed_trial_is_tried_again_by_the_next_call(log) -> None:
    trials.run(unlucky, trials.grid(width=[2]), experiment="t")
    (log.root / "journal").touch()
    table = trials.run(unlucky, trials.grid(width=[2]), experiment="t")
    assert list(table["outcome"]) == ["ok"]
    log.assert_all_readable("t")


@pytest.mark.parametrize("function", [exits, is_cancelled])
@pytest.mark.parametrize("executor", [None, 1])
def test_trial_that_raises_what_is_no_exception_has_failed(log, function, executor) -> None:
    table = trials.run(function, [{"width": 1}], executor, experiment="t")
    assert list(table["outcome"]) == ["failed"]
    assert read_records("t")[0].error["type"] in ("SystemExit", "CancelledError")


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("no dict", "a trial returns a dict with its metrics, not float"),
        ("nothing", "it holds no metrics"),
        ("other type", "device is 3 of type int, not a text"),
        ("surrogate", r"a name in metrics is 'a.ud800', which is not valid Unicode"),
        ("many digits", r"metrics\['loss'\] is a number of 16610 bits"),
        ("part of one", "parameters is 1.5, not a whole number"),
        ("less than none", "flops is -2147483648; it is a count"),
        ("seed in words", "seed is 'x' of type str, not a number"),
        ("number as name", "a name in metrics is 1 of type int, not a text"),
        ("misspelt", "no place for 'metrisc'; did you mean 'metrics'"),
        ("text", r"metrics\['loss'\] is 'small'"),
        ("array", r"metrics\['loss'\] has shape \(3,\)"),
        ("objects", r"artifacts\['model'\] holds Python objects"),
        ("no text", "a name in artifacts is True of type bool, not a text"),
        ("long name", "'x+ is no name in artifacts: take letters and digits, of 80 bytes at most"),
        ("reserved", r"'__metadata__' is no name in artifacts\['x'\]"),
    ],
)
def test_result_that_the_log_cannot_tell_is_a_failure(log, kind: str, message: str) -> None:
    with pytest.raises(UnrecordableResult, match=message):
        trials.run(result_of, [{"kind": kind}], experiment="t")
    [record] = read_records("t")
    assert record.outcome == "failed"
    assert re.search(message, record.error["message"])


def flips(seed: bool) -> dict:
    return {"metrics": {"loss": 1.0 - seed}}


def test_a_seed_that_is_true_or_false_has_a_record_that_is_found(log) -> None:
    grid = trials.grid(seed=[False, True])
    trials.run(flips, grid, experiment="t")
    assert list(trials.find(flips, grid, experiment="t")["outcome"]) == ["ok", "ok"]


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
    table = trials.run(sleeps, trials.grid(width=[1, 2, 3]), timeout_s=2.0, experiment="t")
    assert list(table["outcome"]) == ["ok", "timeout", "ok"]


class SlowToGo:
    """What is raised while one goes is lost."""

    def __del__(self):
        time.sleep(1.0)


def loses_an_alarm(width: int) -> dict:
    SlowToGo()
    time.sleep(10)
    return {"metrics": {"loss": 1.0}}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_trial_out_of_time_is_told_though_its_first_alarm_is_lost(log) -> None:
    table = trials.run(loses_an_alarm, [{"width": 1}], timeout_s=0.5, experiment="t")
    assert list(table["outcome"]) == ["timeout"]


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
