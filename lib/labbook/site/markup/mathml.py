"""Formulas as MathML: written while the site is built, drawn by the browser without a script."""

import re
from html import escape

from docutils import nodes
from latex2mathml import exceptions
from latex2mathml.converter import convert
from sphinx.transforms import SphinxTransform
from sphinx.util import logging

logger = logging.getLogger(__name__)
_ERRORS = (
    *(kind for kind in vars(exceptions).values() if isinstance(kind, type)),
    IndexError,
    KeyError,
    ValueError,
)
_UNKNOWN = re.compile(r"<m[io][^>]*>(\\[A-Za-z]+)</m[io]>")
_DELIMITERS = re.compile(r"\A\s*(\$\$|\$|\\\[|\\\()(.*?)(\$\$|\$|\\\]|\\\))\s*\Z", re.DOTALL)
_ALIGNED = re.compile(r"\\(begin|end)\{(?:align|aligned|eqnarray)\*?\}")
_PLAIN = re.compile(r"\\(?:begin|end)\{(?:equation|displaymath)\*?\}")


def mathml(latex: str, display: str) -> tuple[str, str]:
    """A formula as MathML and what is wrong with it, "" where nothing is.

    Arguments:
        latex: the formula, with or without its delimiters.
        display: ``inline`` or ``block``.
    """
    if delimited := _DELIMITERS.match(latex):
        latex = delimited.group(2)
    # Unnumbered: Sphinx numbers the formulas that have a label itself.
    latex = _ALIGNED.sub(r"\\\1{align*}", _PLAIN.sub("", latex.strip()))
    try:
        result = convert(latex, display=display)
    except _ERRORS as error:
        said = re.sub(r"(?<!^)([A-Z])", r" \1", type(error).__name__).lower()
        return f'<code class="lb-dead">{escape(latex)}</code>', said
    # The accent itself in place of the character of the keyboard, which sits on the letter.
    result = result.replace("<mo>&#x0005E;</mo></mover>", "<mo>&#x002C6;</mo></mover>")
    unknown = _UNKNOWN.findall(result)
    return result, f"{unknown[0]} is not known" if unknown else ""


def _written(writer, node, display: str) -> str:
    html, problem = mathml(node.astext(), display)
    if problem:
        logger.warning("a formula can't be shown: %s: %s", problem, node.astext(), location=node)
    return html


def visit_inline(writer, node) -> None:
    writer.body.append(f'<span class="lb-math">{_written(writer, node, "inline")}</span>')
    raise nodes.SkipNode


def visit_block(writer, node) -> None:
    anchor = f' id="{escape(node["ids"][0])}"' if node.get("ids") else ""
    number = f'<span class="lb-eqno">({node["number"]})</span>' if node.get("number") else ""
    math = _written(writer, node, "block")
    writer.body.append(f'<div class="lb-math lb-scroll"{anchor}>{math}{number}</div>')
    raise nodes.SkipNode


class RawMath(SphinxTransform):
    """LaTeX environments outside of ``$$``, which nbsphinx leaves to a script, as formulas."""

    default_priority = 500

    def apply(self, **kwargs) -> None:
        for node in list(self.document.findall(nodes.raw)):
            if "math" in node.get("classes", ()) and "html" in node.get("format", ""):
                text = node.astext()
                block = "\\begin" in text
                kind = nodes.math_block if block else nodes.math
                node.replace_self(kind(text, text, **({"nowrap": True} if block else {})))


def setup(app) -> None:
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_block, None))
    app.add_transform(RawMath)
