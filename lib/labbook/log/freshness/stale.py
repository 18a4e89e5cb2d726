"""Whether a record still tells what today's code and data would give.

``labbook.log.code.reach`` says what counts as the code of a trial. Three levels: a change of code
or data makes a record *stale*; a change of the environment only makes it *aged*; a person may
accept stale records as still valid (``labbook.log.freshness.acceptance``). How an experiment stands
with all its records and its run is computed in ``labbook.log.freshness.standing``.
"""

from collections.abc import Iterable
from pathlib import Path

from labbook.log.code.library import Library
from labbook.log.code.provenance import installed_versions
from labbook.log.code.reach import CodeUsed
from labbook.log.freshness.acceptance import judge
from labbook.log.freshness.changes import Comparison, of_record
from labbook.log.records.code import made_by
from labbook.log.records.layout import find_root
from labbook.log.records.record import IMPORTED, Record

UNKNOWN = "unknown"


def stale_because(record: Record, root: Path | None = None) -> list[str]:
    """What has changed since a record was made, as phrases; ``[]`` means fresh.

    A change of code that a person has accepted is no reason. Of an imported record nothing is
    known (``freshness_of``), and nothing told.

    Arguments:
        root: the log's root; found from the working directory when not given.

    Returns:
        For instance ``["the notebook's train() changed", "mylib.net.Block changed"]``.
    """
    return Verdicts(root or find_root()).stale(record)


def freshness_of(record: Record, stale: list[str]) -> str:
    """``fresh``, ``stale``, or ``unknown`` of an imported record: its code is not at hand.

    Arguments:
        stale: why it is stale, as ``stale_because`` tells.
    """
    if record.origin == IMPORTED:
        return UNKNOWN
    return "stale" if stale else "fresh"


def aged_because(records: Iterable[Record]) -> list[str]:
    """Packages that have other versions today than when records were made.

    A record that is only aged is still fresh: nothing of the project changed. A package that is not
    installed here says nothing: whoever reads a log need not have what a trial of it wants.

    Returns:
        For instance ``["torch 2.12.0 → 2.13.0"]``; ``[]`` where none were recorded.
    """
    then = {found for r in records for found in (r.provenance.get("versions") or {}).items()}
    now = installed_versions({name for name, _ in then})
    return [
        f"{name} {version} → {now[name]}"
        for name, version in sorted(then)
        if version != now.get(name, version)
    ]


class Verdicts:
    """What is to be said of many records: the same for those that the same code made.

    Arguments:
        code: today's code of all of them, where a live function has it; read from the files of
            the log when not given.
        library: the modules of the log, as they are to be compared.

    Attributes:
        files: those that the code compared so far is in, or was looked for in, wherever they lie.
    """

    def __init__(self, root: Path, code: CodeUsed | None = None, library: Library | None = None):
        self.library = library or Library(root)
        self._root = root
        self._code = code
        self._of_code: dict[tuple, tuple[list[str], list[str]]] = {}
        self.files: set[Path] = set()

    def stale(self, record: Record) -> list[str]:
        """As ``stale_because``."""
        return self._judged(record)[0]

    def accepted(self, record: Record) -> list[str]:
        """Who accepted a record whose code has changed, when and why; ``[]`` if nobody had to."""
        return self._judged(record)[1]

    def of(self, comparison: Comparison) -> tuple[list[str], list[str]]:
        """Why a result is stale, and who accepted it if anybody did, from its code then and now."""
        self.files.update(comparison.files)
        return judge(comparison, self._root)

    def _judged(self, record: Record) -> tuple[list[str], list[str]]:
        if record.origin == IMPORTED:
            return [], []
        same = record.experiment, record.function, made_by(record)
        if same not in self._of_code:
            self._of_code[same] = self.of(of_record(record, self._root, self._code, self.library))
        return self._of_code[same]
