"""The newest dated notes of all pages: as a list on the front page, and as a feed."""

import posixpath
from html import escape
from pathlib import Path

from sphinx.util.docutils import SphinxDirective

from labbook.site import state, words
from labbook.site.changes import put
from labbook.site.late import late
from labbook.site.log import log_of
from labbook.site.markup.updates import date_of

LISTED = 10
SHOWN_CHARACTERS = 280


class Updates(SphinxDirective):
    """``.. updates::``: the newest notes of all pages."""

    def run(self):
        return [late(self.env, list_html)]


def newest(app) -> list[tuple[str, str, str, str, str]]:
    """All notes, newest first: date, text, document, anchor, title of the document."""
    log = log_of(app)
    everything = []
    for docname, found in state.notes(app.env)["updates"].items():
        experiment = log.of_document(docname)
        title = experiment.title if experiment else app.env.titles[docname].astext()
        everything += [(date, text, docname, anchor, title) for date, text, anchor in found]
    return sorted(everything, key=lambda note: (note[0], note[2], note[3]), reverse=True)


def list_html(app, docname: str) -> str:
    """The list of the newest notes, seen from ``docname``."""
    items = "".join(
        f'<li><time datetime="{date}">{words.day(date)}</time> '
        f'<a href="{escape(app.builder.get_relative_uri(docname, source))}#{anchor}">'
        f"{escape(title)}</a>: {escape(_shortened(text))}</li>"
        for date, text, source, anchor, title in newest(app)[:LISTED]
    )
    return f'<ul class="lb-updates">{items}</ul>' if items else "<p>None so far.</p>"


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
        f'<link href="{escape(address(base, source))}#{anchor}"/>'
        f"<updated>{date}T00:00:00Z</updated><summary>{escape(text)}</summary></entry>\n"
        for date, text, source, anchor, title in notes
    )
    dates = [note[0] for note in notes]
    dates += [e.date for e in log_of(app).experiments.values() if date_of(e.date)]
    feed = (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n'
        f"<title>{project}</title><id>tag:labbook,2024:{project.replace(' ', '-')}</id>"
        f"<author><name>{project}</name></author>"
        f"<updated>{max(dates, default='1970-01-01')}T00:00:00Z</updated>\n{entries}</feed>\n"
    )
    put(Path(app.outdir) / "atom.xml", feed)
    return []


def address(base: str, docname: str) -> str:
    """Where a page lies: below the address of the site, where ``conf.py`` tells that one."""
    return posixpath.join(base, f"{docname}.html")


def setup(app) -> None:
    app.add_directive("updates", Updates)
    app.connect("html-collect-pages", write_feed)
