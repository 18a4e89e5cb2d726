"""References between experiments: ``:expt:`2``` in reST, ``[text](expt:2)`` in Markdown.

Each is checked when it is read, and shown with its number, where the text does not tell it, and its
status when it is written.
"""

import re

from docutils import nodes
from sphinx.transforms import SphinxTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxRole

from labbook.site import state
from labbook.site.log import log_of

logger = logging.getLogger(__name__)
SCHEME = "expt:"


class ExptReference(nodes.Inline, nodes.TextElement):
    """A reference to an experiment; its children are the text shown."""


class ExptRole(SphinxRole):
    """``:expt:`2```"""

    def run(self):
        return [_reference(self.env, self.text, [], self.get_location())], []


class ExptLinks(SphinxTransform):
    """Turn links to ``expt:2`` into references, before anything takes them for files."""

    default_priority = 450

    def apply(self, **kwargs) -> None:
        for node in list(self.document.findall(nodes.reference)):
            if node.get("refuri", "").startswith(SCHEME):
                number = node["refuri"].removeprefix(SCHEME)
                node.replace_self(_reference(self.env, number, node.children, node))


def _reference(env, text: str, children: list, location) -> nodes.Node:
    text = text.strip()
    log, notes = log_of(env), state.notes(env)
    notes["live"][env.docname] = True
    if not text.isdigit() or int(text) not in log.by_number:
        logger.warning("there is no experiment %r to refer to", text, location=location)
        return nodes.inline("", "", *(children or [nodes.Text(f"experiment {text}")]),
                            classes=["lb-dead"])  # fmt: skip
    notes["citations"].setdefault(env.docname, []).append(int(text))
    called = "".join(child.astext() for child in children).strip()
    if called in ("", f"expt:{text}"):
        experiment = log.by_number[int(text)]
        children = [nodes.Text(f"experiment {text}: {experiment.title}")]
    return ExptReference("", "", *children, number=int(text))


def resolve(app, doctree: nodes.document, docname: str) -> None:
    """Write each reference out with what its experiment is today (``doctree-resolved``)."""
    for node in list(doctree.findall(ExptReference)):
        experiment = log_of(app).by_number[node["number"]]
        uri = app.builder.get_relative_uri(docname, experiment.docname)
        full = f"Experiment {experiment.number}: {experiment.title} ({experiment.status})"
        link = nodes.reference("", "", internal=True, refuri=uri, reftitle=full)
        link += node.children
        text = nodes.inline(classes=["lb-expt"])
        text += link
        numbered = re.search(rf"\b{experiment.number}\b", node.astext())
        about = [] if numbered else [f"expt {experiment.number}"]
        about += [experiment.status] if experiment.status != "complete" else []
        if about:
            text += nodes.inline("", f" ({', '.join(about)})", classes=["lb-aside"])
        node.replace_self(text)


def setup(app) -> None:
    app.add_node(ExptReference)
    app.add_role("expt", ExptRole())
    app.add_transform(ExptLinks)
    app.connect("doctree-resolved", resolve)
