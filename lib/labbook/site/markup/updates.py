"""Dated notes: paragraphs that begin with a bold date, in Markdown as in reST.

They are styled where they stand, and remembered for the front page and the feed. A claim that
turned out wrong is not edited: a dated note says so.
"""

import datetime
import re
from collections.abc import Iterator

from docutils import nodes

from labbook.site import state
from labbook.site.assets import Assets
from labbook.site.markup import mathml

_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})[.:]?")


def find(app, doctree: nodes.document) -> None:
    """Style the dated notes of a document and remember them (``doctree-read``)."""
    found = []
    env = app.env
    for date, note in _notes(doctree):
        name = Assets.of_current(env).unique(f"update-{date}")
        note["ids"].append(name)
        note["classes"].append("lb-update")
        text = " ".join(_as_text(note).split()).removeprefix(date).lstrip(" .:")
        found.append((date, text, name))
    if found:
        state.notes(env)["updates"][env.current_document.docname] = found


def _as_text(note: nodes.Element) -> str:
    """All that a note says, its formulas in plain characters."""
    copy = note.deepcopy()
    for formula in list(copy.findall(nodes.math)):
        formula.replace_self(nodes.Text(mathml.as_text(formula.astext())))
    return copy.astext()


def _notes(doctree: nodes.document) -> Iterator[tuple[str, nodes.paragraph]]:
    for paragraph in doctree.findall(nodes.paragraph):
        first = paragraph.children[0] if paragraph.children else None
        if isinstance(first, nodes.strong) and (date := date_of(first.astext())):
            yield date, paragraph


def date_of(text: str) -> str | None:
    """The date that a text is, as ISO writes it; None where it is none."""
    found = _DATE.fullmatch(text.strip())
    try:
        return datetime.date.fromisoformat(found.group(1)).isoformat() if found else None
    except ValueError:
        return None


def setup(app) -> None:
    app.connect("doctree-read", find)
