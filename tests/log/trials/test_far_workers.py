"""Workers that see no folder of records, as those on other machines."""

import ctypes
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
import pandas as pd
import pytest
from tests.log.records.whole import a_record
from tests.log.trials.pooled import GRID, ends, hangs, train, without_measures

from labbook.log import trials
from labbook.log.records.folder import read_records, write_record


def leave_the_shared_folder(folder: str) -> None:
    """From now on this process sees an empty folder of records, as one on another machine."""
    if ctypes.CDLL(None).unshare(0x00020000) != 0:  # CLONE_NEWNS
        raise OSError("unshare")
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", folder], check=True)


@pytest.fixture
def far_pool(log, request) -> Iterator[ProcessPoolExecutor]:
    """A worker, or several, that do not see the records."""
    if os.geteuid() != 0:
        pytest.skip("this user may not hide a folder from a process")
    log.folder("t").mkdir(parents=True)
    context = get_context("fork")
    hide, hidden = leave_the_shared_folder, (str(log.folder("t")),)
    with ProcessPoolExecutor(
        getattr(request, "param", 1), context, initializer=hide, initargs=hidden
    ) as pool:
        yield pool


def test_workers_that_see_no_records_give_the_same_table(log, far_pool, tmp_path_factory) -> None:
    here = trials.run(train, GRID, experiment="t", root=tmp_path_factory.mktemp("here"))
    there = trials.run(train, GRID, executor=far_pool, experiment="t")
    pd.testing.assert_frame_equal(without_measures(here), without_measures(there))
    log.assert_all_readable("t")


def test_arrays_come_from_workers_that_see_no_records(log, far_pool) -> None:
    trials.run(train, GRID, executor=far_pool, experiment="t")
    assert [r.load_artifacts()["weights"].tolist() for r in read_records("t")] == [
        [1],
        [2],
        [3],
        [4],
    ]


def test_a_good_record_from_there_removes_the_checkpoint_here(log, far_pool) -> None:
    key = trials.find(train, GRID[:1], experiment="t")["key"][0]
    error = dict.fromkeys(("type", "message", "traceback", "log_tail"), "")
    trial = {"key": key, "function": "t.train", "configuration": GRID[0], "experiment": "t"}
    write_record(a_record(**trial, outcome="failed", metrics={}, error=error), log.folder("t"))
    left = log.folder("t") / f"{key}.{'0' * 16}.checkpoints"
    left.mkdir()
    trials.run(train, GRID[:1], executor=far_pool, experiment="t")
    assert not left.exists()


def test_killed_worker_that_sees_no_records_is_told(log, far_pool) -> None:
    table = trials.run(ends, GRID, executor=far_pool, experiment="t")
    assert list(table["outcome"]) == ["ok", "killed", "ok", "ok"]
    log.assert_all_readable("t")


def test_worker_out_of_time_that_sees_no_records_is_told(log, far_pool) -> None:
    table = trials.run(hangs, [{"width": 1}], executor=far_pool, timeout_s=0.5, experiment="t")
    assert list(table["outcome"]) == ["timeout"]


def many_files(width: int) -> dict:
    weights = {f"part_{number}": {"weight": np.ones(width)} for number in range(1000)}
    return {"metrics": {}, "artifacts": weights}


@pytest.mark.parametrize("far_pool", [2], indirect=True)
def test_ctrl_c_waits_until_what_came_from_there_is_written(log, far_pool) -> None:
    def interrupt() -> None:
        while not any(log.folder("t").glob("*.safetensors")):
            time.sleep(0.001)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt, daemon=True).start()
    with pytest.raises(KeyboardInterrupt):
        trials.run(many_files, trials.grid(width=[1, 2]), executor=far_pool, experiment="t")
    assert [len(record.load_artifacts()) for record in read_records("t")] == [1000, 1000]
