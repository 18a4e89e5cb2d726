"""Dates, durations and small labels in words."""

import datetime
from collections.abc import Collection, Iterable
from html import escape

from labbook.log.records.run_record import RunRecord
from labbook.show.table import markup

label = markup.label  # as in tables


def day(iso: str) -> str:
    """``2026-11-22…`` as ``22 November 2026``; the text itself, as HTML, where it is no date."""
    try:
        date = datetime.date.fromisoformat(str(iso)[:10])
    except ValueError:
        return escape(str(iso))
    return f"{date.day} {date:%B %Y}"


def short_day(iso: str) -> str:
    """``2026-11-22…`` as ``22 Nov 2026``, for tables."""
    number, month, year = day(iso).split(" ")
    return f"{number} {month[:3]} {year}"


def moment(iso: str) -> str:
    """A time of a record, which is in UTC, as ``22 November 2026, 03:10 UTC``."""
    at = datetime.datetime.fromisoformat(iso)
    return f"{at.day} {at:%B %Y, %H:%M} UTC"


def joined(parts: list[str]) -> str:
    """Pieces of HTML in a line, with dots between; empty ones are left out."""
    return '<span class="lb-sep"> · </span>'.join(part for part in parts if part)


def described(pairs: list[tuple[str, str]]) -> str:
    """A list of terms and what they are; both are HTML. Empty ones are left out."""
    items = "".join(f"<dt>{term}</dt><dd>{text}</dd>" for term, text in pairs if text)
    return f'<dl class="lb-facts">{items}</dl>' if items else ""


def table(
    heads: Iterable[str],
    rows: Iterable[str],
    named: str,
    kind: str = "lb lb-small",
    numeric: Collection[str] = (),
) -> str:
    """A table in a box that scrolls.

    Arguments:
        heads: the text of each header.
        rows: HTML of the cells of each row.
        named: what the box is called where it can't be seen.
        kind: classes of the table.
        numeric: the headers over numbers.
    """
    number = ' class="n"'
    cells = (
        f'<th scope="col"{number if head in numeric else ""}>{escape(head)}</th>' for head in heads
    )
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    return (
        f'<div class="lb-scroll" tabindex="0" role="region" aria-label="{escape(named)}">'
        f'<table class="{kind}"><thead><tr>{"".join(cells)}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def provenance(found: dict) -> list[tuple[str, str]]:
    """What is known of where numbers come from, for ``described``."""
    commit, changes = found.get("commit"), found.get("diff_digest")
    tree = escape(str(found.get("tree")))
    recorded = f"<code>{escape(commit)}</code> ({tree})" if commit else "not recorded"
    machine = ("device", "host", "platform", "threads")
    versions = (found.get("versions") or {}).items()
    return [
        ("commit", recorded if found else ""),
        ("changes", f"<code>{escape(changes)}</code>" if changes else ""),
        *((name, escape(str(found.get(name) or ""))) for name in machine),
        ("versions", escape(", ".join(f"{package} {version}" for package, version in versions))),
    ]


def outcome(run: RunRecord) -> str:
    """How a run ended; beside the label, what its trials had come to."""
    return label(run.outcome) + escape(run.outcome_text.removeprefix(run.outcome))


def values(pairs: dict) -> str:
    """Names and values in a line: ``seed 0, profile demo``; those that are nothing left out."""
    return ", ".join(
        f"{escape(str(k))} <code>{escape(_plain(v))}</code>"
        for k, v in pairs.items()
        if v is not None
    )


def _plain(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
