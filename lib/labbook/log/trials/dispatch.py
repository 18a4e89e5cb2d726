"""Trials through a pool of workers: each ends in one outcome, whatever happens to a worker.

A ``ProcessPoolExecutor`` breaks when one of its processes dies. That process's trial is recorded as
killed; the others, which Python ends with it, are run in workers of our own, and so is the rest.
"""

import dataclasses
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path

from labbook.log.processes.cleanup import watched
from labbook.log.processes.dispatch import Dispatcher
from labbook.log.processes.limits import Interrupts, is_over
from labbook.log.processes.outdated import Outdated
from labbook.log.processes.pool import (
    LAST_WORDS_S,
    SENDINGS,
    Pool,
    error_of,
    own_pool,
    worker_died,
)
from labbook.log.processes.workers import WorkerDied, exit_in_words
from labbook.log.records import locks
from labbook.log.records.artifacts import Artifact
from labbook.log.records.files import RecordsNotWritable, remove_traces, writing_to
from labbook.log.records.folder import write_record
from labbook.log.records.locks import TrialLock
from labbook.log.records.outcome import timeout_error, unfinished_attempt
from labbook.log.records.record import Record
from labbook.log.records.schemas import time_text
from labbook.log.trials.attempt import (
    FolderNotShared,
    attempt,
    keep,
    one_at_a_time,
    perform,
    settle_before,
)
from labbook.log.trials.job import Job, portable
from labbook.log.trials.progress import Progress
from labbook.log.trials.result import UnrecordableResult


