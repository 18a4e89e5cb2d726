"""What the site knows of each experiment: its header, its run, its trials, its freshness."""

import json
import re
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from nbformat import NotebookNode

from labbook.log.freshness.stale import accepted_because, run_stale_because, stale_because
from labbook.log.notebook import notebooks
from labbook.log.records.folder import Record, read_records
from labbook.log.records.json_file import DamagedFileWarning
from labbook.log.records.key import canonical_json
from labbook.log.records.layout import Layout
from labbook.log.records.run_record import RunRecord, RunRecordError, read_run

STATUSES = ("complete", "in progress", "planned", "abandoned")
_SUPERSEDED = re.compile(r"superseded by (\d+)")


@dataclass
class Experiment:
    """One experiment as it lies on the disk.

    Attributes:
        name: the notebook's name, ``mixer_autoencoder``.
        source: the text notebook; None where it can't be read.
        executed: its last good run; None where there is none or it can't be read.
        problems: what is wrong with the files, one sentence each; each is a warning of the build.
    """

    name: str
    root: Path
    source: NotebookNode | None = None
    executed: NotebookNode | None = None
    problems: list[str] = field(default_factory=list)
    _answers: dict = field(default_factory=dict, repr=False)

    @property
    def docname(self) -> str:
        return f"notebooks/{self.name}"

    @property
    def header(self) -> dict:
        """The ``labbook:`` part of the notebook's header."""
        metadata = self.source.metadata.get("labbook", {}) if self.source else {}
        return metadata if isinstance(metadata, dict) else {}

    @property
    def number(self) -> int | None:
        number = self.header.get("expt")
        return number if isinstance(number, int) and not isinstance(number, bool) else None

    @property
    def title(self) -> str:
        return str(self.header.get("title") or self.name.replace("_", " "))

    @property
    def status(self) -> str:
        return str(self.header.get("status") or "planned")

    @property
    def superseded_by(self) -> int | None:
        found = _SUPERSEDED.fullmatch(self.status)
        return int(found.group(1)) if found else None

    @property
    def date(self) -> str:
        return str(self.header.get("date") or "")

    @property
    def tags(self) -> list[str]:
        tags = self.header.get("tags") or []
        return [str(tag) for tag in (tags if isinstance(tags, list) else [tags])]

    @property
    def verdict(self) -> str:
        return str(self.header.get("verdict") or "")

    @property
    def has_run(self) -> bool:
        """Whether there are outputs of a run to show."""
        return self.executed is not None and any(
            cell.get("outputs") or cell.get("execution_count")
            for cell in notebooks.code_cells(self.executed)
        )

    @cached_property
    def code_changed(self) -> bool:
        """Whether the text computes something else than what was run."""
        return self.has_run and (
            notebooks.source_digest(self.source) != notebooks.source_digest(self.executed)
        )

    @property
    def run(self) -> dict | None:
        """The record of the run shown; None where it was run by hand, or never."""
        metadata = self.executed.metadata.get("labbook", {}) if self.has_run else {}
        run = metadata.get("run") if isinstance(metadata, dict) else None
        return run if isinstance(run, dict) else None

    @cached_property
    def runs(self) -> list[dict]:
        """The records of all runs that this machine keeps, newest first."""
        found = []
        for folder in Layout(self.root).runs(self.name).glob("*/"):
            try:
                record = read_run(folder)
            except RunRecordError as error:
                self.problems.append(str(error).replace(f"{self.root}/", ""))
                continue
            if record is not None:
                found.append(record.to_json())
        return sorted(found, key=lambda record: record["start"], reverse=True)

    @property
    def failed_attempt(self) -> dict | None:
        """A run that ended badly after the one shown, if the newest did."""
        newest = next((run for run in self.runs if not run.get("batch")), None)
        if newest is None or newest.get("outcome") == "ok":
            return None
        shown = (self.run or {}).get("start", "")
        return newest if str(newest["start"]) > str(shown) else None

    @cached_property
    def records(self) -> list[Record]:
        """The good records and bad attempts of the experiment's trials."""
        with self._noting_damage():
            return read_records(self.name, root=self.root)

    @contextmanager
    def _noting_damage(self) -> Iterator[None]:
        """What is said of damaged files becomes a problem of the experiment."""
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", DamagedFileWarning)
            yield
        told = (str(warning.message).replace(f"{self.root}/", "") for warning in caught)
        self.problems += [sentence for sentence in told if sentence not in self.problems]

    @cached_property
    def planned(self) -> tuple[str, list[str]]:
        """The profile shown and the keys of the trials that its last run planned.

        Where their data were not at hand, a record of any data stands for a trial.
        """
        layout = Layout(self.root)
        plan: dict = {}
        for folder in (layout.published_records(self.name), layout.local_records(self.name)):
            path = folder / "plan.json"
            try:
                plan |= json.loads(path.read_text(encoding="utf-8"))
            except FileNotFoundError:
                continue
            except (ValueError, TypeError):
                self.problems.append(f"{path.relative_to(self.root)} is no plan of trials.")
        profile = (self.run or {}).get("profile") or ""
        if profile not in plan:
            profile = "full" if "full" in plan else next(reversed(plan), "")
        of_any_data = {_trial(vars(record)): record.key for record in self.records if record.ok}
        keys = [
            trial.get("key", "")
            if trial.get("data_digest") is not None
            else of_any_data.get(_trial(trial), trial.get("key", ""))
            for trial in plan.get(profile, [])
            if isinstance(trial, dict)
        ]
        return profile, list(dict.fromkeys(keys))

    @cached_property
    def found(self) -> set[str]:
        """The keys of the planned trials that have a good record."""
        good = {record.key for record in self.records if record.ok}
        return good & set(self.planned[1])

    @cached_property
    def stale(self) -> list[str]:
        """Why what the page shows may no longer be what the code gives; ``[]`` means fresh."""
        of_run = self._run_stale()
        shown = self._shown
        changes = Counter(reason for record in shown for reason in set(self.stale_record(record)))
        reasons = [reason for reason in of_run if reason not in changes]
        for reason, count in sorted(changes.items()):
            some = "" if count == len(shown) else f" ({count} of {len(shown)} trials)"
            reasons.append(reason + some)
        return reasons

    def _run_stale(self) -> list[str]:
        by_hand = ["the notebook's code changed"] if self.code_changed else []
        if self.run is None:
            return by_hand
        with self._noting_damage():
            return run_stale_because(RunRecord.from_json(self.run), self.root)

    @property
    def _shown(self) -> list[Record]:
        return [record for record in self.records if record.key in self.found and record.ok]

    def stale_record(self, record: Record) -> list[str]:
        """Why a record may no longer be what the code gives; ``[]`` means fresh."""
        return self._asked("stale", record, stale_because)

    def _asked(self, what: str, record: Record, ask):
        # Records that the same code made get the same answer, and there are hundreds of them.
        code = tuple(sorted((record.provenance.get("code") or {}).items()))
        question = (what, record.function, code)
        if question not in self._answers:
            with self._noting_damage():
                self._answers[question] = ask(record, self.root)
        return self._answers[question]

    @cached_property
    def accepted(self) -> list[str]:
        """Who said of trials whose code has changed that they are still valid, and why."""
        answers = (self._asked("accepted", record, accepted_because) for record in self._shown)
        words = Counter(filter(None, answers))
        return [f"{word} ({count} trials)" for word, count in sorted(words.items())]

    @property
    def freshness(self) -> str:
        """One of ``fresh``, ``stale``, ``never run``."""
        if not self.has_run:
            return "never run"
        return "stale" if self.stale else "fresh"

    def facts(self) -> dict:
        """All that other pages tell of this one; when it changes, they are written anew."""
        return {
            "header": {k: str(v) for k, v in self.header.items()},
            "run": {k: (self.run or {}).get(k) for k in ("id", "start", "outcome", "profile")},
            "attempt": (self.failed_attempt or {}).get("id"),
            "runs": [(run.get("id"), run.get("outcome")) for run in self.runs],
            "trials": [self.planned, sorted(self.found)],
            "stale": self.stale,
            "accepted": self.accepted,
            "records": sorted((record.key, record.outcome) for record in self.records),
        }


def _trial(fields: dict) -> str:
    """A trial by its function and configuration, whatever its data."""
    return canonical_json([fields.get("function"), fields.get("configuration")])
