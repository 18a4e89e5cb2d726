"""When the time for trials is over: ``labbook run --budget`` tells kernels by a variable."""

import os
import time

DEADLINE = "LABBOOK_DEADLINE"


def is_over() -> bool:
    """Whether the time is over, in seconds since 1970, after which no trial is to run."""
    deadline = os.environ.get(DEADLINE)
    return bool(deadline) and time.time() >= float(deadline)
