"""Several runs at once, each in a process of its own, here or on a cluster.

Processes and not threads, for signals and a working directory belong to a whole process. One that
is killed takes its own run with it, which is recorded as killed; another takes its place.
"""

import signal
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from labbook.log.notebook.sources import Source
from labbook.log.processes.dispatch import Dispatcher
from labbook.log.processes.limits import Interrupts
from labbook.log.processes.pool import SENDINGS, Pool, error_of, open_pool, worker_died
from labbook.log.processes.workers import threads_of_each
from labbook.log.records.files import in_words
from labbook.log.records.run_record import RunRecord, new_id, read_run

# Interrupting and killing a kernel takes 5 s at most; its record is written after that.
CANCEL_S = 15.0


class WorkerError(RuntimeError):
    """A run did not begin, or its process could not keep what it did."""


@dataclass(frozen=True)
class RunRequest:
    """One run: a notebook, as it was when it was read, with parameters that were checked."""

    source: Source
    given: dict
    batch: str | None = None


def run_together(
    requests: dict[int, RunRequest],
    executor: int | str,
    *,
    on_start: Callable[[int], None] = lambda number: None,
    on_done: Callable[[int, RunRecord], None] = lambda number, record: None,
    may_begin: Callable[[], bool] = lambda: True,
    **options: object,
) -> dict[int, RunRecord]:
    """Make runs, several at a time.

    Arguments:
        requests: what to run, by number.
        executor: how many at a time on this machine, where each kernel gets its share of the
            cores; or the address of a Dask scheduler whose workers see the log's folder.
        on_start, on_done: called as each run begins and ends.
        may_begin: whether others may still begin.
        options: for each run; see ``runs.run.run_source``.

    Returns:
        The records of those that have ended. After SIGINT or SIGTERM no other is begun; those that
        were going on are cancelled, but go on on a cluster.

    Raises:
        WorkerError: a process could not start, or the disk could not be written.
    """
    if isinstance(executor, int):
        options["threads"] = threads_of_each(executor)
    with open_pool(executor) as pool, _terminated_as_interrupt():
        batch = _Batch(requests, pool, options, on_start, on_done)
        with suppress(KeyboardInterrupt):
            batch.run(may_begin)
    return batch.records


class _Batch(Dispatcher[tuple[int, str]]):
    """The runs of one call, by number, each sent with the id that it will have."""

    shared = False  # a run counts as begun when it is sent: none may wait at the workers

    def __init__(
        self, requests: dict[int, RunRequest], pool: Pool, options: dict, on_start, on_done
    ) -> None:
        super().__init__(((number, "") for number in requests), pool)
        self.requests = requests
        self.options = options
        self.on_start, self.on_done = on_start, on_done
        self.sendings: Counter[int] = Counter()
        self.records: dict[int, RunRecord] = {}
        self.cancelled = False

    def run(self, may_begin: Callable[[], bool]) -> None:
        """Make all runs that may begin; those that go on when anything is raised are cancelled."""
        try:
            while self.waiting or self.sent:
                if not may_begin():
                    self.waiting.clear()
                self.step()
        except BaseException:
            self.cancelled = True
            self.waiting.clear()
            self.pool.terminate()
            with Interrupts():  # impatience costs no run its record
                while self.sent and self.step(CANCEL_S):
                    pass
                self.pool.stop()
            raise

    def send(self, job: tuple[int, str]) -> None:
        number, run_id = job[0], new_id()
        self.sendings[number] += 1
        future = self.pool.submit(_run, self.requests[number], run_id, self.options)
        self.sent[future] = number, run_id
        self.on_start(number)

    def receive(self, future: Future, job: tuple[int, str]) -> None:
        number, run_id = job
        source = self.requests[number].source
        error = error_of(future)
        if worker_died(error):
            record = read_run(source.layout.runs(source.experiment) / run_id)
        elif error is not None:
            told = in_words(error) if isinstance(error, OSError) else error
            raise WorkerError(f"{source.experiment} could not be run: {told}") from error
        else:
            record = future.result()
        if record is not None:
            self.records[number] = record
            self.on_done(number, record)
        elif self.cancelled:
            return
        elif self.sendings[number] == SENDINGS:
            raise WorkerError(f"{source.experiment} could not be begun: {error}.") from error
        else:  # it had not begun: nothing was run
            self.waiting.appendleft(job)


def _run(request: RunRequest, run_id: str, options: dict) -> RunRecord:
    """Make a run in this process; one that a scheduler sends again is the run that was lost."""
    from labbook.log.runs.run import run_source  # Papermill takes a while to import

    source = request.source
    folder = source.layout.runs(source.experiment) / run_id
    if folder.exists() and (lost := read_run(folder)) is not None:
        return lost
    return run_source(source, request.given, batch=request.batch, run_id=run_id, **options)


@contextmanager
def _terminated_as_interrupt() -> Iterator[None]:
    """Let SIGTERM do what Ctrl-C does."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
