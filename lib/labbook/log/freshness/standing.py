"""How an experiment stands: never run, by hand, stale because of what, or fresh; and its trials.

``labbook status``, the site, ``labbook run --if-stale`` and publishing all ask here.
"""

import datetime
import warnings
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from labbook.log.code.library import Library
from labbook.log.freshness.changes import of_run
from labbook.log.freshness.evidence import Evidence
from labbook.log.freshness.renamed import former_name
from labbook.log.freshness.stale import aged_because
from labbook.log.freshness.trial_counts import TrialCounts, count
from labbook.log.records.json_file import DamagedFileWarning
from labbook.log.records.layout import Layout, find_root
from labbook.log.records.plan import NO_PROFILE, Plan
from labbook.log.records.record import IMPORTED
from labbook.log.records.run_record import RunRecord, running
from labbook.log.records.text import age, with_count

if TYPE_CHECKING:
    from labbook.log.notebook.sources import Source

NEVER_RUN, BY_HAND, STALE, FRESH = "never run", "by hand", "stale", "fresh"


@dataclass(frozen=True)
class LastRun:
    """The newest run of an experiment, good or bad; ``age_s`` in seconds since its end."""

    id: str
    outcome: str
    profile: str | None
    end: str
    age_s: float
    well: bool

    def __str__(self) -> str:
        return ", ".join(filter(None, (self.outcome, self.profile, age(self.age_s))))


