"""The trials that one call asks for, and what the records say of them before anything is run."""

import contextlib
import os
import platform
import uuid
import warnings
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labbook.log.code import provenance
from labbook.log.code.function import (
    check_configuration,
    check_function,
    experiment_and_id,
    name_of_function,
    take_name,
)
from labbook.log.code.reach import CodeUsed
from labbook.log.code.source import keep_source
from labbook.log.code.used import SourceUnknown, code_of
from labbook.log.freshness.renamed import check_names, renamings, take_over
from labbook.log.freshness.stale import Verdicts
from labbook.log.processes.undisturbed import defaults
from labbook.log.processes.workers import end_kept_workers
from labbook.log.records.files import writing_to
from labbook.log.records.folder import (
    newest_of,
    read_folder,
    read_records,
    settle_abandoned,
    with_attempt,
)
from labbook.log.records.key import normalise
from labbook.log.records.layout import Layout, find_root
from labbook.log.records.plan import Entry, Lookup, append_to_plan
from labbook.log.records.record import IMPORTED, Record
from labbook.log.records.text import some
from labbook.log.trials.grids import points
from labbook.log.trials.job import DataDigest, Job, checked_digest, entry, texts_of
from labbook.log.trials.table import table

if TYPE_CHECKING:
    import pandas as pd


# Of which functions, with which parameters, it was told in this process what was renamed.
_told: set[tuple[Path, str, frozenset[str]]] = set()


