"""A trial that was killed goes on from its checkpoint when the grid is run again."""

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from labbook.log import trials
from labbook.log.records.folder import read_records
from labbook.training.checkpoints import Checkpoints

SCRIPT = """
    import os, sys, time
    from pathlib import Path
    from labbook.log import trials

    def count(to):
        folder = Path(os.environ["LABBOOK_CHECKPOINTS"])
        folder.mkdir(exist_ok=True)
        state = folder / "state"
        start = int(state.read_text()) if state.exists() else 0
        for number in range(start, to):
            state.write_text(str(number + 1))
            if number + 1 == 3 and start == 0:
                os.kill(os.getpid(), 9)
        return {"metrics": {"counted": to - start}}

    trials.run(count, [{"to": 5}], experiment="counting", root=Path(sys.argv[1]))
"""


def interrupted_in(root: Path) -> Callable[[], int]:
    """Kill a trial after 3 of 5 steps in a new log; returns what runs it again."""
    (root / "notebooks").mkdir()
    script = root / "counting.py"
    script.write_text(textwrap.dedent(SCRIPT))

    def run() -> int:
        return subprocess.run([sys.executable, script, root], check=False).returncode

    assert run() == -signal.SIGKILL
    return run


def checkpoints(root: Path) -> list[Path]:
    return list((root / "runs" / "records" / "counting").glob("*.checkpoints"))


@pytest.fixture(scope="module")
def resumed(tmp_path_factory) -> SimpleNamespace:
    """What a killed trial has left, and what there is once it was run again."""
    root = tmp_path_factory.mktemp("resumed")
    run = interrupted_in(root)
    (folder,) = checkpoints(root)
    state = (folder / "state").read_text()
    assert run() == 0
    (record,) = read_records("counting", root=root)
    return SimpleNamespace(state=state, record=record, left=checkpoints(root))


def test_a_killed_trial_leaves_its_checkpoint(resumed):
    assert resumed.state == "3"


def test_the_next_run_goes_on_from_the_checkpoint(resumed):
    assert resumed.record.metrics == {"counted": 2}


def test_a_good_record_removes_the_checkpoint(resumed):
    assert resumed.left == []


def test_a_resumed_trial_tells_no_time_for_nobody_has_measured_all_of_it(resumed):
    assert (resumed.record.wall_time_s, resumed.record.cpu_time_s) == (None, None)


def test_code_that_changed_does_not_go_on_from_what_other_code_began(tmp_path):
    run = interrupted_in(tmp_path)
    script = tmp_path / "counting.py"
    script.write_text(script.read_text().replace("start == 0", "start == 99"))
    assert run() == 0
    (record,) = read_records("counting", root=tmp_path)
    assert record.metrics == {"counted": 5}
    assert record.wall_time_s > 0 and record.cpu_time_s > 0


def folder_offered():
    return {"metrics": {"offered": int("LABBOOK_CHECKPOINTS" in os.environ)}}


def test_the_variable_is_gone_after_the_trial(tmp_path):
    (tmp_path / "notebooks").mkdir()
    trials.run(folder_offered, [{}], experiment="offers", root=tmp_path)
    assert "LABBOOK_CHECKPOINTS" not in os.environ


def trains_twice(names):
    for name in names:
        Checkpoints.of_trial(name).save(1, {"step": 1})
    return {"metrics": {}}


def test_a_second_training_does_not_take_the_checkpoints_of_the_first(tmp_path):
    (tmp_path / "notebooks").mkdir()
    trials.run(trains_twice, [{"names": ["", ""]}], experiment="twice", root=tmp_path)
    (record,) = read_records("twice", root=tmp_path)
    assert record.error["message"].startswith("a training that this trial began before has")


@pytest.mark.parametrize("executor", (None, 1))
def test_every_attempt_begins_with_all_names_free(tmp_path, executor):
    (tmp_path / "notebooks").mkdir()
    grid = [{"names": ["", "a"]}, {"names": ["a", ""]}, {"names": ["a", "a"]}]
    for _ in range(2):
        trials.run(trains_twice, grid, executor, experiment="names", root=tmp_path, refresh="all")
    records = read_records("names", root=tmp_path)
    outcomes = {tuple(record.configuration["names"]): record.outcome for record in records}
    assert outcomes == {("", "a"): "ok", ("a", ""): "ok", ("a", "a"): "failed"}


SLOW = """
    import os, sys, threading, time
    from pathlib import Path
    from labbook.log import trials

    def count(to):
        folder = Path(os.environ["LABBOOK_CHECKPOINTS"])
        folder.mkdir(exist_ok=True)
        state = folder / "state"
        start = int(state.read_text()) if state.exists() else 0
        state.write_text(str(start + 1))
        if "LABBOOK_DEADLINE" in os.environ:
            time.sleep(300)
        return {"metrics": {"counted": to - start}}

    def end_amid_the_first(root):
        while not list(root.glob("runs/records/counting/*.checkpoints/state")):
            time.sleep(0.01)
        os.environ["LABBOOK_DEADLINE"] = str(time.time())

    if __name__ == "__main__":
        if sys.argv[2] == "short":
            os.environ["LABBOOK_DEADLINE"] = str(time.time() + 1000)
            threading.Thread(target=end_amid_the_first, args=[Path(sys.argv[1])]).start()
        grid = [{"to": 5}, {"to": 6}]
        table = trials.run(count, grid, 1, experiment="counting", root=Path(sys.argv[1]))
        print(*table.outcome)
"""


@pytest.fixture(scope="module")
def given_back(tmp_path_factory) -> SimpleNamespace:
    """What is left when the time for trials ends amid the first of two, and what comes after it."""
    root = tmp_path_factory.mktemp("given_back")
    (root / "notebooks").mkdir()
    script = root / "counting.py"
    script.write_text(textwrap.dedent(SLOW))

    def run(how: str) -> str:
        command = [sys.executable, script, root, how]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    assert run("short") == "planned planned\n"
    (folder,) = checkpoints(root)
    left = SimpleNamespace(
        state=(folder / "state").read_text(),
        attempts=list(folder.parent.glob("*.attempt.json")),
        records=read_records("counting", root=root),
    )
    run("long")
    records = read_records("counting", root=root)
    left.counted = {r.configuration["to"]: r.metrics["counted"] for r in records}
    return left


def test_a_trial_that_the_deadline_stops_leaves_its_checkpoint_and_no_attempt(given_back):
    assert given_back.state == "1"
    assert given_back.attempts == given_back.records == []


def test_after_the_deadline_the_next_run_goes_on_from_the_checkpoint(given_back):
    assert given_back.counted == {5: 4, 6: 6}
