"""How the trials of one plan stand: found, running, missing or failed; looked-up ones apart."""

from dataclasses import dataclass, field
from pathlib import Path

from labbook.log.records.locks import is_free
from labbook.log.records.outcome import reason_of
from labbook.log.records.plan import Lookup, Plan, namer


@dataclass(frozen=True)
class TrialCounts:
    """The trials of one plan.

    Attributes:
        planned: how many were to run.
        found: how many of these have a good record.
        running: names of those that a process holds now.
        missing: names of those that were never tried.
        failed: name, outcome and reason of those whose newest attempt did not end well.
        looked_up: how many more were only looked up.
        looked_up_found: how many of these have a good record.
        keys: of the records that answer, or would, in the plan's order, those to run first.
    """

    planned: int = 0
    found: int = 0
    running: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    looked_up: int = 0
    looked_up_found: int = 0
    keys: list[str] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Whether each trial that was to run has ended well."""
        return not (self.missing or self.failed)

    def __str__(self) -> str:
        """``43 of 45 trials, 9 of 31 looked up, 1 failed, 1 missing``, without what is nought."""
        counts = (
            (self.planned, f"{self.found} of {self.planned} trials"),
            (self.looked_up, f"{self.looked_up_found} of {self.looked_up} looked up"),
            (self.running, f"{len(self.running)} running"),
            (self.failed, f"{len(self.failed)} failed"),
            (self.missing, f"{len(self.missing)} missing"),
        )
        return ", ".join(text for there_are, text in counts if there_are)


def count(plan: Plan, lookup: Lookup, folder: Path) -> TrialCounts:
    """How the trials of a plan stand.

    Arguments:
        lookup: the experiment's records.
        folder: its folder of local records, where a trial that runs is locked.
    """
    name_of = namer(plan.to_run)
    held = {path.stem for path in folder.glob("*.lock") if not is_free(path)}
    found = looked_up_found = 0
    running, missing, failed, keys = [], [], [], []
    for entry, looked_up, record in lookup.answers(plan):
        keys.append(record.key if record else entry["key"])
        good = record is not None and record.ok
        if looked_up:
            looked_up_found += good
            continue
        found += good
        name = name_of(entry)
        if entry["key"] in held:
            running.append(name)
        elif record is None:
            missing.append(name)
        elif attempt := record.newer_attempt if good else record:
            reason = reason_of(attempt).removeprefix(f"{attempt.outcome.capitalize()}: ")
            failed.append(f"{name}: " + ", ".join(filter(None, [attempt.outcome, reason])))
    planned, looked_up, keys = len(plan.to_run), len(plan.looked_up), list(dict.fromkeys(keys))
    return TrialCounts(planned, found, running, missing, failed, looked_up, looked_up_found, keys)
