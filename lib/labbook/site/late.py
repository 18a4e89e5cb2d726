"""What a page tells of other pages: HTML drawn when it is written, not when read."""

from collections.abc import Callable

from docutils import nodes

from labbook.site import state


class Late(nodes.General, nodes.Element):
    """Where it goes; ``draw(app, docname)`` gives it."""


def late(env, draw: Callable[[object, str], str]) -> Late:
    """Its place in the document that is being read; this is written again when others change.

    Arguments:
        draw: a function of a module, for it is kept with the document by its name.
    """
    state.notes(env)["live"][env.docname] = True
    return Late(draw=draw)


def resolve(app, doctree: nodes.document, docname: str) -> None:
    """Fill in what was left open (``doctree-resolved``)."""
    for node in list(doctree.findall(Late)):
        node.replace_self(nodes.raw("", node["draw"](app, docname), format="html"))


def setup(app) -> None:
    app.add_node(Late)
    app.connect("doctree-resolved", resolve)
