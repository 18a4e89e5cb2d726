"""Ctrl-C at a run, again and again: it ends once, told as cancelled, without a traceback."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from tests.log.tiny_log import make_log

from labbook.log.records.run_record import read_runs


def is_asleep(root) -> bool:
    """Whether the notebook has got to the cell that sleeps."""
    for path in root.glob("runs/tiny/*/notebook.ipynb"):
        cells = json.loads(path.read_text())["cells"]
        return cells[4]["metadata"]["papermill"]["status"] == "running"
    return False


@pytest.mark.parametrize("pause_s", [0.05, 0.15])
def test_ctrl_c_that_is_held_ends_a_run_in_words(tmp_path, pause_s):
    root = make_log(tmp_path)
    process = subprocess.Popen(
        [sys.executable, "-m", "labbook", "run", "tiny", "-p", "how", "sleep"],
        env=os.environ | {"LABBOOK_ROOT": str(root)},
        stderr=subprocess.PIPE,
        text=True,
    )
    until = time.monotonic() + 120
    while not is_asleep(root) and time.monotonic() < until:
        time.sleep(0.05)
    while process.poll() is None:
        process.send_signal(signal.SIGINT)
        time.sleep(pause_s)
    said = process.stderr.read()
    assert "Traceback" not in said and "Error" not in said
    assert process.returncode == 130
    (record,) = read_runs("tiny", root=root)
    assert record.outcome == "cancelled"
