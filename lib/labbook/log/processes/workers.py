"""Processes of this machine that do jobs, one after the other: a death costs its own job alone.

Our own and not a library's, since a log must tell which of several jobs died, on any day:
``ProcessPoolExecutor`` and loky end all of them with one; in pebble (5.2.3) the death of an idle
worker ends the pool, that of one which reads or writes ends or hangs it, and none of the three
ends its workers with a parent that was killed. Here each worker has a socket to itself.
"""

import atexit
import itertools
import os
import pickle
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from multiprocessing import Pipe
from typing import Any

from labbook.log.processes.cleanup import forget, kill_group, watch
from labbook.log.processes.worker import OUTDATED

THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)

# How often to look whether a silent worker is still there, should its socket not tell.
LOOK_S = 1.0
# How long idle workers may take to end by themselves.
GOODBYE_S = 5.0


class WorkerDied(RuntimeError):
    """The process that did a job is gone.

    Attributes:
        pid: its id.
        reason: how it ended, as in "was killed by SIGKILL".
    """

    def __init__(self, pid: int, reason: str):
        super().__init__(f"process {pid} {reason}")
        self.pid = pid
        self.reason = reason


class Workers(Executor):
    """An executor whose workers are fresh processes, begun when there is work for them.

    They get functions by value where they can't be imported, and do not import the main script.
    Each is in a session of its own: Ctrl-C does not reach it, and whatever it has started ends
    with it. All of them end when this process does, however it does.

    Where there are several GPUs each worker sees one.

    Arguments:
        count: how many there are at most; each has a fair share of the cores.
    """

    def __init__(self, count: int):
        self._max_workers = count  # as Python's own executors tell it
        self._variables = dict.fromkeys(THREAD_VARIABLES, str(threads_of_each(count)))
        self._threads = ThreadPoolExecutor(count, "labbook-worker")
        self._numbers = itertools.count()
        self._thread = threading.local()
        self._own: set[_Process] = set()

    def submit(self, function: Callable, /, *arguments: Any, **named: Any) -> Future:
        """Have ``function(*arguments, **named)`` called in a worker.

        Returns:
            Its future, which raises ``WorkerDied`` where the worker ended without an answer.
        """
        import cloudpickle

        return self._threads.submit(self._do, cloudpickle.dumps((function, arguments, named)))

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more jobs; with ``wait``, return when those begun are done and workers gone."""
        self._threads.shutdown(wait, cancel_futures=cancel_futures)
        if wait:
            for process in list(self._own):
                process.end()
                self._own.discard(process)

    def terminate(self) -> None:
        """Send SIGTERM to every worker: it ends, unless its job knows better."""
        for process in list(self._own):
            with suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGTERM)

    def kill(self) -> None:
        """Kill every worker, with all that it has started."""
        for process in list(self._own):
            kill_group(process.pid)

    def _do(self, call: bytes) -> Any:
        """Do a job in the process of this thread."""
        while True:
            process = self._process()
            try:
                kind, value = process.answer(call)
            except WorkerDied:
                self._own.discard(process)
                raise
            if kind == "raised":
                raise value
            if kind != OUTDATED:
                return value
            process.end()

    def _process(self) -> "_Process":
        """The process of this thread, another one where it has ended."""
        own = self._thread
        if not hasattr(own, "process"):
            own.number, own.process = next(self._numbers), None
        if own.process is not None:
            if own.process.idle():
                return own.process
            own.process.end()
            self._own.discard(own.process)
        gpus = _gpus(os.environ.get("CUDA_VISIBLE_DEVICES"))
        gpu = {"CUDA_VISIBLE_DEVICES": gpus[own.number % len(gpus)]} if len(gpus) > 1 else {}
        own.process = _Process(os.environ | self._variables | gpu)
        self._own.add(own.process)
        return own.process


class _Process:
    """One worker and the socket to it."""

    def __init__(self, environment: Mapping[str, str]):
        self._socket, theirs = Pipe()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "labbook.log.processes.worker", str(theirs.fileno())],
                env=environment,
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        self.pid = self._process.pid
        _begun.add(self)
        watch(self.pid)
        with suppress(OSError):
            self._socket.send(sys.path)

    def idle(self) -> bool:
        """Whether it waits for a job; what it says unasked is that it has ended."""
        return not self._socket.closed and not self._socket.poll()

    def answer(self, call: bytes) -> tuple[str, Any]:
        """What it made of a call.

        Raises:
            WorkerDied: it ended without an answer.
        """
        try:
            self._socket.send_bytes(call)
            while not self._socket.poll(LOOK_S):
                if self._ended():
                    raise EOFError
            answer = self._socket.recv_bytes()
        except (EOFError, OSError):
            raise WorkerDied(self.pid, exit_in_words(self._collect())) from None
        return pickle.loads(answer)

    def end(self) -> None:
        """Let it end by itself, else kill it."""
        self._socket.close()
        until = time.monotonic() + GOODBYE_S
        while not self._ended() and time.monotonic() < until:
            time.sleep(0.01)
        self._collect()

    def _ended(self) -> bool:
        look = os.WEXITED | os.WNOHANG | os.WNOWAIT
        return self._process.returncode is not None or bool(os.waitid(os.P_PID, self.pid, look))

    def _collect(self) -> int:
        """Kill what is left of its group, and take its status.

        In this order: until the leader was waited for, nobody else can have the group's number.
        """
        if self._process.returncode is None:
            kill_group(self.pid)
            forget(self.pid)
        self._socket.close()
        _begun.discard(self)
        return self._process.wait()


# All that have not been waited for: an object that is dropped must not leave its process behind.
_begun: set[_Process] = set()
_kept: tuple[tuple, Workers] | None = None


def kept_workers(count: int) -> Workers:
    """Workers that stay from one call to the next, as long as they would inherit the same.

    A notebook calls ``trials.run`` many times; that its workers import torch once is worth it.
    """
    global _kept
    inherited = (count, dict(os.environ), os.getcwd(), list(sys.path))
    if _kept is None or _kept[0] != inherited:
        end_kept_workers()
        _kept = inherited, Workers(count)
    return _kept[1]


@atexit.register
def end_kept_workers() -> None:
    """End those of ``kept_workers``."""
    global _kept
    if _kept is not None:
        _kept[1].shutdown()
    _kept = None


def _in_fork() -> None:
    """A fork has no part in its parent's workers."""
    global _kept
    _kept = None
    _begun.clear()


