"""What ``labbook run`` does: check everything, run what has to be, and tell how it ended."""

import math
import os
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path

import click

from labbook.commands.queue import duration_s
from labbook.commands.running.line import Line
from labbook.commands.running.outcomes import (
    batch_table,
    failed_trial,
    several_codes,
    stood_aside,
    what_failed,
)
from labbook.log.freshness.standing import rerun_because
from labbook.log.notebook import sources
from labbook.log.notebook.notebooks import NotebookError
from labbook.log.notebook.parameters import ParameterError, help_text
from labbook.log.notebook.sources import Source
from labbook.log.processes.limits import DEADLINE, is_over
from labbook.log.records.json_file import DamagedFile
from labbook.log.records.layout import Layout, UnknownExperiment
from labbook.log.records.run_record import RunRecord
from labbook.log.records.text import names_in
from labbook.log.runs.batch import MOST_RUNS, ManyRuns, SweepError, done_before, read_sweep
from labbook.log.runs.pool import RunRequest, run_together

# Each of these is told in a sentence, before anything is run.
BAD_USE = (UnknownExperiment, NotebookError, ParameterError, SweepError, DamagedFile)
CANCELLED = 130


def run_experiments(
    root: Path,
    names: list[str],
    *,
    texts: list[tuple[str, str]],
    profile: str | None,
    jobs: int,
    cluster: str | None,
    timeout_s: float | None,
    sweep: Path | None,
    metrics: Sequence[str],
    refresh: str,
    if_stale: bool,
    records_only: bool,
    promote: bool,
    budget: str | None,
    nice: bool,
    help_parameters: bool,
    yes: bool,
) -> int:
    """Run experiments, with the options of ``labbook run``.

    Returns:
        The exit status: 0 when all ended well, 1 when one did not, 130 when it was cancelled.

    Raises:
        UnknownExperiment, NotebookError, ParameterError, SweepError, DamagedFile: before
            any kernel starts.
    """
    _check_together(sweep, cluster, metrics, if_stale, promote, budget, nice)
    try:
        seconds = duration_s(budget) if budget else math.inf
    except ValueError as error:
        raise SweepError(f"--budget {error}") from None
    loaded = [sources.load(Layout(root), name) for name in dict.fromkeys(names)]
    if help_parameters:
        for source in loaded:
            print(f"{source.experiment}\n{help_text(source.parameters)}")
        return 0
    requests = [RunRequest(source, source.parse(texts, profile)) for source in loaded]
    options = {"timeout_s": timeout_s, "refresh": refresh, "records_only": records_only}
    if nice:
        os.nice(19)
    if sweep:
        return _run_sweep(sweep, requests, yes, cluster or jobs, metrics, **options)
    if budget:
        os.environ[DEADLINE] = str(time.time() + seconds)
    if if_stale:
        requests = list(_stale(requests, records_only))
        if not requests:
            return 0
    options["promote"] = promote
    if cluster or min(jobs, len(requests)) > 1:
        names = {number: one.source.experiment for number, one in enumerate(requests)}
        options["may_begin"] = lambda: not is_over()
        numbered = dict(enumerate(requests))
        ended = _run_together("labbook run", numbered, names, cluster or jobs, _report, **options)
        records = list(ended.values())
    else:
        records = _run_here(requests, **options)
    if not is_over():
        return _status(records, len(requests))
    # Runs that a budget left out have not been cancelled.
    ran = {record.experiment for record in records}
    for name in (one.source.experiment for one in requests):
        if name not in ran:
            print(f"{name}: not run, the time is over")
    return _status(records, len(records))


def _check_together(
    sweep: Path | None,
    cluster: str | None,
    metrics: Sequence[str],
    if_stale: bool,
    promote: bool,
    budget: str | None,
    nice: bool,
) -> None:
    """Refuse options that do not go together."""
    if sweep and if_stale:
        raise SweepError("a sweep runs what is missing anyway; leave --if-stale out.")
    if sweep and budget:
        raise SweepError("a sweep has no budget: its runs would end without their trials.")
    if sweep and promote:
        raise SweepError("runs of a sweep never take the page's place; leave --promote out.")
    if metrics and not sweep:
        raise SweepError("--metric is a column of a sweep's table; give --sweep, or leave it out.")
    if cluster and budget:
        raise SweepError("a budget holds for trials of this machine; leave --cluster out.")
    if cluster and nice:
        raise SweepError("--nice is for this machine; start the cluster's workers with nice.")
    if cluster and "://" not in cluster:
        raise SweepError(f"--cluster {cluster} is no address such as tcp://127.0.0.1:8786.")


