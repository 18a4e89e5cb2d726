"""When the time for trials is over: ``labbook run --budget`` tells kernels by a variable."""

import os
import time

DEADLINE = "LABBOOK_DEADLINE"


def read_deadline() -> float | None:
    """Seconds since 1970 after which no trial is to run; None where there is no end."""
    text = os.environ.get(DEADLINE)
    return float(text) if text else None


def is_over(deadline: float | None) -> bool:
    """Whether a deadline has passed."""
    return deadline is not None and time.time() >= deadline