os.register_at_fork(after_in_child=_in_fork)


def core_count() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def threads_of_each(workers: int) -> int:
    """Threads for each of several workers, so that together they do not ask for more cores."""
    fair = max(1, core_count() // workers)
    given = os.environ.get("OMP_NUM_THREADS", "")
    return min(fair, int(given)) if given.isdigit() and int(given) else fair


@cache
def _gpus(visible: str | None) -> list[str]:
    """The GPUs that this process may use, by a name that ``CUDA_VISIBLE_DEVICES`` takes."""
    if visible is not None:
        return [name for name in visible.split(",") if name]
    if not (asked := shutil.which("nvidia-smi")):
        return []
    command = [asked, "--query-gpu=uuid", "--format=csv,noheader"]
    lines = subprocess.run(command, capture_output=True, text=True).stdout.splitlines()
    return [line for line in lines if line.startswith("GPU-")]


def exit_in_words(status: int) -> str:
    """How a process ended, from its exit status, or minus the signal that killed it."""
    if status >= 0:
        return f"ended with status {status}"
    name = name_of_signal(-status)
    guess = " (most often: out of memory)" if name == "SIGKILL" else ""
    return f"was killed by {name}{guess}"


def name_of_signal(number: int) -> str:
    """``SIGKILL``; ``signal 40`` of one that has no name."""
    return signal.Signals(number).name if number in set(signal.Signals) else f"signal {number}"
