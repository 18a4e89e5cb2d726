"""How far a sweep is, on a terminal or in a notebook, and nowhere else."""

import os
import sys
from collections import Counter
from typing import Self

from tqdm.std import tqdm


class Progress:
    """A bar of trials: done, running, failed; and how they ended."""

    def __init__(self, n_trials: int, experiment: str):
        in_kernel = _in_kernel()
        quiet = "LABBOOK_RUN" in os.environ or not (in_kernel or sys.stderr.isatty())
        self.outcomes: Counter[str] = Counter()
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

    def ended(self, outcome: str) -> None:
        """Count a trial that has ended."""
        self.outcomes[outcome] += 1
        self._bar.update()


def _in_kernel() -> bool:
    """Whether this code runs in a Jupyter kernel; another process may have ipykernel loaded."""
    ipython = sys.modules.get("IPython")
    return hasattr(ipython and ipython.get_ipython(), "kernel")
