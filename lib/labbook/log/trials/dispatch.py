"""Many trials through a pool of workers: each ends in one outcome, whatever happens to a worker.

A ``ProcessPoolExecutor`` breaks when one of its processes dies. That process's trial is told as
killed; the others, which Python ends with it, are run in workers of our own, and so is the rest.
"""

import concurrent.futures
import dataclasses
import datetime
import sys
import tempfile
import time
from collections import Counter, deque
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import TYPE_CHECKING

from labbook.log.processes.limits import Interrupts
from labbook.log.processes.pool import LAST_WORDS_S, SENDINGS, Pool, own_pool, worker_died
from labbook.log.processes.workers import WorkerDied, in_words
from labbook.log.records import locks
from labbook.log.records.files import RecordsNotWritable, remove_traces
from labbook.log.records.folder import write_record
from labbook.log.records.locks import TrialLock
from labbook.log.records.outcome import unfinished_attempt
from labbook.log.records.record import Record
from labbook.log.trials.attempt import Reply, attempt, flaw_of, now, perform, settle_before
from labbook.log.trials.job import Job, holder, without_function
from labbook.log.trials.progress import Progress
from labbook.log.trials.result import UnrecordableResult

if TYPE_CHECKING:
    import numpy as np


class Sweep:
    """The trials of one call that still have to be run, and where each of them is now."""

    def __init__(self, jobs: list[Job], pool: Pool, progress: Progress):
        self._pool = pool
        self._progress = progress
        self._waiting = deque(without_function(job) for job in jobs)
        self._sent: dict[Future, Job] = {}
        self._taken_elsewhere: list[tuple[Job, BaseException | None]] = []
        self._sendings: Counter[str] = Counter()
        # Where workers see no records of ours, this process holds the locks and writes.
        self._shared = True
        self._held: dict[str, TrialLock] = {}
        # Once the pool is broken: who broke it, and whether its trial was alone there.
        self._broken = False
        self._culprit: tuple[int, int] | None = None
        self._alone = False
        self._error: BaseException | None = None

    def run(self) -> None:
        """Run all trials.

        Raises:
            RecordsNotWritable: records cannot be written; trials under way were waited for.
            UnrecordableResult: a trial returned what cannot be recorded; no more were begun.
            KeyboardInterrupt: workers that are ours were ended, and their trials are cancelled.
        """
        try:
            while self._waiting or self._sent or self._taken_elsewhere:
                while self._waiting and len(self._sent) < self._pool.slots(self._shared):
                    self._send(self._waiting.popleft())
                self._progress.show(running=len(self._sent))
                if self._sent:
                    done, _ = concurrent.futures.wait(
                        self._sent, locks.POLL_S, concurrent.futures.FIRST_COMPLETED
                    )
                    for future in done:
                        self._receive(future, self._sent.pop(future))
                else:
                    self._progress.waits(job.lock_path for job, _ in self._taken_elsewhere)
                    time.sleep(locks.POLL_S)
                self._look_elsewhere()
        except KeyboardInterrupt:
            self._cancel()
            raise
        finally:
            for lock in self._held.values():
                lock.release()
        if self._error is not None:
            raise self._error

    def _send(self, job: Job) -> None:
        if not self._shared and not self._hold(job):
            return
        self._sendings[job.key] += 1
        try:
            function = attempt if self._shared else perform_far_away
            self._sent[self._pool.submit(function, job)] = job
        except BrokenProcessPool as error:  # it broke before, in an earlier call
            self._go_on_in_own_workers(error)
            self._waiting.appendleft(job)

    def _hold(self, job: Job) -> bool:
        """Take a trial's lock in this process; False where the trial is no longer to be sent."""
        if (lock := TrialLock.take(job.lock_path)) is None:
            self._taken_elsewhere.append((job, None))
            return False
        if ended := settle_before(job, lock):
            lock.release()
            self._progress.ended(ended.outcome)
            return False
        lock.write(holder(job, now()))
        self._held[job.key] = lock
        return True

    def _receive(self, future: Future, job: Job) -> None:
        error = None if future.cancelled() else future.exception()
        if future.cancelled():
            self._settle(job, concurrent.futures.CancelledError("its scheduler let it go"))
        elif isinstance(error, RecordsNotWritable):
            self._give_up(error)
        elif error is not None:
            if isinstance(error, BrokenProcessPool):
                self._go_on_in_own_workers(error)
            self._settle(job, error)
        else:
            self._take(future.result(), job)

    def _go_on_in_own_workers(self, error: BrokenProcessPool) -> None:
        """Take workers of our own in place of a pool that takes no more jobs."""
        if self._broken:
            return
        print(f"{error} The other trials go on in workers of labbook.", file=sys.stderr)
        self._broken, self._culprit, self._alone = True, self._pool.culprit(), not self._sent
        self._pool, self._shared = own_pool(self._pool.slots(False)), True

    def _take(self, result: "Reply | tuple[Record, dict[str, np.ndarray]]", job: Job) -> None:
        if isinstance(result, tuple):
            record, artifacts = result
            lock = self._held.pop(job.key)
            try:
                write_record(record, job.folder, artifacts)
                self._ended(record.outcome, flaw_of(record))
            except RecordsNotWritable as error:
                self._give_up(error)
            finally:
                lock.release()
        elif result.state == "busy":
            self._taken_elsewhere.append((job, None))
        elif result.state == "not shared":
            if self._pool.silent_retries:
                self._give_up(
                    ValueError(
                        "the workers do not see the folder of records, and their scheduler "
                        f"begins a trial {self._pool.silent_retries} times more when its worker "
                        "dies: start it with DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES=0."
                    )
                )
            else:
                self._shared = False
                self._waiting.appendleft(job)
        else:
            self._ended(result.outcome, result.flaw)

    def _ended(self, outcome: str, flaw: str) -> None:
        self._progress.ended(outcome)
        if flaw:
            self._give_up(UnrecordableResult(flaw))

    def _give_up(self, error: BaseException) -> None:
        """Send no more trials; those that are under way end, and then ``error`` is raised."""
        self._error = self._error or error
        self._waiting.clear()
        self._taken_elsewhere.clear()

    def _look_elsewhere(self) -> None:
        """Come back to trials that another process has, once it has let them go."""
        taken, self._taken_elsewhere = self._taken_elsewhere, []
        for job, error in taken:
            if not locks.is_free(job.lock_path):
                self._taken_elsewhere.append((job, error))
            elif error is not None:
                self._settle(job, error)
            else:
                self._waiting.append(job)

    def _settle(self, job: Job, error: BaseException) -> None:
        """Say what became of a trial whose worker gave no answer."""
        far = job.key in self._held
        lock = self._held.pop(job.key) if far else TrialLock.take(job.lock_path)
        if lock is None:
            self._taken_elsewhere.append((job, error))
            return
        try:
            ended = (self._far_end if far else self._near_end)(job, lock, error)
            if ended is None:
                self._waiting.append(job)
            else:
                self._progress.ended(ended.outcome)
        except RecordsNotWritable as unwritable:
            self._give_up(unwritable)
        finally:
            lock.release()

    def _near_end(self, job: Job, lock: TrialLock, error: BaseException) -> Record | None:
        """From what a worker left in the folder; None for a trial that is to be sent again."""
        begun = lock.unfinished or {}
        reason = ""
        if isinstance(error, BrokenProcessPool):
            if self._culprit and self._culprit[0] == begun.get("pid"):
                reason = in_words(self._culprit[1])
            elif begun.get("submission") == job.submission:  # it was ended for another's death
                remove_traces(job.folder, job.key)
                return job.ended_elsewhere()
        elif not isinstance(error, WorkerDied):
            reason = _lost(error)
        elif error.pid == begun.get("pid"):
            reason = error.reason
        if ended := settle_before(job, lock, reason):
            return ended
        if worker_died(error) and self._sendings[job.key] < SENDINGS:
            return None
        ended = _never_begun(job, error)
        write_record(ended, job.folder)
        return ended

    def _far_end(self, job: Job, lock: TrialLock, error: BaseException) -> Record | None:
        """From what this process knows of a worker that sees no records; None: send it again."""
        if isinstance(error, BrokenProcessPool) and not self._alone:
            return None
        if not worker_died(error):
            ended = _never_begun(job, error)
        else:
            ended = unfinished_attempt(job.folder, lock.told, _lost(error))
            # A worker ends itself when a trial's time is up; nothing else tells it from here.
            run_s = time.time() - datetime.datetime.fromisoformat(ended.start).timestamp()
            if job.timeout_s is not None and run_s >= job.timeout_s:
                message = f"the trial did not end within {job.timeout_s:g} s."
                told = (ended.error or {}) | {"type": "TimeoutError", "message": message}
                ended = dataclasses.replace(ended, outcome="timeout", error=told)
        write_record(ended, job.folder)
        return ended

    def _cancel(self) -> None:
        """End the workers, if they are ours, and record their trials as cancelled."""
        for future in self._sent:
            future.cancel()
        if not self._pool.stop():
            return
        until = time.monotonic() + LAST_WORDS_S
        for job in self._sent.values():
            while (lock := TrialLock.take(job.lock_path)) is None and time.monotonic() < until:
                time.sleep(0.01)
            if lock is None:
                continue
            if lock.unfinished is not None and job.ended_elsewhere() is None:
                stopped = unfinished_attempt(job.folder, lock.unfinished)
                error = {"type": "KeyboardInterrupt", "message": "a person stopped it."}
                error = (stopped.error or {}) | error
                stopped = dataclasses.replace(stopped, outcome="cancelled", error=error)
                write_record(stopped, job.folder)
                remove_traces(job.folder, job.key)
            lock.release()


def perform_far_away(job: Job) -> "tuple[Record, dict[str, np.ndarray]]":
    """Run a trial in a process that does not see the folder of records; it is written there."""
    with tempfile.TemporaryDirectory() as folder:
        return perform(job, Path(folder) / f"{job.key}.log", now(), Interrupts())


def _lost(error: BaseException) -> str:
    return f"was lost ({type(error).__name__}: {error})"


def _never_begun(job: Job, error: BaseException) -> Record:
    """The record of a trial that no worker has begun: it is cancelled, or cannot be run there."""
    start = now()
    return Record(
        key=job.key,
        function=job.function_id,
        experiment=job.experiment,
        configuration=job.configuration,
        data_digest=job.data_digest,
        outcome="cancelled" if worker_died(error) else "failed",
        error={
            "type": type(error).__name__,
            "message": f"the trial was never begun: {error}"
            if str(error)
            else "it was never begun.",
            "traceback": "",
            "log_tail": "",
        },
        start=start,
        end=start,
        provenance=job.provenance,
    )
