"""Which code of the log's modules made each run of a batch, where it was edited in between."""

from collections.abc import Iterable

from labbook.log.freshness.changes import changes
from labbook.log.notebook.sources import Source
from labbook.log.records.run_record import RunRecord
from labbook.log.records.text import names_in, some


def by_code(records: Iterable[RunRecord]) -> dict[str, list[RunRecord]]:
    """The runs made by each code, by its digest, the oldest first."""
    codes: dict[str, list[RunRecord]] = {}
    for record in sorted(records, key=lambda record: record.start):
        digest = record.provenance.get("code_digest") or "unknown"
        codes.setdefault(digest, []).append(record)
    return codes


def several_codes(source: Source, records: Iterable[RunRecord]) -> str:
    """That the runs of a batch were made by several codes, which by which, and how these differ.

    Returns:
        Nothing where one code made all of them.
    """
    codes = by_code(records)
    if len(codes) < 2:
        return ""
    name_of = names_in([r.parameters_used for of_code in codes.values() for r in of_code])
    lines = [f"{source.experiment}: these runs were made by {len(codes)} codes:"]
    for digest, of_code in codes.items():
        lines.append(f"  {digest}: {some([name_of(r.parameters_used) for r in of_code])}")
    first, *others = [of_code[0].provenance.get("code") or {} for of_code in codes.values()]
    phrases = list(dict.fromkeys(phrase for code in others for phrase in changes(first, code)))
    lines.append(f"  {some(phrases)}; --refresh stale makes all of them by today's code.")
    return "\n".join(lines)