@dataclass(frozen=True)
class Standing:
    """How an experiment stands.

    Attributes:
        word: of what its page shows: ``never run``; ``by hand``, where its outputs have no record
            of a run; ``stale``; or ``fresh``.
        because: what changed, and how many trials it concerns.
        accepted: what a person said of results whose code has changed.
        aged: packages whose version has changed; this makes nothing stale.
        running: ids of the runs that go on now.
        profile: how much was run of what the page shows, or, where there is no page, of the plan
            that was published; None where nothing tells.
        trials: the trials of the page; the published plans of other profiles are apart.
        published: how the trials stand that published runs asked for, by profile.
        imported: how many of its records were imported: their freshness is unknown.
        parameters: with which the outputs were made, as far as anything tells.
        last_run: None if nobody ran it on this machine.
        problems: what is wrong with its files, a sentence each.
    """

    experiment: str
    word: str
    because: list[str] = field(default_factory=list)
    accepted: list[str] = field(default_factory=list)
    aged: list[str] = field(default_factory=list)
    running: list[str] = field(default_factory=list)
    profile: str | None = None
    trials: TrialCounts = field(default_factory=TrialCounts)
    published: dict[str, TrialCounts] = field(default_factory=dict)
    imported: int = 0
    parameters: dict[str, object] = field(default_factory=dict)
    last_run: LastRun | None = None
    problems: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Whether it is fresh, its trials ended well, and so did its newest run."""
        run_is_good = self.last_run is None or self.last_run.well
        return self.word == FRESH and self.trials.whole and run_is_good and not self.problems

    def to_json(self) -> dict:
        """The standing as JSON types."""
        return asdict(self) | {"good": self.good}


def standings(root: Path | None = None, experiments: Iterable[str] | None = None) -> list[Standing]:
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
    orphans = layout.orphans() if experiments is None else []
    declared = set()
    for name in names if orphans else ():
        with suppress(ValueError):  # a run of it says what is wrong with its header
            declared.add(former_name(name, layout))
    for name in (name for name in orphans if name not in declared):
        warnings.warn(
            f"docs/records/{name} holds records of no experiment: call its notebook {name}.py "
            f"again (labbook mv renames one with its records), say formerly: {name} in the header "
            "of the one that it is now, or remove the folder.",
            DamagedFileWarning,
            stacklevel=2,
        )
    for name in names:
        layout.require(name)
    library = Library(root)
    return [standing_of(Evidence(name, root, library)) for name in names]


def standing_of(evidence: Evidence) -> Standing:
    """How an experiment stands by what is there of it."""
    evidence.check_acceptances()
    profile, trials = _trials(evidence)
    records = map(evidence.lookup.by_key.get, trials.keys)
    good = [record for record in records if record and record.ok]
    if evidence.run is not None:
        reasons, accepted = run_reasons(evidence, evidence.run)
    else:
        reasons, accepted = ["the notebook's code changed"] if evidence.code_changed else [], []
    changes = Counter(reason for record in good for reason in set(evidence.verdicts.stale(record)))
    other_data = _of_other_data(evidence, profile)
    reasons = [reason for reason in reasons if reason not in changes]
    reasons += [with_count(reason, n, len(good)) for reason, n in sorted(changes.items())]
    if other_data:
        reasons.append(with_count("data changed", other_data, trials.planned))
    accepted = Counter(chain(accepted, *map(evidence.verdicts.accepted, good)))
    local = evidence.layout.local_records(evidence.experiment)
    return Standing(
        evidence.experiment,
        _word(evidence, reasons),
        reasons,
        [with_count(*said) for said in sorted(accepted.items())],
        aged_because(good),
        running(evidence.experiment, evidence.root),
        profile,
        trials,
        {
            name: count(plan, evidence.lookup, local)
            for name, plan in evidence.published_plans.items()
            if name != (profile or NO_PROFILE)
        },
        sum(record.origin == IMPORTED for record in evidence.records),
        evidence.parameters,
        _last_run(evidence.newest_run),
        evidence.problems,
    )


def _word(evidence: Evidence, reasons: list[str]) -> str:
    if not evidence.has_outputs:
        return NEVER_RUN
    if evidence.run is None:
        return BY_HAND
    return STALE if reasons else FRESH


def _trials(evidence: Evidence) -> tuple[str | None, TrialCounts]:
    """The profile and the trials of what the page shows, or would show to whom has no page."""
    local = evidence.layout.local_records(evidence.experiment)
    if evidence.run is not None:
        return evidence.run.profile, count(evidence.run.plan, evidence.lookup, local)
    if evidence.has_outputs:  # by hand: what was looked up and what ran, nobody knows
        keys = evidence.keys_in_outputs
        found = sum(evidence.lookup.by_key[key].ok for key in keys)
        profile = evidence.parameters.get("profile")
        return profile and str(profile), TrialCounts(
            looked_up=len(keys), looked_up_found=found, keys=keys
        )
    plans = evidence.published_plans
    profile = "full" if "full" in plans else next(reversed(plans), None)
    newest = evidence.newest_run  # which did not end well
    if not plans and newest is not None and newest.trials is not None:
        return newest.profile, count(newest.plan, evidence.lookup, local)
    # Where nobody published a plan, that of all records.
    plan = plans[profile] if profile else Plan(looked_up=list(map(vars, evidence.records)))
    return profile, count(plan, evidence.lookup, local)


def run_reasons(evidence: Evidence, run: RunRecord) -> tuple[list[str], list[str]]:
    """Why a run would not give the same today, as phrases; and what a person accepted of it.

    All code cells of the notebook count, the definitions that they reach, the files that they
    name, and the records of the trials that the run showed.
    """
    from labbook.log.freshness.inputs import files_named, results_changed  # loads Jupytext
    from labbook.log.notebook import notebooks

    comparison = of_run(run, evidence.root, evidence.verdicts.library)
    reasons, accepted = evidence.verdicts.of(comparison)
    if not isinstance(comparison.now, str):
        notebook = notebooks.read(evidence.layout.source(evidence.experiment))
        files = files_named(notebook, evidence.layout.notebooks)
        reasons = reasons + results_changed(run, evidence.lookup, files)
    return reasons, accepted


def rerun_because(
    source: "Source", given: Mapping[str, object], *, records_only: bool = False
) -> list[str]:
    """Why a run with the given parameters would not repeat one that is there; ``[]``: it would.

    The run is the page's, or the newest one with these parameters that left the page its place.
    Outputs without a record do not count.

    Arguments:
        records_only: whether the run would only look its trials up.
    """
    evidence = Evidence(source.experiment, source.layout.root)
    beside = [run for run in evidence.runs if run.batch is None and run.well]
    candidates = [*filter(None, [evidence.run]), *reversed(beside)]
    if not candidates:
        return ["no run of it is at hand"]
    used = source.used(given)
    run = next((run for run in candidates if run.parameters_used == used), None)
    if run is None:
        return ["its parameters differ"]
    reasons = run_reasons(evidence, run)[0]
    if run.records_only and not records_only:
        reasons.append("it was made from published records alone")
    return reasons


def _of_other_data(evidence: Evidence, profile: str | None) -> int:
    """How many trials that were to run have a good record, but of other data."""
    plan = evidence.run.plan if evidence.run else evidence.published_plans.get(profile or "")
    entries = plan.to_run if plan else []
    return sum(
        evidence.lookup.answer(entry) is None and evidence.lookup.of_any_data(entry) is not None
        for entry in entries
    )


def _last_run(run: RunRecord | None) -> LastRun | None:
    if run is None:
        return None
    since = datetime.datetime.now(datetime.UTC) - datetime.datetime.fromisoformat(run.end)
    return LastRun(run.id, run.outcome_text, run.profile, run.end, since.total_seconds(), run.well)
