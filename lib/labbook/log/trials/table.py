"""All trials of a grid as one table, whatever became of them."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labbook.log.records.outcome import reason_of
from labbook.log.records.plan import Entry
from labbook.log.records.record import Record
from labbook.log.records.text import names_in
from labbook.log.trials.inert import inert_parameters

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    "parameters",
    "wall_time_s",
    "cpu_time_s",
    "throughput",
    "origin",
    "freshness",
    "inert",
    "key",
)
# What a record tells of each attempt, however it ended.
OF_ATTEMPT = ("key", "outcome", "wall_time_s", "origin")


def table(
    trials: list[Entry],
    records: dict[str, Record],
    freshness: dict[str, str],
    experiment: str,
    root: Path,
    expected: Iterable[str] = (),
) -> "pd.DataFrame":
    """One row for each trial, in the order of the grid; NaN where a value is missing.

    Arguments:
        records: what each trial has come to, by the trial's key.
        freshness: what to say of each trial's record, by the trial's key.
        expected: metrics that are columns also where no trial has ended well.

    Returns:
        The configuration, ``outcome``, the metrics, then ``COLUMNS``; a setting that is called as
        one of these is ``<name> (setting)`` there. Of a trial that went on from a checkpoint
        ``cpu_time_s`` is its training's, and ``wall_time_s`` is missing. ``attrs`` holds the
        ``experiment`` and the ``root`` of the log that the records are in, and under ``trials`` how
        many trials were planned and found, and the keys of those that are ``missing``, have
        ``failed``, or whose ``newer_attempts`` did not end well (with its outcome).
    """
    import pandas as pd

    inert = inert_parameters(records[t["key"]] for t in trials if t["key"] in records)
    own = {"outcome", *COLUMNS}
    names = dict.fromkeys(name for trial in trials for name in trial["configuration"])
    settings = {name: f"{name} (setting)" if name in own else name for name in names}
    taken = {*names, *settings.values(), *own}
    good = [records[t["key"]] for t in trials if t["key"] in records and records[t["key"]].ok]
    metrics = {
        name: f"{name}_measured" if name in taken else name
        for name in dict.fromkeys(name for r in good for name in r.metrics) or expected
    }
    rows = []
    for trial in trials:
        record = records.get(trial["key"])
        row = {settings[name]: value for name, value in trial["configuration"].items()}
        row |= dict.fromkeys(("origin", "freshness", "inert"), "")
        row |= {"outcome": "planned", "key": trial["key"]}
        if record is not None:
            row |= {name: getattr(record, name) for name in OF_ATTEMPT}
            row["cpu_time_s"] = record.spent_cpu_s
        if record is not None and record.ok:
            row |= {metrics[name]: value for name, value in record.metrics.items()}
            row |= {
                "parameters": record.parameters,
                "throughput": record.throughput.get("examples_per_s"),
                "freshness": freshness.get(trial["key"], ""),
                "inert": ", ".join(inert.get(record.key, [])),
            }
        rows.append(row)
    frame = pd.DataFrame(rows, columns=[*settings.values(), "outcome", *metrics.values(), *COLUMNS])
    frame.attrs |= {"experiment": experiment, "root": str(root)}
    frame.attrs["trials"] = _summary(trials, records)
    return frame


def failures_in_one_line(trials: list[Entry], records: dict[str, Record]) -> str:
    """The trials that did not end well, counted and the first of them named; ``""`` if none."""
    bad, distinct = [], {t["key"]: t for t in trials}
    for trial in distinct.values():
        record = records.get(trial["key"])
        attempt = record and (record.newer_attempt or record)
        if attempt is not None and not attempt.ok:
            bad.append(attempt)
    if not bad:
        return ""
    counts = sorted(Counter(attempt.outcome for attempt in bad).items())
    name_of = names_in([trial["configuration"] for trial in trials])
    return (
        f"{len(bad)} of {len(distinct)} trials did not end well "
        f"({', '.join(f'{n} {outcome}' for outcome, n in counts)}); "
        f"the first, {bad[0].key} ({name_of(bad[0].configuration)}): {reason_of(bad[0])}"
    )


def _summary(trials: list[Entry], records: dict[str, Record]) -> dict[str, Any]:
    keys = list(dict.fromkeys(trial["key"] for trial in trials))
    found = [key for key in keys if key in records and records[key].ok]
    return {
        "planned": len(keys),
        "found": len(found),
        "missing": [key for key in keys if key not in records],
        "failed": [key for key in keys if key in records and not records[key].ok],
        "newer_attempts": {
            key: records[key].newer_attempt.outcome
            for key in found
            if records[key].newer_attempt is not None
        },
    }
