"""One page that cannot be read becomes a page that says so; the others are rendered."""

import time
from pathlib import Path

from docutils import nodes
from docutils.utils import new_document
from sphinx import addnodes
from sphinx.util import logging

from labbook.site.log import log_of

logger = logging.getLogger(__name__)


def tolerate(app) -> None:
    """Let the builder go on after a document that it cannot read (``builder-inited``)."""
    usual = app.builder.read_doc

    def read_doc(docname: str, *, _cache: bool = True) -> None:
        try:
            usual(docname, _cache=_cache)
        except Exception as error:  # noqa: BLE001 of one page, whatever it is
            why = _in_a_sentence(error, app.env.doc2path(docname))
            logger.warning("the page cannot be rendered: %s", why, location=docname)
            _write_box(app, docname, why)

    app.builder.read_doc = read_doc


def _in_a_sentence(error: Exception, path: Path) -> str:
    cause = getattr(error, "orig_exc", None) or error
    if isinstance(cause, UnicodeDecodeError):
        line = path.read_bytes()[: cause.start].count(b"\n") + 1
        return f"line {line} is not UTF-8; save the file as UTF-8"
    first = next(iter(str(cause).strip().splitlines()), "")
    return f"{type(cause).__name__}: {first[:300]}".rstrip(": .")


def _write_box(app, docname: str, why: str) -> None:
    experiment = log_of(app).of_document(docname)
    title = experiment.title if experiment else docname
    if experiment is not None and why not in experiment.problems:
        experiment.problems.append(why)
    document = new_document(str(app.env.doc2path(docname)))
    document.settings.env = app.env
    section = nodes.section("", nodes.title("", title), ids=["damaged"])
    box = nodes.container(classes=["lb-box", "lb-error"])
    box += nodes.paragraph("", f"This page cannot be rendered: {why}.")
    section += box
    document += section
    env = app.env
    env.current_document.docname = docname
    env.titles[docname] = env.longtitles[docname] = nodes.title("", title)
    link = nodes.reference("", title, internal=True, refuri=docname, anchorname="")
    entry = nodes.list_item("", addnodes.compact_paragraph("", "", link))
    env.tocs[docname] = nodes.bullet_list("", entry)
    env.toc_num_entries[docname] = 0
    env.all_docs[docname] = time.time_ns() // 1_000
    env.ref_context.clear()
    app.builder.write_doctree(docname, document, _cache=False)


def setup(app) -> None:
    app.connect("builder-inited", tolerate, priority=700)
