"""A process that a trial has forked is no process of the log: it ends where the trial does."""

import contextlib
import os
import sys
import traceback
from collections.abc import Iterator


@contextlib.contextmanager
def forks_end_here() -> Iterator[None]:
    """Let a process that was forked inside, and comes to the end, be gone as a script would be."""
    own = os.getpid()
    try:
        yield
    except BaseException as error:
        if os.getpid() == own:
            raise
        status = getattr(error, "code", 1)
        if not isinstance(error, SystemExit):
            with contextlib.suppress(Exception):  # whatever became of the output, it ends here
                traceback.print_exc()
        _end(status & 0xFF if isinstance(status, int) else status is not None)
    if os.getpid() != own:
        _end(0)


def _end(status: int) -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
    os._exit(status)
