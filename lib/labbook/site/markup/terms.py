"""The first use of a term of the glossary, on the page of an experiment, leads to what it means."""

import re
from collections.abc import Collection, Iterator

from docutils import nodes

# Words that mean in a sentence what they always mean.
COMMON = {
    *("experiment", "key", "outcome", "plan", "profile", "record", "reported", "run", "spread"),
    "trial",
}
NOT_IN = (nodes.reference, nodes.literal, nodes.math, nodes.title, nodes.raw)


def link_first_uses(app, doctree: nodes.document, docname: str) -> None:
    """Link them (``doctree-resolved``): in paragraphs, not in headings, code, links or formulas."""
    if not docname.startswith("notebooks/"):
        return
    objects = app.env.get_domain("std").objects
    places = {_plain(name): place for (kind, name), place in objects.items() if kind == "term"}
    left = set(places) - COMMON
    for paragraph in doctree.findall(nodes.paragraph):
        for text in list(paragraph.findall(nodes.Text)):
            if not left:
                return
            if not _is_prose(text):
                continue
            parts = _linked(app, docname, str(text), places, left)
            if len(parts) > 1:
                text.parent.replace(text, parts)


def _is_prose(text: nodes.Text) -> bool:
    node = text.parent
    while node is not None and not isinstance(node, nodes.paragraph):
        if isinstance(node, NOT_IN):
            return False
        node = node.parent
    return True


def _linked(app, docname: str, text: str, places: dict, left: set[str]) -> list[nodes.Node]:
    """The text in pieces; terms that are linked in it are taken out of ``left``."""
    parts: list[nodes.Node] = []
    start = 0
    for term, found in list(first_uses(text, left)):
        left.remove(term)
        target, label = places[term]
        uri = f"{app.builder.get_relative_uri(docname, target)}#{label}"
        parts.append(nodes.Text(text[start : found.start()]))
        parts.append(nodes.reference("", found[0], refuri=uri, internal=True, classes=["lb-term"]))
        start = found.end()
    return [*parts, nodes.Text(text[start:])]


def first_uses(text: str, terms: Collection[str]) -> Iterator[tuple[str, re.Match]]:
    """The terms that a text uses, in the order of their first uses; each with its place.

    A term may stand there in the plural, with a capital, over two lines, or with the apostrophe of
    printed text.
    """
    written = (re.escape(term) for term in sorted(terms, key=len, reverse=True))
    words = "|".join(one.replace(r"\ ", r"\s+").replace("'", "['’]") for one in written)
    seen = set()
    for found in re.finditer(rf"\b({words})s?\b", text, flags=re.IGNORECASE):
        if (term := _plain(found[1])) not in seen:
            seen.add(term)
            yield term, found


def _plain(term: str) -> str:
    return " ".join(term.lower().replace("’", "'").split())


def setup(app) -> None:
    app.connect("doctree-resolved", link_first_uses, priority=900)
