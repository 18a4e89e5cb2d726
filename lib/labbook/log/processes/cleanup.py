"""Process groups and folders that go when this process goes, however it goes.

A process that was killed cleans nothing up: what it started would run on, and its temporary
folders would stay. So a small process beside it, in a session of its own, waits for its end.
This file is also that process's program; it is run by its path and imports nothing of labbook.
"""

import atexit
import contextlib
import os
import select
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

POLL_S = 0.5

_lock = threading.Lock()
_watcher: subprocess.Popen | None = None
_watched: set[str] = set()


def watch(what: int | Path) -> None:
    """Let a process group be killed, or a folder be removed, when this process ends.

    Arguments:
        what: the group's number, or the folder.
    """
    global _watcher
    with _lock:
        _watched.add(str(what))
        if _watcher is not None and _watcher.poll() is None:
            _say(f"+{what}")
            return
        _watcher = subprocess.Popen(
            [sys.executable, "-I", "-S", __file__, str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
        )
        for known in _watched:
            _say(f"+{known}")


def forget(what: int | Path) -> None:
    """Leave a group or a folder alone: it has ended, or is gone, already."""
    with _lock:
        _watched.discard(str(what))
        _say(f"-{what}")


@contextlib.contextmanager
def watched(what: int | Path) -> Iterator[None]:
    """Watch a group or a folder for as long as the block lasts; a group ends with it."""
    watch(what)
    try:
        yield
    finally:
        if isinstance(what, int):
            kill_group(what)
        forget(what)


def kill_group(leader: int) -> None:
    """Kill a process group; nothing happens where there is none any more."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def _say(line: str) -> None:
    if _watcher is not None:
        with contextlib.suppress(BrokenPipeError):
            os.write(_watcher.stdin.fileno(), line.encode() + b"\n")


@atexit.register
def _end() -> None:
    """Have everything cleaned up before this process is gone."""
    global _watcher
    watcher, _watcher = _watcher, None
    if watcher is not None:
        watcher.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            watcher.wait(5.0)


def _in_fork() -> None:
    """A fork has its own end: it neither keeps its parent's watcher waiting nor ends it."""
    global _watcher, _lock
    if _watcher is not None:
        _watcher.stdin.close()
        _watcher.returncode = 0
    _watcher, _lock = None, threading.Lock()
    _watched.clear()


os.register_at_fork(after_in_child=_in_fork)


def _main(parent: int) -> None:
    """Listen to ``parent`` until it ends, then clean up."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    watched: set[str] = set()
    unread = b""
    while True:
        if not select.select([0], [], [], POLL_S)[0]:
            if os.getppid() != parent:  # a fork of it keeps the pipe open
                break
            continue
        if not (piece := os.read(0, 1 << 16)):
            break
        *lines, unread = (unread + piece).split(b"\n")
        for line in map(os.fsdecode, lines):
            (watched.add if line[0] == "+" else watched.discard)(line[1:])
    for group in filter(str.isdigit, watched):
        kill_group(int(group))
    for folder in watched:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    _main(int(sys.argv[1]))
