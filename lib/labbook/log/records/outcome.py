"""What is told of an attempt whose process ended without a word: killed, or out of time."""

import dataclasses
import datetime
import json
import os
import re
from pathlib import Path
from typing import Any

from msgspec import Struct

from labbook.log.processes.limits import TIME_WAS_UP
from labbook.log.records.files import history_path, lock_path, log_path
from labbook.log.records.record import Record
from labbook.log.records.schemas import Seconds, read_as, time_text

LOG_TAIL_CHARACTERS = 4000
REASON_CHARACTERS = 200
# The file whose frames, in what faulthandler tells, called a trial; those before are its own.
CALLER = '/labbook/log/trials/attempt.py"'


class Holder(Struct):
    """What the process that runs a trial writes into the trial's lock."""

    record: dict[str, Any]
    pid: int
    host: str
    timeout_s: Seconds | None
    submission: str


def unfinished_attempt(folder: Path, holder: dict[str, Any], reason: str = "") -> Record:
    """The record of an attempt whose process ended without writing one.

    Arguments:
        holder: what it wrote into its lock, the JSON types of ``Holder``.
        reason: how its process ended, where someone saw it: ``was killed by …``.

    Raises:
        Misfit: what it wrote does not tell of an attempt.
    """
    by = read_as(holder, Holder)
    fields = by.record | {"end": by.record.get("start"), "outcome": "killed"}
    begun = Record.from_json(fields, folder=folder)
    log = log_path(folder, begun.key)
    output = _end_of(log)
    up = TIME_WAS_UP.search(output) if by.timeout_s else None
    if up:
        error = timeout_error(by.timeout_s) | {
            "traceback": _where_it_was(output[up.start() :]),
            "log_tail": output[: up.start()][-LOG_TAIL_CHARACTERS:],
        }
    else:
        seen = reason or (
            "ended and nobody saw how: most often it ran out of memory and the kernel killed it, "
            "or the machine stopped"
        )
        error = {
            "type": "Killed",
            "message": f"process {by.pid} on {by.host} {seen}.",
            "traceback": "",
            "log_tail": output[-LOG_TAIL_CHARACTERS:],
        }
    start = datetime.datetime.fromisoformat(begun.start)
    end = datetime.datetime.now(datetime.UTC)
    if not reason:
        # The process was alive when it last wrote any of these.
        signs = [path for path in (log, lock_path(folder, begun.key)) if path.exists()]
        last = max((path.stat().st_mtime for path in signs), default=0.0)
        end = datetime.datetime.fromtimestamp(last, datetime.UTC)
    end = max(start, end)
    return dataclasses.replace(
        begun,
        outcome="timeout" if up else "killed",
        error=error,
        history=history_so_far(log),
        end=time_text(end),
        wall_time_s=(end - start).total_seconds(),
    )


def timeout_error(limit_s: float) -> dict[str, str]:
    """What the record of a trial says that ran out of time."""
    return {"type": "TimeoutError", "message": f"the trial did not end within {limit_s:g} s."}


def reason_of(attempt: Record) -> str:
    """Why an attempt did not end well, in one line: ``ValueError: seven``."""
    error = attempt.error or {}
    text = f"{error.get('type', '')}: {error.get('message', '')}"
    return " ".join(text.split()).strip(": ")[:REASON_CHARACTERS]


def output_tail(log: Path) -> str:
    """The last characters of what a trial has printed."""
    return _end_of(log)[-LOG_TAIL_CHARACTERS:]


def history_so_far(log: Path) -> dict[str, list[float]]:
    """The curves that a trial has reported while it ran, up to the last whole line.

    Arguments:
        log: of the trial; its curves lie beside it, as ``labbook.training.history`` writes them.
    """
    curves: dict[str, list[float]] = {}
    try:
        for line in history_path(log).read_text(encoding="utf-8").splitlines():
            for name, values in json.loads(line).items():
                curves.setdefault(name, []).extend(map(float, values))
    except FileNotFoundError:
        return {}
    except (ValueError, TypeError, AttributeError):
        pass  # cut short by the death of its process, or by a full disk
    return curves


def _where_it_was(dump: str) -> str:
    """The frames of the trial itself, out of what faulthandler tells of all threads."""
    head, *threads = re.split(r"^(?:Current thread|Thread) ", dump, flags=re.MULTILINE)
    own = next((thread for thread in threads if CALLER in thread), "".join(threads))
    lines = own.splitlines()
    ours = next((i for i, line in enumerate(lines) if CALLER in line), len(lines))
    return "\n".join([head.strip(), *lines[:ours]])[:LOG_TAIL_CHARACTERS]


def _end_of(log: Path) -> str:
    """The last part of a file of output, large enough to find where a time-out begins."""
    try:
        with open(log, "rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - 16 * LOG_TAIL_CHARACTERS))
            return file.read().decode("utf-8", errors="replace")
    except FileNotFoundError:
        return ""
