"""How every experiment stands: fresh, stale because of what, never run; planned and found."""

import datetime
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from labbook.log.freshness import accepted_because, aged_because, run_stale_because, stale_because
from labbook.log.good_runs import last_good_run
from labbook.log.layout import Layout, find_root
from labbook.log.plain_text import age, counted, some, table, trial_name
from labbook.log.plans import read_plans
from labbook.log.records import Record, read_records
from labbook.log.run_records import RunRecord, RunRecordError, read_runs


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


def status(
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
