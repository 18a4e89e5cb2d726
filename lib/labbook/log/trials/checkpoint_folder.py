"""Where a trial may keep what outlives its process: checkpoints, and its curves as they grow."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from labbook.log.records.files import history_path
from labbook.log.trials.job import Job

CHECKPOINTS = "LABBOOK_CHECKPOINTS"
TAKEN = "LABBOOK_CHECKPOINTS_TAKEN"
HISTORY = "LABBOOK_HISTORY"


@contextlib.contextmanager
def offered(job: Job, log: Path, alone: bool) -> Iterator[None]:
    """Inside, the environment names a folder for checkpoints and a file for curves.

    The folder (``$LABBOOK_CHECKPOINTS``) is the trial's to make and to fill. It belongs to the
    digest of the code, so that a trial never goes on from what other code had begun. Which names
    its trainings have taken within it (``$LABBOOK_CHECKPOINTS_TAKEN``, a list in JSON) begins empty
    with each attempt. The file (``$LABBOOK_HISTORY``) lies beside the log.

    Arguments:
        log: what the trial prints.
        alone: whether no other trial runs in this process: a variable of the environment cannot
            name two places. Without it, none is offered.
    """
    before = {name: os.environ.pop(name, None) for name in (CHECKPOINTS, TAKEN, HISTORY)}
    if alone:
        history_path(log).unlink(missing_ok=True)
        os.environ[HISTORY] = str(history_path(log))
        if path := _path(job):
            os.environ[CHECKPOINTS], os.environ[TAKEN] = str(path), "[]"
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


def begun(job: Job) -> bool:
    """Whether an earlier attempt has left something to go on from."""
    path = _path(job)
    return path is not None and path.is_dir() and any(path.iterdir())


def _path(job: Job) -> Path | None:
    code = job.provenance.get("code_digest")
    return job.folder / f"{job.key}.{code[:16]}.checkpoints" if code else None


def remove(job: Job) -> None:
    """Remove the checkpoints of a trial that has a good record now, also those of other code.

    They are searched for among all files of the experiment, which may be thousands: not where
    neither this attempt nor an earlier one can have left any.
    """
    own = _path(job)
    if job.seen or (own is not None and own.is_dir()):
        for path in job.folder.glob(f"{job.key}.*.checkpoints"):
            shutil.rmtree(path)
