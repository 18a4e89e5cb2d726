"""The record that every run of a notebook leaves: ``runs/<experiment>/<id>/run.json``."""

import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from labbook.log.records.files import write_whole
from labbook.log.records.json_file import (
    DamagedFile,
    Misfit,
    damage_of,
    left_aside,
    read_json,
)
from labbook.log.records.layout import Layout
from labbook.log.records.locks import TrialLock, abandoned, is_free
from labbook.log.records.plan import Entry, Plan
from labbook.log.records.schemas import (
    Count,
    Error,
    Notebook,
    Outcome,
    Provenance,
    Seconds,
    check_times,
    read_as,
    time_text,
)

RECORD = "run.json"
LOCK = "run.lock"
NOTEBOOK = "notebook.ipynb"
# What a trial without any record is called; it is no outcome of an attempt.
PLANNED = "planned"


@dataclass(frozen=True)
class RunRecord:
    """One execution of a notebook.

    Attributes:
        id: name of its folder; sorts by the time of its start.
        experiment: the notebook's name.
        error: None, or type, message, traceback, cell and log_tail.
        parameters_given: what was given from outside, as it was understood.
        parameters_used: the value of every declared parameter.
        profile: how much was run, where the notebook has a parameter of that name.
        start, end: ISO, UTC.
        wall_time_s: from start to end, the kernel's start included.
        source_digest: of the notebook's code cells (``notebooks.source_digest``).
        provenance: see ``labbook.log.code.provenance.collect``; ``code`` holds the digests of the
            definitions that the notebook reaches.
        notebook: its executed copy, relative to the log's root.
        batch: name of the sweep it belongs to, or None for a run that stands by itself.
        trials: the trials that it asked for, and what they had come to at its end; None where
            that is not known.
        files: digests of the files that its code names; see ``labbook.log.freshness.inputs``.
        beside: id of the run that the page showed when this one ended, where it stood aside, or
            when it was found that its process had been killed; ``by hand`` of outputs without one.
        records_only: whether its trials were only looked up, whatever it asked for.
        cpu_time_s, peak_memory_bytes: of the kernel's own process, as last seen after a cell; None
            where no cell ended.
    """

    id: str
    experiment: str
    outcome: Outcome
    error: Error | None
    parameters_given: dict[str, Any]
    parameters_used: dict[str, Any]
    profile: str | None
    start: str
    end: str
    wall_time_s: Seconds
    source_digest: str
    provenance: Provenance
    notebook: str
    batch: str | None = None
    trials: Plan | None = None
    files: dict[str, str] | None = None
    beside: str | None = None
    records_only: bool = False
    cpu_time_s: Seconds | None = None
    peak_memory_bytes: Count | None = None
    schema: Literal[1] = 1

    def to_json(self) -> dict:
        """The record as plain JSON types."""
        return asdict(self)

    @property
    def plan(self) -> Plan:
        """The trials that it asked for; empty where they are not known."""
        return self.trials or Plan()

    @property
    def failed_trials(self) -> list[Entry]:
        """The trials that were to run and whose newest attempt did not end well."""
        return [e for e in self.plan.to_run if e.get("outcome") not in (None, "ok", PLANNED)]

    @property
    def well(self) -> bool:
        """Whether it and all its trials ended well."""
        return self.outcome == "ok" and not self.failed_trials

    @property
    def outcome_text(self) -> str:
        """The outcome, its trials included: ``ok, 3 of 30 trials failed``."""
        counts = [
            (len(self.failed_trials), "failed"),
            (sum(e.get("outcome") == PLANNED for e in self.plan.to_run), "missing"),
        ]
        total = len(self.plan.to_run)
        return ", ".join(
            [self.outcome, *(f"{n} of {total} trials {word}" for n, word in counts if n)]
        )

    @classmethod
    def from_json(cls, data: object) -> "RunRecord":
        """The record that a JSON object holds.

        Raises:
            Misfit: a field is missing or of another type, or the schema is a later one.
        """
        record = read_as(data, cls)
        check_times(record)
        return record


def new_id() -> str:
    """A name for a run: its time in UTC, and six random hex digits."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"


def write_record(record: RunRecord, folder: Path) -> None:
    """Write a run's record, whole or not at all."""
    text = json.dumps(record.to_json(), indent=1, allow_nan=False)
    write_whole(folder / RECORD, text.encode() + b"\n")


@contextmanager
def watched(record: RunRecord, folder: Path) -> Iterator[None]:
    """Hold a lock on a run's folder, with what is known of the run, while it goes on.

    A lock that nobody holds tells that the process which held it is gone, and that the run
    was killed with it.
    """
    lock = TrialLock.take_soon(folder / LOCK)
    if lock is None:
        raise FileExistsError(f"{folder} is another run, which is going on.")
    lock.write(record.to_json())
    try:
        yield
    except BaseException:
        lock.abandon()
        raise
    lock.release()


