"""Many trials through a pool of workers: each ends in one outcome, whatever happens to a worker."""

import concurrent.futures
import dataclasses
import datetime
import tempfile
import time
from collections import Counter, deque
from concurrent.futures import BrokenExecutor, Future
from pathlib import Path
from typing import TYPE_CHECKING

from labbook.log.records import locks
from labbook.log.records.files import RecordsNotWritable
from labbook.log.records.folder import write_record
from labbook.log.records.locks import TrialLock
from labbook.log.records.outcome import unfinished_attempt
from labbook.log.records.record import Record
from labbook.log.trials.attempt import Reply, attempt, misfit, now, perform, settle_before
from labbook.log.trials.job import Job, holder, without_function
from labbook.log.trials.limits import Interrupts
from labbook.log.trials.pool import LAST_WORDS_S, Pool
from labbook.log.trials.progress import Progress
from labbook.log.trials.result import ResultError

if TYPE_CHECKING:
    import numpy as np

# A worker may die between being given a trial and beginning it; such a trial is sent again.
SENDINGS = 3


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
        self._error: BaseException | None = None

    def run(self) -> None:
        """Run all trials.

        Raises:
            RecordsNotWritable: records cannot be written; trials under way were waited for.
            ResultError: a trial returned what cannot be recorded; as before.
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
            self._sent[self._pool.executor.submit(function, job)] = job
        except BrokenExecutor as error:
            self._settle(job, error, sent=False)

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
            self._settle(job, error)
        else:
            self._take(future.result(), job)

    def _take(self, result: "Reply | tuple[Record, dict[str, np.ndarray]]", job: Job) -> None:
        if isinstance(result, tuple):
            record, artifacts = result
            lock = self._held.pop(job.key)
            try:
                write_record(record, job.folder, artifacts)
                self._ended(record.outcome, misfit(record))
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
            self._ended(result.outcome, result.misfit)

    def _ended(self, outcome: str, misfit: str) -> None:
        self._progress.ended(outcome)
        if misfit:
            self._give_up(ResultError(misfit))

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

    def _settle(self, job: Job, error: BaseException, *, sent: bool = True) -> None:
        """Say what became of a trial whose worker gave no answer, or that no worker takes."""
        far = job.key in self._held
        lock = self._held.pop(job.key) if far else TrialLock.take(job.lock_path)
        if lock is None:
            self._taken_elsewhere.append((job, error))
            return
        try:
            ended = _far_end(job, lock, error, sent) if far else self._near_end(job, lock, error)
            if ended is None:
                self._waiting.append(job)
            else:
                self._progress.ended(ended.outcome)
        except RecordsNotWritable as unwritable:
            self._give_up(unwritable)
        finally:
            lock.release()

    def _near_end(self, job: Job, lock: TrialLock, error: BaseException) -> Record | None:
        """From what a worker left in the folder; None where it had not begun the trial."""
        reason = self._pool.why(lock.unfinished["pid"]) if lock.unfinished else ""
        if ended := settle_before(job, lock, reason or _lost(error)):
            return ended
        if _worker_died(error) and self._sendings[job.key] < SENDINGS:
            return None
        ended = _never_begun(job, error)
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
                job.log_path.unlink(missing_ok=True)
            lock.release()


def perform_far_away(job: Job) -> "tuple[Record, dict[str, np.ndarray]]":
    """Run a trial in a process that does not see the folder of records; it is written there."""
    with tempfile.TemporaryDirectory() as folder:
        return perform(job, Path(folder) / f"{job.key}.log", now(), Interrupts())


def _far_end(job: Job, lock: TrialLock, error: BaseException, sent: bool) -> Record:
    """From what this process knows of a worker that sees no records."""
    if not sent or not (_worker_died(error) or isinstance(error, BrokenExecutor)):
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


def _lost(error: BaseException) -> str:
    return f"was lost ({type(error).__name__}: {error})"


def _worker_died(error: BaseException) -> bool:
    """Whether an error tells of a worker's end, while the pool goes on."""
    return type(error).__name__ in ("KilledWorker", "CancelledError")


def _never_begun(job: Job, error: BaseException) -> Record:
    """The record of a trial that no worker has begun: it is cancelled, or cannot be run there."""
    broken = isinstance(error, (BrokenExecutor, concurrent.futures.CancelledError))
    outcome = "cancelled" if broken or _worker_died(error) else "failed"
    message = f"the trial was never begun: {error}" if str(error) else "it was never begun."
    start = now()
    return Record(
        key=job.key,
        function=job.function_id,
        experiment=job.experiment,
        configuration=job.configuration,
        data_digest=job.data_digest,
        outcome=outcome,
        error={
            "type": type(error).__name__,
            "message": message,
            "traceback": "",
            "log_tail": "",
        },
        start=start,
        end=start,
        provenance=job.provenance,
    )
