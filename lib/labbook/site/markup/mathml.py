"""Formulas as MathML: written while the site is built, drawn by the browser without a script.

Where there is room for characters alone (titles in lists, the feed) they are plain text.
"""

import re
from html import escape
from xml.etree import ElementTree

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
_IN_TEXT = re.compile(r"(?<!\\)\$(?=\S)([^$]*[^$\s\\])\$(?!\d)")  # as pandoc reads Markdown
_RAISED = str.maketrans("0123456789+-−=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿ")
_LOWERED = str.maketrans("0123456789+-−=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎")
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


def without_markup(text: str) -> str:
    """A text whose formulas (``$…$``) are plain characters, for a place that holds nothing else."""
    return _IN_TEXT.sub(lambda formula: as_text(formula.group(1)), text)


def as_text(latex: str) -> str:
    """A formula in plain characters, ``\\alpha^2`` as α²; itself where it can't be shown."""
    result, problem = mathml(latex, "inline")
    return latex if problem else _as_text(ElementTree.fromstring(result))


def _as_text(node: ElementTree.Element) -> str:
    parts = [(node.text or "").strip(), *map(_as_text, node)]
    match node.tag.rpartition("}")[2], parts:
        case "msup", [_, base, over]:
            return base + _moved(over, _RAISED, "^")
        case "msub", [_, base, under]:
            return base + _moved(under, _LOWERED, "_")
        case "msubsup", [_, base, under, over]:
            return base + _moved(under, _LOWERED, "_") + _moved(over, _RAISED, "^")
        case "mfrac", [_, *both]:
            return "/".join(map(_grouped, both))
        case "msqrt", [_, *inside]:
            return f"√{_grouped(''.join(inside))}"
    return "".join(parts)


def _moved(text: str, table: dict[int, int], mark: str) -> str:
    """A text as small characters above or below the line; marked where there are none for it."""
    if all(ord(character) in table for character in text):
        return text.translate(table)
    return mark + _grouped(text)


def _grouped(text: str) -> str:
    return text if len(text) == 1 or text.isalnum() else f"({text})"


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
