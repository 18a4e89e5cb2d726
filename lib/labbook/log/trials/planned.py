"""The trials that one call plans, and what the records say of them before anything is run."""

import contextlib
import os
import platform
import uuid
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labbook.log.code import provenance
from labbook.log.code.function import check_configuration, check_function, experiment_and_id
from labbook.log.code.reach import CodeUsed
from labbook.log.code.source import keep_source
from labbook.log.code.used import SourceUnknown, code_of
from labbook.log.freshness.former import Former
from labbook.log.freshness.stale import Verdicts
from labbook.log.records.files import not_writable
from labbook.log.records.folder import (
    Folder,
    newest_of,
    read_folder,
    settle_abandoned,
    with_attempt,
)
from labbook.log.records.key import normalise
from labbook.log.records.layout import Layout, find_root
from labbook.log.records.plan import Lookup, append_to_plan
from labbook.log.records.record import IMPORTED, Record
from labbook.log.records.text import some
from labbook.log.trials.job import DataDigest, Job, Trial
from labbook.log.trials.table import table

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Planned:
    """A grid of trials of one function, and the records of its experiment.

    Attributes:
        function_id: ``<experiment>.<qualname>``.
        local: the folder of local records as it was read.
        lookup: what each trial of the experiment has come to.
        other_data: whether a record made with other data is shown where there is no better one.
    """

    function: Callable
    function_id: str
    experiment: str
    root: Path
    data_digest: DataDigest
    trials: list[Trial]
    local: Folder
    lookup: Lookup
    other_data: bool

    @classmethod
    def of(
        cls,
        function: Callable,
        grid: Iterable[Mapping[str, Any]],
        data_digest: DataDigest,
        experiment: str | None,
        root: Path | None,
        other_data: bool = False,
        formerly: str | None = None,
        renamed: Mapping[str, str] | None = None,
    ) -> "Planned":
        """Check function and configurations, and look their records up; arguments as of ``run``.

        Raises:
            TypeError, ValueError: one of them cannot be a trial.
        """
        check_function(function)
        experiment, function_id = experiment_and_id(function, experiment)
        configurations = [normalise(point) for point in grid]
        for configuration in configurations:
            check_configuration(function, configuration)
        trials = [
            Trial.of(function_id, configuration, _digest_of_data(data_digest, configuration))
            for configuration in configurations
        ]
        layout = Layout(Path(root) if root else find_root())
        former = Former.declared(function, experiment, formerly, renamed, layout)
        folder = layout.local_records(experiment)
        # Where the folder cannot be written, that is said when there is something to write.
        with contextlib.suppress(OSError):
            settle_abandoned(folder)
        local = read_folder(folder, "local")
        published = read_folder(layout.published_records(experiment), "published")
        former.take_over(published, local, layout)
        # No imported record ever answers for a trial, whatever name it was given.
        own = (r for r in newest_of(published, local).values() if r.origin != IMPORTED)
        lookup = Lookup(own)
        return cls(
            function,
            function_id,
            experiment,
            layout.root,
            data_digest,
            trials,
            local,
            lookup,
            other_data,
        )

    def after(self, records: Iterable[Record]) -> "Planned":
        """The same trials once some have ended; the run's plan hears of keys that changed."""
        by_key = dict(self.lookup.by_key)
        for record in records:
            before = by_key.get(record.key)
            by_key[record.key] = record if record.ok else with_attempt(before, record)
        trials = [
            trial
            if trial.data_digest is not None  # else a trial may have fetched its data
            else Trial.of(
                self.function_id,
                trial.configuration,
                _digest_of_data(self.data_digest, trial.configuration),
            )
            for trial in self.trials
        ]
        planned = replace(self, trials=trials, lookup=Lookup(by_key.values()))
        if trials != self.trials:
            planned.append_to_plan(execute=True)
        return planned

    @cached_property
    def records(self) -> dict[str, Record]:
        """What each trial has come to, by its key."""
        answers = {
            trial.key: self.lookup.answer(vars(trial), any_data=self.other_data)
            for trial in self.trials
        }
        return {key: record for key, record in answers.items() if record is not None}

    @property
    def folder(self) -> Path:
        """The folder of local records."""
        return Layout(self.root).local_records(self.experiment)

    def append_to_plan(self, *, execute: bool) -> None:
        """Add the trials to the plan of the run that this process belongs to, if to any.

        Arguments:
            execute: whether they are to run, or only looked up.
        """
        try:
            append_to_plan(map(asdict, self.trials), execute=execute)
        except OSError as error:
            warnings.warn(
                f"the plan of this run of {self.experiment} could not be written "
                f"({error.strerror}): its page will not tell which trials are missing.",
                stacklevel=3,
            )

    def to_run(self, refresh: str, with_arrays: bool = False) -> list[Trial]:
        """The trials without a good record, and those whose record is to be made anew.

        Arguments:
            refresh: ``missing``, ``stale``, ``failed`` or ``all``.
            with_arrays: whether a trial whose arrays are not on this machine counts as missing.
        """
        freshness = self._freshness() if refresh == "stale" else {}

        def wanted(trial: Trial) -> bool:
            record = self.records.get(trial.key)
            if record is None or not record.ok or refresh == "all":
                return True
            arrays = self.folder / f"{record.key}.npz"
            if with_arrays and record.artifacts and not arrays.is_file():
                return True
            if refresh == "failed":
                return record.newer_attempt is not None
            return freshness.get(trial.key, "").startswith("stale")

        return [trial for trial in {t.key: t for t in self.trials}.values() if wanted(trial)]

    def jobs(self, trials: list[Trial], timeout_s: float | None) -> list[Job]:
        """What a process needs to run each of these trials.

        Raises:
            RecordsNotWritable: there is no folder of records, and it cannot be made.
        """
        made = provenance.collect(self.function, root=self.root)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            if self._code is not None:
                keep_source(self._code.sources, self._code.digest, self.folder)
        except OSError as error:
            raise not_writable(self.folder, error) from error
        after = self.data_digest if callable(self.data_digest) else None
        before = self.local.good, self.local.attempts
        return [
            Job(
                trial=trial,
                experiment=self.experiment,
                function=self.function,
                data_digest_after=after if trial.data_digest is None else None,
                folder=self.folder,
                folder_id=os.stat(self.folder).st_ino,
                seen=frozenset(found[trial.key].start for found in before if trial.key in found),
                submission=uuid.uuid4().hex,
                planner=(os.getpid(), platform.node()),
                provenance=made,
                timeout_s=timeout_s,
            )
            for trial in trials
        ]

    @cached_property
    def _code(self) -> CodeUsed | None:
        """The function's code; None where its source is not known."""
        try:
            return code_of(self.function, self.root)
        except SourceUnknown:
            return None

    def table(self) -> "pd.DataFrame":
        """One row for each trial."""
        return table(self.trials, self.records, self._freshness(), self.experiment)

    def _freshness(self) -> dict[str, str]:
        """What to say of each good record: ``fresh``, ``stale: …`` or ``unknown: …``."""
        verdicts = Verdicts(self.root, self._code)
        words = {}
        for trial in self.trials:
            record = self.records.get(trial.key)
            if record is None or not record.ok:
                continue
            changed = list(verdicts.stale(record))
            if trial.data_digest is not None and trial.data_digest != record.data_digest:
                changed.append("data changed")
            if changed:
                words[trial.key] = f"stale: {some(changed)}"
            elif trial.data_digest is None:
                words[trial.key] = "unknown: data not at hand"
            else:
                words[trial.key] = "fresh"
        return words


def _digest_of_data(data_digest: DataDigest, configuration: dict[str, Any]) -> str | None:
    """The digest of a trial's data; None where they are not at hand."""
    if not callable(data_digest):
        return data_digest
    try:
        return data_digest(dict(configuration))
    except FileNotFoundError:
        if os.environ.get("LABBOOK_RECORDS_ONLY"):
            return None
        raise
