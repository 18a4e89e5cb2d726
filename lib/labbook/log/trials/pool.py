"""Where trials run beside this process: pools of workers, and how each tells that one died.

``executor=`` of ``trials.run`` is None (this process), a number or ``{"workers": N}`` (a local
Dask cluster), the address of a Dask scheduler, or any ``concurrent.futures.Executor``.
"""

import concurrent.futures
import contextlib
import logging
import os
import re
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from labbook.log.code.provenance import core_count

THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)

# How long to wait for a dead worker's last words, and for killed workers to be gone.
LAST_WORDS_S = 2.0


def _nobody_saw(pid: int) -> str:
    return ""


@dataclass(frozen=True)
class Pool:
    """Workers, and what is known of them.

    Attributes:
        executor: takes the jobs.
        slots: how many jobs to have there at once, given whether workers see the records: where
            they do not, a job counts as begun when it is sent, so none may wait there.
        why: how the worker process with a given id ended; ``""`` where nobody saw it.
        stop: end the workers at once; returns whether they are ours to end.
        silent_retries: how often it begins a job again whose worker died, without a word.
    """

    executor: concurrent.futures.Executor
    slots: Callable[[bool], int]
    why: Callable[[int], str] = _nobody_saw
    stop: Callable[[], bool] = lambda: False
    silent_retries: int = 0


def check_executor(executor: Any, timeout_s: float | None) -> None:
    """Refuse what is no executor, or one that cannot keep a time limit.

    Raises:
        TypeError: it is none of the four kinds.
        ValueError: no workers, no address, or a limit in seconds that nothing can keep.
    """
    if isinstance(executor, Mapping):
        if set(executor) != {"workers"}:
            raise ValueError(f"executor={dict(executor)!r} is not {{'workers': N}}.")
        executor = executor["workers"]
    if isinstance(executor, bool) or not isinstance(
        executor, (int, str, concurrent.futures.Executor, type(None))
    ):
        raise TypeError(
            f"executor is of type {type(executor).__name__}; it is None, a number of workers, "
            "the address of a Dask scheduler, or a concurrent.futures.Executor."
        )
    if isinstance(executor, int) and executor < 1:
        raise ValueError(f"executor={executor}: a cluster has at least one worker.")
    if isinstance(executor, str) and "://" not in executor:
        raise ValueError(f"executor={executor!r} is no address such as 'tcp://127.0.0.1:8786'.")
    if timeout_s is None:
        return
    if not timeout_s > 0:
        raise ValueError(f"timeout_s={timeout_s}: a time limit is a positive number of seconds.")
    if isinstance(executor, concurrent.futures.ThreadPoolExecutor):
        raise ValueError("timeout_s needs trials in processes of their own, not in threads.")


@contextlib.contextmanager
def open_pool(executor: Any, n_jobs: int) -> Iterator[Pool]:
    """The workers that ``executor`` stands for; those that were started here end here.

    Arguments:
        executor: as ``trials.run`` takes it, but not None.
        n_jobs: how many trials there are: no more workers than that are started.
    """
    if isinstance(executor, Mapping):
        executor = executor["workers"]
    if isinstance(executor, int):
        with _local_cluster(min(executor, n_jobs), threads_of_each(executor)) as pool:
            yield pool
    elif isinstance(executor, str):
        with _running_scheduler(executor) as pool:
            yield pool
    else:
        workers = getattr(executor, "_max_workers", None) or core_count()
        yield Pool(executor, lambda shared: workers)


def threads_of_each(workers: int) -> int:
    """Threads for each of several workers, so that together they do not ask for more cores."""
    fair = max(1, core_count() // workers)
    given = os.environ.get("OMP_NUM_THREADS", "")
    return min(fair, int(given)) if given.isdigit() and int(given) else fair


@contextlib.contextmanager
def _local_cluster(workers: int, threads: int) -> Iterator[Pool]:
    import dask
    from distributed import Client, LocalCluster

    variables = dict.fromkeys(THREAD_VARIABLES, str(threads))
    settings = {
        # A trial whose worker died is killed, not tried again.
        "distributed.scheduler.allowed-failures": 0,
        # A trial may keep the interpreter to itself for longer than any heartbeat.
        "distributed.scheduler.worker-ttl": None,
        # Daemons may have no children, and data loaders have.
        "distributed.worker.daemon": False,
        "distributed.nanny.pre-spawn-environ": variables,
    }
    with (
        dask.config.set(settings),
        _environment(variables),
        _no_main_file(),
        _deaths() as deaths,
        LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            # Whether memory suffices is the system's to say, not a share of it.
            memory_limit=0,
            dashboard_address="127.0.0.1:0",
            silence_logs=logging.CRITICAL,
            env=variables,
        ) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):

        def why(pid: int) -> str:
            until = time.monotonic() + LAST_WORDS_S
            while pid not in deaths and time.monotonic() < until:
                time.sleep(0.02)
            return deaths.get(pid, "")

        def stop() -> bool:
            for nanny in cluster.workers.values():
                pid = nanny.pid
                nanny.close_gracefully()  # a worker that goes away now is not replaced
                if pid:
                    os.kill(pid, signal.SIGKILL)
            return True

        yield Pool(client.get_executor(pure=False, retries=0), lambda shared: workers, why, stop)


@contextlib.contextmanager
def _running_scheduler(address: str) -> Iterator[Pool]:
    from distributed import Client

    with Client(address, set_as_default=False) as client:
        retries = client.run_on_scheduler(lambda dask_scheduler: dask_scheduler.allowed_failures)
        yield Pool(
            client.get_executor(pure=False, retries=0),
            lambda shared: _slots(sum(client.nthreads().values()), shared),
            silent_retries=retries,
        )


def _slots(threads: int, shared: bool) -> int:
    # A cluster that grows with its queue needs a queue.
    return 2 * threads + 8 if shared else max(1, threads)


@contextlib.contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Variables that workers inherit; Dask sets some in this process, and all are put back."""
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        for name in os.environ.keys() - before.keys():
            del os.environ[name]
        os.environ.update(before)


@contextlib.contextmanager
def _no_main_file() -> Iterator[None]:
    """Workers do not run the script again that starts them: functions come by value."""
    main = vars(sys.modules["__main__"])
    hidden = {name: main.pop(name) for name in ("__file__", "__spec__") if name in main}
    main["__spec__"] = None
    try:
        yield
    finally:
        main |= hidden


@contextlib.contextmanager
def _deaths() -> Iterator[dict[int, str]]:
    """How worker processes ended, by their id, as Dask's nannies tell it in their log."""
    deaths: dict[int, str] = {}

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if told := re.match(r"Worker process (\d+) (.+)", record.getMessage()):
                deaths[int(told[1])] = _in_words(told[2])

    logger = logging.getLogger("distributed.nanny")
    level, listener = logger.level, Listener()
    logger.addHandler(listener)
    logger.setLevel(logging.INFO)
    try:
        yield deaths
    finally:
        logger.removeHandler(listener)
        logger.setLevel(level)


def _in_words(death: str) -> str:
    told = re.fullmatch(r"was killed by signal (\d+)", death)
    if told is None:
        return death
    name = signal.Signals(int(told[1])).name
    guess = " (most often: out of memory)" if name == "SIGKILL" else ""
    return f"was killed by {name}{guess}"
