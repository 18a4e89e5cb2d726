"""Dated notes: a Markdown paragraph that begins with a bold date, or ``.. update:: 2024-01-12``.

They are styled where they stand, listed on the front page and told in a feed. A claim that turned
out wrong is not edited: a dated note says so.
"""

import datetime
import re
from html import escape
from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from labbook.site import state, words
from labbook.site.assets import Assets
from labbook.site.markup import mathml

_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})[.:]?")
LISTED = 10
SHOWN_CHARACTERS = 280


class UpdateList(nodes.General, nodes.Element):
    """Where recent notes are listed."""


class Update(SphinxDirective):
    """``.. update:: 2024-01-12`` with the note as its content."""

    required_arguments = 1
    has_content = True

    def run(self):
        date = _date(self.arguments[0])
        if date is None:
            raise self.error(f"update:: needs a date such as 2024-01-12, not {self.arguments[0]!r}")
        note = nodes.container(classes=["lb-update"], date=date)
        self.state.nested_parse(self.content, self.content_offset, note)
        first = next(iter(note.findall(nodes.paragraph)), None)
        if first is None:
            raise self.error("update:: has no content")
        first.insert(0, [nodes.strong("", date), nodes.Text(" ")])
        return [note]


class Updates(SphinxDirective):
    """``.. updates::``: the newest notes of all pages."""

    def run(self):
        state.notes(self.env)["live"][self.env.docname] = True
        return [UpdateList()]


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
            and (date := _date(node.children[0].astext()))
        ):
            node["classes"].append("lb-update")
            node["date"] = date
            yield node


def _date(text: str) -> str | None:
    found = _DATE.fullmatch(text.strip())
    try:
        return datetime.date.fromisoformat(found.group(1)).isoformat() if found else None
    except ValueError:
        return None


def newest(app) -> list[tuple[str, str, str, str, str]]:
    """All notes, newest first: date, text, document, anchor, title of the document."""
    log = state.log_of(app)
    everything = []
    for docname, found in state.notes(app.env)["updates"].items():
        experiment = log.of_document(docname)
        title = experiment.title if experiment else app.env.titles[docname].astext()
        everything += [(date, text, docname, anchor, title) for date, text, anchor in found]
    return sorted(everything, key=lambda note: (note[0], note[2], note[3]), reverse=True)


def resolve(app, doctree: nodes.document, docname: str) -> None:
    """Fill in the lists of notes (``doctree-resolved``)."""
    for node in list(doctree.findall(UpdateList)):
        items = []
        for date, text, source, anchor, title in newest(app)[:LISTED]:
            uri = app.builder.get_relative_uri(docname, source)
            items.append(
                f'<li><time datetime="{date}">{words.day(date)}</time> '
                f'<a href="{escape(uri)}#{anchor}">{escape(title)}</a>: '
                f"{escape(_shortened(text))}</li>"
            )
        html = f'<ul class="lb-updates">{"".join(items)}</ul>' if items else "<p>None so far.</p>"
        node.replace_self(nodes.raw("", html, format="html"))


def _shortened(text: str) -> str:
    if len(text) <= SHOWN_CHARACTERS:
        return text
    return text[:SHOWN_CHARACTERS].rsplit(" ", 1)[0] + " …"


def write_feed(app) -> list:
    """``atom.xml``: the notes as a feed, the same bytes for the same notes."""
    project = escape(app.config.project)
    base = app.config.html_baseurl
    notes = newest(app)
    entries = "".join(
        f"<entry><title>{escape(title)}, {date}</title>"
        f"<id>tag:labbook,{date}:{escape(source)}/{anchor}</id>"
        f'<link href="{escape(base + source)}.html#{anchor}"/>'
        f"<updated>{date}T00:00:00Z</updated><summary>{escape(text)}</summary></entry>\n"
        for date, text, source, anchor, title in notes
    )
    dates = [note[0] for note in notes]
    dates += [e.date for e in state.log_of(app).experiments.values() if _date(e.date)]
    feed = (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n'
        f"<title>{project}</title><id>tag:labbook,2024:{project.replace(' ', '-')}</id>"
        f"<author><name>{project}</name></author>"
        f"<updated>{max(dates, default='1970-01-01')}T00:00:00Z</updated>\n{entries}</feed>\n"
    )
    state.put(Path(app.outdir) / "atom.xml", feed)
    return []


def setup(app) -> None:
    app.add_node(UpdateList)
    app.add_directive("update", Update)
    app.add_directive("updates", Updates)
    app.connect("doctree-read", find)
    app.connect("doctree-resolved", resolve)
    app.connect("html-collect-pages", write_feed)
