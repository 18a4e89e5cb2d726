"""The same grid here, in workers, pools and on clusters; workers that die or take too long."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

import pandas as pd
import psutil
import pytest
from tests.log.trials.pooled import GRID, train, where, without_measures

from labbook.log import trials
from labbook.log.processes.workers import core_count
from labbook.log.records.folder import read_records
from labbook.log.records.record import Record

# A notebook's text, run as a script: its function lives in __main__ and goes to workers by value.
NOTEBOOK = """
import json, os, sys, time
from labbook.log import trials

def train(width, how="well"):
    print("training", width, flush=True)
    if how == "fails":
        raise ValueError("unlucky")
    if how == "is killed":
        os.kill(os.getpid(), 9)
    if how == "hangs":
        while True:
            pass
    if how == "waits":
        time.sleep(300)
    return {
        "metrics": {"loss": 1 / width, "threads_allowed": int(os.environ["OMP_NUM_THREADS"])},
        "artifacts": {"weights": [width] * 3},
    }
"""


ALL_KINDS = (
    NOTEBOOK
    + """
grid = trials.grid(width=[1, 2, 3])
kinds = ["fails", "is killed", "hangs"]
grid[1:1] = [{"width": 9, "how": how} for how in kinds]
table = trials.run(train, grid, executor=2, timeout_s=1.5)
print(table.to_json(orient="records"))
"""
)


@pytest.fixture(scope="module")
def kinds(tmp_path_factory: pytest.TempPathFactory):
    """One sweep in workers of our own in which trials end in every way: its table and records."""
    root = tmp_path_factory.mktemp("workers")
    (root / "notebooks").mkdir()
    (root / "pyproject.toml").touch()
    (root / "notebooks" / "toy.py").write_text(ALL_KINDS)
    environment = os.environ | {"LABBOOK_ROOT": str(root)}
    environment.pop("OMP_NUM_THREADS", None)
    done = subprocess.run(
        [sys.executable, "notebooks/toy.py"],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    folder = root / "runs" / "records" / "toy"
    records = [json.loads(path.read_text()) for path in folder.glob("?" * 16 + "*.json")]
    return json.loads(done.stdout.splitlines()[-1]), records, done.stderr


def test_workers_tell_every_outcome_and_the_others_finish(kinds) -> None:
    table, _, _ = kinds
    assert [row["outcome"] for row in table] == ["ok", "failed", "killed", "timeout", "ok", "ok"]


def test_workers_say_nothing_of_their_own(kinds) -> None:
    _, _, message = kinds
    assert message.count("\n") == 1 and "3 of 6 trials did not end well" in message


def test_killed_worker_is_told_with_reason_and_output(kinds) -> None:
    _, records, _ = kinds
    [error] = [r["error"] for r in records if r["outcome"] == "killed"]
    assert "was killed by SIGKILL" in error["message"] and error["log_tail"] == "training 9\n"


def test_worker_out_of_time_is_told_with_where_it_was(kinds) -> None:
    _, records, _ = kinds
    [error] = [r["error"] for r in records if r["outcome"] == "timeout"]
    assert error["message"] == "the trial did not end within 1.5 s."
    assert error["traceback"].count("in train") == 1 and error["log_tail"] == "training 9\n"


def test_workers_share_the_cores(kinds) -> None:
    table, _, _ = kinds
    assert table[0]["threads_allowed"] == max(1, core_count() // 2)


def test_scheduler_by_address_gives_the_same_table(log, scheduler: str, tmp_path_factory) -> None:
    other = tmp_path_factory.mktemp("other")
    here = trials.run(train, GRID, experiment="t")
    there = trials.run(train, GRID, executor=scheduler, experiment="t", root=other)
    pd.testing.assert_frame_equal(without_measures(here), without_measures(there))


def test_trials_of_a_scheduler_run_in_its_workers(log, scheduler: str) -> None:
    table = trials.run(where, GRID, executor=scheduler, experiment="t")
    assert os.getpid() not in set(table["pid"])


def test_scheduler_that_tries_again_in_silence_is_not_obeyed(log, scheduler: str) -> None:
    path = str(log.root / "journal")

    table = trials.run(ends_in(path), GRID, executor=scheduler, experiment="t")
    assert list(table["outcome"]) == ["ok", "killed", "ok", "ok"] and log.journal() == ["2"]


def ends_in(path: str):
    """The workers were started before the journal's name was known to this test."""
    text = (
        "import os\n"
        "def ends(width):\n"
        "    if width == 2:\n"
        f"        open({path!r}, 'a').write('2\\n')\n"
        "        os.kill(os.getpid(), 9)\n"
        "    return {'metrics': {}}\n"
    )
    module = {"__name__": "__main__"}
    exec(text, module)
    return module["ends"]


@pytest.mark.parametrize("kind", [ThreadPoolExecutor, ProcessPoolExecutor])
def test_any_executor_gives_the_same_table(log, tmp_path_factory, kind: type) -> None:
    other = tmp_path_factory.mktemp("other")
    here = trials.run(train, GRID, experiment="t")
    context = {"mp_context": get_context("fork")} if kind is ProcessPoolExecutor else {}
    with kind(2, **context) as pool:
        there = trials.run(train, GRID, executor=pool, experiment="t", root=other)
    pd.testing.assert_frame_equal(without_measures(here), without_measures(there))


@dataclass(frozen=True)
class Broken:
    """A pool of Python's own that broke amid a sweep: what came of it, and the pool."""

    table: pd.DataFrame
    records: list[Record]
    journal: list[str]
    left: list[str]
    pool: ProcessPoolExecutor


