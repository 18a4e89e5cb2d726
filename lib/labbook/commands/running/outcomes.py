"""How runs ended, in words: one of them, the table of a batch, the codes that made its runs."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from labbook.log.freshness.changes import changes
from labbook.log.freshness.standing import BY_HAND
from labbook.log.notebook.sources import Source
from labbook.log.records.folder import lookup_of
from labbook.log.records.plan import namer
from labbook.log.records.run_record import RunRecord
from labbook.log.records.text import (
    in_a_line,
    names_in,
    some,
    table,
    value_text,
    varying_names,
)
from labbook.log.runs.batch import METRICS_SHOWN, Results, metrics_of
from labbook.log.trials.inert_in_sweep import inert_in_sweep

RECORDS_NAMED = 2
KEY_CHARACTERS = 8


def failed_trial(record: RunRecord) -> str:
    """What became of the first trial that did not end well; empty where all did."""
    for first in record.failed_trials[:1]:
        name = namer(record.plan.to_run)(first)
        return f"{name}: {first['outcome']}, {first.get('error', '')}"
    return ""


def what_failed(record: RunRecord) -> str:
    """How a run ended that did not end well, and why."""
    error = record.error or {}
    text = error.get("message", "")
    if error.get("traceback"):
        cell = f" in cell {error['cell']}" if error.get("cell") else ""
        last = f"{error['type']}: {text}" if text else error["type"]
        text = f"{last.splitlines()[0]}{cell}"
    return f"{record.outcome} after {record.wall_time_s:.1f} s: {text}"


def stood_aside(record: RunRecord, page: Path) -> str:
    """Why the page still shows another run that ended well; empty where it does not."""
    if record.beside is None:
        return ""
    by_hand = record.beside == BY_HAND
    what = "what was run there by hand" if by_hand else "the run that it shows"
    if not (record.well or by_hand):  # of what was run by hand nobody knows how its trials ended
        why = "trials of this one did not end well"
    elif record.profile is None:
        why = "this one has no profile"
    else:
        why = f"this is a {record.profile} run"
    return f"{page} keeps {what}, for {why}; --promote replaces it"


def batch_table(
    source: Source,
    runs: list[dict],
    records: Mapping[int, RunRecord],
    done: Mapping[int, RunRecord],
    stale: Mapping[int, list[str]],
    metrics: Sequence[str],
) -> str:
    """The runs of a sweep, one line each: what became of them, metrics, and keys of their records.

    Arguments:
        records, done: the runs that were made now, and before, by number in ``runs``.
        stale: what has changed since a run that was made before.
        metrics: which are shown, each the mean over the run's trials; the first few when not given.
    """
    used = [source.used(run) for run in runs]
    names = varying_names(used)
    ran = {**done, **records}
    found = _results_of(source, ran)
    known = metrics_of(found.values())
    shown = list(metrics) or known[:METRICS_SHOWN]
    columns = [*shown, "records"] if any(results.records for results in found.values()) else []
    rows = []
    for number, parameters in enumerate(used):
        values = [in_a_line(parameters[name]) for name in names]
        trials = found.get(number, Results([]))
        results = [*(_mean(trials, name) for name in shown), _keys(trials)][: len(columns)]
        if (record := ran.get(number)) is None:
            rows.append((*values, "not run", "", *results, ""))
            continue
        note = what_failed(record) if record.outcome != "ok" else ""
        if number in done and number not in records:
            note = "done before"
        if number in stale:
            note += f"; stale: {some(stale[number])}"
        note = failed_trial(record) or note
        where = note if record.well else f"{note}; see {record.notebook}"
        rows.append((*values, record.outcome_text, f"{record.wall_time_s:.1f}", *results, where))
    good = sum(record.well for record in ran.values())
    before = f" ({len(done)} of them before)" if done else ""
    lines = [
        table((*names, "outcome", "seconds", *columns, ""), rows),
        f"{source.experiment}: {good} of {len(runs)} runs ok{before}",
    ]
    for name in shown:
        if known and name not in known:
            lines.append(f"no trial has the metric {name!r}; they have {', '.join(known)}.")
    ended = [ran[number] for number in sorted(ran)]
    lines += inert_in_sweep(ended, [r for one in found.values() for r in one.records])
    if columns:
        lines.append("labbook show KEY tells a record; labbook site makes its page.")
    return "\n".join(lines)


def several_codes(source: Source, records: Iterable[RunRecord]) -> str:
    """That the runs of a batch were made by several codes, which by which, and how these differ.

    Returns:
        Nothing where one code made all of them.
    """
    codes: dict[str, list[RunRecord]] = {}
    for record in sorted(records, key=lambda record: record.start):
        codes.setdefault(record.provenance.get("code_digest") or "unknown", []).append(record)
    if len(codes) < 2:
        return ""
    name_of = names_in([r.parameters_used for of_code in codes.values() for r in of_code])
    lines = [f"{source.experiment}: these runs were made by {len(codes)} codes:"]
    for digest, of_code in codes.items():
        lines.append(f"  {digest}: {some([name_of(r.parameters_used) for r in of_code])}")
    first, *others = [of_code[0].provenance.get("code") or {} for of_code in codes.values()]
    phrases = list(dict.fromkeys(phrase for code in others for phrase in changes(first, code)))
    lines.append(f"  {some(phrases)}; --refresh stale makes all of them by today's code.")
    return "\n".join(lines)


def _results_of(source: Source, runs: Mapping[int, RunRecord]) -> dict[int, Results]:
    names = (name for run in runs.values() for name in run.plan.experiments)
    lookup = lookup_of(names, source.layout.root)
    return {number: Results.of(run, lookup) for number, run in runs.items()}


def _mean(results: Results, metric: str) -> str:
    value, count = results.mean(metric) or (None, 0)
    return value_text(value) + (f" (mean of {count})" if count > 1 else "")


def _keys(results: Results) -> str:
    keys = [record.key[:KEY_CHARACTERS] for record in results.records]
    more = len(keys) - RECORDS_NAMED
    return " ".join(keys[:RECORDS_NAMED]) + (f" and {more} more" if more > 0 else "")
