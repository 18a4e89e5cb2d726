"""What cells print is in the notebook, whole: from a flood, and of a command that was suspended."""

import os
import signal
import subprocess
import sys
import time

import nbformat
from tests.log.tiny_log import TINY, make_log

from labbook.log.records.run_record import read_runs
from labbook.log.runs.run import run_notebook

HEAD = TINY.partition('# %% tags=["parameters"]')[0]
FLOOD = """
# %%
from pathlib import Path

Path("began").touch()
for number in range(5000):
    print(number, flush=True)
Path("ended").touch()
"""


def wait_for(path, timeout_s=60):
    until = time.monotonic() + timeout_s
    while not path.exists():
        assert time.monotonic() < until, f"there is no {path}"
        time.sleep(0.01)


def test_cell_that_ended_while_the_command_was_suspended_lost_nothing(tmp_path):
    root = make_log(tmp_path, HEAD + FLOOD)
    command = [sys.executable, "-m", "labbook", "run", "tiny"]
    process = subprocess.Popen(command, cwd=root, stdout=subprocess.DEVNULL)
    wait_for(root / "notebooks" / "began")
    os.kill(process.pid, signal.SIGSTOP)
    wait_for(root / "notebooks" / "ended")
    time.sleep(6)  # longer than nbclient waits for outputs by itself
    os.kill(process.pid, signal.SIGCONT)
    assert process.wait(60) == 0
    (run,) = read_runs("tiny", root=root)
    outputs = nbformat.read(root / run.notebook, as_version=4).cells[-1].outputs
    assert "".join(output.text for output in outputs).split() == [str(n) for n in range(5000)]


def test_words_of_an_error_are_kept_as_far_as_anybody_reads_them(tmp_path):
    root = make_log(tmp_path, HEAD + '\n# %%\nraise ValueError("x" * 20_000_000)\n')
    run = run_notebook("tiny", root=root)
    assert "characters left out" in run.error["message"]
    assert (root / run.notebook).stat().st_size < 200_000


def test_an_output_that_no_notebook_can_hold_costs_nothing_else(tmp_path):
    odd = 'display("before")\ndisplay({"text/html": None}, raw=True)\ndisplay("after")\n'
    run = run_notebook("tiny", root=make_log(tmp_path, HEAD + "\n# %%\n" + odd))
    assert run.outcome == "ok"
    outputs = nbformat.read(tmp_path / run.notebook, as_version=4).cells[-1].outputs
    assert [output.output_type for output in outputs] == ["display_data", "stream", "display_data"]
    assert outputs[1].text.startswith("An output that no notebook can hold is left out: None is")
