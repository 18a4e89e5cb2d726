"""Dated notes: a Markdown paragraph that begins with a bold date, or ``.. update:: 2024-01-12``.

They are styled where they stand, and remembered for the front page and the feed. A claim that
turned out wrong is not edited: a dated note says so.
"""

import datetime
import re

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from labbook.site import state
from labbook.site.assets import Assets
from labbook.site.markup import mathml

_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})[.:]?")


class Update(SphinxDirective):
    """``.. update:: 2024-01-12`` with the note as its content."""

    required_arguments = 1
    has_content = True

    def run(self):
        date = date_of(self.arguments[0])
        if date is None:
            raise self.error(f"update:: needs a date such as 2024-01-12, not {self.arguments[0]!r}")
        note = nodes.container(classes=["lb-update"], date=date)
        self.state.nested_parse(self.content, self.content_offset, note)
        first = next(iter(note.findall(nodes.paragraph)), None)
        if first is None:
            raise self.error("update:: has no content")
        first.insert(0, [nodes.strong("", date), nodes.Text(" ")])
        return [note]


def find(app, doctree: nodes.document) -> None:
    """Style the dated notes of a document and remember them (``doctree-read``)."""
    found = []
    env = app.env
    for note in _notes(doctree):
        name = Assets.of_current(env).unique(f"update-{note['date']}")
        note["ids"].append(name)
        text = " ".join(_as_text(note).split()).removeprefix(note["date"]).lstrip(" .:")
        found.append((note["date"], text, name))
    if found:
        state.notes(env)["updates"][env.current_document.docname] = found


def _as_text(note: nodes.Element) -> str:
    """All that a note says, its formulas in plain characters."""
    copy = note.deepcopy()
    for formula in list(copy.findall(nodes.math)):
        formula.replace_self(nodes.Text(mathml.as_text(formula.astext())))
    return copy.astext()


def _notes(doctree: nodes.document):
    for node in list(doctree.findall(nodes.Element)):
        if "lb-update" in node.get("classes", ()):
            yield node
        elif (
            isinstance(node, nodes.paragraph)
            and node.children
            and isinstance(node.children[0], nodes.strong)
            and "lb-update" not in node.parent.get("classes", ())
            and (date := date_of(node.children[0].astext()))
        ):
            node["classes"].append("lb-update")
            node["date"] = date
            yield node


def date_of(text: str) -> str | None:
    """The date that a text is, as ISO writes it; None where it is none."""
    found = _DATE.fullmatch(text.strip())
    try:
        return datetime.date.fromisoformat(found.group(1)).isoformat() if found else None
    except ValueError:
        return None


def setup(app) -> None:
    app.add_directive("update", Update)
    app.connect("doctree-read", find)
