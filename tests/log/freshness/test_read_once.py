"""Each record is read once, however many ask for it: by a command, and by a call of a notebook."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

NOTEBOOK = """\
from labbook.log import trials


def train(width):
    return {"metrics": {"loss": 1 / width}}


trials.run(train, trials.grid(width=[1, 2, 3]))
"""
# Counts how often a process opens each file, and tells it at its end.
COUNTING = """\
import atexit, collections, json, os, runpy, sys

counts = collections.Counter()


def count(event, arguments):
    if event == "open" and isinstance(arguments[0], str | os.PathLike):
        counts[os.fspath(arguments[0])] += 1


sys.addaudithook(count)
atexit.register(lambda: print(json.dumps(counts), file=sys.stderr))
sys.argv = sys.argv[1:]
if sys.argv[0] == "labbook":
    runpy.run_module("labbook", run_name="__main__")
else:
    runpy.run_path(sys.argv[0], run_name="__main__")
"""


@pytest.fixture
def root(log) -> Path:
    """A log with three records, local and published."""
    assert log.run_text("toy", NOTEBOOK).returncode == 0
    command = [sys.executable, "-m", "labbook", "publish", "toy", "--yes"]
    subprocess.run(command, cwd=log.root, check=True, capture_output=True)
    return log.root


@pytest.mark.parametrize("command", [["labbook", "status"], ["notebooks/toy.py"]])
def test_each_record_is_read_once(root, command) -> None:
    done = subprocess.run(
        [sys.executable, "-c", COUNTING, *command], cwd=root, capture_output=True, text=True
    )
    counts = json.loads(done.stderr.splitlines()[-1])
    records = {path: n for path, n in counts.items() if os.path.dirname(path).endswith("/toy")}
    read = {path: n for path, n in records.items() if path.endswith(".json")}
    assert len(read) == 6 and set(read.values()) == {1}
