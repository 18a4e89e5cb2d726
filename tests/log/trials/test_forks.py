"""A trial whose process forks has one record, of the process that began it."""

import os
import subprocess
import sys

import pytest

# Each process that comes to the end of the script says so.
SCRIPT = """
import os, sys
from labbook.log import trials

def forks(how):
    if not (child := os.fork()):
        if how == "raises on a full disk":
            sys.stderr = open("/dev/full", "w", buffering=1)
        if how.startswith("raises"):
            1 / 0
        if how == "exits":
            sys.exit(3)
        return {"metrics": {"status": -1}}
    return {"metrics": {"status": os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}}

if __name__ == "__main__":
    grid = trials.grid(how=["returns", "raises", "raises on a full disk", "exits"])
    table = trials.run(forks, grid, EXECUTOR, experiment="forks")
    print([*table.outcome], [*table.status.astype(int)])
"""


@pytest.mark.parametrize("executor", (None, 1))
def test_the_child_ends_with_the_trial_and_its_parent_tells_the_outcome(executor, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.replace("EXECUTOR", repr(executor)))
    environment = os.environ | {"LABBOOK_ROOT": str(tmp_path)}
    command = [sys.executable, str(script)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert done.stdout == "['ok', 'ok', 'ok', 'ok'] [0, 1, 1, 3]\n", done.stderr
    assert "locks.py" not in done.stderr, "a child went on to its parent's record"