class Sweep(Dispatcher[Job]):
    """The trials of one call that still have to be run, and where each of them is now.

    Attributes:
        records: of the trials that have ended.
    """

    def __init__(self, jobs: list[Job], pool: Pool, progress: Progress):
        super().__init__(jobs if pool.executor is None else map(portable, jobs), pool)
        self.records: list[Record] = []
        self._progress = progress
        self._taken_elsewhere: list[tuple[Job, BaseException | None]] = []
        self._sendings: Counter[str] = Counter()
        # Where workers see no records of ours, this process holds the locks and writes.
        self._held: dict[str, TrialLock] = {}
        # Once the pool is broken: who broke it, and whether its trial was alone there.
        self._culprit: tuple[int, int] | None = None
        self._alone = False
        self._error: BaseException | None = None

    def run(self) -> None:
        """Run all trials.

        Raises:
            RecordsNotWritable: records cannot be written; trials under way were waited for.
            Outdated: a worker would compute with other code than was planned; as before.
            UnrecordableResult: a trial returned what cannot be recorded; no more were begun.
            KeyboardInterrupt: workers that are ours were ended, and their trials are cancelled.
        """
        try:
            while self.waiting or self.sent or self._taken_elsewhere:
                if is_over():
                    self._stop_workers()
                    break
                if self._error is not None:
                    self.waiting.clear()
                    self._taken_elsewhere.clear()
                self.step(locks.POLL_S)
                if not (self.waiting or self.sent) and self._taken_elsewhere:
                    self._progress.waits(job.lock_path for job, _ in self._taken_elsewhere)
                    time.sleep(locks.POLL_S)
                self._look_elsewhere()
        except KeyboardInterrupt:
            with Interrupts():  # impatience costs no trial its record
                self._stop_workers({"type": "KeyboardInterrupt", "message": "a person stopped it."})
            raise
        finally:
            for lock in self._held.values():
                lock.release()
        if self._error is not None:
            raise self._error

    def send(self, job: Job) -> None:
        """Give a trial to the pool; one that another process has waits until that lets it go."""
        if is_over() or (not self.shared and not self._hold(job)):
            return
        self._sendings[job.key] += 1
        self._progress.show(running=len(self.sent) + 1)
        try:
            function = attempt if self.shared else perform_far_away
            self.sent[self.pool.submit(function, job)] = job
        except BrokenProcessPool as error:  # it broke before, in an earlier call
            self._go_on_in_own_workers(error)
            self.waiting.appendleft(job)

    def receive(self, future: Future, job: Job) -> None:
        """Take the record of a trial, or find out what became of it; Ctrl-C waits meanwhile."""
        error = error_of(future)
        with Interrupts():
            if isinstance(error, (RecordsNotWritable, Outdated)):
                self._give_up(error)
            elif isinstance(error, FolderNotShared):
                self._share_nothing(job)
            elif error is not None:
                if isinstance(error, BrokenProcessPool):
                    self._go_on_in_own_workers(error)
                self._settle(job, error)
            elif isinstance(result := future.result(), tuple):
                with self._held.pop(job.key), self._writing(job):
                    self._ended(keep(job, *result))
            elif result is None:
                self._taken_elsewhere.append((job, None))
            else:
                self._ended(result)
            self._progress.show(running=len(self.sent))

    def _hold(self, job: Job) -> bool:
        """Take a trial's lock in this process; False where the trial is no longer to be sent."""
        with self._writing(job):
            if (lock := TrialLock.take(job.lock_path)) is None:
                self._taken_elsewhere.append((job, None))
                return False
            self._held[job.key] = lock
            if not (ended := settle_before(job, lock)):
                job.hold(lock, time_text())
                return True
            with self._held.pop(job.key):
                self._ended(ended)
        return False

    def _go_on_in_own_workers(self, error: BrokenProcessPool) -> None:
        """Take workers of our own in place of a pool that takes no more jobs."""
        if self.pool.ours:
            return
        print(f"{error} The other trials go on in workers of labbook.", file=sys.stderr)
        self._culprit, self._alone = self.pool.culprit(), not self.sent
        self.pool, self.shared = own_pool(self.pool.slots(False)), True

    def _share_nothing(self, job: Job) -> None:
        """From now on hold the locks and write the records here."""
        if self.pool.silent_retries:
            self._give_up(
                ValueError(
                    "the workers do not see the folder of records, and their scheduler "
                    f"begins a trial {self.pool.silent_retries} times more when its worker "
                    "dies: start it with DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES=0."
                )
            )
        else:
            self.shared = False
            self.waiting.appendleft(job)

    @contextmanager
    def _writing(self, job: Job) -> Iterator[None]:
        """Inside, records are written; where they cannot be, no more trials are sent."""
        try:
            with writing_to(job.folder):
                yield
        except RecordsNotWritable as error:
            self._give_up(error)

    def _ended(self, record: Record) -> None:
        self.records.append(record)
        self._progress.ended(record.outcome)
        error = record.error or {}
        if error.get("type") == UnrecordableResult.__name__:  # as those of the others would be
            self._give_up(UnrecordableResult(error["message"]))

    def _give_up(self, error: BaseException) -> None:
        """Send no more trials; those that are under way end, and then ``error`` is raised."""
        self._error = self._error or error

    def _look_elsewhere(self) -> None:
        """Come back to trials that another process has, once it has let them go."""
        taken, self._taken_elsewhere = self._taken_elsewhere, []
        for job, error in taken:
            if not locks.is_free(job.lock_path):
                self._taken_elsewhere.append((job, error))
            elif error is not None:
                self._settle(job, error)
            else:
                self.waiting.append(job)

    def _settle(self, job: Job, error: BaseException) -> None:
        """Find out what became of a trial whose worker gave no answer."""
        far = job.key in self._held
        with self._writing(job):
            lock = self._held.pop(job.key) if far else TrialLock.take(job.lock_path)
            if lock is None:
                self._taken_elsewhere.append((job, error))
                return
            with lock:
                ended = (self._far_end if far else self._near_end)(job, lock, error)
                if ended is None:
                    self.waiting.append(job)
                else:
                    self._ended(ended)

    def _near_end(self, job: Job, lock: TrialLock, error: BaseException) -> Record | None:
        """From what a worker left in the folder; None for a trial that is to be sent again."""
        begun = lock.unfinished or {}
        reason = ""
        if isinstance(error, BrokenProcessPool):
            if self._culprit and self._culprit[0] == begun.get("pid"):
                reason = exit_in_words(self._culprit[1])
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
        return write_record(_never_begun(job, error), job.folder)

    def _far_end(self, job: Job, lock: TrialLock, error: BaseException) -> Record | None:
        """From what this process knows of a worker that sees no records; None: send it again."""
        if isinstance(error, BrokenProcessPool) and not self._alone:
            return None
        if not worker_died(error):
            return write_record(_never_begun(job, error), job.folder)
        ended = unfinished_attempt(job.folder, lock.holder, _lost(error))
        # A worker ends itself when a trial's time is up; nothing else tells it from here.
        if job.timeout_s is not None and ended.wall_time_s >= job.timeout_s:
            ended = _with_error(ended, "timeout", timeout_error(job.timeout_s))
        return write_record(ended, job.folder)

    def _stop_workers(self, error: dict[str, str] | None = None) -> None:
        """End the workers, if they are ours.

        Arguments:
            error: why the trials that they had begun are cancelled; without one these are planned
                as before, and keep their checkpoints.
        """
        if not self.shared:
            self.waiting.clear()
            self.step(0)  # takes what has come, and is written nowhere yet
        for future in self.sent:
            future.cancel()
        if not self.pool.stop():
            return
        until = time.monotonic() + LAST_WORDS_S
        for job in self.sent.values():
            while (lock := TrialLock.take(job.lock_path)) is None and time.monotonic() < until:
                time.sleep(0.01)
            if lock is None:
                continue
            with lock:
                if lock.unfinished is not None and job.ended_elsewhere() is None:
                    if error is not None:
                        ended = unfinished_attempt(job.folder, lock.unfinished)
                        write_record(_with_error(ended, "cancelled", error), job.folder)
                    remove_traces(job.folder, job.key)


def perform_far_away(job: Job) -> tuple[Record, dict[str, Artifact]]:
    """Run a trial in a process that does not see the folder of records; it is written there."""
    here = tempfile.TemporaryDirectory(prefix="labbook-")
    with one_at_a_time, here as folder, watched(Path(folder)):
        return perform(job, Path(folder) / f"{job.key}.log", time_text(), Interrupts())


def _with_error(record: Record, outcome: str, error: dict[str, str]) -> Record:
    return dataclasses.replace(record, outcome=outcome, error=record.error | error)


def _lost(error: BaseException) -> str:
    return f"was lost ({type(error).__name__}: {error})"


def _never_begun(job: Job, error: BaseException) -> Record:
    """The record of a trial that no worker has begun: it is cancelled, or cannot be run there."""
    message = f"the trial was never begun: {error}" if str(error) else "it was never begun."
    about = {"type": type(error).__name__, "message": message, "traceback": "", "log_tail": ""}
    return job.record("cancelled" if worker_died(error) else "failed", time_text(), error=about)
