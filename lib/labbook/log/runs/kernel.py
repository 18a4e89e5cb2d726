"""Kernels that speak over sockets in a private folder, and how one is brought to an end.

Ports can be taken by another process between their choice and their use; files in a folder
of one's own cannot.
"""

import contextlib
import os
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
from traitlets.config import Config

from labbook.log.processes.cleanup import forget, kill_group, watch, watched
from labbook.log.processes.memory import peak_memory_bytes

# Seconds between a kernel's interrupt and its kill.
GRACE_S = 5.0
# The path of a UNIX socket has at most 107 bytes; names in the folder need some of them.
LONGEST_FOLDER_BYTES = 70


@contextlib.contextmanager
def private_sockets() -> Iterator[Config]:
    """Settings of a kernel with IPC sockets in a folder that only this user can read.

    Its connection file lies there too; the folder goes after the block, or with this process.
    """
    place = tempfile.gettempdir()
    if len(os.fsencode(place)) > LONGEST_FOLDER_BYTES and Path("/tmp").is_dir():
        place = "/tmp"
    with tempfile.TemporaryDirectory(
        prefix="labbook-", dir=place, ignore_cleanup_errors=True
    ) as folder:
        names = {"ip": f"{folder}/s", "connection_file": f"{folder}/kernel.json"}
        with watched(Path(folder)):
            yield Config(KernelManager={"transport": "ipc"} | names)


class Stopper:
    """Ends a run before its time: at a deadline, or on SIGINT or SIGTERM.

    As a context manager it watches over one run. The kernel is interrupted, so that it can
    still show what it has, and killed where it does not give way. Nothing is raised in the
    watching process: the cell's own KeyboardInterrupt, or the kernel's death, ends the run.

    Attributes:
        reason: ``timeout`` or ``cancelled`` once the run is being ended, else None.

    Arguments:
        timeout_s: seconds until the deadline, or None.
    """

    def __init__(self, timeout_s: float | None) -> None:
        self.reason: str | None = None
        self._timeout_s = timeout_s
        self._process: subprocess.Popen | None = None
        self._timers: list[threading.Timer] = []
        self._handlers: dict[int, object] = {}

    def __enter__(self) -> "Stopper":
        if self._timeout_s is not None:
            self._later(self._timeout_s, lambda: self.stop("timeout"))
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                handler = signal.signal(number, lambda *_: self.stop("cancelled"))
                self._handlers[number] = handler
        return self

    def __exit__(self, *_: object) -> None:
        for timer in self._timers:
            timer.cancel()
        if process := self._process:
            # What the kernel leaves running, such as the workers of a pool. Where its number is
            # another's already, nothing of the group is left.
            if process.poll() is None or not psutil.pid_exists(process.pid):
                kill_group(process.pid)
            forget(process.pid)
        for number, handler in self._handlers.items():
            signal.signal(number, handler)

    def attach(self, process: subprocess.Popen) -> None:
        """Name the kernel's process, the leader of its group: it ends with this process."""
        self._process = process
        watch(process.pid)
        if self.reason:
            self._signal(signal.SIGKILL)

    def stop(self, reason: str) -> None:
        """End the run; a second call kills the kernel at once."""
        again = self.reason is not None
        self.reason = self.reason or reason
        self._signal(signal.SIGKILL if again else signal.SIGINT)
        if not again:
            self._later(GRACE_S, lambda: self._signal(signal.SIGKILL))

    def _later(self, delay_s: float, action) -> None:
        timer = threading.Timer(delay_s, action)
        timer.daemon = True
        timer.start()
        self._timers.append(timer)

    def _signal(self, number: int) -> None:
        if self._process is not None and self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError):  # it went in this very moment
                os.killpg(self._process.pid, number)


def usage_of(pid: int) -> dict[str, Any]:
    """CPU time and peak memory of a process so far, by their names in a record; empty if gone."""
    try:
        process = psutil.Process(pid)
        times, memory = process.cpu_times(), process.memory_info()
    except psutil.Error:
        return {}
    return {
        "cpu_time_s": round(times.user + times.system, 2),
        "peak_memory_bytes": peak_memory_bytes(pid) or memory.rss,
    }
