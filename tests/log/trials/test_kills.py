"""SIGKILL at any moment: finished trials are kept, none is run twice, the table is the same."""

import contextlib
import json
import os
import random
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pandas as pd
import psutil
import pytest

from labbook.log import trials
from labbook.log.records.folder import read_records
from labbook.log.records.locks import TrialLock
from labbook.log.trials import progress

GRID = trials.grid(index=list(range(10)), seed=0)
# What differs between two sweeps of the same grid.
MEASURED = ["wall_time_s", "cpu_time_s"]


def short_trial(index: int, seed: int) -> dict:
    """Some milliseconds of work; the journal tells that it was begun."""
    with open(os.environ["JOURNAL"], "a") as file:
        file.write(f"{index}\n")
    print("trial", index)
    time.sleep(float(os.environ.get("TRIAL_S", 0.004)))
    return {"metrics": {"loss": 1 / (index + 1)}, "history": {"loss": [1.0] * 50}}


def sweep_here() -> pd.DataFrame:
    return trials.run(short_trial, GRID, experiment="kills")


def sweep_in_pool() -> pd.DataFrame:
    pool = ProcessPoolExecutor(2, mp_context=get_context("fork"))
    try:
        return trials.run(short_trial, GRID, executor=pool, experiment="kills")
    finally:
        # Not waited for: Python's pool never ends if a worker is killed while it shuts down.
        pool.shutdown(wait=False)


def finished(log) -> dict[int, str]:
    """The index of each trial with a good record, and when it began."""
    records = read_records("kills", root=log.root)
    return {r.configuration["index"]: r.start for r in records if r.ok}


@pytest.fixture
def check_rerun(log, undisturbed: pd.DataFrame) -> Callable[[], None]:
    """After a kill: what was finished is kept, the rest runs, the table is the undisturbed one."""

    def check() -> None:
        before, begun = finished(log), len(log.journal())
        table = sweep_here()
        pd.testing.assert_frame_equal(table.drop(columns=MEASURED), undisturbed)
        assert sorted(map(int, log.journal()[begun:])) == sorted(set(range(10)) - before.keys())
        assert before.items() <= finished(log).items()
        log.assert_all_readable("kills")

    return check


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    root = tmp_path_factory.mktemp("undisturbed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LABBOOK_ROOT", str(root))
        patch.setenv("JOURNAL", str(root / "journal"))
        return sweep_here().drop(columns=MEASURED)


@pytest.mark.parametrize("seed", range(24))
def test_killed_parent(seed: int, child, check_rerun) -> None:
    child.doing(sweep_here).killed_after(random.Random(seed).uniform(0.0, 0.25))
    check_rerun()


@pytest.mark.parametrize("seed", range(10))
def test_killed_parent_and_workers(seed: int, child, check_rerun) -> None:
    child.doing(sweep_in_pool).killed_after(random.Random(seed).uniform(0.02, 0.3))
    check_rerun()


@pytest.mark.parametrize("seed", range(8))
def test_killed_worker_of_a_pool(seed: int, log, child, check_rerun) -> None:
    parent = child.doing(sweep_in_pool)
    time.sleep(random.Random(seed).uniform(0.05, 0.25))
    for worker in psutil.Process(parent.pid).children()[:1]:
        worker.kill()
    assert parent.ended() == 0
    outcomes = sorted(record.outcome for record in read_records("kills", root=log.root))
    assert outcomes in (["ok"] * 10, ["killed"] + ["ok"] * 9)
    check_rerun()


def test_killed_workers_of_our_own(log, check_rerun, monkeypatch) -> None:
    monkeypatch.setenv("TRIAL_S", "0.25")  # long enough to be killed amid it
    sweep_is_over = threading.Event()
    killer = threading.Thread(
        target=kill_holders, args=(log.folder("kills"), sweep_is_over, random.Random(0))
    )
    killer.start()
    table = trials.run(short_trial, GRID, executor=2, experiment="kills")
    sweep_is_over.set()
    killer.join()
    assert sorted(table["outcome"]) == ["killed"] * 3 + ["ok"] * 7
    check_rerun()


