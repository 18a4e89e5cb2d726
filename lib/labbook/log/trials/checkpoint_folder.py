"""Where a trial may keep what it needs to go on after an interruption."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from labbook.log.trials.job import Job

VARIABLE = "LABBOOK_CHECKPOINTS"


@contextlib.contextmanager
def offered(job: Job, alone: bool) -> Iterator[None]:
    """Inside, ``$LABBOOK_CHECKPOINTS`` names a folder of this trial and of this code.

    The folder is the trial's to make and to fill. It belongs to the digest of the code, so that a
    trial never goes on from what other code had begun.

    Arguments:
        alone: whether no other trial runs in this process: a variable of the environment cannot
            name two folders. Without it, none is offered.
    """
    before = os.environ.pop(VARIABLE, None)
    if alone and (path := _path(job)):
        os.environ[VARIABLE] = str(path)
    try:
        yield
    finally:
        os.environ.pop(VARIABLE, None)
        if before is not None:
            os.environ[VARIABLE] = before


def begun(job: Job) -> bool:
    """Whether an earlier attempt has left something to go on from."""
    path = _path(job)
    return path is not None and path.is_dir() and any(path.iterdir())


def _path(job: Job) -> Path | None:
    code = job.provenance.get("code_digest")
    return job.folder / f"{job.key}.{code[:16]}.checkpoints" if code else None


def remove(folder: Path, key: str) -> None:
    """Remove the checkpoints of a trial that has a good record now."""
    for path in folder.glob(f"{key}.*.checkpoints"):
        shutil.rmtree(path)
