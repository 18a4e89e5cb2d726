"""One attempt at one trial, in whichever process it is made: taken, run, measured, recorded."""

import copy
import os
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import Any

from labbook.log.code import provenance
from labbook.log.processes.capture import captured, let_go
from labbook.log.processes.forks import forks_end_here
from labbook.log.processes.limits import Interrupts, TimeIsUp, time_limit
from labbook.log.processes.memory import forget_peak, peak_memory_bytes
from labbook.log.processes.outdated import Outdated
from labbook.log.processes.undisturbed import defaults, undisturbed
from labbook.log.records.artifacts import Artifact
from labbook.log.records.files import history_path, writing_to
from labbook.log.records.folder import remove_attempt, settle_unfinished, write_record
from labbook.log.records.locks import TrialLock
from labbook.log.records.outcome import history_so_far, output_tail, timeout_error
from labbook.log.records.record import Record
from labbook.log.records.schemas import time_text
from labbook.log.records.text import storable
from labbook.log.trials import checkpoint_folder
from labbook.log.trials.job import Job, code_as_planned, find_own_code, load, with_data_digest
from labbook.log.trials.result import Result, UnrecordableResult, checked_result

# Trials share their process's random generators, defaults, output and environment: one at a time.
one_at_a_time = threading.RLock()
# A pool that is forked amid a trial begins with none.
os.register_at_fork(after_in_child=one_at_a_time._at_fork_reinit)


def amid_a_trial() -> bool:
    """Whether it is a trial, in this thread, that asks."""
    return one_at_a_time._is_owned()


class FolderNotShared(RuntimeError):
    """A worker does not see the folder of records."""


def attempt(job: Job) -> Record | None:
    """Make an attempt at a trial and write its record, once no other one runs in this process.

    Returns:
        The record, also of what another process has made of the trial since it was planned; None
        where another process has the trial now.

    Raises:
        FolderNotShared: this process does not see the folder of records; nothing was run.
        Outdated: this process has, or would load, other code than the trial was planned with.
        RecordsNotWritable: the record cannot be written here.
        KeyboardInterrupt: a person stopped it, in the process that planned; its record says so.
    """
    if job.in_worker and not job.shares_folder():
        raise FolderNotShared
    with one_at_a_time, Interrupts() as interrupts, writing_to(job.folder):
        if (lock := TrialLock.take(job.lock_path)) is None:
            return None
        with lock:
            if ended := settle_before(job, lock):
                return ended
            if (keyed := with_data_digest(job)).key == job.key:
                start = time_text()
                job.hold(lock, start)
                record = keep(job, *perform(job, job.log_path, start, interrupts))
    if keyed.key != job.key:
        return attempt(keyed)
    if record.outcome == "cancelled" and not job.in_worker:
        raise KeyboardInterrupt
    return record


def keep(job: Job, record: Record, artifacts: dict[str, Artifact]) -> Record:
    """Write the record of an attempt, and remove what is of no use beside it.

    Raises:
        OSError: as the system gives it; ``RecordsNotWritable`` where it is the record.
    """
    record = write_record(record, job.folder, artifacts)
    if record.ok:
        checkpoint_folder.remove(job)
    if record.key != job.key:  # its data were not at hand when it was planned
        remove_attempt(job.folder, job.key)
    return record


def settle_before(job: Job, lock: TrialLock, reason: str = "") -> Record | None:
    """What the trial has already come to, once its lock is held; None if it is still to be run.

    A holder that ended without a word gets its record here. If it was this very job (a worker
    died with it, and a scheduler sent it again), that is what the trial has come to.

    Arguments:
        reason: how the holder before ended, where someone saw it.
    """
    ended = job.ended_elsewhere()
    killed = settle_unfinished(job.folder, job.key, lock, reason)
    if ended is None and killed and lock.unfinished["submission"] == job.submission:
        return killed
    return ended