@pytest.fixture(scope="module")
def broken(tmp_path_factory) -> Iterator[Broken]:
    root = tmp_path_factory.mktemp("broken")
    grid = trials.grid(width=[1, 2, 3, 4, 5, 6], journal=str(root / "journal"))
    with ProcessPoolExecutor(3, mp_context=get_context("fork")) as pool:
        table = trials.run(ends_beside_others, grid, executor=pool, experiment="t", root=root)
        yield Broken(
            table,
            read_records("t", root=root),
            (root / "journal").read_text().split(),
            [path.suffix for path in (root / "runs/records/t").glob("*.*")],
            pool,
        )


def ends_beside_others(width: int, journal: str) -> dict:
    """The second one ends while others, begun in other processes, take their time."""
    with open(journal, "a") as file:
        file.write(f"{width}\n")
    if width == 2:
        time.sleep(0.3)
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.6)
    return {"metrics": {}}


def test_pool_that_breaks_costs_the_trial_that_broke_it(broken) -> None:
    assert list(broken.table["outcome"]) == ["ok", "killed", "ok", "ok", "ok", "ok"]


def test_trial_that_broke_a_pool_is_not_run_again(broken) -> None:
    assert broken.journal.count("2") == 1


def test_trial_that_broke_a_pool_is_told_with_reason(broken) -> None:
    [record] = [record for record in broken.records if not record.ok]
    assert "was killed by SIGKILL" in record.error["message"]


def test_trials_ended_by_a_pool_that_broke_leave_nothing(broken) -> None:
    assert set(broken.left) == {".json"}


def test_pool_that_is_broken_already_costs_nothing(log, broken) -> None:
    table = trials.run(train, GRID, executor=broken.pool, experiment="t")
    assert set(table["outcome"]) == {"ok"}


def test_sweep_interrupted_twice_is_cancelled_and_finished_trials_are_kept(log) -> None:
    text = (
        NOTEBOOK
        + "import signal, threading\n"
        + "grid = [{'width': 1}, {'width': 2, 'how': 'waits'}, {'width': 3, 'how': 'waits'},\n"
        + "        {'width': 4}]\n"
        + "folder = 'runs/records/toy'\n"
        + "def interrupt():\n"
        + "    import glob\n"
        + "    def count(kind):\n"
        + "        return len(glob.glob(folder + '/' + '?' * 16 + kind))\n"
        + "    while count('.json') < 1 or count('.log') < 2:  # one has ended, two go on\n"
        + "        time.sleep(0.05)\n"
        + "    time.sleep(0.2)\n"
        + "    os.kill(os.getpid(), signal.SIGINT)\n"
        + "    while not count('.attempt.json'):  # one of the two is told, the other not yet\n"
        + "        pass\n"
        + "    os.kill(os.getpid(), signal.SIGINT)\n"
        + "interrupting = threading.Thread(target=interrupt)\n"
        + "interrupting.start()\n"
        + "try:\n"
        + "    try:\n        trials.run(train, grid, executor=2)\n"
        + "    finally:\n        interrupting.join()\n"
        + "except KeyboardInterrupt:\n"
        + "    print(*trials.find(train, grid)['outcome'])\n"
    )
    assert log.run_text("toy", text).stdout == "ok cancelled cancelled planned\n"
    log.assert_all_readable("toy")


def hangs_with_a_child(path: str) -> dict:
    child = subprocess.Popen(["sleep", "1000"])
    with open(path, "w") as file:
        file.write(f"{child.pid}")
    while True:
        pass


@pytest.mark.parametrize("kind", ["our own", "Python's", "Dask's"])
def test_trial_over_its_time_leaves_no_process(log, scheduler: str, kind: str) -> None:
    python = ProcessPoolExecutor(1, mp_context=get_context("fork"))
    executor = {"our own": 1, "Python's": python, "Dask's": scheduler}[kind]
    path = log.root / "child"
    grid = [{"path": str(path)}]
    table = trials.run(hangs_with_a_child, grid, executor=executor, timeout_s=2.0, experiment="t")
    assert list(table["outcome"]) == ["timeout"]
    left = [process for process in psutil.process_iter() if process.pid == int(path.read_text())]
    assert psutil.wait_procs(left, timeout=60)[1] == []
    python.shutdown()


def hangs_at_two(width: int) -> dict:
    while width == 2:
        pass
    return {"metrics": {}}


def test_trial_over_its_time_costs_no_other_trial_of_pythons_pool(log) -> None:
    grid = trials.grid(width=[1, 2, 3, 4, 5])
    with ProcessPoolExecutor(2, mp_context=get_context("fork")) as pool:
        table = trials.run(hangs_at_two, grid, executor=pool, timeout_s=1.0, experiment="t")
    assert list(table["outcome"]) == ["ok", "timeout", "ok", "ok", "ok"]


@pytest.mark.parametrize(
    ("executor", "message"),
    [
        (0, "at least one worker"),
        (True, "executor is of type bool"),
        ({"workers": 2}, "executor is of type dict"),
        ("localhost", "no address"),
        (2.5, "executor is of type float"),
    ],
)
def test_what_is_no_executor_is_refused(log, executor, message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        trials.run(train, GRID, executor=executor, experiment="t")


def test_time_limit_in_threads_is_refused(log) -> None:
    with ThreadPoolExecutor(1) as pool, pytest.raises(ValueError, match="processes of their own"):
        trials.run(train, GRID, executor=pool, timeout_s=1.0, experiment="t")
