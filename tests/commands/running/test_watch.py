"""What goes on is told from another process: cell, trials, loss; and that it has ended."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest
from tests.log.tiny_log import make_log

SLOW = """\
# %% tags=["parameters"]
seconds: float = 30.0  # that a trial takes
# %% [markdown]
# # Training
# %%
import time
from pathlib import Path

from labbook.log import trials
from labbook.training.history import HistoryFile


def train(seconds: float, seed: int) -> dict:
    file, losses = HistoryFile.of_trial(), []
    for step in range(round(seconds / 0.1)):
        if Path("enough").exists():
            break
        losses.append(1 / (step + 1))
        file.add({"train_loss": losses})
        time.sleep(0.1)
    return {"metrics": {"loss": losses[-1]}, "history": {"train_loss": losses}}

# %%
table = trials.run(train, trials.grid(seconds=[0.3, seconds], seed=0))
"""


def call(root, *arguments, **options):
    command = [sys.executable, "-m", "labbook", *arguments]
    environment = os.environ | {"LABBOOK_ROOT": str(root), "LABBOOK_RUN_FOLDER": ""}
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True, **options
    )  # fmt: skip


def output_of(root, *arguments):
    return call(root, *arguments).communicate(timeout=60)[0]


def told_when(root, holds):
    """What ``labbook status --json`` tells of the one experiment once that holds."""
    deadline = time.monotonic() + 60
    while True:
        (told,) = json.loads(output_of(root, "status", "--json"))
        if holds(told):
            return told
        assert time.monotonic() < deadline, told
        time.sleep(0.5)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A log of which a long trial runs, in another process, for the whole module."""
    root = make_log(tmp_path_factory.mktemp("log"), SLOW, "slow")
    process = call(root, "run", "slow", "-p", "seconds", "300.0")
    try:
        yield root
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=60)


@pytest.fixture(scope="module")
def told(root):
    """What a second process sees of it once its long trial has a loss; 4 cells: one is injected."""
    return told_when(root, lambda one: one["runs"] and _losses(one))


def _losses(one):
    return [t for t in one["runs"][0]["trials"] if t["losses"] and t["name"] != "seconds=0.3"]


def test_second_process_sees_the_cell(told):
    (run,) = told["runs"]
    assert (run["cell"], run["cells"], run["title"].split(" · ")[0]) == (4, 4, "Training")


def test_second_process_sees_the_trials(told):
    (run,) = told["runs"]
    assert (run["planned"], run["before"], run["ended"]) == (2, 0, {"seconds=0.3": "ok"})


def test_second_process_sees_the_running_trial_with_its_loss(told):
    (trial,) = _losses(told)
    assert trial["name"] == "seconds=300.0" and 0 < trial["losses"]["train_loss"] <= 1


def test_time_left_is_told_by_the_pace_of_the_trials_that_have_ended(told):
    (run,) = told["runs"]
    assert run["left_s"] == pytest.approx(run["seconds"])  # one has ended, one is left


def test_status_says_it_in_words(root, told):
    text = output_of(root, "status")
    first, second = text.splitlines()[:2]
    assert first.startswith("slow: running, in cell 4 of 4, 1 of 2 trials done, 1 running, for ")
    assert first.rindex("seconds=300.0") < first.index("Training · table")
    assert "1 of 2 trials done, 1 running" in first
    assert second.startswith("  seconds=300.0: ") and "train_loss 0." in second


def test_run_without_a_terminal_tells_each_event_in_a_line(tmp_path):
    root = make_log(tmp_path, SLOW, "slow")
    process = call(root, "run", "slow", "-p", "seconds", "4.0")
    told = process.communicate(timeout=60)[1].splitlines()
    assert "slow (seconds=4.0): seconds=4.0: began" in told
    assert any(" seconds=0.3: ok; 1 of 2 trials done" in line for line in told)


def test_watch_tells_the_end_and_renders_the_site(tmp_path):
    root = make_log(tmp_path, SLOW, "slow")
    (root / "conf.py").write_text('extensions = ["labbook.site"]\n')
    process = call(root, "run", "slow", "-p", "seconds", "300.0")
    told_when(root, lambda one: one["runs"])
    watch = call(root, "watch", "--site")
    first = watch.stdout.readline()
    (root / "notebooks" / "enough").touch()
    lines = [first, *watch.communicate(timeout=120)[0].splitlines()]
    process.communicate(timeout=60)
    assert any(
        " slow (seconds=300.0): ok, " in line and "; see runs/slow/" in line for line in lines
    )
    assert any("Open " in line or "faults" in line for line in lines)
    assert lines[-1] == "nothing is running any more."


def test_watch_of_nothing_says_so(tmp_path):
    root = make_log(tmp_path, SLOW, "slow")
    assert output_of(root, "watch") == "nothing is running.\n"


def test_watch_on_a_terminal_redraws_until_it_is_stopped(root, told):
    main_end, other_end = os.openpty()
    command = [sys.executable, "-m", "labbook", "watch"]
    environment = os.environ | {"LABBOOK_ROOT": str(root)}
    process = subprocess.Popen(command, env=environment, stdout=other_end, stderr=other_end)
    os.close(other_end)
    shown = b""
    while b"\x1b[2A\x1b[J" not in shown:  # two lines are taken back, to be drawn anew
        shown += os.read(main_end, 4096)
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0
    os.close(main_end)
    assert b"slow: running, in cell 4 of 4" in shown and b"train_loss" in shown


@pytest.mark.skipif(not shutil.which("tmux"), reason="NO TMUX: its screen is not looked at")
def test_screen_of_a_narrow_terminal_shows_trials_and_loss(root, told, tmp_path):
    def tmux(*arguments):
        command = ["tmux", "-S", str(tmp_path / "tmux"), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    watch = f"LABBOOK_ROOT={root} {sys.executable} -m labbook watch"
    tmux("new-session", "-d", "-x", "80", "-y", "24", watch)
    deadline, shown = time.monotonic() + 60, ""
    while "train_loss" not in shown:
        assert time.monotonic() < deadline, shown
        time.sleep(1.5)
        shown = tmux("capture-pane", "-p")
    tmux("kill-server")
    first, second, *rest = shown.splitlines()
    assert first.startswith("slow: running, in cell 4 of 4, 1 of 2 trials done, 1 running, for ")
    assert second.startswith("  seconds=300.0: ")
    assert not any(rest)


def test_trial_outside_of_a_run_is_told(tmp_path):
    root = make_log(tmp_path, SLOW, "slow")
    script = subprocess.Popen(
        [sys.executable, "notebooks/slow.py"],
        cwd=root,
        env=os.environ | {"LABBOOK_ROOT": str(root), "LABBOOK_RUN_FOLDER": ""},
        stderr=subprocess.DEVNULL,
    )
    told = told_when(root, lambda one: one["runs"] and _losses(one))
    script.kill()
    script.wait()
    assert told["runs"][0]["run"] is None
    told_when(root, lambda one: not one["runs"])
