"""A damaged bibliography costs its damaged entries alone, and each is told; a list of references
is one to those who hear it."""

from pathlib import Path

from sphinx.util import logging

logger = logging.getLogger(__name__)


def begin(app) -> None:
    """Leave out files that are no text, and collect what the others are blamed for."""
    import pybtex.errors

    readable = []
    for name in app.config.bibtex_bibfiles:
        try:
            (Path(app.srcdir) / name).read_text("utf-8-sig")
            readable.append(name)
        except (OSError, UnicodeDecodeError) as error:
            logger.warning("%s cannot be read: %s.", name, error)
    app.config.bibtex_bibfiles = readable
    app.labbook_bibliography = pybtex.errors.capture()
    app.labbook_bibliography_faults = app.labbook_bibliography.__enter__()


def end(app) -> None:
    """Tell what was wrong."""
    app.labbook_bibliography.__exit__(None, None, None)
    for fault in app.labbook_bibliography_faults:
        where = fault.filename or "the bibliography"
        logger.warning("%s is damaged: %s; the entry is left out.", where, fault)


def name_entries(app, pagename: str, template: str, context: dict, doctree: object) -> None:
    """Entries are items of their list: docutils gives them a role that ARIA has given up."""
    if "body" in context:
        context["body"] = context["body"].replace('role="doc-biblioentry"', 'role="listitem"')


def setup(app) -> None:
    """Stand around sphinxcontrib-bibtex, which reads the files at 500."""
    app.connect("builder-inited", begin, priority=400)
    app.connect("builder-inited", end, priority=600)
    app.connect("html-page-context", name_entries)
