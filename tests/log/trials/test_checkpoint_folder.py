"""A trial that was killed goes on from its checkpoint when the grid is run again."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from labbook.log import trials
from labbook.log.records.folder import read_records

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


@pytest.fixture
def interrupted(tmp_path):
    """A log in which a trial was killed after 3 of 5 steps, and what runs it again."""
    (tmp_path / "notebooks").mkdir()
    script = tmp_path / "counting.py"
    script.write_text(textwrap.dedent(SCRIPT))

    def run():
        return subprocess.run([sys.executable, script, tmp_path], check=False).returncode

    assert run() == -signal.SIGKILL
    return tmp_path, run


def checkpoints(root: Path) -> list[Path]:
    return list((root / "runs" / "records" / "counting").glob("*.checkpoints"))


def test_a_killed_trial_leaves_its_checkpoint(interrupted):
    root, _ = interrupted
    (folder,) = checkpoints(root)
    assert (folder / "state").read_text() == "3"


def test_the_next_run_goes_on_from_the_checkpoint(interrupted):
    root, run = interrupted
    assert run() == 0
    (record,) = read_records("counting", root=root)
    assert record.metrics == {"counted": 2}


def test_a_good_record_removes_the_checkpoint(interrupted):
    root, run = interrupted
    run()
    assert checkpoints(root) == []


def test_code_that_changed_does_not_go_on_from_what_other_code_began(interrupted):
    root, run = interrupted
    script = root / "counting.py"
    script.write_text(script.read_text().replace("start == 0", "start == 99"))
    assert run() == 0
    (record,) = read_records("counting", root=root)
    assert record.metrics == {"counted": 5}
    assert record.wall_time_s > 0 and record.cpu_time_s > 0


def folder_offered():
    return {"metrics": {"offered": int("LABBOOK_CHECKPOINTS" in os.environ)}}


def test_the_variable_is_gone_after_the_trial(tmp_path):
    (tmp_path / "notebooks").mkdir()
    trials.run(folder_offered, [{}], experiment="offers", root=tmp_path)
    assert "LABBOOK_CHECKPOINTS" not in os.environ


def test_a_resumed_trial_tells_no_time_for_nobody_has_measured_all_of_it(interrupted):
    root, run = interrupted
    assert run() == 0
    (record,) = read_records("counting", root=root)
    assert (record.wall_time_s, record.cpu_time_s) == (None, None)


SLOW = """
    import os, sys, time
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

    if __name__ == "__main__":
        if sys.argv[2] == "short":
            os.environ["LABBOOK_DEADLINE"] = str(time.time() + 8)
        grid = [{"to": 5}, {"to": 6}]
        table = trials.run(count, grid, 1, experiment="counting", root=Path(sys.argv[1]))
        print(*table.outcome)
"""


@pytest.fixture
def given_back(tmp_path):
    """A log in which the time for trials ended amid the first of two, and what runs them."""
    (tmp_path / "notebooks").mkdir()
    script = tmp_path / "counting.py"
    script.write_text(textwrap.dedent(SLOW))

    def run(how):
        command = [sys.executable, script, tmp_path, how]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    assert run("short") == "planned planned\n"
    return tmp_path, run


def test_a_trial_that_the_deadline_stops_leaves_its_checkpoint_and_no_attempt(given_back):
    root, _ = given_back
    (folder,) = checkpoints(root)
    assert (folder / "state").read_text() == "1"
    assert not list(folder.parent.glob("*.attempt.json"))


def test_after_the_deadline_the_next_run_goes_on_from_the_checkpoint(given_back):
    root, run = given_back
    assert read_records("counting", root=root) == []
    run("long")
    counted = {
        r.configuration["to"]: r.metrics["counted"] for r in read_records("counting", root=root)
    }
    assert counted[5] == 4