def _run_sweep(
    sweep: Path,
    requests: list[RunRequest],
    yes: bool,
    executor: int | str,
    metrics: Sequence[str],
    **options: object,
) -> int:
    """Make the runs of a sweep of each experiment, until one is cancelled."""
    batches = [(one.source, _runs_of(sweep, one.source, one.given, yes)) for one in requests]
    status = 0
    for source, runs in batches:
        status = max(status, _run_batch(source, runs, sweep.stem, executor, metrics, **options))
        if status == CANCELLED:
            break
    return status


def _runs_of(sweep: Path, source: Source, given: dict, yes: bool) -> list[dict]:
    """The runs of a sweep; where they are very many, somebody is asked."""
    try:
        return read_sweep(sweep, source, given, math.inf if yes else MOST_RUNS)
    except ManyRuns as many:
        if not sys.stdin.isatty():
            raise SweepError(f"{many}; with --yes they are all made.") from None
        if not click.confirm(f"{many}. Make them all?"):
            raise SweepError("nothing was run.") from None
    return read_sweep(sweep, source, given)


def _stale(jobs: list[RunRequest], records_only: bool) -> Iterator[RunRequest]:
    for job in jobs:
        if reasons := rerun_because(job.source, job.given, records_only=records_only):
            print(f"{job.source.experiment}: runs, for {' and '.join(reasons)}")
            yield job
        else:
            print(f"{job.source.experiment}: fresh, nothing to run")


def _run_here(jobs: list[RunRequest], **options: object) -> list[RunRecord]:
    """Make runs here, one after the other, until one is cancelled or the time is over."""
    records = []
    for job in jobs:
        if is_over():
            break
        from labbook.log.runs.run import run_source  # Papermill takes a while to import

        with Line(job.source.experiment).following([job.source]) as line:
            record = run_source(job.source, job.given, on_cell=line.show, **options)
        _report(job.source, record)
        records.append(record)
        if record.outcome == "cancelled":
            break
    return records


def _run_together(
    title: str,
    requests: dict[int, RunRequest],
    names: Mapping[int, str],
    executor: int | str,
    report: Callable[[Source, RunRecord], None] | None = None,
    **options: object,
) -> dict[int, RunRecord]:
    """Make runs, several at a time; a line tells how many have ended, and which go on by name."""
    line, going, ended = Line(title), {}, []

    def on_start(number: int) -> None:
        going[number] = names[number]
        line.show(len(ended), len(requests), ", ".join(going.values()))

    def on_done(number: int, record: RunRecord) -> None:
        del going[number]
        ended.append(number)
        if report is not None:
            line.clear()
            report(requests[number].source, record)
        line.show(len(ended), len(requests), ", ".join(going.values()))

    with line.following([request.source for request in requests.values()]):
        return run_together(requests, executor, on_start=on_start, on_done=on_done, **options)


def _run_batch(
    source: Source,
    runs: list[dict],
    batch: str,
    executor: int | str,
    metrics: Sequence[str],
    **options: object,
) -> int:
    before = {name: options[name] for name in ("refresh", "records_only")}
    done, stale = done_before(source, runs, **before)
    missing = {n: RunRequest(source, run, batch) for n, run in enumerate(runs) if n not in done}
    used = [source.used(run) for run in runs]
    names = dict(enumerate(map(names_in(used), used)))
    records = {}
    if missing:
        records = _run_together(source.experiment, missing, names, executor, **options)
    print(batch_table(source, runs, records, done, stale, metrics))
    codes = several_codes(source, [*done.values(), *records.values()])
    if codes:
        print(codes)
    return max(_status(records.values(), len(missing)), int(bool(codes)))


def _status(records: Collection[RunRecord], wanted: int) -> int:
    outcomes = [record.outcome for record in records]
    if "cancelled" in outcomes or len(outcomes) < wanted:
        return CANCELLED
    return int(not all(record.well for record in records))


def _report(source: Source, record: RunRecord) -> None:
    """What to open; or what went wrong, and what still stands."""
    good = source.layout.executed(source.experiment)
    page = good.relative_to(source.layout.root)
    if record.outcome == "ok":
        where = record.notebook if record.beside else page
        told = f"{record.outcome_text}, {record.wall_time_s:.1f} s; see {where}"
        lines = [failed_trial(record), stood_aside(record, page)]
    else:
        told = what_failed(record)
        lines = [f"see {record.notebook}"]
        if log := (record.error or {}).get("log_tail"):
            lines += ["the kernel's last words:", *(f"  {line}" for line in log.splitlines())]
        if record.beside is not None:
            lines.append(f"the last good run stands: {page}")
    text = "\n  ".join(filter(None, [f"{source.experiment}: {told}", *lines]))
    print(text, file=sys.stdout if record.well else sys.stderr, flush=True)
