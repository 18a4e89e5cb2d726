"""Pages are made of files of the log: no directive reaches beyond its root, nothing runs."""

import re
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import Directive
from docutils.parsers.rst.directives.misc import Raw
from sphinx import addnodes
from sphinx.directives.code import LiteralInclude
from sphinx.directives.other import Include
from sphinx.directives.patches import CSVTable
from sphinx.util import logging

from labbook.site.log import log_of
from labbook.site.markup import sanitise

logger = logging.getLogger(__name__)
SCHEMES = ("http", "https", "mailto", "expt", "ftp", "doi")
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_IGNORED = re.compile(r"[\x00-\x20]")  # by browsers, in addresses


def is_inside(root: Path, path: Path) -> bool:
    """Whether a path, its links followed, lies in a log."""
    return path.resolve().is_relative_to(root.resolve())


def _within_log(usual: type[Directive]) -> type[Directive]:
    """A directive that refuses files from outside the log, and addresses of files elsewhere."""

    class WithinLog(usual):
        def run(self):
            env = self.state.document.settings.env
            own = usual in (Include, LiteralInclude)
            named = self.arguments[0] if own else self.options.get("file", "")
            beside = Path(env.doc2path(env.docname)).parent / named
            places = [Path(env.relfn2path(named)[1]), beside] if named else []
            outside = any(not is_inside(Path(env.srcdir), place) for place in places)
            if named.startswith("<") or not (outside or "url" in self.options):
                return super().run()
            what = self.options.get("url") or named
            sentence = f"{self.name}: {what} lies outside the log, so it is not shown"
            logger.warning(sentence, location=(env.docname, self.lineno))
            box = nodes.container(classes=["lb-box", "lb-error"])
            box += nodes.paragraph("", f"{sentence}.")
            return [box]

    return WithinLog


def _may_lead(address: str, location: object) -> bool:
    """Whether a link may have an address; one that would run something is told."""
    scheme = _SCHEME.match(_IGNORED.sub("", address))
    if scheme is None or scheme[1].lower() in SCHEMES:
        return True
    logger.warning("a link to %s is no link here", scheme[0], location=location)
    return False


def check_links(app, doctree: nodes.document, docname: str) -> None:
    """Take away links that would run something, wherever they come from (``doctree-resolved``)."""
    for link in list(doctree.findall(nodes.reference)):
        if not _may_lead(link.get("refuri", ""), docname):
            link.replace_self(nodes.inline("", "", *link.children))


def check_addresses(app, doctree: nodes.document) -> None:
    """Take away such entries of contents, and pictures from elsewhere (``doctree-read``)."""
    env = app.env
    for contents in doctree.findall(addnodes.toctree):
        entries = contents["entries"]
        contents["entries"] = [entry for entry in entries if _may_lead(entry[1], contents)]
    for picture in list(doctree.findall(nodes.image)):
        address = picture["uri"]
        if address.startswith("data:"):
            continue
        loads = "://" in address or address.startswith("//")
        if loads or not is_inside(Path(env.srcdir), Path(env.relfn2path(address)[1])):
            logger.warning("the picture %s lies outside the log", address, location=picture)
            picture.parent.remove(picture)


def only_show(app, doctree: nodes.document) -> None:
    """Clean the HTML that the text of an experiment holds (``doctree-read``)."""
    of_experiment = log_of(app).of_document(app.env.current_document.docname) is not None
    shown = sanitise.made_safe if of_experiment else sanitise.as_written
    for raw in list(doctree.findall(nodes.raw)):
        if "html" in raw["format"].split():
            raw.replace_self(nodes.raw("", shown(raw.astext()), **raw.attributes))


def setup(app) -> None:
    names = {"include": Include, "literalinclude": LiteralInclude, "raw": Raw}
    for name, usual in (names | {"csv-table": CSVTable}).items():
        app.add_directive(name, _within_log(usual), override=True)
    app.connect("doctree-read", check_addresses, priority=100)
    app.connect("doctree-read", only_show, priority=100)
    app.connect("doctree-resolved", check_links, priority=950)
