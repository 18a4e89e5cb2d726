"""A damaged bibliography costs its damaged entries alone, and each is told."""

from pathlib import Path

from sphinx.util import logging

logger = logging.getLogger(__name__)


def begin(app) -> None:
    """Leave out files that are no text, and collect what the others are blamed for."""
    import pybtex.errors

    readable = []
    for name in getattr(app.config, "bibtex_bibfiles", None) or ():
        try:
            (Path(app.srcdir) / name).read_text("utf-8-sig")
            readable.append(name)
        except (OSError, UnicodeDecodeError) as error:
            logger.warning("%s cannot be read: %s.", name, error)
    if "bibtex_bibfiles" in app.config:
        app.config.bibtex_bibfiles = readable
    app.labbook_bibliography = pybtex.errors.capture()
    app.labbook_bibliography_faults = app.labbook_bibliography.__enter__()


def end(app) -> None:
    """Tell what was wrong."""
    app.labbook_bibliography.__exit__(None, None, None)
    for fault in app.labbook_bibliography_faults:
        where = getattr(fault, "filename", None) or "the bibliography"
        logger.warning("%s is damaged: %s; the entry is left out.", where, fault)


def setup(app) -> None:
    """Stand around sphinxcontrib-bibtex, which reads the files at 500."""
    app.connect("builder-inited", begin, priority=400)
    app.connect("builder-inited", end, priority=600)
