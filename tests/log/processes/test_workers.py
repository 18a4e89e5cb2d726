"""Workers: each death costs one job, and nothing that they began outlives who began them."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from labbook.log.processes import workers
from labbook.log.processes.outdated import Outdated
from labbook.log.processes.workers import (
    WorkerDied,
    Workers,
    core_count,
    exit_in_words,
    kept_workers,
    threads_of_each,
)


@pytest.fixture
def pool() -> Iterator[Workers]:
    with Workers(2) as pool:
        yield pool


def ended(processes: list[psutil.Process]) -> bool:
    """Whether all of them are gone before long."""
    return psutil.wait_procs(processes, timeout=60)[1] == []


def test_job_is_done_in_another_process(pool) -> None:
    assert pool.submit(os.getpid).result() != os.getpid()


def test_jobs_of_one_worker_share_its_process() -> None:
    with Workers(1) as pool:
        assert len({pool.submit(os.getpid).result() for _ in range(3)}) == 1


def test_error_of_a_job_is_its_own(pool) -> None:
    with pytest.raises(ZeroDivisionError, match="by zero"):
        pool.submit(divmod, 1, 0).result()


def test_function_of_a_notebook_goes_by_value(pool) -> None:
    names = {"__name__": "__main__"}
    exec("def double(x):\n    return 2 * x", names)
    assert pool.submit(names["double"], 21).result() == 42


def test_what_cannot_be_sent_back_is_told(pool) -> None:
    with pytest.raises(RuntimeError, match="cannot be sent back: .*pickle"):
        pool.submit(lambda: (i for i in "ab")).result()


def kill_itself() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_death_costs_its_own_job_alone(pool) -> None:
    jobs = [pool.submit(kill_itself)] + [pool.submit(abs, -n) for n in range(6)]
    assert [type(job.exception()) for job in jobs] == [WorkerDied] + [type(None)] * 6


def test_death_is_told_with_its_signal(pool) -> None:
    with pytest.raises(WorkerDied, match="was killed by SIGKILL"):
        pool.submit(kill_itself).result()


def test_exit_is_told_with_its_status(pool) -> None:
    with pytest.raises(WorkerDied, match="ended with status 3"):
        pool.submit(os._exit, 3).result()


def test_death_of_an_idle_worker_costs_nothing() -> None:
    with Workers(1) as pool:
        for _ in range(3):
            worker = pool.submit(os.getpid).result()
            os.kill(worker, signal.SIGKILL)
            os.waitid(os.P_PID, worker, os.WEXITED | os.WNOWAIT)  # its status is left to the pool
        assert pool.submit(abs, -1).result() == 1


def leave_a_fork() -> int:
    """A fork of the worker, which sleeps on."""
    if not (child := os.fork()):
        time.sleep(1000)
    return child


def test_death_of_an_idle_worker_costs_nothing_though_a_fork_of_it_lives() -> None:
    with Workers(1) as pool:
        worker = pool.submit(os.getpid).result()
        fork = psutil.Process(pool.submit(leave_a_fork).result())
        os.kill(worker, signal.SIGKILL)
        os.waitid(os.P_PID, worker, os.WEXITED | os.WNOWAIT)
        assert fork.is_running() and pool.submit(abs, -1).result() == 1
    assert ended([fork])


def begin_sleeping(path: Path) -> int:
    """Leave a process behind, and its number in a file."""
    child = subprocess.Popen(["sleep", "1000"])
    path.write_text(f"{child.pid}")
    return child.pid


def begin_sleeping_and_die(path: Path) -> None:
    begin_sleeping(path)
    kill_itself()


def test_what_a_worker_began_ends_with_its_death(pool, tmp_path) -> None:
    pool.submit(begin_sleeping_and_die, tmp_path / "child").exception()
    child = int((tmp_path / "child").read_text())
    assert ended([process for process in psutil.process_iter() if process.pid == child])


def test_what_a_worker_began_ends_with_the_pool(tmp_path) -> None:
    with Workers(1) as pool:
        child = psutil.Process(pool.submit(begin_sleeping, tmp_path / "child").result())
    assert ended([child])


PARENT = """
    import os, subprocess, sys, time
    from labbook.log.processes.workers import Workers

    def busy():
        subprocess.Popen(["sleep", "1000"])
        os.write(1, b"busy\\n")  # at once: print() may be cut by that of another process
        while True:
            pass

    pool = Workers(2)
    for _ in range(2):
        pool.submit(busy)
    time.sleep(1000)
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_workers_and_what_they_began_end_with_their_parent(number: int) -> None:
    command = [sys.executable, "-c", textwrap.dedent(PARENT)]
    parent = subprocess.Popen(command, stdout=subprocess.PIPE)
    try:
        assert [parent.stdout.readline() for _ in range(2)] == [b"busy\n"] * 2
        family = psutil.Process(parent.pid).children(recursive=True)
        assert sum(process.name() == "sleep" for process in family) == 2
        parent.send_signal(number)
        assert ended(family)
    finally:
        parent.kill()
        parent.communicate()


