"""A trial, and a job: all that a process needs to make an attempt at one, wherever it is."""

import dataclasses
import os
import platform
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

from labbook.log.code.live import EDITED, text_loaded, text_of, will_load
from labbook.log.code.reach import CodeUsed
from labbook.log.code.used import edited_here
from labbook.log.processes.outdated import Outdated
from labbook.log.records.files import lock_path, log_path, path_of_attempt, path_of_good
from labbook.log.records.folder import read_or_warn
from labbook.log.records.key import record_key, short_digest
from labbook.log.records.layout import Layout
from labbook.log.records.locks import TrialLock
from labbook.log.records.plan import Entry
from labbook.log.records.record import Record
from labbook.log.records.text import settings_text

DataDigest = str | Callable[[dict[str, Any]], str | None]


def entry(function: str, configuration: dict[str, Any], data_digest: str | None) -> Entry:
    """A trial with its key: what a plan holds of it, and how its record begins.

    Arguments:
        function: ``<experiment>.<qualname>``.
        data_digest: ``""`` where no data are read, None where they are not at hand.
    """
    key = record_key(function, configuration, data_digest)
    return Entry(key=key, function=function, configuration=configuration, data_digest=data_digest)


def checked_digest(digest: Any, configuration: dict[str, Any]) -> str | None:
    """What ``data_digest`` gave for a configuration.

    Raises:
        TypeError: it is neither a text that a record can hold nor None.
    """
    told = f"{digest!r:.80} ({type(digest).__name__})"
    if isinstance(digest, str):
        with suppress(UnicodeEncodeError):
            digest.encode()
            return digest
        told = f"{digest!r:.80}, which is not valid Unicode text,"
    if digest is None:
        return None
    where = settings_text(configuration) or "the only trial"
    raise TypeError(f"data_digest gave {told} for {where}; give a text or None.")


@dataclass(frozen=True)
class Job:
    """One trial as it is given to a process.

    Attributes:
        function: the trial's function, or its cloudpickle.
        data_digest_after: gives the digest of data that is only at hand once the trial has run;
            None where nothing gives one.
        folder: the experiment's folder of local records, in the process that planned.
        folder_id: its inode there: a process that sees another one shares no folder.
        seen: starts of the records of this trial that do not answer it: those that the folder held
            when it was planned.
        submission: names this attempt, so that a scheduler's silent retry is recognised.
        planner: process id and machine of the process that planned.
        provenance: code and commit, as the planning process knows them.
        texts: digest of the text of each module that the trial reaches, when it was planned.
        defaults: torch's default dtype and device in the planning process.
    """

    trial: Entry
    function: Callable | bytes
    data_digest_after: Callable | bytes | None
    folder: Path
    folder_id: int
    seen: frozenset[str]
    submission: str
    planner: tuple[int, str]
    provenance: dict[str, Any]
    texts: Mapping[str, str]
    defaults: tuple[str, str]
    timeout_s: float | None = None

    @property
    def key(self) -> str:
        """The key of the trial."""
        return self.trial["key"]

    @property
    def lock_path(self) -> Path:
        """The lock of the trial."""
        return lock_path(self.folder, self.key)

    @property
    def log_path(self) -> Path:
        """What the trial prints while it runs."""
        return log_path(self.folder, self.key)

    @property
    def in_worker(self) -> bool:
        """Whether this process is another one than the one that planned."""
        return (os.getpid(), platform.node()) != self.planner

    def shares_folder(self) -> bool:
        """Whether this process sees the planner's folder of records."""
        with suppress(OSError):
            return os.stat(self.folder).st_ino == self.folder_id
        return False

    def ended_elsewhere(self) -> Record | None:
        """What another process has made of this trial since it was planned."""
        for path in (path_of_good(self.folder, self.key), path_of_attempt(self.folder, self.key)):
            record = read_or_warn(path)
            if record is not None and record.start not in self.seen:
                return record
        return None

    def record(self, outcome: str, start: str, **measured: Any) -> Record:
        """The record of an attempt at it; of no length unless its ``end`` is given."""
        known = {"end": start, "provenance": self.provenance, "folder": self.folder}
        about = self.trial | known | measured
        return Record(experiment=self.folder.name, outcome=outcome, start=start, **about)

    def hold(self, lock: TrialLock, start: str) -> None:
        """Write into the trial's lock what it takes to write the record of a killed holder."""
        lock.write(
            {
                "pid": os.getpid(),
                "host": platform.node(),
                "submission": self.submission,
                "timeout_s": self.timeout_s,
                "record": self.record("killed", start).to_json(),
            }
        )


