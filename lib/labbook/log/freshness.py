"""Whether a record or a run still tells what today's code and data would give.

``labbook.log.trial_code`` says what counts as the code of a trial and how it is compared.
Three levels: a change of code or data makes a record *stale*; a change of the environment only
makes it *aged*; a person may accept stale records as still valid (``labbook.log.acceptance``).
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from labbook.log.acceptance import acceptance_for
from labbook.log.comparison import Comparison, of_record, of_run
from labbook.log.imports import library_folder
from labbook.log.layout import Layout, find_root
from labbook.log.trial_code import SourceUnknown, code_used, notebook_code_used

if TYPE_CHECKING:
    from labbook.log.records import Record
    from labbook.log.run_records import RunRecord

__all__ = [
    "SourceUnknown",
    "accepted_because",
    "aged_because",
    "code_digest",
    "notebook_code_digest",
    "run_stale_because",
    "stale_because",
]


def code_digest(function: Callable) -> tuple[str, dict[str, str]]:
    """Digest of the code that a live function uses.

    Arguments:
        function: a plain function, defined in a notebook, a script or a module.

    Returns:
        ``(digest, {module: digest})``; the keys are dotted names of modules, and for a
        notebook ``notebook.<name>`` and ``notebook imports``.

    Raises:
        SourceUnknown: the function has no source in this process (unpickled by value, or
            typed into a plain interpreter).
    """
    used = code_used(function)
    return used.digest, used.digests


def notebook_code_digest(path: Path, function_name: str) -> tuple[str, dict[str, str]]:
    """As ``code_digest``, for a function of a text notebook that is not running.

    Arguments:
        path: the notebook, ``notebooks/<experiment>.py``.
        function_name: name of the function in it.

    Raises:
        SourceUnknown: the file is gone or does not parse, or has no such function.
    """
    used = notebook_code_used(Path(path), function_name, library_folder())
    return used.digest, used.digests


def stale_because(
    record: "Record",
    root: Path | None = None,
    *,
    code: dict[str, str] | None = None,
    data_digest: str | None = None,
) -> list[str]:
    """What has changed since a record was made, as phrases; ``[]`` means fresh.

    A change of code that a person has accepted is no reason (see ``accepted_because``).

    Arguments:
        root: the log's root; found from the working directory when not given.
        code: digests of today's code, as ``code_digest`` gives them for a live function; read
            from the files of the log when not given.
        data_digest: digest of today's data, where it is at hand.

    Returns:
        For instance ``["labbook.models.mixer changed", "the notebook's train() changed"]``.
    """
    root = root or find_root()
    reasons = _unaccepted(of_record(record, root, code), root)
    if data_digest is not None and data_digest != record.data_digest:
        reasons.append("data changed")
    return reasons


def run_stale_because(run: "RunRecord", root: Path | None = None) -> list[str]:
    """What has changed since a run of a notebook, as phrases; ``[]`` means fresh.

    All code cells of the notebook count, the modules of ``labbook`` that they reach, the files
    that they name, and the records of the trials that they show.
    """
    from labbook.log.shown import moved_on, shown  # loads Jupytext; see of_run

    root = root or find_root()
    comparison = of_run(run, root)
    reasons = _unaccepted(comparison, root)
    if run.shown is not None and not isinstance(comparison.now, str):
        reasons += moved_on(run.shown, shown(Layout(root), run.experiment, run.profile))
    return reasons


def accepted_because(
    record: "Record", root: Path | None = None, *, code: dict[str, str] | None = None
) -> str | None:
    """Who accepted a record whose code has changed, when and why; None if nobody had to.

    Arguments:
        root, code: as for ``stale_because``.
    """
    root = root or find_root()
    acceptance = acceptance_for(of_record(record, root, code), root)
    return str(acceptance) if acceptance is not None else None


def aged_because(record: "Record", versions: dict[str, str]) -> list[str]:
    """Which packages have another version than when the record was made.

    A record that is only aged is still fresh: nothing of the project changed.

    Arguments:
        versions: today's versions, as ``provenance.versions()`` gives them.

    Returns:
        For instance ``["torch 2.12.0 → 2.13.0"]``; ``[]`` where none were recorded.
    """
    then = record.provenance.get("versions")
    if not then:
        return []
    return [
        f"{name} {then.get(name, 'absent')} → {versions.get(name, 'absent')}"
        for name in sorted(then.keys() | versions.keys())
        if then.get(name) != versions.get(name)
    ]


def _unaccepted(comparison: Comparison, root: Path) -> list[str]:
    return [] if acceptance_for(comparison, root) else comparison.reasons()
