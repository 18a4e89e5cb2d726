"""What is said of runs that have ended: a line each, and the table of a batch."""

import stat
import sys
from collections import Counter
from pathlib import Path

from labbook.log.freshness.changes import changes
from labbook.log.freshness.standing import BY_HAND
from labbook.log.notebook.sources import Source
from labbook.log.records.plan import FOLDER_VARIABLE, namer
from labbook.log.records.run_record import RunRecord
from labbook.log.records.text import some, table
from labbook.log.runs.batch import varying


def report(source: Source, record: RunRecord) -> None:
    """What to open; or what went wrong, and what still stands."""
    good = source.layout.executed(source.experiment)
    page = good.relative_to(source.layout.root)
    if record.outcome == "ok":
        where = record.notebook if record.beside else page
        text = (
            f"{source.experiment}: {record.outcome_text}, {record.wall_time_s:.1f} s; see {where}"
        )
        lines = [text, *_failed_trial(record), *_stood_aside(record, page)]
        print("\n".join(lines), file=sys.stdout if record.well else sys.stderr, flush=True)
        return
    lines = [f"{source.experiment}: {_what_failed(record)}", f"  see {record.notebook}"]
    if log := (record.error or {}).get("log_tail"):
        lines += ["  the kernel's last words:", *(f"    {line}" for line in log.splitlines())]
    if good.exists():
        lines.append(f"  the last good run stands: {page}")
    print("\n".join(lines), file=sys.stderr, flush=True)


def _failed_trial(record: RunRecord) -> list[str]:
    """What became of the first trial that did not end well."""
    failed = record.failed_trials
    if not failed:
        return []
    first = failed[0]
    name = namer(record.plan.to_run)(first)
    return [f"  {name}: {first['outcome']}, {first.get('error', '')}"]


def _stood_aside(record: RunRecord, page: Path) -> list[str]:
    """Why the page still shows another run."""
    if record.beside is None:
        return []
    why = f"a {record.profile} run" if record.well else "trials of this run did not end well"
    if record.beside == BY_HAND:
        return [f"  {page} keeps what was run there by hand, under another profile; --promote"]
    return [f"  {page} keeps the run that it shows, for this is {why}; --promote replaces it"]


def _what_failed(record: RunRecord) -> str:
    error = record.error or {}
    text = error.get("message", "")
    if error.get("traceback"):
        cell = f" in cell {error['cell']}" if error.get("cell") else ""
        last = f"{error['type']}: {text}" if text else error["type"]
        text = f"{last.splitlines()[0]}{cell}"
    return f"{record.outcome} after {record.wall_time_s:.1f} s: {text}"


def batch_table(
    source: Source, runs: list[dict], records: dict[int, RunRecord], done: dict[int, RunRecord]
) -> str:
    """The runs of a batch, one line each, and what became of them; by which code, where by several.

    Arguments:
        runs: the parameters of each.
        records: of the runs that were made now, by number in ``runs``.
        done: of those that were made before.
    """
    names = varying(source, runs)
    codes = codes_of([*done.values(), *records.values()])
    rows = []
    for number, run in enumerate(runs):
        used = source.used(run)
        values = [str(used[name]) for name in names]
        record = records.get(number) or done.get(number)
        if record is None:
            rows.append((*values, "not run", "", *([""] if len(codes) > 1 else []), ""))
            continue
        note = _what_failed(record) if record.outcome != "ok" else ""
        if number in done:
            note = "done before"
        if first := _failed_trial(record):
            note = first[0].strip()
        where = note if record.well else f"{note}; see {record.notebook}"
        code = [_code_of(record)] if len(codes) > 1 else []
        rows.append((*values, record.outcome_text, f"{record.wall_time_s:.1f}", *code, where))
    good = sum(r.well for r in (*records.values(), *done.values()))
    before = f" ({len(done)} of them before)" if done else ""
    header = (*names, "outcome", "seconds", *(["code"] if len(codes) > 1 else []), "")
    lines = [table(header, rows), f"{source.experiment}: {good} of {len(runs)} runs ok{before}"]
    return "\n".join([*lines, *_of_several_codes(codes)])


def codes_of(records: list[RunRecord]) -> dict[str, list[RunRecord]]:
    """The runs made by each code of the log's modules, by its digest, the oldest first."""
    codes: dict[str, list[RunRecord]] = {}
    for record in sorted(records, key=lambda record: record.start):
        codes.setdefault(_code_of(record), []).append(record)
    return codes


def written_in(folder: Path) -> set[tuple[str, int, int]]:
    """The files below the folder where kernels work that are no notebooks, each as it is now."""
    return {
        (str(path.relative_to(folder)), status.st_ino, status.st_mtime_ns)
        for path in folder.rglob("*")
        if path.suffix not in (".py", ".ipynb", ".pyc") and not path.name.startswith(".")
        if stat.S_ISREG((status := path.lstat()).st_mode)
    }


def of_shared_files(names: set[str]) -> str:
    """That runs of a batch wrote files in the folder where all of them work."""
    return (
        f"Written in notebooks/ during this batch: {some(sorted(names))}. All runs share that "
        f"folder, so the last one's stands; a run's own folder is in ${FOLDER_VARIABLE}."
    )


def _code_of(record: RunRecord) -> str:
    return record.provenance.get("code_digest") or "unknown"


def _of_several_codes(codes: dict[str, list[RunRecord]]) -> list[str]:
    """That the runs of a batch were made by several codes, and how these differ."""
    if len(codes) < 2:
        return []
    counts = Counter({code: len(records) for code, records in codes.items()})
    counted = ", ".join(f"{count} by {code}" for code, count in counts.items())
    digests = [records[0].provenance.get("code") or {} for records in codes.values()]
    phrases = [phrase for code in digests[1:] for phrase in changes(digests[0], code)]
    return [
        f"These runs were made by {len(codes)} codes, {counted}: "
        f"{some(list(dict.fromkeys(phrases)))}. With --refresh stale all are made by today's."
    ]
