"""What goes on now, seen from any process: runs, their cells and trials, losses, time left.

Nothing is written for it: the lock of a run and its plan, the notebook that Papermill saves at each
cell, the locks of trials and their curves as they grow are there anyway.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from labbook.log.records.files import log_path, path_of_attempt, path_of_good
from labbook.log.records.json_file import DamagedFile
from labbook.log.records.layout import Layout
from labbook.log.records.locks import holder_of
from labbook.log.records.outcome import history_so_far
from labbook.log.records.plan import FILE, namer, read_plan
from labbook.log.records.run_record import LOCK, NOTEBOOK
from labbook.log.records.text import names_in


@dataclass(frozen=True)
class RunningTrial:
    """A trial that a process has now.

    Attributes:
        key: of its record.
        name: what tells it from the others of its run.
        seconds: since its start.
        losses: the last value of each curve that is called a loss, or of the first curve.
        process: ``pid on host``.
    """

    key: str
    name: str
    seconds: float
    losses: dict[str, float] = field(default_factory=dict)
    process: str = ""


@dataclass(frozen=True)
class Running:
    """A run that goes on, or trials that go on outside of any run.

    Attributes:
        run: its id; None for trials of a JupyterLab kernel or a script.
        batch: the sweep that it belongs to, or None.
        seconds: since its start; of trials outside of a run, since that of the oldest.
        cell, cells: number of the code cell that is executed, from 1, and how many there are;
            0 before the first.
        title: of that cell: the heading above it and its first line.
        planned: how many trials it has asked for so far.
        before: how many of these had a good record when it began.
        ended: names and outcomes of those that have ended in it.
        trials: those that are running.
        left_s: seconds until the trials asked for so far are done, by the pace of those that have
            ended; None where nothing tells.
        given: the parameters that were given from outside.
    """

    experiment: str
    run: str | None
    profile: str | None = None
    batch: str | None = None
    seconds: float = 0.0
    cell: int = 0
    cells: int = 0
    title: str = ""
    planned: int = 0
    before: int = 0
    ended: dict[str, str] = field(default_factory=dict)
    trials: list[RunningTrial] = field(default_factory=list)
    left_s: float | None = None
    given: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """It as JSON types."""
        return asdict(self)


def what_runs(root: Path, experiments: Iterable[str] | None = None) -> list[Running]:
    """The runs that go on now, and for each experiment the trials that go on outside of them.

    Arguments:
        root: the log's root.
        experiments: names; all of the log when not given.
    """
    layout = Layout(root)
    names = layout.experiments() if experiments is None else experiments
    return [one for name in names for one in _of_experiment(name, layout)]


def _of_experiment(experiment: str, layout: Layout) -> list[Running]:
    folder = layout.local_records(experiment)
    holders = {path.stem: holder for path in folder.glob("*.lock") if (holder := holder_of(path))}
    trials = {key: holder for key, holder in holders.items() if "record" in holder}
    runs = []
    for lock in sorted(layout.runs(experiment).glob(f"*/{LOCK}")):
        if begun := holder_of(lock):
            runs.append(_run(begun, lock.parent, trials, layout))
    of_runs = {trial.key for run in runs for trial in run.trials}
    others = [
        _trial(key, holder, folder, names_in([])(holder["record"]["configuration"]))
        for key, holder in trials.items()
        if key not in of_runs
    ]
    if others:
        seconds = max(trial.seconds for trial in others)
        runs.append(Running(experiment, None, seconds=seconds, trials=others))
    return runs


def _run(begun: dict[str, Any], folder: Path, holders: dict, layout: Layout) -> Running:
    """A run, by what its lock tells and what its kernel has left so far."""
    experiment = begun["experiment"]
    began = datetime.fromisoformat(begun["start"])
    records, published = layout.local_records(experiment), layout.published_records(experiment)
    try:
        entries = read_plan(folder / FILE).to_run
    except DamagedFile:
        entries = []  # a line that is being written
    name_of = namer(entries)
    before, ended, trials, made_again = 0, {}, [], False
    for entry in entries:
        key = entry["key"]
        good, attempt = path_of_good(records, key), path_of_attempt(records, key)
        if key in holders:
            trials.append(_trial(key, holders[key], records, name_of(entry)))
            made_again |= good.exists()
        elif _is_since(attempt, began):
            ended[name_of(entry)] = _outcome(attempt)
        elif _is_since(good, began):
            ended[name_of(entry)] = "ok"
        else:
            before += good.exists() or path_of_good(published, key).exists()
    seconds = _since(begun["start"])
    waiting = len(entries) - before - len(ended)
    # Where trials that have a record are made again, nothing tells how many of them will be.
    known = ended and not made_again
    return Running(
        experiment,
        begun["id"],
        begun.get("profile"),
        begun.get("batch"),
        seconds,
        *cell_of(folder / NOTEBOOK),
        len(entries),
        before,
        ended,
        trials,
        seconds / len(ended) * waiting if known else None,
        begun.get("parameters_given", {}),
    )


def _trial(key: str, holder: dict[str, Any], folder: Path, name: str) -> RunningTrial:
    begun = holder["record"]
    curves = history_so_far(log_path(folder, key))
    last = {name: curve[-1] for name, curve in curves.items() if curve}
    losses = {name: value for name, value in last.items() if "loss" in name}
    return RunningTrial(
        key,
        name,
        _since(begun["start"]),
        losses or dict(list(last.items())[:1]),
        f"{holder['pid']} on {holder['host']}",
    )


def cell_of(path: Path) -> tuple[int, int, str]:
    """Number, count and title of the code cell that runs, as the notebook was last saved."""
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    except (OSError, ValueError, KeyError):
        return 0, 0, ""
    code = [i for i, cell in enumerate(cells) if cell["cell_type"] == "code"]
    notes = [cells[i].get("metadata", {}).get("papermill", {}) for i in code]
    begun = [n for n, note in enumerate(notes) if note.get("status", "pending") != "pending"]
    if not begun:
        return 0, len(code), ""
    from labbook.log.notebook import notebooks  # loads Jupytext

    text = notebooks.from_json({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    return begun[-1] + 1, len(code), notebooks.title(text, code[begun[-1]])


def _outcome(attempt: Path) -> str:
    try:
        return str(json.loads(attempt.read_text(encoding="utf-8"))["outcome"])
    except (OSError, ValueError, KeyError, TypeError):
        return "unreadable"


def _is_since(path: Path, moment: datetime) -> bool:
    """Whether a file was written after a moment."""
    try:
        return path.stat().st_mtime >= moment.timestamp()
    except OSError:
        return False


def _since(start: str) -> float:
    return max(0.0, (datetime.now(UTC) - datetime.fromisoformat(start)).total_seconds())