def find_own_code(job: Job) -> None:
    """Have a worker find the log's own code, which that of a cluster was not told of."""
    own = Layout(job.folder.parents[2]).own_code() if job.in_worker else []
    sys.path += [folder for folder in own if folder not in sys.path]


def texts_of(code: CodeUsed) -> dict[str, str]:
    """Digests of the texts of a code's modules; of one that was edited after it was loaded none.

    Nothing vouches for the code of such a one: its records are stale from the start.
    """
    edited = {key.rpartition(".")[0] for key, value in code.digests.items() if value == EDITED}
    files = {name: file for name, file in code.modules.items() if name not in edited}
    texts = {name: text_of(str(file)) for name, file in files.items()}
    return {name: short_digest(text) for name, text in texts.items() if text is not None}


@contextmanager
def code_as_planned(job: Job) -> Iterator[None]:
    """Inside, no module that a trial reaches is loaded from another text than when it was planned.

    The process that planned has looked at what it had loaded; a worker does so here.

    Raises:
        Outdated: a worker has loaded one that was changed before the trial was planned; inside, a
            module that is loaded there was changed since.
    """
    if job.in_worker:
        for name in job.texts:
            _check_loaded(job, name)
    loading = _Loading(job.texts)
    sys.meta_path.insert(0, loading)
    try:
        yield
    finally:
        sys.meta_path.remove(loading)


# Modules whose text is another one than that of a plan, and their definitions the same.
_same: set[tuple[str, str, str]] = set()


def _check_loaded(job: Job, name: str) -> None:
    text = text_loaded(name)
    if text is None or short_digest(text) == job.texts[name]:
        return
    change = name, short_digest(text), job.texts[name]
    if change in _same:
        return
    now = text_of(sys.modules[name].__spec__.origin)
    code = [key for key in job.provenance["code"] if key.rpartition(".")[0] == name]
    if now is None or short_digest(now) != job.texts[name] or edited_here(code):
        raise Outdated(
            f"the worker has loaded {name} as it was before its file was changed: restart the "
            "workers."
        )
    _same.add(change)


class _Loading:
    """Stands before the finders of modules, and sees what is loaded."""

    def __init__(self, texts: Mapping[str, str]):
        self._texts = texts

    def find_spec(self, name: str, *where: Any) -> ModuleSpec | None:
        """The place of a module that a trial reaches; of any other the finders are asked."""
        if name not in self._texts:
            return None
        finders = (finder for finder in sys.meta_path if not isinstance(finder, _Loading))
        spec = next(filter(None, (finder.find_spec(name, *where) for finder in finders)), None)
        text = spec and will_load(name, spec)
        if text is not None and short_digest(text) != self._texts[name]:
            raise Outdated(
                f"{name} was changed after the trial was planned, and would be loaded as it is "
                "now: run again, with the code as it is now."
            )
        return spec


def load(function: Callable | bytes) -> Callable:
    """The function, out of its cloudpickle if it came from another process."""
    if not isinstance(function, bytes):
        return function
    import cloudpickle

    return cloudpickle.loads(function)


def with_data_digest(job: Job) -> Job:
    """The job as it is once its data is at hand: a trial may have fetched them."""
    trial = job.trial
    if trial["data_digest"] is not None or job.data_digest_after is None:
        return job
    digest = load(job.data_digest_after)(trial["configuration"])
    digest = checked_digest(digest, trial["configuration"])
    if digest is None:
        return job
    keyed = entry(trial["function"], trial["configuration"], digest)
    # A good record of these data answers for the trial; a bad attempt is tried again.
    before = read_or_warn(path_of_attempt(job.folder, keyed["key"]))
    return dataclasses.replace(job, trial=keyed, seen=frozenset([before.start] if before else []))


def portable(job: Job) -> Job:
    """The job as it is sent to another process: functions of a notebook go by value.

    Raises:
        TypeError: they use something that cannot be sent.
    """
    import cloudpickle

    after = job.data_digest_after
    try:
        return dataclasses.replace(
            job,
            function=cloudpickle.dumps(job.function),
            data_digest_after=after and cloudpickle.dumps(after),
        )
    except Exception as error:  # pickling runs code of the classes that it meets
        raise TypeError(
            f"what {job.trial['function']} uses cannot be sent to worker processes ({error}): "
            "define it in a module, or run with executor=None."
        ) from error
