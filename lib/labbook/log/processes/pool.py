"""Where jobs are done: what a number of workers, an address or an executor stands for."""

import concurrent.futures
import contextlib
import numbers
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from typing import Any

from labbook.log.processes.workers import WorkerDied, Workers, core_count, kept_workers

# How long killed workers may take to be gone.
LAST_WORDS_S = 2.0

# What timers can count is some more.
LONGEST_LIMIT_S = 366 * 86_400

# A worker may die between being given a job and beginning it; such a job is sent again.
SENDINGS = 3


class NoScheduler(ConnectionError):
    """No Dask scheduler is reached at an address, or no longer."""


@dataclass(frozen=True)
class Pool:
    """Workers, and what is known of them.

    Attributes:
        executor: takes the jobs; None where each is done at once, in the thread that submits it.
        slots: how many jobs to have there at once, given whether workers see the records: where
            they do not, a job counts as begun when it is sent, so none may wait there.
        silent_retries: how often it begins a job again whose worker died, without a word.
        threads: the most jobs that one of its processes may be given at once.
    """

    executor: concurrent.futures.Executor | None
    slots: Callable[[bool], int]
    silent_retries: int = 0
    threads: int = 1
    _seen: dict[int, Any] = field(default_factory=dict)

    def submit(self, function: Callable, *arguments: Any) -> Future:
        """As the executor's; its processes, where it has some, are remembered for ``culprit``."""
        if self.executor is None:
            future: Future = Future()
            future.set_result(function(*arguments))  # whatever it raises is raised here
            return future
        future = self.executor.submit(function, *arguments)
        self._seen.update(getattr(self.executor, "_processes", None) or {})
        return future

    def culprit(self) -> tuple[int, int] | None:
        """Which process broke a pool, and its exit status; None where that can't be told.

        All are ended when one dies: by SIGTERM in Python's own pool, by SIGKILL in others.
        """
        until = time.monotonic() + LAST_WORDS_S
        while time.monotonic() < until:
            statuses = {pid: process.exitcode for pid, process in self._seen.items()}
            ended = [(p, s) for p, s in statuses.items() if s not in (None, 0, -signal.SIGTERM)]
            if ended:
                return ended[0] if len(ended) == 1 else None
            time.sleep(0.01)
        return None

    @property
    def ours(self) -> bool:
        """Whether its workers are processes of our own, which can be ended."""
        return isinstance(self.executor, Workers)

    def terminate(self) -> None:
        """Send SIGTERM to the workers, if they are ours."""
        if self.ours:
            self.executor.terminate()

    def stop(self) -> bool:
        """End the workers at once, if they are ours; returns whether they are."""
        if self.ours:
            self.executor.kill()
        return self.ours


def check_executor(executor: Any, timeout_s: float | None) -> None:
    """Refuse what is no executor, or one that cannot keep a time limit.

    Raises:
        TypeError: it is none of the four kinds, or the limit is no number.
        ValueError: no workers, no address, or a limit in seconds that nothing can keep.
    """
    if isinstance(executor, bool) or not isinstance(
        executor, (int, str, concurrent.futures.Executor, type(None))
    ):
        raise TypeError(
            f"executor is of type {type(executor).__name__}; it is None, a number of workers, "
            "the address of a Dask scheduler, or a concurrent.futures.Executor."
        )
    if isinstance(executor, int) and executor < 1:
        raise ValueError(f"executor={executor}: there must be at least one worker.")
    if isinstance(executor, str) and "://" not in executor:
        raise ValueError(f"executor={executor!r} is no address such as 'tcp://127.0.0.1:8786'.")
    if timeout_s is None:
        return
    if isinstance(timeout_s, bool) or not isinstance(timeout_s, numbers.Real):
        raise TypeError(
            f"timeout_s={timeout_s!r:.80} ({type(timeout_s).__name__}): a time limit is a number "
            "of seconds, or None."
        )
    if not 0 < timeout_s <= LONGEST_LIMIT_S:
        raise ValueError(
            f"timeout_s={timeout_s}: a time limit is a positive number of seconds, a year's at "
            "most; None is no limit."
        )
    if isinstance(executor, concurrent.futures.ThreadPoolExecutor):
        raise ValueError("timeout_s needs trials in processes of their own, not in threads.")


@contextlib.contextmanager
def open_pool(executor: Any) -> Iterator[Pool]:
    """The workers that ``executor`` stands for.

    Arguments:
        executor: None for this process, a number of workers of it, the address of a Dask scheduler,
            or any ``concurrent.futures.Executor``.

    Raises:
        NoScheduler: nobody answers at the address; or later, from ``slots``, no longer.
    """
    if executor is None:
        yield Pool(None, lambda shared: 1)
    elif isinstance(executor, int):
        yield own_pool(executor)
    elif isinstance(executor, str):
        with _running_scheduler(executor) as pool:
            yield pool
    else:
        count = getattr(executor, "_max_workers", None) or core_count()
        yield Pool(executor, lambda shared: count)


def own_pool(count: int) -> Pool:
    """Workers of this process."""
    return Pool(kept_workers(count), lambda shared: count)


def error_of(future: Future) -> BaseException | None:
    """What a job that is done has raised; ``CancelledError`` where its scheduler let it go."""
    return CancelledError("its scheduler let it go") if future.cancelled() else future.exception()


def worker_died(error: BaseException | None) -> bool:
    """Whether an error tells of the end of the process that had a job; Dask's are not imported."""
    ours = (WorkerDied, BrokenProcessPool, CancelledError)
    return isinstance(error, ours) or type(error).__name__ in ("KilledWorker", "CancelledError")


@contextlib.contextmanager
def _running_scheduler(address: str) -> Iterator[Pool]:
    from distributed import Client

    try:
        connected = Client(address, set_as_default=False)
    except (OSError, ValueError) as error:  # nobody answers; or a scheme that Dask does not know
        raise NoScheduler(
            f"no Dask scheduler is reached at {address} ({' '.join(str(error).split())}): start "
            "one, correct the address, or give a number of workers."
        ) from error
    with connected as client:

        def slots(shared: bool) -> int:
            try:
                threads = sum(client.nthreads().values())
            except Exception as error:  # what a client raises that has lost it, and then closed
                raise NoScheduler(
                    f"the Dask scheduler at {address} is gone: start one and run again, what has "
                    "ended is kept."
                ) from error
            # A cluster that grows with its queue needs a queue.
            return 2 * threads + 8 if shared else max(1, threads)

        retries = client.run_on_scheduler(lambda dask_scheduler: dask_scheduler.allowed_failures)
        yield Pool(
            client.get_executor(pure=False, retries=0),
            slots,
            silent_retries=retries,
            threads=max(client.nthreads().values(), default=1),
        )