def kill_holders(folder: Path, sweep_is_over: threading.Event, chance: random.Random) -> None:
    """Kill three workers, each amid a trial."""
    killed = 0
    while killed < 3 and not sweep_is_over.wait(chance.uniform(0.0, 0.003)):
        for path in folder.glob("?" * 16 + ".lock"):
            try:
                holder = json.loads(path.read_text())
            except (FileNotFoundError, ValueError):
                continue
            os.kill(holder["pid"], signal.SIGKILL)
            killed += 1
            sweep_is_over.wait(chance.uniform(0.1, 0.3))
            break


def test_lock_of_a_killed_holder_is_free_at_once_though_its_child_lives(tmp_path, child) -> None:
    path = tmp_path / "trial.lock"

    def hold() -> None:
        lock = TrialLock.take(path)
        lock.write({"pid": os.getpid()})
        if os.fork() == 0:
            os.setpgid(0, 0)
            (tmp_path / "ready").touch()
            time.sleep(2)
            os._exit(0)
        time.sleep(60)

    holder = child.doing(hold)
    while not (tmp_path / "ready").exists():
        time.sleep(0.005)
    assert TrialLock.take(path) is None
    holder.killed_after(0)
    lock = TrialLock.take(path)
    assert lock is not None and lock.unfinished == {"pid": holder.pid}


def test_two_sweeps_of_the_same_grid_run_each_trial_once(log, child, undisturbed) -> None:
    def sweep_and_keep(name: str) -> Callable[[], None]:
        return lambda: sweep_here().to_pickle(log.root / name)

    names = ["one", "two"]
    assert [c.ended() for c in [child.doing(sweep_and_keep(name)) for name in names]] == [0, 0]
    one, two = (pd.read_pickle(log.root / name) for name in names)
    pd.testing.assert_frame_equal(one, two)
    pd.testing.assert_frame_equal(one.drop(columns=MEASURED), undisturbed)
    assert sorted(map(int, log.journal())) == list(range(10))


def test_killed_trial_is_told_before_anyone_runs_it_again(log, child) -> None:
    sweep = child.doing(lambda: trials.run(endless_trial, [{"index": 0}], experiment="kills"))
    logs = "?" * 16 + ".log"
    while not any(path.read_text().endswith("\n") for path in log.folder("kills").glob(logs)):
        time.sleep(0.005)
    sweep.killed_after(0)
    [record] = read_records("kills")
    assert (record.outcome, record.error["log_tail"]) == ("killed", "begins 0\n")


def test_who_is_waited_for_is_said(log, child, monkeypatch) -> None:
    monkeypatch.setattr(progress, "PATIENCE_S", 0.2)
    said = log.root / "said"
    said.touch()

    def wait() -> None:
        with open(said, "w", buffering=1) as file, contextlib.redirect_stderr(file):
            trials.run(hangs_once, [{"index": 0}], experiment="kills")

    sweep = child.doing(lambda: trials.run(hangs_once, [{"index": 0}], experiment="kills"))
    while not log.journal():
        time.sleep(0.005)
    os.kill(sweep.pid, signal.SIGSTOP)
    while psutil.Process(sweep.pid).status() != psutil.STATUS_STOPPED:
        time.sleep(0.005)
    waiter = child.doing(wait)
    while not (text := said.read_text()).endswith("\n"):
        time.sleep(0.005)
    sweep.killed_after(0)
    assert waiter.ended() == 0
    assert f"waiting for process {sweep.pid} on " in text and "and is suspended" in text


def hangs_once(index: int) -> dict:
    first = not os.path.exists(os.environ["JOURNAL"])
    with open(os.environ["JOURNAL"], "a") as file:
        file.write("begun\n")
    time.sleep(60 if first else 0)
    return {"metrics": {}}


def endless_trial(index: int) -> dict:
    print("begins", index)
    time.sleep(60)
    return {"metrics": {}}
