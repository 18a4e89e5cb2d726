"""The trials that one run asked for: those to run, and those that it only looked up.

A run's kernel finds the run's folder in ``$LABBOOK_RUN_FOLDER`` and appends to ``plan.jsonl``
there; what the run asked for becomes a part of its record. A kernel outside of a run keeps no plan.
Published plans lie in ``docs/records/<experiment>/plans/<profile>.jsonl``: one trial a line,
sorted, without times, so that git can merge those of two people.
"""

import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, NotRequired, TypedDict

from msgspec import Meta

from labbook.log.records.files import write_whole
from labbook.log.records.json_file import (
    Misfit,
    damage_of,
    left_aside,
    parse_json,
    read_file,
)
from labbook.log.records.key import canonical_json
from labbook.log.records.record import Record
from labbook.log.records.schemas import Key, read_as
from labbook.log.records.text import names_in

FOLDER_VARIABLE = "LABBOOK_RUN_FOLDER"
FILE = "plan.jsonl"
NO_PROFILE = "default"
_FIELDS = ("key", "function", "configuration", "data_digest")


class Entry(TypedDict):
    """A trial of a plan; in the record of a run also what it had come to when the run ended.

    ``result`` is the digest of what it gave (``labbook.log.records.record.result_digest``), None
    where there was no good record; ``error`` says why the newest attempt did not end well.
    """

    key: Key
    function: Annotated[str, Meta(pattern=r"^[^/.]+\.[^/]+$")]
    configuration: dict[str, Any]
    data_digest: str | None
    outcome: NotRequired[str]
    result: NotRequired[str | None]
    error: NotRequired[str]


@dataclass(frozen=True)
class Plan:
    """The trials that a run asked for, in its order.

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

    @property
    def experiments(self) -> list[str]:
        """Whose trials they are, or may be: a page may show those of other experiments, too.

        An experiment's name may hold dots (``v1.2``), as may a function's (``Network.train``).
        """
        names = (entry["function"].split(".") for entry in self.entries)
        return sorted({".".join(parts[:n]) for parts in names for n in range(1, len(parts))})


def same_but_for_data(entry: Entry) -> str:
    """A planned trial by its function and configuration, whatever its data."""
    return canonical_json([entry["function"], entry["configuration"]])


def namer(entries: Iterable[Entry]) -> Callable[[Entry], str]:
    """What names a trial of a plan: what tells it from the others of its function.

    Where one of another function has the same name, its own function stands before it, too.
    """
    grids: dict[str, list[dict[str, Any]]] = {}
    for entry in entries:
        grids.setdefault(entry["function"], []).append(entry["configuration"])
    names = {function: names_in(grid) for function, grid in grids.items()}
    called = Counter(name for f, grid in grids.items() for name in {names[f](c) for c in grid})

    def name_of(entry: Entry) -> str:
        name = names[entry["function"]](entry["configuration"])
        return f"{entry['function']}({name})" if called[name] > 1 else name

    return name_of


def append_to_plan(entries: Iterable[Entry], *, execute: bool) -> None:
    """Add trials to the plan of the run that this process belongs to, if to any.

    Arguments:
        execute: whether they are to run, or only looked up.

    Raises:
        OSError: the run's folder cannot be written.
    """
    folder = os.environ.get(FOLDER_VARIABLE)
    if folder:
        with open(Path(folder) / FILE, "a", encoding="utf-8") as file:
            file.writelines(_line(entry, execute) for entry in entries)


def read_plan(path: Path) -> Plan:
    """The trials in a file of lines, each once; empty where there is no file.

    A trial that was looked up and run is one to run; a later line of a trial knows its data
    better.

    Raises:
        DamagedFile: it cannot be read, or a line holds no trial; the message names file and line.
    """
    found: dict[str, Entry] = {}
    to_run = set()
    with suppress(FileNotFoundError), damage_of(path):
        for number, line in enumerate(read_file(path).split(b"\n"), start=1):
            if not line.strip():
                continue
            try:
                fields = parse_json(line)
                entry = read_as(fields, Entry)
            except Misfit as misfit:
                raise Misfit(f"line {number} holds no trial: {misfit}") from misfit
            trial = same_but_for_data(entry)
            found[trial] = entry
            if fields.get("execute") is True:
                to_run.add(trial)
    return Plan(
        [entry for trial, entry in found.items() if trial in to_run],
        [entry for trial, entry in found.items() if trial not in to_run],
    )


def read_published_plans(folder: Path) -> dict[str, Plan]:
    """The published plan of each profile; damaged ones are named in a warning and left aside.

    Arguments:
        folder: the experiment's folder of published records.
    """
    plans, names = {}, []
    with left_aside(folder / "plans"):
        names = sorted(os.listdir(folder / "plans"))
    for path in (folder / "plans" / name for name in names if name.endswith(".jsonl")):
        with left_aside(path):
            plans[path.stem] = read_plan(path)
    return plans


def plan_text(plan: Plan) -> str:
    """A plan as it is published: one trial a line, by function and configuration."""
    lines = [(same_but_for_data(entry), _line(entry, True)) for entry in plan.to_run]
    lines += [(same_but_for_data(entry), _line(entry, False)) for entry in plan.looked_up]
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


def _line(entry: Entry, execute: bool) -> str:
    fields = {name: entry[name] for name in _FIELDS} | {"execute": execute}
    return json.dumps(fields, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"


class Lookup:
    """The records of an experiment, one for each trial, found by planned trials.

    Arguments:
        records: all of them, or those that are found by their keys.
        every: gives all, where they are asked for.
    """

    def __init__(
        self, records: Iterable[Record], every: Callable[[], Iterable[Record]] = lambda: ()
    ):
        self.by_key = {record.key: record for record in records}
        self._every = every

    def answer(self, entry: Entry, *, any_data: bool = False) -> Record | None:
        """The record of a planned trial.

        Arguments:
            any_data: whether a good record of other data stands for it where it has none itself;
                where its data were not at hand, one does anyway.
        """
        record = self.by_key.get(entry["key"])
        if (any_data or entry["data_digest"] is None) and (record is None or not record.ok):
            return self.of_any_data(entry) or record
        return record

    def answers(self, plan: Plan) -> Iterator[tuple[Entry, bool, Record | None]]:
        """Each trial of a plan, those to run first; whether it is only looked up; its record."""
        for looked_up, entries in ((False, plan.to_run), (True, plan.looked_up)):
            for entry in entries:
                yield entry, looked_up, self.answer(entry, any_data=looked_up)

    def of_any_data(self, entry: Entry) -> Record | None:
        """A good record of the same function and configuration, whatever its data.

        Of several the newest, those made on this machine before published ones.
        """
        return self._by_function_and_configuration.get(same_but_for_data(entry))

    @cached_property
    def _by_function_and_configuration(self) -> dict[str, Record]:
        every = {record.key: record for record in self._every()} | self.by_key
        good = [record for record in every.values() if record.ok]
        good.sort(key=lambda record: (record.origin == "local", record.start))
        return {same_but_for_data(vars(record)): record for record in good}
