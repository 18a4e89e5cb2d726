"""HTML that others made, before it stands on a page: no script runs, nothing is loaded.

What may stay is decided by nh3; here it is only told what an output would have needed.
"""

import re
import secrets
from html.parser import HTMLParser

import nh3

ATTRIBUTES = {
    **nh3.ALLOWED_ATTRIBUTES,
    "*": {"class", "id", "style", "title", "lang", "dir", "aria-label", "role"},
    "table": {"border", "cellpadding", "cellspacing"},
    "img": {"src", "alt", "width", "height"},
    "details": {"open"},
    "cite": {"data-cite"},
}
# None of them can load anything.
STYLES = {
    *("background-color", "border", "border-collapse", "border-color", "color", "display"),
    *("font-family", "font-size", "font-style", "font-weight", "height", "margin", "max-width"),
    *("min-width", "opacity", "overflow", "padding", "text-align", "text-decoration"),
    *("vertical-align", "white-space", "width"),
}
SCHEMES = {"http", "https", "mailto", "data", "expt"}
# What a tag of its own may be of; a parser drops these where no table is around them.
IN_TABLES = ("caption", "col", "colgroup", "tbody", "td", "th", "thead", "tr")
# Before HTML that was drawn or cleaned here; nobody else knows it.
_OWN = f"<!--{secrets.token_hex(16)}-->"
_OURS = re.compile(r"lb(-.*)?")
_PICTURE = re.compile(r"data:image/(png|jpeg|gif|webp|svg\+xml)[;,]", re.IGNORECASE)
_ACTIVE = ("script", "iframe", "embed", "object", "applet", "form", "base", "meta")
_AROUND = ("html", "head", "body", "title", "style")
_LOADS = re.compile(r"\s*((?:https?:)?//[^\s\"']+)", re.IGNORECASE)
_STYLE_LOADS = re.compile(r"(?:url\(|@import)\s*[\"']?((?:https?:)?//[^\"')\s]+)", re.IGNORECASE)
_TAG = re.compile(r"\s*<(/?)([a-zA-Z][a-zA-Z0-9-]*)[^<>]*>\s*")


def own(html: str) -> str:
    """HTML that ``made_safe`` is to leave as it is."""
    return f"{_OWN}{html}"


def made_safe(html: str) -> str:
    """What a page may hold of HTML, whoever wrote it."""
    return as_written(html) if html.startswith(_OWN) else cleaned_piece(html)


def as_written(html: str) -> str:
    """HTML without the mark of ``own``, which no page shows."""
    return html.removeprefix(_OWN)


def cleaned(html: str, attributes: dict[str, set[str]] = ATTRIBUTES) -> str:
    """The part of some HTML that only shows."""
    return nh3.clean(
        html,
        attributes=attributes,
        url_schemes=SCHEMES,
        filter_style_properties=STYLES,
        attribute_filter=_safe_value,
    )


def cleaned_piece(html: str) -> str:
    """As ``cleaned``, of a piece that may be a single opening or closing tag."""
    tag = _TAG.fullmatch(html)
    if not tag:
        return cleaned(html)
    name = tag[2].lower()
    if name not in nh3.ALLOWED_TAGS:
        return ""
    if tag[1]:
        return html
    if name not in IN_TABLES:
        return cleaned(html).removesuffix(f"</{name}>")
    box = f"<div{html.strip().removeprefix('<')[len(name) :]}"
    attributes = cleaned(box, ATTRIBUTES | {"div": ATTRIBUTES.get(name, set())})
    return f"<{name}{attributes.removeprefix('<div').removesuffix('</div>')}"


def needs(html: str) -> str:
    """What an output would need that a page has not, as ``loads …``; "" where it needs nothing."""
    found = _Needs()
    found.feed(html)
    found.close()
    return found.need


def _safe_value(tag: str, name: str, value: str) -> str | None:
    if name == "class":  # ours tell what is fresh, and which rows the scripts of a page act on
        return " ".join(word for word in value.split() if not _OURS.fullmatch(word))
    if value.strip().lower().startswith("data:"):
        return value if tag == "img" and name == "src" and _PICTURE.match(value.strip()) else None
    if tag == "img" and name == "src" and _LOADS.match(value):
        return None
    return value


class _Needs(HTMLParser):
    """Looks for scripts and for what is loaded from elsewhere, in tags and never in text."""

    need = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        loads = ""
        if tag in _ACTIVE:
            self.need = self.need or "needs a script of its own"
        for name, value in attributes:
            value = value or ""
            if name.startswith("on") or value.strip().lower().startswith("javascript:"):
                self.need = self.need or "needs a script of its own"
            if tag != "a" and name in ("src", "href", "data", "poster", "srcset"):
                loads = loads or (found[1] if (found := _LOADS.match(value)) else "")
            if name == "style" and (found := _STYLE_LOADS.search(value)):
                loads = loads or found[1]
        if loads:
            self.need = self.need or f"loads {loads}"
        if tag not in nh3.ALLOWED_TAGS and tag not in _AROUND:
            self.need = self.need or f"holds <{tag}>, which is not kept,"
