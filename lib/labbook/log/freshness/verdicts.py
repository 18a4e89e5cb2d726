"""What is to be said of each record of a log: stale because, accepted by whom, aged.

Records that the same code made get the same answer, and there are hundreds of them: the code is
compared once for each digest.
"""

from pathlib import Path

from labbook.log.freshness.acceptance import acceptances_for, reasons_since_accepted
from labbook.log.freshness.changes import Comparison, of_record
from labbook.log.freshness.stale import aged_because
from labbook.log.records.code import code_digest
from labbook.log.records.record import Record


class Verdicts:
    """Answers about records, each found once.

    Attributes:
        problems: what is wrong with files of acceptances; nothing counts as accepted then.
    """

    def __init__(self, root: Path):
        self.root = root
        self.problems: list[str] = []
        self._of_code: dict[tuple, tuple[list[str], str | None]] = {}
        self._aged: dict[tuple, list[str]] = {}

    def stale(self, record: Record) -> list[str]:
        """What has changed since a record was made, as phrases; ``[]``: nothing, or accepted."""
        return self._ask(record)[0]

    def accepted(self, record: Record) -> str | None:
        """Who accepted a record whose code has changed, when and why; None if nobody had to."""
        return self._ask(record)[1]

    def aged(self, record: Record) -> list[str]:
        """Which packages that made a record have another version today."""
        question = tuple(sorted((record.provenance.get("versions") or {}).items()))
        if question not in self._aged:
            self._aged[question] = aged_because(record)
        return self._aged[question]

    def judge(self, comparison: Comparison) -> tuple[list[str], str | None]:
        """Reasons why a result is stale, and the acceptances that take them away, if any do."""
        reasons = comparison.reasons()
        if not reasons:
            return [], None
        try:
            chain = acceptances_for(comparison, self.root)
            since = reasons_since_accepted(comparison, self.root)
        except ValueError as error:
            if str(error) not in self.problems:
                self.problems.append(str(error))
            return reasons, None
        return ([], "; then ".join(map(str, chain))) if chain else (since, None)

    def _ask(self, record: Record) -> tuple[list[str], str | None]:
        made_by = record.provenance.get("code_digest")
        if made_by is None and (code := record.provenance.get("code")):
            made_by = code_digest(code)
        question = record.experiment, record.function, made_by
        if question not in self._of_code:
            self._of_code[question] = self.judge(of_record(record, self.root))
        return self._of_code[question]
