"""The files of records: where each lies, and how one is written whole or not at all."""

import contextlib
import errno
import os
import platform
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil

from labbook.log.records.json_file import DamagedFile

FULL = (errno.ENOSPC, errno.EDQUOT)
# What flock says on a file system that has no locks, as some that are shared over a network.
WITHOUT_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)
LOCKS_REMEDY = "have its file system mounted with locks, or set LABBOOK_ROOT to a log on another"


class DamagedRecord(DamagedFile):
    """Arrays or weights beside a record that are not what its trial returned."""


class RecordsNotWritable(OSError):
    """Records cannot be written: the disk is full, or the folder may not be written."""


def path_of_good(folder: Path, key: str) -> Path:
    """Where the last good record of a trial lies."""
    return folder / f"{key}.json"


def path_of_attempt(folder: Path, key: str) -> Path:
    """Where the newest attempt lies that did not end well."""
    return folder / f"{key}.attempt.json"


def lock_path(folder: Path, key: str) -> Path:
    """The lock of a trial, while it runs."""
    return folder / f"{key}.lock"


def log_path(folder: Path, key: str) -> Path:
    """What a trial prints, while it runs."""
    return folder / f"{key}.log"


def history_path(log: Path) -> Path:
    """The curves of a trial, while it runs: beside its log."""
    return log.with_suffix(".history")


def write_whole(path: Path, content: bytes) -> None:
    """Write a file under another name, sync it, rename it, sync the folder.

    Raises:
        OSError: as the system gives it, of ``path``; the file that was there stands.
    """
    # Of this thread alone, wherever the folder is shared.
    writer = f"{threading.get_native_id()}.{_machine()}.{os.getpid()}"
    temporary = path.with_name(f".{path.name}.{writer}.tmp")
    try:
        with open(temporary, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        if isinstance(error, OSError):
            error.filename, error.filename2 = str(path), None
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _machine() -> str:
    return platform.node().replace(".", "-") or "here"


def remove_abandoned(folder: Path) -> None:
    """Remove what killed processes of this machine have left half-written in a folder."""
    for path in folder.glob(".*.tmp"):
        *_, machine, process, _ = path.name.split(".")
        if machine == _machine() and process.isdigit():
            with contextlib.suppress(psutil.NoSuchProcess):
                if psutil.Process(int(process)).status() != psutil.STATUS_ZOMBIE:
                    continue
            path.unlink(missing_ok=True)


def remove_traces(folder: Path, key: str) -> None:
    """Remove what a process that was killed amid a trial has left: log, curves, unfinished files.

    Only for a process that holds the trial's lock.
    """
    log = log_path(folder, key)
    log.unlink(missing_ok=True)
    history_path(log).unlink(missing_ok=True)
    for path in folder.glob(f".{key}.*.tmp"):
        path.unlink(missing_ok=True)


def in_words(error: OSError) -> str:
    """What went wrong with a file, as a sentence without the number of the error."""
    if error.errno in FULL:
        where = f" where {error.filename} lies" if error.filename else ""
        return f"the disk is full{where}: free some space and try again."
    if error.errno in WITHOUT_LOCKS:
        return f"files cannot be locked there ({error.strerror}): {LOCKS_REMEDY}."
    if error.errno is None or error.filename is None:
        return str(error)
    return f"{error.filename2 or error.filename}: {error.strerror}."


def not_writable(folder: Path, error: OSError, further: str = "") -> RecordsNotWritable:
    """One sentence for any reason why records cannot be written."""
    reason = error.strerror or str(error)
    remedy = "make the folder writable, or set LABBOOK_ROOT"
    if error.errno in FULL:
        reason, remedy = "the disk is full", "free some space"
    elif error.errno in WITHOUT_LOCKS:
        remedy = LOCKS_REMEDY
    return RecordsNotWritable(
        f"records cannot be written to {folder}: {reason}{further}; {remedy} and run again, "
        "finished trials are kept."
    )


@contextlib.contextmanager
def writing_to(folder: Path) -> Iterator[None]:
    """Inside, whatever the system refuses is told of the records in a folder.

    Raises:
        RecordsNotWritable: it refused something; the sentence is that of ``not_writable``.
    """
    try:
        yield
    except RecordsNotWritable:
        raise
    except OSError as error:
        raise not_writable(folder, error) from error