def test_workers_end_with_an_orderly_end_of_their_parent() -> None:
    text = "from labbook.log.processes.workers import *; import os\n"
    text += "print(kept_workers(1).submit(os.getpid).result())"
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    assert not psutil.pid_exists(int(done.stdout)) and done.stderr == ""


def test_fork_of_the_parent_leaves_the_workers_alone(pool) -> None:
    before = pool.submit(os.getpid).result()
    if not (child := os.fork()):
        del pool
        workers.end_kept_workers()
        os._exit(0)
    os.waitpid(child, 0)
    assert psutil.pid_exists(before)


def test_kept_workers_stay_from_call_to_call() -> None:
    first = kept_workers(1).submit(os.getpid).result()
    assert kept_workers(1).submit(os.getpid).result() == first


def test_kept_workers_see_what_the_environment_says_now(monkeypatch) -> None:
    kept_workers(1).submit(os.getpid).result()
    monkeypatch.setenv("LABBOOK_TEST_WORD", "new")
    assert kept_workers(1).submit(os.getenv, "LABBOOK_TEST_WORD").result() == "new"


def test_kept_workers_work_in_the_folder_of_now(tmp_path, monkeypatch) -> None:
    kept_workers(1).submit(os.getcwd).result()
    monkeypatch.chdir(tmp_path)
    assert kept_workers(1).submit(os.getcwd).result() == os.getcwd()


def test_kept_workers_find_what_was_put_on_the_path_since(tmp_path, monkeypatch) -> None:
    kept_workers(1).submit(os.getpid).result()
    (tmp_path / "put_there_since.py").write_text("WORD = 'found'\n")
    monkeypatch.syspath_prepend(tmp_path)
    word = "__import__('put_there_since').WORD"
    assert kept_workers(1).submit(eval, word).result() == "found"


def test_job_goes_to_a_fresh_worker_where_the_other_is_outdated() -> None:
    with Workers(1) as pool:
        first = pool.submit(os.getpid).result()
        second = pool.submit(of_another_process_than, first).result()
        assert second != first and pool.submit(os.getpid).result() == second


def of_another_process_than(pid: int) -> int:
    if os.getpid() == pid:
        raise Outdated
    return os.getpid()


def test_job_for_which_a_fresh_worker_is_outdated_is_given_up(pool) -> None:
    with pytest.raises(Outdated):
        pool.submit(of_no_process).result()


def of_no_process() -> None:
    raise Outdated


def seen_together(pool: Workers, name: str) -> list[str | None]:
    """A variable of the environment in each of two workers that are busy at the same time."""
    return sorted(job.result() for job in [pool.submit(seen, name) for _ in range(2)])


def seen(name: str) -> str:
    time.sleep(1.0)
    return os.environ.get(name, "")


def test_each_worker_sees_one_of_several_gpus(monkeypatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3,5")
    with Workers(2) as pool:
        assert seen_together(pool, "CUDA_VISIBLE_DEVICES") == ["3", "5"]


def test_workers_share_a_single_gpu(monkeypatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3")
    with Workers(2) as pool:
        assert seen_together(pool, "CUDA_VISIBLE_DEVICES") == ["3", "3"]


NVIDIA_SMI = """#!/bin/sh
[ "$*" = "--query-gpu=uuid --format=csv,noheader" ] || exit 2
"""


@pytest.mark.parametrize(
    ("says", "gpus"),
    [("echo GPU-1; echo GPU-2", ["GPU-1", "GPU-2"]), ("echo No devices were found; exit 6", [])],
)
def test_gpus_are_those_that_the_driver_names(tmp_path, monkeypatch, says, gpus) -> None:
    (tmp_path / "nvidia-smi").write_text(NVIDIA_SMI + says)
    (tmp_path / "nvidia-smi").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert workers._gpus.__wrapped__(None) == gpus


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (3, "ended with status 3"),
        (-signal.SIGTERM, "was killed by SIGTERM"),
        (-signal.SIGKILL, "was killed by SIGKILL (most often: out of memory)"),
        (-40, "was killed by signal 40"),
    ],
)
def test_the_end_of_a_process_is_told_by_its_status(status, told) -> None:
    assert exit_in_words(status) == told


def test_each_of_many_workers_has_at_least_one_thread(monkeypatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    assert threads_of_each(10 * core_count()) == 1


def test_a_worker_has_no_more_threads_than_were_asked_for(monkeypatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert threads_of_each(1) == 1


def test_a_worker_has_its_share_of_the_cores_though_more_threads_were_asked_for(
    monkeypatch,
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1000")
    assert threads_of_each(core_count()) == 1