def read_runs(experiment: str, *, root: Path) -> list[RunRecord]:
    """All runs of an experiment that have ended, the oldest first.

    A run whose process was killed left no record; it is written here, as killed. A damaged
    record is named in a ``DamagedFileWarning`` and left aside.
    """
    found = []
    for folder in sorted(Layout(root).runs(experiment).glob("*/")):
        with left_aside(folder):
            if (record := read_run(folder)) is not None:
                found.append(record)
    return sorted(found, key=lambda record: record.start)


def running(experiment: str, root: Path) -> list[str]:
    """The ids of the runs of an experiment that go on now, those of batches included."""
    locks = sorted(Layout(root).runs(experiment).glob(f"*/{LOCK}"))
    return [lock.parent.name for lock in locks if not is_free(lock)]


def read_run(folder: Path) -> RunRecord | None:
    """The record of the run in a folder, or None while it goes on.

    Raises:
        DamagedFile: the record is damaged; the message names the file.
    """
    if (record := _recorded(folder)) is not None:
        return record
    with suppress(FileNotFoundError), damage_of(folder / LOCK):
        return _settle(folder)
    return None


def _recorded(folder: Path) -> RunRecord | None:
    path = folder / RECORD
    with suppress(FileNotFoundError), damage_of(path):
        return RunRecord.from_json(read_json(path))
    return None


def _settle(folder: Path) -> RunRecord | None:
    """Write the record of a run that was killed together with the process that watched it."""
    left = abandoned(folder / LOCK)
    if left is None:
        return _recorded(folder)
    record = RunRecord.from_json(left)
    end = datetime.fromtimestamp(max(f.stat().st_mtime for f in folder.iterdir()), UTC)
    message = "labbook itself ended before it could tell how this run did"
    record = replace(
        record,
        outcome="killed",
        error={"type": "Killed", "message": message, "traceback": None, "cell": None},
        end=time_text(end),
        wall_time_s=max(0.0, (end - datetime.fromisoformat(record.start)).total_seconds()),
    )
    record = replace(record, beside=_page_before(record, root=folder.parents[2]))
    with suppress(OSError):  # whoever may only read the log is told all the same
        _correct_notebook(folder / NOTEBOOK, record)
        write_record(record, folder)
        (folder / LOCK).unlink(missing_ok=True)
    return record


def _page_before(record: RunRecord, root: Path) -> str | None:
    """The id of the page's run, unless that came after a run that was killed."""
    if record.batch is not None:
        return None
    try:
        page = last_good_run(record.experiment, root)
    except DamagedFile:
        return None  # whoever reads the page says so
    if page is None:
        return None
    began, lived = (
        datetime.fromisoformat(mine) > datetime.fromisoformat(pages)
        for mine, pages in ((record.start, page.start), (record.end, page.end))
    )
    return page.id if began or lived else None


def _correct_notebook(path: Path, record: RunRecord) -> None:
    """Mark the cell that was running as failed, in the copy that was saved last."""
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        for notes in (cell["metadata"].get("papermill", {}) for cell in notebook["cells"]):
            if notes.get("status") == "running":
                notes |= {"status": "failed", "exception": True}
        notebook["metadata"].setdefault("papermill", {})["exception"] = True
        notebook["metadata"].setdefault("labbook", {})["run"] = record.to_json()
    except (FileNotFoundError, ValueError, RecursionError, KeyError, TypeError, AttributeError):
        return  # killed before its first save, or damaged: there is nothing to correct
    write_whole(path, json.dumps(notebook, indent=1).encode() + b"\n")


def read_executed(path: Path) -> dict[str, Any]:
    """An executed notebook, ``notebooks/<experiment>.ipynb``, as JSON types.

    Raises:
        FileNotFoundError: there is nothing of that name.
        Misfit: it is no notebook.
    """
    notebook = read_json(path)
    read_as(notebook, Notebook)
    return notebook


def run_of(notebook: Mapping[str, Any]) -> Any:
    """What an executed notebook tells of the run that made its outputs; None where none has.

    A page has its outputs put in by us. Whoever executes the file itself (Papermill, nbconvert,
    an editor) leaves what it tells of our last run, and notes its own at the cells.
    """
    if any({"papermill", "execution"} & cell["metadata"].keys() for cell in notebook["cells"]):
        return None
    return notebook["metadata"].get("labbook", {}).get("run")


def last_good_run(experiment: str, root: Path) -> RunRecord | None:
    """The run whose outputs ``notebooks/<experiment>.ipynb`` holds.

    Returns:
        None where there is no such notebook, or one that no run of the log made.

    Raises:
        DamagedFile: the notebook is damaged, or what it says of its run.
    """
    path = Layout(root).executed(experiment)
    try:
        run = run_of(read_executed(path))
        return RunRecord.from_json(run) if run is not None else None
    except FileNotFoundError:
        return None
    except Misfit as error:
        where = path.relative_to(root)
        raise DamagedFile(f"{where} is damaged ({error}): run the experiment again.") from error
