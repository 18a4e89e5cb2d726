"""SIGKILL of the command, its kernel or a worker, at any moment of a notebook that runs trials.

``LABBOOK_TEST_KILLS=60`` makes it sixty kills instead of six.
"""

import json
import os
import random
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from tests.log.tiny_log import TINY, make_log

from labbook.log.records.folder import read_records
from labbook.log.records.run_record import read_runs

KILLS = int(os.environ.get("LABBOOK_TEST_KILLS", "6"))
TRIALS = 10
CELLS = f"""
# %%
import os
import subprocess
import time

from labbook.log import trials


def train(index):
    with open(os.environ["JOURNAL"], "a") as file:
        file.write(f"{{index}}\\n")
    helper = subprocess.Popen(["sleep", "0.2"])
    time.sleep(0.1)
    helper.wait()
    return {{"metrics": {{"loss": 1 / (index + 1)}}}}


# %%
trials.run(train, trials.grid(index=list(range({TRIALS}))), executor=2)
"""

# What each victim's command line holds.
VICTIMS = {
    "command": "labbook run killed",
    "kernel": "ipykernel_launcher",
    "worker": "labbook.log.processes.worker",
}


@dataclass
class Run:
    """The command at work in a log of its own."""

    root: Path
    process: subprocess.Popen

    @classmethod
    def begun(cls, root: Path) -> "Run":
        (root / "temporary").mkdir(exist_ok=True)
        environment = os.environ | {
            "JOURNAL": str(root / "journal"),
            "TMPDIR": str(root / "temporary"),
            "OMP_NUM_THREADS": "1",
        }
        command = [sys.executable, "-m", "labbook", "run", "killed"]
        with open(root / "output", "ab") as output:
            process = subprocess.Popen(
                command, cwd=root, env=environment, stdout=output, stderr=output
            )
        return cls(root, process)

    def journal(self) -> list[int]:
        """The trials that were begun, in order."""
        path = self.root / "journal"
        return [int(line) for line in path.read_text().split()] if path.exists() else []

    def family(self) -> list[psutil.Process]:
        """The command and all its descendants."""
        command = psutil.Process(self.process.pid)
        return [command, *command.children(recursive=True)]

    def kill(self, victim: str, moment: random.Random) -> list[psutil.Process]:
        """Kill one at a random moment; returns all processes that there were."""
        begun, chance = moment.randrange(TRIALS - 1), moment.uniform(0, 0.25)
        while len(self.journal()) < begun or not (found := self._named(victim)):
            assert self.process.poll() is None, (self.root / "output").read_text()
            time.sleep(0.005)
        time.sleep(chance)
        family = self.family()
        moment.choice(found).kill()
        return family

    def _named(self, victim: str) -> list[psutil.Process]:
        found = []
        for process in self.family():
            try:
                if VICTIMS[victim] in " ".join(process.cmdline()):
                    found.append(process)
            except psutil.Error:
                continue
        return found


def left_behind(root: Path) -> list[str]:
    """What should be gone once nothing runs any more: processes, temporary and half-made files."""
    processes = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("JOURNAL") == str(root / "journal"):
                processes.append(" ".join(process.cmdline()))
        except psutil.Error:
            continue
    folder = root / "runs" / "records" / "killed"
    files = [path.name for path in folder.iterdir() if path.suffix not in ("", ".json")]
    return processes + files + [path.name for path in (root / "temporary").iterdir()]


@pytest.mark.parametrize("seed", range(KILLS))
def test_kill_loses_nothing_and_leaves_nothing(seed: int, tmp_path) -> None:
    head, _, _ = TINY.partition('# %% tags=["parameters"]')
    root = make_log(tmp_path, head + CELLS, "killed")
    victim, moment = list(VICTIMS)[seed % 3], random.Random(seed)
    run = Run.begun(root)
    family = run.kill(victim, moment)
    run.process.wait(60)
    assert psutil.wait_procs(family, timeout=60)[1] == []

    records = {r.configuration["index"]: r for r in read_records("killed", root=root)}
    finished = {index for index, record in records.items() if record.ok}
    killed = {index for index, record in records.items() if record.outcome == "killed"}
    begun = run.journal()
    assert len(set(begun)) == len(begun), "a trial was run twice"
    # One that was taken, and killed before it wrote into the journal, is told too.
    assert finished <= set(begun) <= finished | killed
    assert len(killed) <= (1 if victim == "worker" else 2), "an innocent one was killed"
    if victim == "worker":
        assert len(records) == TRIALS
    else:  # a command that was killed at once has left no run
        outcomes = [record.outcome for record in read_runs("killed", root=root)]
        assert outcomes == ["killed"] or outcomes == begun == []

    again = Run.begun(root)
    assert again.process.wait(120) == 0, (root / "output").read_text()
    assert sorted(again.journal()[len(begun) :]) == sorted(set(range(TRIALS)) - finished)
    records = read_records("killed", root=root)
    assert len(records) == TRIALS and all(record.ok for record in records)
    until = time.monotonic() + 60
    while (left := left_behind(root)) and time.monotonic() < until:
        time.sleep(0.05)
    assert left == []
    for path in root.glob("runs/**/*.json"):
        json.loads(path.read_text())
