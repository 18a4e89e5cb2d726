"""How far a sweep is, on a terminal or in a notebook, and nowhere else."""

import os
import platform
import sys
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Self

import psutil
from tqdm.std import tqdm

from labbook.log.code.live import shell
from labbook.log.records.locks import holder_of

# How long to wait for another process without a word.
PATIENCE_S = 5.0


class Progress:
    """A bar of trials: done, running, failed; and how they ended."""

    def __init__(self, n_trials: int, experiment: str):
        in_kernel = hasattr(shell(), "kernel")
        quiet = "LABBOOK_RUN" in os.environ or not (in_kernel or sys.stderr.isatty())
        self.outcomes: Counter[str] = Counter()
        self._experiment = experiment
        self._waits_since: float | None = None
        self._said = False
        self._bar = tqdm(
            total=n_trials,
            desc=experiment,
            unit="trial",
            disable=quiet,
            # What a kernel prints is kept in the notebook.
            mininterval=2.0 if in_kernel else 0.1,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.show(running=0)
        self._bar.close()

    def show(self, running: int) -> None:
        """Tell how many trials are running now."""
        failed = self.outcomes.total() - self.outcomes["ok"]
        self._bar.set_postfix_str(f"{running} running, {failed} failed", refresh=False)

    def waits(self, locks: Iterable[Path]) -> None:
        """Say once, when it has lasted, for whom this process waits and does nothing else.

        Arguments:
            locks: of the trials that other processes have.
        """
        self._waits_since = self._waits_since or time.monotonic()
        if self._said or time.monotonic() - self._waits_since < PATIENCE_S:
            return
        names = sorted({_named(holder) for holder in map(holder_of, locks) if holder})
        if names:
            self._said = True
            print(f"{self._experiment}: waiting for {' and '.join(names)}.", file=sys.stderr)

    def ended(self, outcome: str) -> None:
        """Count a trial that has ended."""
        self._waits_since = None
        self.outcomes[outcome] += 1
        self._bar.update()


def _named(holder: dict[str, Any]) -> str:
    """A process that has a trial, as its lock tells it; and whether it is suspended."""
    name = f"process {holder['pid']} on {holder['host']}, which runs one of the trials"
    if holder["host"] == platform.node():
        try:
            stopped = psutil.Process(holder["pid"]).status() == psutil.STATUS_STOPPED
        except psutil.Error:
            stopped = False
        name += " and is suspended" if stopped else ""
    return name
