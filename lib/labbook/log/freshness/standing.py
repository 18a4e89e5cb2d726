"""How every experiment stands: fresh, stale because of what, never run; planned and found."""

import datetime
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from labbook.log.freshness.stale import (
    accepted_because,
    aged_because,
    run_stale_because,
    stale_because,
)
from labbook.log.records.folder import Record, read_records
from labbook.log.records.layout import Layout, find_root
from labbook.log.records.plan import read_plans
from labbook.log.records.run_record import RunRecord, RunRecordError, last_good_run, read_runs
from labbook.log.records.text import counted, trial_name


@dataclass(frozen=True)
class ProfileStatus:
    """The trials that one profile of an experiment planned.

    Attributes:
        planned: how many.
        found: how many of them have a good record.
        missing: names of those that were never tried.
        failed: name and outcome of those whose newest attempt did not end well.
    """

    planned: int
    found: int
    missing: list[str]
    failed: list[str]


@dataclass(frozen=True)
class LastRun:
    """The newest run of an experiment, good or bad; ``age_s`` in seconds since its end."""

    id: str
    outcome: str
    profile: str | None
    end: str
    age_s: float


@dataclass(frozen=True)
class ExperimentStatus:
    """How an experiment stands.

    Attributes:
        freshness: ``fresh``, ``stale``, ``never run``, or ``unknown`` where a file is damaged.
        because: what changed and how many trials it concerns; or what is damaged.
        accepted: what a person said of results whose code has changed.
        aged: packages whose version has changed; this makes nothing stale.
        profiles: planned and found trials by profile.
        last_run: None if nobody ran it on this machine.
    """

    experiment: str
    freshness: str
    because: list[str] = field(default_factory=list)
    accepted: list[str] = field(default_factory=list)
    aged: list[str] = field(default_factory=list)
    profiles: dict[str, ProfileStatus] = field(default_factory=dict)
    last_run: LastRun | None = None

    @property
    def good(self) -> bool:
        """Whether it is fresh and nothing is missing or failed."""
        run_is_good = self.last_run is None or self.last_run.outcome == "ok"
        whole = all(not p.missing and not p.failed for p in self.profiles.values())
        return self.freshness == "fresh" and whole and run_is_good


def standings(
    root: Path | None = None, experiments: Iterable[str] | None = None
) -> list[ExperimentStatus]:
    """How experiments stand, from their plans, records and runs; nothing is executed.

    Arguments:
        root: the log's root; found from the working directory when not given.
        experiments: names; all of the log when not given.

    Raises:
        UnknownExperiment: there is no experiment of that name; the nearest one is suggested.
    """
    root = root or find_root()
    layout = Layout(root)
    names = layout.experiments() if experiments is None else list(experiments)
    for name in names:
        layout.require(name)
    return [_status_of(name, root) for name in names]


def _status_of(experiment: str, root: Path) -> ExperimentStatus:
    try:
        records = read_records(experiment, root=root)
        plans = published_and_local_plans(experiment, root)
        good_run = last_good_run(experiment, root)
        reasons, accepted, aged = _freshness(_shown(records, plans), good_run, root)
        runs = read_runs(experiment, root=root)
    except (RunRecordError, ValueError) as error:
        return ExperimentStatus(experiment, "unknown", because=[str(error)])
    has_result = good_run is not None or any(record.ok for record in records)
    reasons += ["data changed"] * _planned_for_other_data(records, plans)
    return ExperimentStatus(
        experiment,
        "never run" if not has_result else "stale" if reasons else "fresh",
        counted(reasons),
        sorted(accepted),
        sorted(aged),
        {profile: _profile_status(plan, records) for profile, plan in plans.items()},
        _last_run(runs, good_run),
    )


def published_and_local_plans(experiment: str, root: Path) -> dict[str, list[dict[str, Any]]]:
    """The plan of each profile; this machine's takes precedence over the published one."""
    layout = Layout(root)
    published = read_plans(layout.published_records(experiment))
    return published | read_plans(layout.local_records(experiment))


def _shown(records: list[Record], plans: dict[str, list[dict]]) -> list[Record]:
    """Good records that some plan asks for; all good ones where nothing was planned."""
    good = [record for record in records if record.ok]
    entries = [entry for plan in plans.values() for entry in plan]
    if not entries:
        return good
    return [record for record in good if any(_answers(record, entry) for entry in entries)]


def _answers(record: Record, entry: dict[str, Any]) -> bool:
    """Whether a record is of a planned trial; data that were not at hand match any."""
    if entry.get("data_digest") is not None:
        return record.key == entry["key"]
    return _same_but_for_data(record, entry)


def _same_but_for_data(record: Record, entry: dict[str, Any]) -> bool:
    return (record.function, record.configuration) == (entry["function"], entry["configuration"])


def _freshness(
    records: list[Record], run: RunRecord | None, root: Path
) -> tuple[list[str], set[str], set[str]]:
    """Reasons (one for each record that has it), acceptances, versions that changed."""
    reasons: list[str] = []
    accepted: set[str] = set()
    aged: set[str] = set()
    for record in records:
        reasons += stale_because(record, root)
        aged.update(aged_because(record))
        if told := accepted_because(record, root):
            accepted.add(told)
    if run is not None:
        reasons += [f"{reason} since the last good run" for reason in run_stale_because(run, root)]
    return reasons, accepted, aged


def _planned_for_other_data(records: list[Record], plans: dict[str, list[dict]]) -> int:
    """How many planned trials have a good record, but of other data."""
    good = [record for record in records if record.ok]
    entries = {entry["key"]: entry for plan in plans.values() for entry in plan}
    return sum(
        not any(_answers(record, entry) for record in good)
        and any(_same_but_for_data(record, entry) for record in good)
        for entry in entries.values()
    )


def _profile_status(plan: list[dict[str, Any]], records: list[Record]) -> ProfileStatus:
    grids = defaultdict(list)
    for entry in plan:
        grids[entry["function"]].append(entry["configuration"])
    found = 0
    missing, failed = [], []
    for entry in plan:
        name = trial_name(entry["configuration"], grids[entry["function"]])
        record = next((record for record in records if _answers(record, entry)), None)
        if record is None:
            missing.append(name)
            continue
        found += record.ok
        if attempt := record.newer_attempt if record.ok else record:
            failed.append(f"{name}: {attempt.outcome}")
    return ProfileStatus(len(plan), found, missing, failed)


def _last_run(runs: list[RunRecord], good: RunRecord | None) -> LastRun | None:
    """The newest run that stands by itself, else the newest of a batch, else the good one."""
    by_itself = [run for run in runs if run.batch is None] or runs or ([good] if good else [])
    if not by_itself:
        return None
    run = max(by_itself, key=lambda run: run.start)
    since = datetime.datetime.now(datetime.UTC) - datetime.datetime.fromisoformat(run.end)
    return LastRun(run.id, run.outcome, run.profile, run.end, since.total_seconds())
