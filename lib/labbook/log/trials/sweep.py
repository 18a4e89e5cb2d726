"""Trials: a function, a grid of configurations, and one table of all that became of them."""

import os
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labbook.log.code.function import notebook_name
from labbook.log.freshness.stale import UNKNOWN
from labbook.log.processes.limits import is_over
from labbook.log.processes.pool import check_executor, open_pool
from labbook.log.records.folder import read_records
from labbook.log.records.layout import Layout, find_root
from labbook.log.records.record import IMPORTED
from labbook.log.trials.attempt import amid_a_trial
from labbook.log.trials.dispatch import Sweep
from labbook.log.trials.job import DataDigest, entry
from labbook.log.trials.planned import Planned, add_to_plan, check_still_there
from labbook.log.trials.progress import Progress
from labbook.log.trials.table import failures_in_one_line, table

if TYPE_CHECKING:
    import pandas as pd

REFRESH = ("missing", "stale", "failed", "all")


def run(
    function: Callable[..., Mapping[str, Any]],
    grid: Iterable[Mapping[str, Any]],
    executor: Any = None,
    timeout_s: float | None = None,
    data_digest: DataDigest = "",
    refresh: str | None = None,
    *,
    execute: bool | Callable[[dict[str, Any]], bool] = True,
    with_arrays: bool = False,
    metrics: Iterable[str] = (),
    formerly: str | None = None,
    renamed: Mapping[str, str] | None = None,
    experiment: str | None = None,
    root: Path | None = None,
) -> "pd.DataFrame":
    """Run the trials of a grid that have no good record, and give all of them as one table.

    A trial that fails, is killed or runs out of time does not stop the others: its outcome is
    in the table. Several processes may run the same grid at once: each trial is run by one.
    Under ``$LABBOOK_RECORDS_ONLY`` nothing is run, and the records are shown as by ``find``. After
    ``$LABBOOK_DEADLINE`` (seconds since 1970) no trial is begun, and those in workers of this
    machine are given back: they are planned, and go on from their checkpoints next time.

    Arguments:
        function: the trial; its arguments are the configuration, its result a dict with
            ``metrics`` and what else ``labbook.log.trials.result.KEYS`` names.
        grid: configurations, as ``grid(...)`` gives them.
        executor: None (here, one after the other), a number of workers (processes of this machine,
            kept for the next call), the address of a Dask scheduler, or any
            ``concurrent.futures.Executor``.
        timeout_s: seconds that a trial may take. A worker is ended when they are over, whatever
            it does; in this process a trial is interrupted as soon as it returns from C code.
        data_digest: digest of the data that the trials read, or what gives it for a
            configuration; None from it means that the data are not at hand.
        refresh: which trials that have a good record are run again: ``missing`` (none),
            ``stale`` (whose code has changed), ``failed`` (whose newest attempt did not end
            well) or ``all``. ``$LABBOOK_REFRESH``, else ``missing``, when not given.
        execute: False runs nothing and gives what ``find`` gives, whatever the other arguments
            say: ``execute=profile == "full"`` looks records up in all smaller profiles. A function
            of the configuration tells which trials may run here; the others are looked up.
        with_arrays: trials whose arrays are not on this machine are run again, for others go on
            from these arrays; published records come without large ones (over 200 kB).
        metrics: names that the table has as columns also where no trial has ended well yet.
        formerly: the function's former name, where it has another one now: records made under it
            are taken over. The former name of an experiment stands in its header: ``formerly:``.
        renamed: today's name of each renamed parameter by the former one:
            ``renamed={"learning_rate": "lr"}``.
        experiment, root: where records lie, if not with the notebook that runs.

    Raises:
        TypeError, ValueError: the function or a configuration cannot be a trial; nothing ran.
        UnrecordableResult: a trial returned what cannot be recorded. What can be is in its record;
            no other trial is begun, for it would return the like.
        NoScheduler: no Dask scheduler is reached at the address, or no longer.
        Outdated: a module that the trials reach was changed, and a process would load it as it is
            now, or keeps it as it was before they were planned; the trials that are left stay
            planned.
        RecordsNotWritable: the disk is full or the folder may not be written.
        KeyboardInterrupt: a person stopped it; finished trials are kept, ``find`` shows them.
    """
    refresh = refresh or os.environ.get("LABBOOK_REFRESH") or "missing"
    if refresh not in REFRESH:
        raise ValueError(f"refresh={refresh!r} is not one of {', '.join(REFRESH)}.")
    planned = Planned(function, grid, data_digest, experiment, root, execute, formerly, renamed)
    if planned.here:
        check_executor(executor, timeout_s)
        if isinstance(executor, ThreadPoolExecutor) and amid_a_trial():
            raise ValueError(
                "trials that a trial runs in threads would wait for it, and it for them: "
                "give executor=None, or a number of workers."
            )
        in_main_thread = threading.current_thread() is threading.main_thread()
        if timeout_s is not None and executor is None and not in_main_thread:
            raise ValueError("timeout_s needs the main thread, or executor= for worker processes.")
    to_run = planned.to_run(refresh, with_arrays)
    planned.append_to_plan()
    if to_run and not is_over():
        for sentence in planned.renamings(to_run):
            print(f"{planned.experiment}: {sentence}", file=sys.stderr)
        if executor is not None:
            planned.check_seen_by_workers()
        jobs = planned.jobs(to_run, timeout_s)
        with Progress(len(jobs), planned.experiment) as progress, open_pool(executor) as pool:
            if pool.threads > 1:
                told = f"the workers have {pool.threads} threads, but a process runs one trial"
                print(f"{planned.experiment}: {told} at a time.", file=sys.stderr)
            sweep = Sweep(jobs, pool, progress)
            sweep.run()
        planned.take(sweep.records)
    if line := failures_in_one_line(planned.here, planned.records):
        print(f"{planned.experiment}: {line}", file=sys.stderr)
    return planned.table(metrics)


def find(
    function: Callable[..., Mapping[str, Any]],
    grid: Iterable[Mapping[str, Any]],
    data_digest: DataDigest = "",
    *,
    metrics: Iterable[str] = (),
    formerly: str | None = None,
    renamed: Mapping[str, str] | None = None,
    experiment: str | None = None,
    root: Path | None = None,
) -> "pd.DataFrame":
    """The table that ``run`` gives, of what is there: nothing is run.

    A trial without a record has the outcome ``planned``. A record made with other data is shown,
    its freshness being ``stale: data changed``.

    Arguments, Raises: as for ``run``.
    """
    planned = Planned(function, grid, data_digest, experiment, root, False, formerly, renamed)
    planned.append_to_plan()
    return planned.table(metrics)


def imported(*, experiment: str | None = None, root: Path | None = None) -> "pd.DataFrame":
    """All runs of other tools that ``labbook import`` made records of, one a row, oldest first.

    Arguments:
        experiment, root: where the records lie, if not with the notebook that runs.

    Returns:
        The table that ``run`` gives: the settings, beginning with ``run``, then the outcome and the
        metrics; the freshness is ``unknown``.

    Raises:
        ValueError: the notebook has no name, or another one than its kernel was told.
    """
    experiment = experiment or notebook_name()
    root = Path(root) if root else find_root()
    check_still_there(experiment, Layout(root))
    records = read_records(experiment, root=root)
    found = {record.key: record for record in records if record.origin == IMPORTED}
    trials = [entry(r.function, r.configuration, r.data_digest) for r in found.values()]
    add_to_plan(experiment, [], trials)
    return table(trials, found, dict.fromkeys(found, UNKNOWN), experiment, root)
