"""The experiments of a log, read from its files; what is wrong with one becomes a problem of it."""

import datetime
from pathlib import Path

from labbook.log.code.library import Library
from labbook.log.notebook import notebooks
from labbook.log.records.layout import Layout
from labbook.log.records.text import first_line
from labbook.site.experiment import STATUSES, Experiment

LONGEST_PROBLEM = 200


def read_experiment(root: Path, name: str, library: Library) -> Experiment:
    """Read an experiment; what can't be read becomes a problem of it, never an exception."""
    experiment = Experiment(name, root, library)
    try:
        experiment.source = notebooks.read(Layout(root).source(name))
    except (ValueError, KeyError, TypeError) as error:
        experiment.problems.append(first_line(error)[:LONGEST_PROBLEM])
        return experiment
    _check_header(experiment)
    return experiment


def read_experiments(root: Path) -> dict[str, Experiment]:
    """All experiments of a log by name, those with a number first, in its order."""
    layout = Layout(root)
    # Sphinx itself names those that are links to nothing.
    names = [name for name in layout.experiments() if layout.source(name).is_file()]
    library = Library(root)
    found = [read_experiment(root, name, library) for name in names]
    owners: dict[int, Experiment] = {}
    for experiment in found:
        if experiment.number is None:
            continue
        first = owners.setdefault(experiment.number, experiment)
        if first is not experiment:
            experiment.problems.append(
                f"number {experiment.number} is taken twice: by notebooks/{first.name}.py and "
                f"notebooks/{experiment.name}.py; give the newer one the next free number."
            )
    known = set(owners)
    for experiment in found:
        if experiment.superseded_by is not None and experiment.superseded_by not in known:
            experiment.problems.append(
                f"its status is {experiment.status!r}, but there is no experiment "
                f"{experiment.superseded_by}."
            )
    order = sorted(found, key=lambda e: (e.number is None, e.number or 0, e.name))
    return {experiment.name: experiment for experiment in order}


def _check_header(experiment: Experiment) -> None:
    if experiment.number is None:
        experiment.problems.append(
            "the header has no number: add `labbook: {expt: N}` to the notebook's front matter."
        )
    if not experiment.header.get("title"):
        experiment.problems.append("the header has no title under `labbook:`.")
    try:
        datetime.date.fromisoformat(experiment.date or "2000-01-01")
    except ValueError:
        experiment.problems.append(
            f"its date is {experiment.date!r}; it is written as in 2026-11-22."
        )
    if experiment.status not in STATUSES and not experiment.superseded_by:
        experiment.problems.append(
            f"its status is {experiment.status!r}; it can be {', '.join(STATUSES)} or "
            "superseded by N."
        )
