"""What a trial prints, kept in a file so that it outlives a killed process."""

import contextlib
import os
import sys
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TextIO

# Output belongs to a process, not to a thread: only one trial at a time can have it.
_taken = threading.Lock()


@contextlib.contextmanager
def captured(path: Path, *, in_worker: bool) -> Iterator[int | None]:
    """Copy what is printed inside to a file; the file is gone afterwards.

    In a worker process everything goes to the file alone, also what C libraries print. In the
    process of the person who waits, it is shown as ever and copied. A thread beside the main
    one is not captured there: its output could not be told from the others'.

    Yields:
        The file's handle, or None where nothing is captured.

    Raises:
        OSError: the file cannot be made.
    """
    own = in_worker or threading.current_thread() is threading.main_thread()
    if not (own and _taken.acquire(blocking=False)):
        yield None
        return
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o644)
        try:
            out, err = (_Copy(s, handle, not in_worker) for s in (sys.stdout, sys.stderr))
            handles = _handles(handle) if in_worker else contextlib.nullcontext()
            try:
                with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), handles:
                    yield handle
            finally:
                out.end()
                err.end()
        finally:
            os.close(handle)
            path.unlink(missing_ok=True)
    finally:
        _taken.release()


def let_go() -> None:
    """Have what the process's own streams hold back written to where its output goes now."""
    for stream in (sys.__stdout__, sys.__stderr__):
        with contextlib.suppress(OSError, ValueError, AttributeError):  # full, closed, none
            stream.flush()


@contextlib.contextmanager
def _handles(handle: int) -> Iterator[None]:
    let_go()
    before = os.dup(1), os.dup(2)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    try:
        yield
    finally:
        let_go()
        for number, old in enumerate(before, start=1):
            os.dup2(old, number)
            os.close(old)


class _Copy:
    """A stream whose text is also written to a file, until the end.

    Somebody may keep it for longer, as a handler of ``logging`` does: from then on it is the stream
    alone, for the file's handle may be that of any other file.
    """

    def __init__(self, stream: TextIO, handle: int, echo: bool):
        self._stream = stream
        self._handle: int | None = handle
        self._echo = echo

    def end(self) -> None:
        """Write to the file no more."""
        self._handle, self._echo = None, True

    def write(self, text: str) -> int:
        # A full disk must not fail the trial for the sake of its log.
        with contextlib.suppress(OSError):
            if self._handle is not None:
                os.write(self._handle, text.encode("utf-8", errors="replace"))
        return self._stream.write(text) if self._echo else len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        if self._echo:
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
