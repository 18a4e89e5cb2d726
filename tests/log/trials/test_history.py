"""What a trial had learnt when it ended badly is in its record, whatever ended it."""

import os
import signal

import pytest

from labbook.log import trials
from labbook.log.records.files import history_path
from labbook.log.records.folder import read_records
from labbook.log.records.outcome import history_so_far
from labbook.training.history import HistoryFile


def learns(how: str) -> dict:
    """Three epochs, and then an end."""
    history, curves = {"loss": []}, HistoryFile.of_trial()
    for loss in (3.0, 2.0, 1.0):
        history["loss"].append(loss)
        curves.add(history)
    if how == "fails":
        raise FloatingPointError("the loss is nan")
    if how == "is killed":
        os.kill(os.getpid(), signal.SIGKILL)
    while how == "hangs":
        pass
    if how == "is interrupted":
        raise KeyboardInterrupt
    return {"metrics": {}, "history": {"loss": [9.0]}}


@pytest.mark.parametrize(
    ("how", "outcome"),
    [("fails", "failed"), ("is killed", "killed"), ("hangs", "timeout")],
)
def test_history_survives_in_a_worker(log, how: str, outcome: str) -> None:
    trials.run(learns, [{"how": how}], executor=1, timeout_s=3.0, experiment="t")
    [record] = read_records("t")
    assert (record.outcome, record.history) == (outcome, {"loss": [3.0, 2.0, 1.0]})
    log.assert_all_readable("t")


@pytest.mark.parametrize(
    ("how", "outcome"),
    [("fails", "failed"), ("is interrupted", "cancelled"), ("hangs", "timeout")],
)
def test_history_survives_in_this_process(log, how: str, outcome: str) -> None:
    try:
        trials.run(learns, [{"how": how}], timeout_s=0.5, experiment="t")
    except KeyboardInterrupt:
        assert how == "is interrupted"
    [record] = read_records("t")
    assert (record.outcome, record.history) == (outcome, {"loss": [3.0, 2.0, 1.0]})
    log.assert_all_readable("t")


def test_history_of_a_killed_process_is_told_before_anyone_runs_the_trial_again(log, child) -> None:
    sweep = child.doing(lambda: trials.run(learns, [{"how": "is killed"}], experiment="t"))
    sweep.ended()
    [record] = read_records("t")
    assert (record.outcome, record.history) == ("killed", {"loss": [3.0, 2.0, 1.0]})


def test_history_of_a_good_trial_is_what_it_returns(log) -> None:
    trials.run(learns, [{"how": "ends well"}], experiment="t")
    [record] = read_records("t")
    assert record.history == {"loss": [9.0]}
    log.assert_all_readable("t")


def test_second_training_of_a_trial_takes_the_place_of_the_first(tmp_path) -> None:
    log = tmp_path / "trial.log"
    HistoryFile(history_path(log)).add({"loss": [5.0, 4.0]})
    HistoryFile(history_path(log)).add({"error": [0.5]})
    assert history_so_far(log) == {"error": [0.5]}


def test_line_that_was_cut_short_is_left_out(tmp_path) -> None:
    log = tmp_path / "trial.log"
    history_path(log).write_text('{"loss": [3.0]}\n{"loss": [2.0]}\n{"loss": [1')
    assert history_so_far(log) == {"loss": [3.0, 2.0]}


def test_infinite_loss_survives(log) -> None:
    trials.run(explodes, [{}], experiment="t")
    [record] = read_records("t")
    assert record.history == {"loss": [1.0, float("inf")]}


def explodes() -> dict:
    HistoryFile.of_trial().add({"loss": [1.0, float("inf")]})
    raise FloatingPointError("the loss is inf")
