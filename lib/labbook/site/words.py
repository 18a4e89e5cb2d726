"""Dates, durations and small labels in words."""

import datetime
from html import escape

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
    """A time of UTC as ``22 November 2026, 03:10 UTC``."""
    try:
        at = datetime.datetime.fromisoformat(str(iso))
    except ValueError:
        return escape(str(iso))
    if at.tzinfo:
        at = at.astimezone(datetime.UTC)
    return f"{day(at.isoformat())}, {at:%H:%M} UTC"


def described(pairs: list[tuple[str, str]]) -> str:
    """A list of terms and what they are; both are HTML. Empty ones are left out."""
    items = "".join(f"<dt>{term}</dt><dd>{text}</dd>" for term, text in pairs if text)
    return f'<dl class="lb-facts">{items}</dl>' if items else ""


def provenance(found: dict | None) -> list[tuple[str, str]]:
    """What is known of where numbers come from, for ``described``."""
    found = found or {}
    commit = found.get("commit")
    tree = found.get("tree")
    recorded = f"<code>{escape(commit)}</code> ({escape(str(tree))})" if commit else "not recorded"
    told = [("commit", recorded if found else "")]
    told.append(("changes", f"<code>{escape(str(found.get('diff_digest') or ''))}</code>"))
    for key in ("device", "host", "platform", "threads"):
        told.append((key, escape(str(found.get(key) or ""))))
    versions = found.get("versions") or {}
    told.append(("versions", escape(", ".join(f"{k} {v}" for k, v in versions.items()))))
    return [(term, text) for term, text in told if text and text != "<code></code>"]


def values(pairs: dict) -> str:
    """Names and values in a line: ``seed 0, profile demo``; those that are nothing left out."""
    return ", ".join(
        f"{escape(str(k))} <code>{escape(_plain(v))}</code>"
        for k, v in pairs.items()
        if v is not None
    )


def _plain(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
