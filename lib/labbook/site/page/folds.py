"""Code cells on a page: long ones are folded, and none has a prompt."""

from docutils import nodes
from docutils.parsers.rst import Directive

from labbook.log.records.text import number_of


class FoldMark(nodes.Invisible, nodes.Element):
    """Stands before a code cell whose code is folded."""


class Fold(Directive):
    """``.. labbook-fold:: 43``: fold the code of the next cell, which has so many lines."""

    required_arguments = 1

    def run(self):
        return [FoldMark(lines=int(self.arguments[0]))]


def fold_code(app, doctree: nodes.document) -> None:
    """Put marked code cells into a box that opens (``doctree-read``)."""
    for mark in list(doctree.findall(FoldMark)):
        cell = next(
            (
                node
                for node in mark.findall(siblings=True, descend=False, include_self=False)
                if "nbinput" in node.get("classes", ())
            ),
            None,
        )
        if cell is not None:
            told = f"code, {number_of(mark['lines'], 'line')}"
            opening = f'<details class="lb-code"><summary>{told}</summary>'
            box = nodes.container(classes=["lb-fold"])
            cell.replace_self(box)
            box += nodes.raw("", opening, format="html")
            box += cell
            box += nodes.raw("", "</details>", format="html")
        mark.parent.remove(mark)


def drop_prompts(app, doctree: nodes.document) -> None:
    """Leave out the prompts of code cells, which have no number here (``doctree-read``)."""
    for node in list(doctree.findall(nodes.Element)):
        if "prompt" in node.get("classes", ()):
            node.parent.remove(node)


def setup(app) -> None:
    app.add_node(FoldMark)
    app.add_directive("labbook-fold", Fold)
    app.connect("doctree-read", fold_code)
    app.connect("doctree-read", drop_prompts)
