"""The folder of records of an experiment: what is read from it and how it is written.

``<key>.json`` is the last good record of a trial; ``<key>.attempt.json`` the newest attempt
that did not end well, gone as soon as a later one does. A bad attempt never touches the former.
While a trial runs there are also ``<key>.lock`` and ``<key>.log``, its output.
"""

import dataclasses
import json
import os
import re
import tempfile
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from labbook.log.records import locks
from labbook.log.records.artifacts import Artifact, files_of, remove_others, write_artifacts
from labbook.log.records.code import keep_digests, recorded_code, without_code
from labbook.log.records.files import (
    not_writable,
    path_of_attempt,
    path_of_good,
    remove_abandoned,
    remove_traces,
    write_whole,
)
from labbook.log.records.json_file import Misfit, damage_of, left_aside, read_json
from labbook.log.records.layout import Layout, find_root
from labbook.log.records.outcome import unfinished_attempt
from labbook.log.records.plan import Lookup
from labbook.log.records.record import Record

_LOCK_NAME = re.compile(r"[0-9a-f]{16}\.lock")
_FILE_NAME = re.compile(r"([0-9a-f]{16})(\.attempt)?\.json")


def read_records(
    experiment: str, *, root: Path | None = None, keys: Collection[str] | None = None
) -> list[Record]:
    """All records of an experiment, one for each trial, oldest first.

    For each trial: its last good record, with ``newer_attempt`` set where a later attempt did
    not end well; or that attempt, where it has no good record. A good record made on this
    machine takes precedence over the published one. An attempt whose process was killed is
    told as ``killed`` from what it left, even before anyone runs the trial again. A damaged
    file is named in a ``DamagedFileWarning`` and left aside.

    Arguments:
        experiment: its name.
        root: the log's root; found from the working directory when not given.
        keys: of the trials wanted; all when not given.
    """
    layout = Layout(root or find_root())
    published = read_folder(layout.published_records(experiment), "published", keys)
    local = read_folder(layout.local_records(experiment), "local", keys)
    records = newest_of(published, local).values()
    return sorted(records, key=lambda record: (record.start, record.key))


def lookup_of(experiments: Iterable[str], root: Path) -> Lookup:
    """The records of several experiments, to be found by planned trials."""
    names = sorted(set(experiments))
    return Lookup(record for name in names for record in read_records(name, root=root))


@dataclass(frozen=True)
class Folder:
    """All that one folder of records tells, by the keys of the trials.

    Attributes:
        good: last good records.
        attempts: newest attempts that did not end well.
        unfinished: attempts whose process was killed and that nobody has recorded yet.
    """

    good: dict[str, Record] = field(default_factory=dict)
    attempts: dict[str, Record] = field(default_factory=dict)
    unfinished: dict[str, Record] = field(default_factory=dict)


def read_folder(path: Path, origin: str, keys: Collection[str] | None = None) -> Folder:
    """Read a folder of records once, those of some keys alone where these are given.

    Empty where there is no folder.
    """
    folder, entries = Folder(), []
    with left_aside(path):
        entries = sorted(os.listdir(path))
    for entry in entries:
        if keys is not None and entry[:16] not in keys:
            continue
        if match := _FILE_NAME.fullmatch(entry):
            if (record := read_or_warn(path / entry, origin)) is not None:
                (folder.attempts if match[2] else folder.good)[record.key] = record
        elif _LOCK_NAME.fullmatch(entry):
            with left_aside(path / entry):
                if holder := locks.abandoned(path / entry):
                    attempt = unfinished_attempt(path, holder)
                    folder.unfinished[attempt.key] = attempt
    return folder


def newest_of(published: Folder, local: Folder) -> dict[str, Record]:
    """What each trial has come to: its good record before any attempt, local before published.

    An attempt that lies beside a good record of the same folder is newer, for a good record takes
    away the attempts before it; so a clock that was set back hides none. Only between machines
    does the time of their start decide.
    """
    found = published.good | local.good
    for key, attempt in [*local.attempts.items(), *local.unfinished.items()]:
        before = found.get(key)
        if before is not None and before.start == attempt.start:
            continue  # a process was killed after it had written this attempt's record
        if before is None or key in local.good or attempt.start > before.start:
            found[key] = with_attempt(before, attempt)
    return found


def with_attempt(before: Record | None, attempt: Record) -> Record:
    """What a trial has come to after one more attempt that did not end well."""
    if before is None or not before.ok:
        return attempt
    return dataclasses.replace(before, newer_attempt=attempt)


