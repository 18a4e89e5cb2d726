"""Whether a record still tells what today's code and data would give.

``labbook.log.trial_code`` says what counts as the code of a trial and how it is compared.
Three levels: a change of code or data makes a record *stale*; a change of the environment only
makes it *aged*; a person may accept stale records as still valid (``labbook.log.acceptance``).
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from labbook.log.acceptance import Acceptance, acceptance_for
from labbook.log.imports import library_folder
from labbook.log.layout import find_root
from labbook.log.notebook_code import IMPORTS, WHOLE
from labbook.log.trial_code import (
    CodeUsed,
    SourceUnknown,
    code_used,
    current_code,
    notebook_code_used,
)

if TYPE_CHECKING:
    from labbook.log.records import Record


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
    reasons, acceptance = _changes(record, root, code)
    if acceptance is not None:
        reasons = []
    if data_digest is not None and data_digest != record.data_digest:
        reasons.append("data changed")
    return reasons


def accepted_because(
    record: "Record", root: Path | None = None, *, code: dict[str, str] | None = None
) -> str | None:
    """Who accepted a record whose code has changed, when and why; None if nobody had to.

    Arguments:
        root, code: as for ``stale_because``.
    """
    _, acceptance = _changes(record, root, code)
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


def _changes(
    record: "Record", root: Path | None, code: dict[str, str] | None
) -> tuple[list[str], Acceptance | None]:
    """What changed in a record's code, and the acceptance that covers it."""
    root = root or find_root()
    then = record.provenance.get("code")
    if not then:
        return ["its code was not recorded"], None
    try:
        now = current_code(record, root) if code is None else CodeUsed(code, ())
    except SourceUnknown as error:
        return [str(error)], None
    differing = (key for key in then.keys() | now.digests.keys() if _differs(key, then, now))
    reasons = [_phrase(key, then.get(key), now.digests.get(key)) for key in sorted(differing)]
    if not reasons:
        return [], None
    return reasons, acceptance_for(record, now.digest, root)


def _differs(key: str, then: dict[str, str], now: CodeUsed) -> bool:
    return then.get(key) != now.digests.get(key)


def _phrase(key: str, then: str | None, now: str | None) -> str:
    """What happened to one part of the code, as a reader would say it."""
    if key == IMPORTS:
        return "the notebook's imports changed"
    if key == WHOLE:
        return "the notebook's code changed"
    if key.startswith("notebook."):
        key = f"the notebook's {key.removeprefix('notebook.')}()"
    if then is None:
        return f"{key} is used now"
    if now is None:
        return f"{key} is no longer used"
    return f"{key} changed"
