"""``labbook import``: records of runs that other tools logged."""

import dataclasses
import importlib
import importlib.util
import shlex
from collections.abc import Iterable
from pathlib import Path

from labbook.commands.importing.original import ImportFailed, Original, record_of
from labbook.commands.new import create, file_name
from labbook.log.records.files import path_of_attempt, path_of_good
from labbook.log.records.folder import Folder, read_folder, remove_attempt, write_record
from labbook.log.records.layout import Layout
from labbook.log.records.record import Record, result_digest

# Each tool with the distribution that its reader needs.
TOOLS = {"tensorboard": "tensorboard", "wandb": "wandb", "mlflow": "mlflow-skinny"}
TITLE = "Imported runs"


def import_runs(tool: str, path: Path, root: Path, into: str | None = None) -> str:
    """Make records of the runs that a tool logged; what was imported before is not doubled.

    Arguments:
        tool: ``tensorboard``, ``wandb`` or ``mlflow``.
        path: a folder of event files, an offline folder or file of W&B, or a store of MLflow.
        root: the log's root.
        into: the experiment that they go to; ``imported_runs``, made where there is none, when
            not given.

    Returns:
        What was done, a line each.

    Raises:
        ImportFailed: there is nothing to import at the path, or the tool is not installed.
        UnknownExperiment: there is no experiment of that name.
    """
    if not path.exists():
        raise ImportFailed(f"{path} is not there.")
    if importlib.util.find_spec(tool) is None:
        raise ImportFailed(
            f"{tool} is not installed, and its files are read with it: pip install {TOOLS[tool]}."
        )
    layout = Layout(root)
    if into is not None:
        layout.require(into)
    experiment = into or file_name(TITLE, 0)
    found = list(importlib.import_module(f"labbook.commands.importing.{tool}").read(path))
    originals = [one for one in found if isinstance(one, Original)]
    lines = [str(one) for one in found if isinstance(one, ImportFailed)]
    if not originals:
        raise ImportFailed("\n".join(lines) or f"{path} holds no run that has ended.")
    if experiment not in layout.experiments():
        made = create(root, TITLE, template="imported_runs")
        lines.append(f"{made.relative_to(root)} is new: it shows them.")
    done = _write(originals, tool, experiment, layout)
    return "\n".join([*lines, *done, f"labbook run {shlex.quote(experiment)} && labbook site"])


def _write(originals: Iterable[Original], tool: str, experiment: str, layout: Layout) -> list[str]:
    folder = layout.local_records(experiment)
    folder.mkdir(parents=True, exist_ok=True)
    local = _imported(read_folder(folder, "local"))
    published = _imported(read_folder(layout.published_records(experiment), "published"))
    owners = {r.key: run for known in (published, local) for run, rs in known.items() for r in rs}
    new = changed = same = 0
    left = []
    for original in originals:
        record = record_of(original, tool, experiment)
        if owners.setdefault(record.key, (tool, original.run)) != (tool, original.run):
            # Another run has the same name and settings: folders of two places may be alike.
            named = dataclasses.replace(original, name=f"{original.name} ({original.run[:8]})")
            record = record_of(named, tool, experiment)
        before, sent = (known.get((tool, original.run), []) for known in (local, published))
        there = [*before, *sent]
        if any((r.key, result_digest(r)) == (record.key, result_digest(record)) for r in there):
            same += 1
            continue
        write_record(record, folder)
        for other in before:
            _remove_other(other, record, folder)
        new, changed = new + (not there), changed + bool(there)
        left += [r for r in sent if r.key != record.key]
    counts = f"{new} imported from {tool}, {changed} imported anew, {same} as they were"
    lines = [f"{experiment}: {counts}."]
    if left:
        keys = ", ".join(record.key for record in left)
        lines.append(f"Published records of other settings of the same runs stay: {keys}.")
    return lines


def _imported(folder: Folder) -> dict[tuple[str, str], list[Record]]:
    """The imported records of a folder, by tool and the run's name there."""
    found: dict[tuple[str, str], list[Record]] = {}
    for record in (*folder.good.values(), *folder.attempts.values()):
        if imported := record.provenance.get("imported"):
            found.setdefault((imported["tool"], imported["run"]), []).append(record)
    return found


def _remove_other(other: Record, record: Record, folder: Path) -> None:
    """Take away an earlier record of the same run, unless the new one has taken its place."""
    if other.ok and (other.key != record.key or not record.ok):
        path_of_good(folder, other.key).unlink(missing_ok=True)
    elif not other.ok and path_of_attempt(folder, other.key) != path_of_attempt(folder, record.key):
        remove_attempt(folder, other.key)
