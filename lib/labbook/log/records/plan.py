"""The trials that one run asked for: those to run, and those that it only looked up.

A run's kernel finds the run's folder in ``$LABBOOK_RUN_FOLDER`` and appends to ``plan.jsonl``
there; what the run asked for becomes a part of its record. A kernel outside of a run keeps no plan.
Published plans lie in ``docs/records/<experiment>/plans/<profile>.jsonl``: one trial a line,
sorted, without times, so that git can merge those of two people.
"""

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from labbook.log.records.files import write_whole
from labbook.log.records.key import canonical_json
from labbook.log.records.record import Record

FOLDER_VARIABLE = "LABBOOK_RUN_FOLDER"
FILE = "plan.jsonl"
NO_PROFILE = "default"
_FIELDS = ("key", "function", "configuration", "data_digest")

Entry = dict[str, Any]


class PlanError(ValueError):
    """A file that should hold the trials of a run and does not."""


@dataclass(frozen=True)
class Plan:
    """The trials that a run asked for, in its order.

    Each is ``{"key", "function", "configuration", "data_digest"}``; in the record of a run also
    ``outcome``, what the trial had come to when the run ended, and ``result``, the digest of what
    it gave (see ``labbook.log.records.record``), None where there was no good record.

    Attributes:
        to_run: trials that the run was to run where they had no record.
        looked_up: trials whose records it only showed, if they were there.
    """

    to_run: list[Entry] = field(default_factory=list)
    looked_up: list[Entry] = field(default_factory=list)

    @property
    def entries(self) -> list[Entry]:
        """All trials, those to run first."""
        return [*self.to_run, *self.looked_up]

    def to_json(self) -> dict[str, list[Entry]]:
        """The plan as JSON types."""
        return {"to_run": self.to_run, "looked_up": self.looked_up}

    @classmethod
    def from_json(cls, data: Any) -> "Plan":
        """The plan that ``to_json`` gave.

        Raises:
            PlanError: it is none.
        """
        if not isinstance(data, dict):
            raise PlanError("the trials of a run are two lists: to_run and looked_up")
        lists = [data.get(name, []) for name in ("to_run", "looked_up")]
        if not all(isinstance(entries, list) for entries in lists):
            raise PlanError("the trials of a run are two lists: to_run and looked_up")
        return cls(*([_checked(entry) for entry in entries] for entries in lists))


def same_but_for_data(entry: Entry) -> str:
    """A planned trial by its function and configuration, whatever its data."""
    return canonical_json([entry["function"], entry["configuration"]])


def append_to_plan(entries: Iterable[Entry], *, execute: bool) -> None:
    """Tell the run that this process belongs to which trials it asks for.

    Arguments:
        entries: ``{"key", "configuration", "function", "data_digest"}`` for each trial.
        execute: whether they are to run, or only looked up.

    Raises:
        OSError: the run's folder cannot be written.
    """
    folder = os.environ.get(FOLDER_VARIABLE)
    if not folder:
        return
    with open(Path(folder) / FILE, "a", encoding="utf-8") as file:
        file.writelines(_line(entry | {"execute": execute}) for entry in entries)


def read_plan(path: Path) -> Plan:
    """The trials in a file of lines, each once; empty where there is no file.

    A trial that was looked up and run is one to run; a later line of a trial knows its data
    better.

    Raises:
        PlanError: a line holds no trial; the message names file and line.
    """
    found: dict[str, Entry] = {}
    execute: dict[str, bool] = {}
    for entry in _lines(path):
        trial = same_but_for_data(entry)
        found[trial] = {name: entry[name] for name in _FIELDS}
        execute[trial] = execute.get(trial, False) or entry.get("execute") is True
    return Plan(
        [entry for trial, entry in found.items() if execute[trial]],
        [entry for trial, entry in found.items() if not execute[trial]],
    )


def read_published_plans(folder: Path) -> dict[str, Plan]:
    """The published plan of each profile.

    Arguments:
        folder: the experiment's folder of published records.

    Raises:
        PlanError: a line of a file holds no trial.
    """
    return {path.stem: read_plan(path) for path in sorted((folder / "plans").glob("*.jsonl"))}


def plan_text(plan: Plan) -> str:
    """A plan as it is published: one trial a line, by function and configuration."""
    lines = [
        (same_but_for_data(entry), _line({n: entry[n] for n in _FIELDS} | {"execute": execute}))
        for entries, execute in ((plan.to_run, True), (plan.looked_up, False))
        for entry in entries
    ]
    return "".join(line for _, line in sorted(lines))


def published_plan_path(folder: Path, profile: str | None) -> Path:
    """Where the plan of a profile is published."""
    return folder / "plans" / f"{profile or NO_PROFILE}.jsonl"


def publish_plan(folder: Path, profile: str | None, plan: Plan) -> None:
    """Write the plan of a published run.

    Raises:
        OSError: the folder cannot be written; the plan that was there stands.
    """
    path = published_plan_path(folder, profile)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, plan_text(plan).encode())


def _line(entry: Entry) -> str:
    return json.dumps(entry, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"


def _lines(path: Path) -> Iterator[Entry]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return
    except (OSError, UnicodeDecodeError) as error:
        raise PlanError(f"{path} cannot be read: {error}") from error
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                yield _checked(json.loads(line))
            except ValueError as error:
                raise PlanError(f"{path}, line {number} holds no trial: {error}") from error


def _checked(entry: Any) -> Entry:
    if not isinstance(entry, dict) or not all(name in entry for name in _FIELDS):
        raise PlanError(f"a trial has {', '.join(_FIELDS)}")
    texts = isinstance(entry["key"], str) and isinstance(entry["function"], str)
    digest = entry["data_digest"]
    if not (texts and isinstance(entry["configuration"], dict)) or not (
        digest is None or isinstance(digest, str)
    ):
        raise PlanError("a field of a trial is of another type")
    return entry


class Lookup:
    """The records of an experiment, one for each trial, found by planned trials.

    Arguments:
        records: as ``read_records`` gives them.
    """

    def __init__(self, records: Iterable[Record]):
        self.records = list(records)
        self.by_key = {record.key: record for record in self.records}
        self._alike: dict[str, Record] | None = None

    def answer(self, entry: Entry, *, looked_up: bool = False) -> Record | None:
        """The record of a planned trial.

        Where its data were not at hand, or the trial was only looked up, a good record of any data
        stands for it.
        """
        record = self.by_key.get(entry["key"])
        any_data = looked_up or entry["data_digest"] is None
        if any_data and (record is None or not record.ok):
            return self.of_any_data(entry) or record
        return record

    def of_any_data(self, entry: Entry) -> Record | None:
        """A good record of the same function and configuration, whatever its data."""
        if self._alike is None:
            self._alike = {
                same_but_for_data(vars(record)): record for record in self.records if record.ok
            }
        return self._alike.get(same_but_for_data(entry))