class Planned:
    """A grid of trials of one function, and the records of its experiment.

    Arguments: as of ``labbook.log.trials.run``.

    Attributes:
        trials: in the order of the grid.
        here: those of them that may run in this call; the others are looked up, and a record made
            with other data is shown where there is no better one.
        records: what each trial has come to, by its key.

    Raises:
        TypeError, ValueError: the function or a configuration cannot be a trial.
    """

    def __init__(
        self,
        function: Callable,
        grid: Iterable[Mapping[str, Any]],
        data_digest: DataDigest = "",
        experiment: str | None = None,
        root: Path | None = None,
        execute: bool | Callable[[dict[str, Any]], bool] = True,
        formerly: str | None = None,
        renamed: Mapping[str, str] | None = None,
    ):
        check_function(function)
        check_names(formerly, renamed)
        self.experiment, self._function_id = experiment_and_id(function, experiment)
        self._function = function
        self._data_digest = data_digest
        self._execute = execute
        self._records_only = bool(os.environ.get("LABBOOK_RECORDS_ONLY"))
        configurations = [normalise(point) for point in points(grid)]
        for configuration in configurations:
            check_configuration(function, configuration)
        self.trials = [self._trial(configuration) for configuration in configurations]
        layout = Layout(Path(root) if root else find_root())
        check_still_there(self.experiment, layout)
        self.root, self.folder = layout.root, layout.local_records(self.experiment)
        take_name(function, self._function_id, self.root)
        # Where the folder cannot be written, that is said when there is something to write.
        with contextlib.suppress(OSError):
            settle_abandoned(self.folder)
        take_over(function, self.experiment, formerly, renamed or {}, layout)
        keys = {trial["key"] for trial in self.trials}
        self._local = read_folder(self.folder, "local", keys)
        published = read_folder(layout.published_records(self.experiment), "published", keys)
        self._look_up(_own(newest_of(published, self._local).values()))

    def _trial(self, configuration: dict[str, Any]) -> Entry:
        """A trial with the digest of its data; None where they are not at hand."""
        digest = self._data_digest
        if callable(digest):
            try:
                digest = digest(dict(configuration))
            except FileNotFoundError:
                if not self._records_only:
                    raise
                digest = None
        digest = checked_digest(digest, configuration)
        return entry(self._function_id, configuration, digest)

    @cached_property
    def _every(self) -> list[Record]:
        """All records of the experiment, which may be many: read where a key does not do."""
        return _own(read_records(self.experiment, root=self.root))

    def _look_up(self, records: Iterable[Record]) -> None:
        self._lookup = Lookup(records, lambda: self._every)
        if callable(self._execute):
            self.here = [t for t in self.trials if self._execute(dict(t["configuration"]))]
        else:
            self.here = self.trials if self._execute else []
        own = set() if self._records_only else {t["key"] for t in self.here}
        answers = [self._lookup.answer(t, any_data=t["key"] not in own) for t in self.trials]
        found = zip(self.trials, answers, strict=True)
        self.records = {t["key"]: record for t, record in found if record is not None}

    def take(self, records: Iterable[Record]) -> None:
        """Take the records of trials that have ended; the plan hears of keys that changed."""
        by_key = dict(self._lookup.by_key)
        for record in records:
            before = by_key.get(record.key)
            by_key[record.key] = record if record.ok else with_attempt(before, record)
        planned = {trial["key"] for trial in self.trials}
        # A trial may have fetched the data that were not at hand.
        self.trials = [
            t if t["data_digest"] is not None else self._trial(t["configuration"])
            for t in self.trials
        ]
        if keys := {trial["key"] for trial in self.trials} - planned:
            read = _own(read_records(self.experiment, root=self.root, keys=keys))
            by_key = {record.key: record for record in read} | by_key
        self._look_up(by_key.values())
        if keys:
            self.append_to_plan()

    def append_to_plan(self) -> None:
        """Add the trials to the plan of the run that this process belongs to, if to any."""
        here = {trial["key"] for trial in self.here}
        others = [trial for trial in self.trials if trial["key"] not in here]
        add_to_plan(self.experiment, self.here, others)

    def to_run(self, refresh: str, with_arrays: bool) -> list[Entry]:
        """The trials that are to be run now, none from records alone; arguments as of ``run``."""
        if self._records_only:
            return []
        freshness = self._freshness() if refresh == "stale" else {}

        def wanted(trial: Entry) -> bool:
            record = self.records.get(trial["key"])
            if record is None or not record.ok or refresh == "all":
                return True
            if with_arrays and not record.has_artifacts:
                return True
            if refresh == "failed":
                return record.newer_attempt is not None
            return freshness.get(trial["key"], "").startswith("stale")

        return [trial for trial in {t["key"]: t for t in self.here}.values() if wanted(trial)]

    def renamings(self, trials: list[Entry]) -> list[str]:
        """What was probably renamed, where trials to be run have no record."""
        wanted = [trial for trial in trials if trial["key"] not in self.records]
        names = frozenset(name for trial in wanted for name in trial["configuration"])
        if not wanted or (asked := (self.root, self._function_id, names)) in _told:
            return []
        _told.add(asked)  # once: all records are read to find out
        return renamings(self.experiment, wanted, self._every, self.root)

    def check_seen_by_workers(self) -> None:
        """Refuse what worker processes would compute otherwise: they import modules anew.

        Where the code is not known nobody can tell whether workers have loaded it as it is now:
        those that were kept are ended.

        Raises:
            ValueError: the notebook changes something in a module that the function reaches.
        """
        if self._code is None:
            end_kept_workers()
        elif self._code.patches:
            raise ValueError(
                f"{name_of_function(self._function)}() reaches what the notebook changes in a "
                f"module ({self._code.patches[0]!r:.80}), and worker processes import the module "
                "unchanged: make it an argument of the function, or run with executor=None."
            )

    def jobs(self, trials: list[Entry], timeout_s: float | None) -> list[Job]:
        """What a process needs to run each of these trials.

        Raises:
            RecordsNotWritable: there is no folder of records, and it cannot be made.
        """
        text = Layout(self.root).source(self.experiment)
        used = [text] if self._function.__module__ == "__main__" and text.is_file() else []
        texts = texts_of(self._code) if self._code is not None else {}
        made = provenance.collect(self._code, root=self.root, used=used)
        with writing_to(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            if self._code is not None:
                keep_source(self._code.sources, self._code.digest, self.folder)
        before = self._local.good, self._local.attempts
        return [
            Job(
                trial=trial,
                function=self._function,
                data_digest_after=self._data_digest if trial["data_digest"] is None else None,
                folder=self.folder,
                folder_id=os.stat(self.folder).st_ino,
                seen=frozenset(
                    found[trial["key"]].start for found in before if trial["key"] in found
                ),
                submission=uuid.uuid4().hex,
                planner=(os.getpid(), platform.node()),
                provenance=made,
                texts=texts,
                defaults=defaults(),
                timeout_s=None if timeout_s is None else float(timeout_s),
            )
            for trial in trials
        ]

    @cached_property
    def _code(self) -> CodeUsed | None:
        """The function's code; None where its source is not known."""
        try:
            return code_of(self._function, self.root)
        except SourceUnknown:
            return None

    def table(self, metrics: Iterable[str] = ()) -> "pd.DataFrame":
        """One row for each trial; ``metrics`` as of ``run``, where one name is a list of one."""
        metrics = [metrics] if isinstance(metrics, str) else metrics
        return table(
            self.trials, self.records, self._freshness(), self.experiment, self.root, metrics
        )

    def _freshness(self) -> dict[str, str]:
        """What to say of each good record: ``fresh``, ``stale: …`` or ``unknown: …``."""
        verdicts = Verdicts(self.root, self._code)
        words = {}
        for trial in self.trials:
            record = self.records.get(trial["key"])
            if record is None or not record.ok:
                continue
            changed = list(verdicts.stale(record))
            if trial["data_digest"] is not None and trial["data_digest"] != record.data_digest:
                changed.append("data changed")
            if changed:
                words[trial["key"]] = f"stale: {some(changed)}"
            elif trial["data_digest"] is None:
                words[trial["key"]] = "unknown: data not at hand"
            else:
                words[trial["key"]] = "fresh"
        return words


def add_to_plan(experiment: str, to_run: Iterable[Entry], looked_up: Iterable[Entry]) -> None:
    """Add trials to the plan of the run that this process belongs to; say so where it cannot be."""
    try:
        append_to_plan(to_run, execute=True)
        append_to_plan(looked_up, execute=False)
    except OSError as error:
        told = f"the plan of this run of {experiment} could not be written ({error.strerror})"
        warnings.warn(f"{told}: its page will not tell which trials are missing.", stacklevel=4)


def check_still_there(experiment: str, layout: Layout) -> None:
    """Refuse a notebook's former name: JupyterLab tells a kernel the name when it starts.

    Raises:
        ValueError: the notebook that this kernel was started for is not there any more.
    """
    session = Path(os.environ.get("JPY_SESSION_NAME", ""))
    names = (layout.source(experiment).name, layout.executed(experiment).name)  # no console's
    here = session.name in names and session.parent.resolve() == layout.notebooks.resolve()
    if here and not (session.exists() or layout.source(experiment).exists()):
        raise ValueError(
            f"{session.name}, for which this kernel was started, has been renamed or deleted: "
            "restart the kernel, or its trials would be those of a notebook that is not there."
        )


def _own(records: Iterable[Record]) -> list[Record]:
    """No imported record ever answers for a trial, whatever name it was given."""
    return [record for record in records if record.origin != IMPORTED]
