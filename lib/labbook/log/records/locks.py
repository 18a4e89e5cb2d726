"""A trial is taken by exactly one process: a lock that a killed holder gives back at once.

``<key>.lock`` is held with ``flock``, so the kernel frees it when its holder ends in any way.
What the holder wrote into it stays, and tells the next one who began the trial and never ended
it. An orderly end removes the file.
"""

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

POLL_S = 0.1

# A child made by fork shares its parent's lock: it must not keep a trial taken whose process
# was killed (workers of a torch DataLoader outlive a SIGKILLed parent for a while).
_held: set[int] = set()


def _forget_in_child() -> None:
    for handle in _held:
        with contextlib.suppress(OSError):
            os.close(handle)
    _held.clear()


os.register_at_fork(after_in_child=_forget_in_child)


class TrialLock:
    """The lock of a trial, held from ``take`` to ``release`` or to the end of the process.

    As a context manager it is released after the block.

    Runs, and what else one process at a time may do, have such a lock, too.

    Attributes:
        unfinished: what the holder before wrote, if it ended without releasing; else None.
        holder: what this holder has written.
    """

    def __init__(self, path: Path, handle: int):
        self.path = path
        self._handle = handle
        self.unfinished = _words(handle)
        self.holder: dict[str, Any] = {}

    @classmethod
    def take(cls, path: Path) -> Self | None:
        """Take the lock at ``path``; None where a living process holds it.

        Raises:
            OSError: the folder cannot be written, or the disk is full.
        """
        while True:
            handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
            _held.add(handle)
            with contextlib.ExitStack() as undo:
                undo.callback(_close, handle)
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    return None
                # A holder removes the file when it is done: what was opened may be gone.
                if _is_at(handle, path):
                    undo.pop_all()
                    return cls(path, handle)

    @classmethod
    def take_soon(cls, path: Path) -> Self | None:
        """As ``take``, but not kept from it by one who only looks whether it is free.

        A look takes a moment; after a tenth of a second without success it is a holder.
        """
        for _ in range(10):
            if lock := cls.take(path):
                return lock
            time.sleep(POLL_S / 10)
        return None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def write(self, holder: dict[str, Any]) -> None:
        """Say who holds the lock: JSON, in one call, in place of what was there."""
        self.holder = holder
        os.ftruncate(self._handle, 0)
        os.pwrite(self._handle, json.dumps(holder).encode(), 0)

    def release(self) -> None:
        """Remove the file and let the lock go: the trial has ended and its record is written."""
        self.path.unlink(missing_ok=True)
        _close(self._handle)

    def abandon(self) -> None:
        """Let the lock go as if its holder had been killed: the file and what it tells stay."""
        _close(self._handle)


def is_free(path: Path) -> bool:
    """Whether nobody holds the lock at ``path`` now."""
    with _look(path) as (free, _):
        return free


def abandoned(path: Path) -> dict[str, Any] | None:
    """What the holder of a lock wrote that ended without releasing it; None for any other.

    Raises:
        OSError: it is no file.
    """
    with _look(path) as (free, handle):
        return _words(handle) if free and handle is not None else None


def holder_of(path: Path) -> dict[str, Any] | None:
    """What the living holder of a lock has written; None where nobody holds it, or no word yet."""
    with _look(path) as (free, handle):
        return None if free or handle is None else _words(handle)


@contextlib.contextmanager
def waiting_lock(path: Path) -> Iterator[None]:
    """Hold the lock at ``path``, waiting for it: for moments only, such as changing one file."""
    while (lock := TrialLock.take(path)) is None:
        time.sleep(POLL_S / 10)
    with lock:
        yield


@contextlib.contextmanager
def _look(path: Path) -> Iterator[tuple[bool, int | None]]:
    """Whether nobody holds the lock at ``path`` now; its file, unless that is gone or kept back."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # a FIFO would wait for ever
    except FileNotFoundError:
        yield True, None
        return
    except PermissionError:  # of somebody else, who keeps what he writes to himself
        yield False, None
        return
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False, handle
        else:
            yield True, handle if _is_at(handle, path) else None
    finally:
        os.close(handle)


def _words(handle: int) -> dict[str, Any] | None:
    """What a holder has written; None where it had not yet begun (empty, or not yet whole)."""
    try:
        holder = json.loads(os.pread(handle, os.fstat(handle).st_size, 0))
    except (ValueError, RecursionError):
        return None
    return holder if isinstance(holder, dict) else None


def _is_at(handle: int, path: Path) -> bool:
    try:
        there = os.stat(path)
    except FileNotFoundError:
        return False
    here = os.fstat(handle)
    return (here.st_dev, here.st_ino) == (there.st_dev, there.st_ino)


def _close(handle: int) -> None:
    _held.discard(handle)
    os.close(handle)
