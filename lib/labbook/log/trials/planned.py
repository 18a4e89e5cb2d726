"""The trials that one call plans, and what the records say of them before anything is run."""

import contextlib
import os
import platform
import uuid
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labbook.log.code import provenance
from labbook.log.code.function import check_configuration, check_function, experiment_and_id
from labbook.log.code.reach import CodeUsed
from labbook.log.code.source import keep_source
from labbook.log.code.used import SourceUnknown, code_of
from labbook.log.freshness.stale import stale_because
from labbook.log.records.files import not_writable
from labbook.log.records.folder import Folder, newest_of, read_folder, settle_abandoned
from labbook.log.records.key import canonical_json, normalise, record_key
from labbook.log.records.layout import Layout, find_root
from labbook.log.records.plan import append_to_plan
from labbook.log.records.record import Record
from labbook.log.trials.job import Job
from labbook.log.trials.table import table
from labbook.log.trials.trial import DataDigest, Trial

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Planned:
    """A grid of trials of one function, and the records found for them.

    Attributes:
        records: what each trial has come to, by the trial's key.
        local: the folder of local records as it was read.
        other_data: whether a record made with other data is shown where there is no better one.
    """

    function: Callable
    experiment: str
    root: Path
    data_digest: DataDigest
    trials: list[Trial]
    records: dict[str, Record]
    local: Folder
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
        trials = []
        for configuration in configurations:
            digest = _digest_of_data(data_digest, configuration)
            key = record_key(function_id, configuration, digest)
            trials.append(Trial(function_id, configuration, digest, key))
        layout = Layout(Path(root) if root else find_root())
        folder = layout.local_records(experiment)
        # Where the folder cannot be written, that is said when there is something to write.
        with contextlib.suppress(OSError):
            settle_abandoned(folder)
        local = read_folder(folder, "local")
        published = read_folder(layout.published_records(experiment), "published")
        found = newest_of(published, local)
        records = _look_up(trials, found, other_data)
        return cls(
            function, experiment, layout.root, data_digest, trials, records, local, other_data
        )

    def again(self) -> "Planned":
        """The same trials, their records read anew; the run's plan hears of keys that changed."""
        configurations = [trial.configuration for trial in self.trials]
        planned = Planned.of(
            self.function, configurations, self.data_digest, self.experiment, self.root
        )
        if planned.trials != self.trials:
            planned.tell(execute=True)
        return planned

    @property
    def folder(self) -> Path:
        """The folder of local records."""
        return Layout(self.root).local_records(self.experiment)

    def tell(self, *, execute: bool) -> None:
        """Add the trials to the plan of the run that this process belongs to, if to any.

        Arguments:
            execute: whether they are to run, or only looked up.
        """
        entries = [
            {
                "key": trial.key,
                "configuration": trial.configuration,
                "function": trial.function_id,
                "data_digest": trial.data_digest,
            }
            for trial in self.trials
        ]
        try:
            append_to_plan(entries, execute=execute)
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
        stale = self._freshness() if refresh == "stale" else {}

        def wanted(trial: Trial) -> bool:
            record = self.records.get(trial.key)
            if record is None or not record.ok or refresh == "all":
                return True
            if with_arrays and record.artifacts and not self._has_arrays(record):
                return True
            if refresh == "failed":
                return record.newer_attempt is not None
            return stale.get(trial.key, "").startswith("stale")

        return [trial for trial in {t.key: t for t in self.trials}.values() if wanted(trial)]

    def _has_arrays(self, record: Record) -> bool:
        return (self.folder / f"{record.key}.npz").is_file()

    def jobs(self, trials: list[Trial], timeout_s: float | None) -> list[Job]:
        """What a process needs to run each of these trials.

        Raises:
            RecordsNotWritable: there is no folder of records, and it cannot be made.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise not_writable(self.folder, error) from error
        made = provenance.collect(self.function, root=self.root)
        if code := self._code():
            try:
                keep_source(code.sources, code.digest, self.folder)
            except OSError as error:
                raise not_writable(self.folder, error) from error
        after = self.data_digest if callable(self.data_digest) else None
        before = self.local.good, self.local.attempts
        return [
            Job(
                key=trial.key,
                function_id=trial.function_id,
                experiment=self.experiment,
                configuration=trial.configuration,
                data_digest=trial.data_digest,
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
        code = self._code()
        reasons: dict[str | None, list[str]] = {}
        told = {}
        for trial in self.trials:
            record = self.records.get(trial.key)
            if record is None or not record.ok:
                continue
            made_by = record.provenance.get("code_digest")
            if made_by not in reasons:
                reasons[made_by] = stale_because(record, self.root, code=code)
            changed = list(reasons[made_by])
            if trial.data_digest is not None and trial.data_digest != record.data_digest:
                changed.append("data changed")
            if changed:
                told[trial.key] = f"stale: {'; '.join(changed)}"
            elif trial.data_digest is None:
                told[trial.key] = "unknown: data not at hand"
            else:
                told[trial.key] = "fresh"
        return told


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


def _look_up(trials: list[Trial], found: dict[str, Record], other_data: bool) -> dict[str, Record]:
    """The record of each trial; where data are not at hand, of any data."""
    alike: dict[str, Record] = {}
    for record in sorted(found.values(), key=lambda r: (r.ok, r.origin == "local", r.start)):
        alike[canonical_json([record.function, record.configuration])] = record
    records = {}
    for trial in trials:
        record = found.get(trial.key)
        any_data = other_data or trial.data_digest is None
        if any_data and (record is None or not record.ok):
            other = alike.get(canonical_json([trial.function_id, trial.configuration]))
            record = other if other is not None and other.ok else record
        if record is not None:
            records[trial.key] = record
    return records