def perform(
    job: Job, log_path: Path, start: str, interrupts: Interrupts
) -> tuple[Record, dict[str, Artifact]]:
    """Run a trial's function and measure it; whatever happens in it becomes the outcome."""
    result = Result()
    outcome, error = "ok", None
    resumed = checkpoint_folder.begun(job)
    forget_peak()
    if cuda := _cuda_in_use():
        cuda.reset_peak_memory_stats()
    wall_s, cpu_s = time.perf_counter(), time.process_time()
    with captured(log_path, in_worker=job.in_worker) as log:
        try:
            returned = _called(job, log, log_path, interrupts)
            result = checked_result(returned, job.trial["configuration"])
            job = with_data_digest(job)
        except KeyboardInterrupt as stop:
            outcome, error = "cancelled", _error(stop, "a person stopped it.")
        except TimeIsUp as stop:
            outcome, error = "timeout", _error(stop, "") | timeout_error(job.timeout_s)
        except UnrecordableResult as flaw:
            outcome, error, result = "failed", _error(flaw, str(flaw)), flaw.result
        except Outdated:
            history_path(log_path).unlink(missing_ok=True)
            raise
        # Whatever a trial raises is its outcome, and the sweep goes on.
        except BaseException as failure:  # noqa: BLE001
            outcome, error = "failed", _error(failure, _text_of(failure))
        wall_s, cpu_s = time.perf_counter() - wall_s, time.process_time() - cpu_s
        if error is not None:
            let_go()
            error["log_tail"] = output_tail(log_path) if log is not None else ""
            result.measured["history"] = result.measured.get("history") or history_so_far(log_path)
        history_path(log_path).unlink(missing_ok=True)
    cuda = _cuda_in_use()
    seen = {"peak_gpu_memory_bytes": cuda.max_memory_allocated() if cuda else None}
    record = job.record(
        outcome,
        start,
        end=time_text(),
        error=error,
        artifacts=sorted(result.artifacts),
        wall_time_s=None if resumed else wall_s,
        cpu_time_s=None if resumed else cpu_s,
        peak_memory_bytes=peak_memory_bytes(),
        provenance=_provenance(job, result.made_with),
        **seen | result.measured,
    )
    return record, result.artifacts


def _called(job: Job, log: int | None, log_path: Path, interrupts: Interrupts) -> Any:
    """What a trial's function returns, called with all around it that belongs to a trial."""
    find_own_code(job)
    configuration = copy.deepcopy(job.trial["configuration"])
    limit = time_limit(job.timeout_s, in_worker=job.in_worker, log=log)
    places = checkpoint_folder.offered(job, log_path, alone=log is not None)
    with code_as_planned(job):
        function = load(job.function)
        check_defaults(job)
        with undisturbed(), places, interrupts.welcome(), limit, forks_end_here():
            return function(**configuration)


def check_defaults(job: Job) -> None:
    """Refuse to compute with other defaults than the process that planned has.

    Raises:
        RuntimeError: torch's default dtype or device is another one there.
    """
    if job.in_worker and job.defaults != defaults():
        there, here = (", ".join(some) for some in (job.defaults, defaults()))
        raise RuntimeError(
            f"the notebook's process has torch's defaults set to {there}, the worker has {here}: "
            "set them in the trial, or in a module that its function's module imports."
        )


def _error(error: BaseException, message: str) -> dict[str, str]:
    # The first frames are ours, those of this file; the trial begins at the next one.
    frames = error.__traceback__
    while frames.tb_next is not None and frames.tb_frame.f_code.co_filename == __file__:
        frames = frames.tb_next
    text = "".join(traceback.format_exception(type(error), error, frames))
    return {
        "type": type(error).__name__,
        "message": storable(message),
        "traceback": storable(text),
    }


def _text_of(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 a trial may raise anything, also what has no text
        return f"(a {type(error).__name__} without a text)"


def _provenance(job: Job, made_with: dict[str, Any]) -> dict[str, Any]:
    """Code and commit from the process that planned, the machine from the one that ran."""
    if made_with.get("device", "cpu") != "cpu":  # the GPU's name says more than "cuda:0"
        made_with = {name: made_with[name] for name in made_with.keys() - {"device"}}
    asked_for = provenance.versions() | job.provenance.get("versions", {})
    versions = {"versions": provenance.really_imported(asked_for)}
    return job.provenance | provenance.machine() | versions | made_with


def _cuda_in_use() -> Any:
    torch = sys.modules.get("torch")
    return torch.cuda if torch is not None and torch.cuda.is_initialized() else None
