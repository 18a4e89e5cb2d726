"""Jobs on their way through a pool of workers: one loop for trials and for runs of notebooks."""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import Generic, TypeVar

from labbook.log.processes.pool import Pool

Job = TypeVar("Job")


class Dispatcher(ABC, Generic[Job]):
    """Sends each job once there is room for it, and takes what became of it.

    How a job is sent (``submit`` to the pool, noted in ``sent``) and what its future tells is up to
    ``send`` and ``receive``, which may put it among those ``waiting`` again.
    """

    # Whether workers see the log's folder.
    shared = True

    def __init__(self, jobs: Iterable[Job], pool: Pool):
        self.pool = pool
        self.waiting = deque(jobs)
        self.sent: dict[Future, Job] = {}

    @abstractmethod
    def send(self, job: Job) -> None:
        """Give a job to the pool."""

    @abstractmethod
    def receive(self, future: Future, job: Job) -> None:
        """Take what became of a job that was sent."""

    def step(self, timeout_s: float | None = None) -> bool:
        """Send what there is room for and receive what is done, waiting for it some seconds.

        Returns:
            Whether anything was done in this time.
        """
        while self.waiting and len(self.sent) < self.pool.slots(self.shared):
            self.send(self.waiting.popleft())
        done, _ = wait(self.sent, timeout_s, FIRST_COMPLETED)
        for future in done:
            self.receive(future, self.sent.pop(future))
        return bool(done)
