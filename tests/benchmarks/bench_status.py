"""``labbook status`` and ``trials.find`` over thousands of records, beside plain ``json.loads``.

``python tests/benchmarks/bench_status.py [N]`` prints the processor time of all and the ratio; the
goals are 1 s each for 5,000 records (the first version took 19.9 s and 4.2 s), and 0.3 s for
``labbook --help``. What ``find`` takes is that of a notebook which has loaded its libraries.
"""

import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from labbook.log.records.code import keep_digests, without_code
from labbook.log.records.key import record_key
from labbook.log.records.plan import Plan, publish_plan
from labbook.log.records.record import Record

ROUNDS = 5
NOTEBOOK = """\
# %% tags=["parameters"]
profile: str = "full"
# %%
def train(width: int, seed: int) -> dict:
    return {"metrics": {"loss": width / (seed + 1)}}
# %%
from labbook.log import trials

trials.run(train, trials.grid(width=list(range(100)), seed=list(range(50))))
print(profile)
"""
FIND = """\
import time

import pandas

from labbook.log import trials


def train(width: int, seed: int) -> dict:
    return {"metrics": {"loss": width / (seed + 1)}}


grid = trials.grid(width=list(range(100)), seed=list(range(50)))
before_s = time.process_time()
found = trials.find(train, grid, experiment="many")
print(time.process_time() - before_s, (found["outcome"] == "ok").sum())
"""
READ = """\
import json, pathlib, sys
for path in pathlib.Path(sys.argv[1]).glob("*.json"):
    json.loads(path.read_bytes())
"""


def make_log(root: Path, count: int) -> Path:
    """A log with one experiment and its published records; returns the folder of these."""
    (root / "notebooks").mkdir()
    (root / "pyproject.toml").touch()
    (root / "notebooks" / "many.py").write_text(NOTEBOOK)
    folder = root / "docs" / "records" / "many"
    folder.mkdir(parents=True)
    entries = []
    for number in range(count):
        configuration = {"width": number // 50, "seed": number % 50}
        entry = {
            "key": record_key("many.train", configuration, ""),
            "function": "many.train",
            "configuration": configuration,
            "data_digest": "",
        }
        record = Record(
            **entry,
            experiment="many",
            outcome="ok",
            start="2026-11-22T10:00:00+00:00",
            end="2026-11-22T10:01:00+00:00",
            metrics={"loss": 1.0, "accuracy": 0.5},
            history={"inputs": list(range(50)), "loss": [1 / (step + 1) for step in range(50)]},
            parameters=1000,
            throughput={"examples_per_s": 100.0},
            fingerprint={"model": "1" * 16, "first_losses": [1.0, 0.9]},
            wall_time_s=60.0,
            cpu_time_s=60.0,
            provenance={
                "commit": "0" * 40,
                "tree": "clean",
                "versions": {"python": "3.11.7", "numpy": "2.4.6", "torch": "2.13.0"},
                "code": {"notebook.train": "0" * 16},
            },
        )
        keep_digests(record.provenance["code"], folder)
        (folder / f"{record.key}.json").write_text(json.dumps(without_code(record), indent=1))
        entries.append(entry)
    publish_plan(folder, "full", Plan(entries))
    return folder


def cpu_time_s(command: list[str], cwd: Path, status: int = 0) -> float:
    """The least processor time that a command took in some rounds, its children's included."""
    times = []
    for _ in range(ROUNDS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert done.returncode == status, done.stderr
        times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(times)


def find_s(root: Path, count: int) -> float:
    """The least processor time that one ``trials.find`` took in some rounds."""
    script = root / "find.py"
    script.write_text(FIND)
    told = []
    for _ in range(ROUNDS):
        done = subprocess.run([sys.executable, script], cwd=root, capture_output=True, text=True)
        seconds, found = done.stdout.split()
        assert int(found) == count, done.stderr
        told.append(float(seconds))
    return min(told)


def main(count: int) -> None:
    """Time all, in processes of their own."""
    labbook = str(Path(sys.executable).with_name("labbook"))
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        folder = make_log(root, count)
        kib = sum(path.stat().st_size for path in folder.glob("*.json")) / 1024
        ours_s = cpu_time_s([labbook, "status"], root, status=1)
        plain_s = cpu_time_s([sys.executable, "-c", READ, str(folder)], root)
        finding_s = find_s(root, count)
        help_s = cpu_time_s([labbook, "--help"], root)
    print(
        f"labbook status:    {ours_s:5.2f} s of CPU for {count} records, {kib:.0f} KiB "
        "(goal: 1.0, at first 19.9)"
    )
    print(f"trials.find:       {finding_s:5.2f} s of CPU (goal: 1.0, at first 4.2)")
    print(f"json.loads of all: {plain_s:5.2f} s of CPU; ratio {ours_s / plain_s:.1f}")
    print(f"labbook --help:    {help_s:5.2f} s of CPU (goal: 0.3)")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5000)
