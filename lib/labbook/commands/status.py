"""``labbook status``: how every experiment stands, as a table, as JSON, as an exit code."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict

from labbook.log.freshness.standing import ExperimentStatus, LastRun
from labbook.log.records.text import age, some, table


def exit_code(statuses: Iterable[ExperimentStatus]) -> int:
    """0 if every experiment is fresh and whole; 1 if one is stale, missing, failed or never run."""
    return 0 if all(one.good for one in statuses) else 1


def as_json(statuses: Iterable[ExperimentStatus]) -> str:
    """The same for machines: a list of objects with the fields of ``ExperimentStatus``."""
    return json.dumps([asdict(one) | {"good": one.good} for one in statuses], indent=1)


def as_text(statuses: Sequence[ExperimentStatus]) -> str:
    """A table, one experiment a line; below it the reasons and the names."""
    rows = [
        (
            one.experiment,
            one.freshness,
            ", ".join(f"{name} {p.found}/{p.planned}" for name, p in one.profiles.items()) or "–",
            _run_text(one.last_run),
        )
        for one in statuses
    ]
    blocks = [table(("experiment", "freshness", "found/planned", "last run"), rows)]
    blocks += [block for one in statuses if (block := _details(one))]
    return "\n\n".join(blocks)


def _run_text(run: LastRun | None) -> str:
    if run is None:
        return "–"
    return ", ".join(filter(None, (run.outcome, run.profile, age(run.age_s))))


def _details(one: ExperimentStatus) -> str:
    lines = []
    if one.because:
        lines.append(f"{one.experiment} is {one.freshness} because {some(one.because)}")
    lines += [f"{one.experiment}: {told}" for told in one.accepted]
    if one.aged:
        lines.append(f"{one.experiment} is aged: {some(one.aged)}")
    for profile, trials in one.profiles.items():
        for word, names in (("failed", trials.failed), ("missing", trials.missing)):
            if names:
                lines.append(f"{one.experiment}, {profile}: {len(names)} {word}: {some(names, 2)}")
    return "\n".join(lines)