def read_record(path: Path, origin: str = "local") -> Record | None:
    """The record in one file, or None where there is no file.

    Raises:
        DamagedFile: it holds no record, or one of another key than its name says.
    """
    with suppress(FileNotFoundError), damage_of(path):
        record = Record.from_json(read_json(path), origin=origin, folder=path.parent)
        if record.key != path.name[:16] or record.ok == path.name.endswith(".attempt.json"):
            raise Misfit("its name does not fit its content")
        if record.experiment != path.parent.name:
            raise Misfit(f"it is of {record.experiment}, and lies among those of another")
        return record
    return None


def read_or_warn(path: Path, origin: str = "local") -> Record | None:
    """As ``read_record``, but a damaged file is named in a warning and left aside."""
    with left_aside(path):
        return read_record(path, origin)
    return None


def write_record(
    record: Record, folder: Path, artifacts: Mapping[str, Artifact] | None = None
) -> Record:
    """Write a record where it belongs, whole or not at all.

    A good one replaces the last good one and removes bad attempts; another one replaces the
    attempt before and leaves the good record alone.

    Arguments:
        artifacts: arrays and weights to keep beside it (``labbook.log.records.artifacts``).

    Returns:
        The record as it is there, with the digests of its artifacts.

    Raises:
        RecordsNotWritable: the disk is full or the folder may not be written. What was there
            stands; the record itself and its artifacts are saved in the folder for temporary files,
            whose name the message gives.
    """
    try:
        is_first = not _path_of(record, folder).exists()
        record = _written(record, folder, artifacts or {})
        if not is_first:  # a search through all files: there may be thousands
            own = files_of(folder, record.stem, record.artifacts, record.digests)
            remove_others(folder, record.stem, own)
        if record.ok:
            remove_attempt(folder, record.key)
        return record
    except OSError as error:
        kept = _keep_elsewhere(record, artifacts or {})
        raise not_writable(folder, error, f"; the record of {record.key} {kept}") from error


def remove_attempt(folder: Path, key: str) -> None:
    """Remove what is told of a trial's newest attempt that did not end well.

    Raises:
        OSError: as the system gives it.
    """
    with suppress(FileNotFoundError):
        path_of_attempt(folder, key).unlink()
        remove_others(folder, f"{key}.attempt")


def settle_abandoned(folder: Path) -> None:
    """Write the records of all attempts whose process was killed, and tidy up after them.

    Raises:
        OSError: the folder cannot be written.
    """
    remove_abandoned(folder / "code")
    for path in folder.glob("*.lock"):
        if (lock := locks.TrialLock.take(path)) is not None:
            with lock:
                settle_unfinished(folder, path.stem, lock)


def settle_unfinished(
    folder: Path, key: str, lock: locks.TrialLock, reason: str = ""
) -> Record | None:
    """Write the record of the attempt that the holder before has left, unless it did so itself.

    Arguments:
        lock: the trial's lock, held by this process.
        reason: how the holder before ended, where someone saw it.

    Raises:
        OSError: the folder cannot be written.
    """
    attempt = None
    with left_aside(lock.path):
        if lock.unfinished is not None:
            attempt = unfinished_attempt(folder, lock.unfinished, reason)
    if attempt is None:
        return None
    recorded = [read_or_warn(path(folder, key)) for path in (path_of_good, path_of_attempt)]
    is_new = attempt.start not in [record.start for record in recorded if record is not None]
    for path, stem in ((path_of_good, key), (path_of_attempt, f"{key}.attempt")):
        if not path(folder, key).exists():  # its holder was killed before it wrote the record
            remove_others(folder, stem)
    if is_new:
        write_record(attempt, folder)
    remove_traces(folder, key)
    return attempt if is_new else None


def _path_of(record: Record, folder: Path) -> Path:
    return (path_of_good if record.ok else path_of_attempt)(folder, record.key)


def _written(record: Record, folder: Path, artifacts: Mapping[str, Artifact]) -> Record:
    """The record as it is written: its code and artifacts first, then itself."""
    keep_digests(recorded_code(record), folder)
    path = _path_of(record, folder)
    if artifacts:
        stands = read_or_warn(path)
        before = stands.start if stands else ""
        digests = write_artifacts(folder, record.stem, record.start, artifacts, before)
        record = dataclasses.replace(record, digests=digests)
    text = json.dumps(without_code(record), indent=1, ensure_ascii=False, allow_nan=False)
    write_whole(path, f"{text}\n".encode())
    return record


def _keep_elsewhere(record: Record, artifacts: Mapping[str, Artifact]) -> str:
    try:
        # Of a name that nobody else can have made before: the folder is everybody's.
        place = Path(tempfile.mkdtemp(prefix="labbook-records-")) / record.experiment
        place.mkdir()
        _written(record, place, artifacts)
    except OSError as error:
        return f"could not be kept elsewhere either ({error.strerror})"
    return f"is kept in {_path_of(record, place)}"
