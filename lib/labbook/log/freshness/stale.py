"""Whether a record still tells what today's code and data would give.

``labbook.log.code.reach`` says what counts as the code of a trial. Three levels: a change of code
or data makes a record *stale*; a change of the environment only makes it *aged*; a person may
accept stale records as still valid (``labbook.log.freshness.acceptance``). How an experiment stands
with all its records and its run is computed in ``labbook.log.freshness.standing``.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from labbook.log.code.provenance import installed_versions
from labbook.log.code.reach import CodeUsed
from labbook.log.freshness.acceptance import acceptances_for, reasons_since_accepted
from labbook.log.freshness.changes import Comparison, of_record
from labbook.log.records.layout import find_root

if TYPE_CHECKING:
    from labbook.log.records.folder import Record


def stale_because(
    record: "Record",
    root: Path | None = None,
    *,
    code: CodeUsed | None = None,
    data_digest: str | None = None,
) -> list[str]:
    """What has changed since a record was made, as phrases; ``[]`` means fresh.

    A change of code that a person has accepted is no reason (see ``accepted_because``).

    Arguments:
        root: the log's root; found from the working directory when not given.
        code: today's code, as ``code_of`` gives it for a live function; read from the files of
            the log when not given.
        data_digest: digest of today's data, where it is at hand.

    Returns:
        For instance ``["the notebook's train() changed", "mylib.net.Block changed"]``.
    """
    root = root or find_root()
    reasons = _unaccepted(of_record(record, root, code), root)
    if data_digest is not None and data_digest != record.data_digest:
        reasons.append("data changed")
    return reasons


def accepted_because(
    record: "Record", root: Path | None = None, *, code: CodeUsed | None = None
) -> str | None:
    """Who accepted a record whose code has changed, when and why; None if nobody had to.

    Arguments:
        root, code: as for ``stale_because``.
    """
    root = root or find_root()
    chain = acceptances_for(of_record(record, root, code), root)
    return "; then ".join(map(str, chain)) or None


def aged_because(record: "Record") -> list[str]:
    """Which packages that made a record have another version today.

    A record that is only aged is still fresh: nothing of the project changed.

    Returns:
        For instance ``["torch 2.12.0 → 2.13.0"]``; ``[]`` where none were recorded.
    """
    then = record.provenance.get("versions") or {}
    now = installed_versions(then)
    return [
        f"{name} {then[name]} → {now.get(name, 'absent')}"
        for name in sorted(then)
        if then[name] != now.get(name)
    ]


def _unaccepted(comparison: Comparison, root: Path) -> list[str]:
    if acceptances_for(comparison, root):
        return []
    return reasons_since_accepted(comparison, root)
