"""How trials are stopped: by Ctrl-C, never amid the writing of a record, or when time is up."""

import contextlib
import faulthandler
import os
import re
import signal
import threading
import time
from collections.abc import Iterator
from types import FrameType
from typing import Self

import psutil

GRACE_S = 3.0
# ``labbook run --budget`` tells kernels when the time for all trials is over.
DEADLINE = "LABBOOK_DEADLINE"

# What stands in a trial's output when its time was up, before where it was; faulthandler's words.
TIME_WAS_UP = re.compile(r"Timeout \(\d[^()\n]*\)!\n")


def is_over() -> bool:
    """Whether the time is over, in seconds since 1970, after which no trial is to run."""
    deadline = os.environ.get(DEADLINE)
    return bool(deadline) and time.time() >= float(deadline)


class TimeIsUp(BaseException):
    """A trial in this process has run longer than it may.

    No ``Exception``, so that a trial's own ``except Exception`` does not swallow it.
    """


class Interrupts:
    """Ctrl-C reaches the trial, or the run, and waits while the log does its bookkeeping.

    Acts in the main thread only, and only where nobody else handles SIGINT.
    """

    def __init__(self) -> None:
        self._waiting = False
        self._welcome = False

    def __enter__(self) -> Self:
        self._acts = (
            threading.current_thread() is threading.main_thread()
            and signal.getsignal(signal.SIGINT) is signal.default_int_handler
        )
        if self._acts:
            signal.signal(signal.SIGINT, self._handle)
        return self

    def __exit__(self, kind: type | None, *_: object) -> None:
        if self._acts:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        if self._waiting and kind is None:
            raise KeyboardInterrupt

    @contextlib.contextmanager
    def welcome(self) -> Iterator[None]:
        """Inside, Ctrl-C interrupts at once."""
        self._welcome = True
        try:
            if self._waiting:
                self._waiting = False
                raise KeyboardInterrupt
            yield
        finally:
            self._welcome = False

    def heeded(self) -> None:
        """Forget what waits: it was meant for what has been stopped already."""
        self._waiting = False

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self._welcome:
            raise KeyboardInterrupt
        self._waiting = True


@contextlib.contextmanager
def time_limit(limit_s: float | None, *, in_worker: bool, log: int | None) -> Iterator[None]:
    """Stop what runs inside when its time is up.

    In a worker process the process ends at once, with all that it has started, after writing
    where it was to ``log``; where C code holds the interpreter, ``GRACE_S`` later and alone. In the
    main thread ``TimeIsUp`` is raised; code that does not return to the interpreter is stopped
    when it does.

    Raises:
        RuntimeError: neither is possible: another trial runs in this process.
    """
    if limit_s is None:
        yield
    elif in_worker:
        if log is None:
            raise RuntimeError("timeout_s needs workers of one thread each; this one runs several.")
        over = threading.Lock()
        timer = threading.Timer(limit_s, _end_process, (limit_s, log, over))
        timer.daemon = True
        timer.start()
        faulthandler.dump_traceback_later(limit_s + GRACE_S, exit=True, file=log)
        try:
            yield
        finally:
            over.acquire()  # never, where the end has begun
            faulthandler.cancel_dump_traceback_later()
            timer.cancel()
    else:
        with _alarm(limit_s):
            yield


def _end_process(limit_s: float, log: int, over: threading.Lock) -> None:
    """End this process and its descendants unless it is ``over``, telling where it was."""
    if not over.acquire(blocking=False):
        return
    try:
        os.write(log, f"Timeout ({limit_s:g} s)!\n".encode())
        faulthandler.dump_traceback(log)
        for child in psutil.Process().children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()
    finally:
        os._exit(1)


@contextlib.contextmanager
def _alarm(limit_s: float) -> Iterator[None]:
    armed = True

    def ring(number: int, frame: FrameType | None) -> None:
        if armed:
            raise TimeIsUp

    handler = signal.signal(signal.SIGALRM, ring)
    begun = time.monotonic()
    # Again every second: an exception raised in a destructor or a callback is lost.
    left_s, interval_s = signal.setitimer(signal.ITIMER_REAL, limit_s, 1.0)
    try:
        yield
    finally:
        armed = False
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)
        if left_s:
            rest_s = max(left_s - (time.monotonic() - begun), 1e-3)
            signal.setitimer(signal.ITIMER_REAL, rest_s, interval_s)
