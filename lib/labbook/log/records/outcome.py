"""What is told of an attempt whose process ended without a word: killed, or out of time."""

import datetime
import json
import os
import re
from pathlib import Path
from typing import Any

from labbook.log.processes.limits import TIMEOUT_MARK
from labbook.log.records.files import history_path, lock_path, log_path
from labbook.log.records.record import Record
from labbook.log.records.schemas import LockFile, check

LOG_TAIL_CHARACTERS = 4000


def unfinished_attempt(folder: Path, holder: dict[str, Any], reason: str = "") -> Record:
    """The record of an attempt whose process ended without writing one.

    Arguments:
        holder: what it wrote into its lock.
        reason: how its process ended, where someone saw it: ``was killed by …``.

    Raises:
        Misfit: what it wrote does not tell of an attempt.
    """
    check(holder, LockFile)
    fields = holder["record"]
    Record.from_json({"end": fields.get("start")} | fields | {"outcome": "killed"})
    log = log_path(folder, fields["key"])
    output = _end_of(log)
    before, mark, after = output.rpartition(TIMEOUT_MARK) if holder["timeout_s"] else ("", "", "")
    if mark:
        error = {
            "type": "TimeoutError",
            "message": f"the trial did not end within {holder['timeout_s']:g} s.",
            "traceback": _where_it_was(mark + after),
            "log_tail": before[-LOG_TAIL_CHARACTERS:],
        }
    else:
        seen = reason or (
            "ended and nobody saw how: most often it ran out of memory and the kernel killed it, "
            "or the machine stopped"
        )
        error = {
            "type": "Killed",
            "message": f"process {holder['pid']} on {holder['host']} {seen}.",
            "traceback": "",
            "log_tail": output[-LOG_TAIL_CHARACTERS:],
        }
    start = datetime.datetime.fromisoformat(fields["start"])
    end = datetime.datetime.now(datetime.UTC)
    if not reason:
        end = _last_sign(log, lock_path(folder, fields["key"]))
    end = max(start, end)
    return Record.from_json(
        fields
        | {
            "outcome": "timeout" if mark else "killed",
            "error": error,
            "history": history_so_far(log),
            "end": end.isoformat(timespec="microseconds"),
            "wall_time_s": (end - start).total_seconds(),
        }
    )


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
    own = next((thread for thread in threads if "in perform" in thread), "".join(threads))
    lines = own.splitlines()
    ours = next((i for i, line in enumerate(lines) if line.endswith(" in perform")), len(lines))
    return "\n".join([head.strip(), *lines[:ours]])[:LOG_TAIL_CHARACTERS]


def _end_of(log: Path) -> str:
    """The last part of a file of output, large enough to find where a time-out begins."""
    try:
        with open(log, "rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - 16 * LOG_TAIL_CHARACTERS))
            return file.read().decode("utf-8", errors="replace")
    except FileNotFoundError:
        return ""


def _last_sign(*paths: Path) -> datetime.datetime:
    """When any of the files was last written: the process was alive then."""
    times = [path.stat().st_mtime for path in paths if path.exists()]
    return datetime.datetime.fromtimestamp(max(times, default=0.0), datetime.UTC)
