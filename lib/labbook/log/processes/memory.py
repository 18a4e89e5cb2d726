"""The largest resident memory of a process, as its system keeps it."""

import resource
import sys
from contextlib import suppress
from pathlib import Path


def peak_memory_bytes(process: int | None = None) -> int | None:
    """The most memory that a process has had, in bytes, since its start or ``forget_peak``.

    Arguments:
        process: its id; this process when not given.

    Returns:
        None for another process where the system is not Linux, or the process is gone.
    """
    with suppress(OSError):
        for line in Path(f"/proc/{process or 'self'}/status").read_text("utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    if process is not None:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def forget_peak() -> None:
    """Let the peak of this process begin anew, which only Linux can."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
