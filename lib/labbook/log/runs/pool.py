"""Several runs at once, each in a process of its own that has imported Papermill before.

Processes and not threads, for a working directory belongs to a whole process. A process that
is killed takes its own run with it, which is told as killed; another takes its place.
"""

import contextlib
import json
import selectors
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from labbook.log.code.provenance import core_count
from labbook.log.notebook.sources import Source
from labbook.log.records.run_record import RunRecord, new_id, read_run

# Interrupting and killing a kernel takes 5 s at most; its record is written after that.
CANCEL_S = 15.0


class WorkerError(RuntimeError):
    """A process for runs did not start, or could not keep what it did."""


@dataclass(frozen=True)
class Job:
    """One run: a notebook with parameters that were checked."""

    source: Source
    given: dict
    batch: str | None = None


@dataclass
class _Worker:
    process: subprocess.Popen
    number: int | None = None  # of its job
    run_id: str = ""
    ready: bool = False

    def send(self, message: dict) -> None:
        self.process.stdin.write(json.dumps(message).encode() + b"\n")
        self.process.stdin.flush()


def run_jobs(
    jobs: dict[int, Job],
    workers: int,
    *,
    timeout_s: float | None = None,
    refresh: str = "missing",
    records_only: bool = False,
    promote: bool = False,
    on_start: Callable[[int], None] = lambda number: None,
    on_done: Callable[[int, RunRecord], None] = lambda number, record: None,
) -> dict[int, RunRecord]:
    """Make runs, ``workers`` at a time; each kernel gets its share of the cores.

    Arguments:
        jobs: what to run, by number.
        timeout_s: seconds for each run.
        refresh, records_only, promote: see ``runs.run.run_source``.
        on_start, on_done: told of each run as it begins and ends.

    Returns:
        The records of those that were begun. After SIGINT or SIGTERM the runs that were going
        on are cancelled and no other is begun.

    Raises:
        WorkerError: a process could not start, or the disk could not be written.
    """
    options = {
        "timeout_s": timeout_s,
        "refresh": refresh,
        "records_only": records_only,
        "promote": promote,
        "threads": max(1, core_count() // workers),
    }
    pool = _Pool(jobs, options, on_start, on_done)
    with _terminated_as_interrupt():
        try:
            pool.start(min(workers, len(jobs)))
            pool.work()
        except KeyboardInterrupt:
            pool.cancel()
        finally:
            pool.close()
    return pool.records


class _Pool:
    def __init__(self, jobs: dict[int, Job], options: dict, on_start, on_done) -> None:
        self.jobs = jobs
        self.options = options
        self.on_start, self.on_done = on_start, on_done
        self.waiting = deque(jobs)
        self.records: dict[int, RunRecord] = {}
        self.selector = selectors.DefaultSelector()
        self.cancelled = False

    @property
    def workers(self) -> list[_Worker]:
        return [key.data for key in self.selector.get_map().values()]

    def start(self, count: int) -> None:
        """Start processes, in sessions of their own: Ctrl-C reaches this process alone."""
        for _ in range(count):
            process = subprocess.Popen(
                [sys.executable, "-m", "labbook.log.runs.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                start_new_session=True,
            )
            self.selector.register(process.stdout, selectors.EVENT_READ, _Worker(process))

    def work(self, timeout_s: float | None = None) -> None:
        """Hand out jobs and take answers until nobody is busy."""
        while self.waiting or any(worker.number is not None for worker in self.workers):
            events = self.selector.select(timeout_s)
            if not events:
                return
            for key, _ in events:
                line = key.data.process.stdout.readline()
                if line:
                    self.answered(key.data, json.loads(line))
                else:
                    self.lost(key.data)

    def answered(self, worker: _Worker, answer: dict) -> None:
        worker.ready = True
        if "error" in answer:
            job = self.jobs[worker.number]
            raise WorkerError(f"{job.source.experiment} could not be run: {answer['error']}")
        if "record" in answer:
            self.ended(worker, RunRecord.from_json(answer["record"]))
        if self.waiting:
            self.begin(worker, self.waiting.popleft())

    def begin(self, worker: _Worker, number: int) -> None:
        job = self.jobs[number]
        worker.number, worker.run_id = number, new_id()
        self.on_start(number)
        message = {
            "root": str(job.source.layout.root),
            "experiment": job.source.experiment,
            "given": job.given,
            "batch": job.batch,
            "run_id": worker.run_id,
            **self.options,
        }
        with contextlib.suppress(BrokenPipeError):  # it is gone; the end of its output says so
            worker.send(message)

    def ended(self, worker: _Worker, record: RunRecord) -> None:
        number, worker.number = worker.number, None
        self.records[number] = record
        self.on_done(number, record)

    def lost(self, worker: _Worker) -> None:
        """A process is gone: its run was killed with it, another process takes its place."""
        self.selector.unregister(worker.process.stdout)
        status = worker.process.wait()
        if not worker.ready and not self.cancelled:
            raise WorkerError(f"a process for runs ended with status {status} before it began.")
        if worker.number is None:
            return
        source = self.jobs[worker.number].source
        record = read_run(source.layout.runs(source.experiment) / worker.run_id)
        if record is not None:
            self.ended(worker, record)
        elif not self.cancelled:  # it had not begun: nothing was run
            self.waiting.appendleft(worker.number)
        if self.waiting:
            self.start(1)

    def cancel(self) -> None:
        """Cancel what goes on and begin nothing more."""
        self.cancelled = True
        self.waiting.clear()
        for worker in self.workers:
            worker.process.terminate()
        self.work(CANCEL_S)

    def close(self) -> None:
        for worker in self.workers:
            with contextlib.suppress(BrokenPipeError):
                worker.process.stdin.close()
            try:
                worker.process.wait(CANCEL_S)
            except subprocess.TimeoutExpired:
                worker.process.kill()
                worker.process.wait()
            worker.process.stdout.close()
        self.selector.close()


@contextlib.contextmanager
def _terminated_as_interrupt() -> Iterator[None]:
    """Let SIGTERM do what Ctrl-C does."""

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
