"""A described table as HTML: one drawing for JupyterLab, one for the site."""

import csv
import io
from collections.abc import Callable, Iterable
from html import escape

from labbook.site.table_format import MISSING, is_number, show_number, show_value

GOOD, PLAIN = "good", "plain"
LABEL_TONES = {
    "ok": GOOD,
    "fresh": GOOD,
    "published": PLAIN,
    "local": PLAIN,
    "planned": PLAIN,
    "failed": "bad",
    "killed": "bad",
    "timeout": "bad",
    "cancelled": "warn",
}
NAMED_AT_MOST = 6


def for_site(
    spec: dict,
    table_id: str,
    files: Iterable[tuple[str, str]],
    link: Callable[[str], str | None] = lambda key: None,
) -> str:
    """The table of a page: its rows are in the page, so it reads without JavaScript.

    Arguments:
        spec: the description made by ``tables.describe``.
        table_id: a stable id, unique in its page.
        files: what can be downloaded, ``(word, address)``: the same numbers, unrounded.
        link: the address of the page of a record's key, or None where there is no such page.
    """
    caption = f"<figcaption>{escape(spec['caption'])}</figcaption>" if spec["caption"] else ""
    downloads = "".join(
        f'<a class="lb-csv" href="{escape(href)}" download>{escape(word)}</a>'
        for word, href in files
    )
    return (
        f'<figure class="lb-table" id="{escape(table_id)}">{caption}{_same(spec)}'
        f'<div class="lb-scroll" tabindex="0" role="region" '
        f'aria-label="{escape(spec["caption"] or spec["name"])}">'
        f"{_table(spec, link)}</div>"
        f'<div class="lb-foot">{_accounting(spec)}'
        f"{downloads}</div></figure>"
    )


def for_notebook(spec: dict) -> str:
    """The table in JupyterLab: no script, no links to pages that are not there."""
    caption = f"<p><b>{escape(spec['caption'])}</b></p>" if spec["caption"] else ""
    shown = [i for i, column in enumerate(spec["columns"]) if column["shown"]]
    narrowed = spec | {
        "columns": [spec["columns"][i] for i in shown],
        "rows": [[row[i] for i in shown] for row in spec["rows"]],
    }
    return (
        f"<div>{caption}{_same(spec)}{_table(narrowed, lambda key: None)}{_accounting(spec)}</div>"
    )


def as_csv(spec: dict) -> str:
    """The same table as a file: every column, numbers unrounded, nothing where nothing is."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    header = []
    for column in spec["columns"]:
        unit = f" ({column['unit']})" if column["unit"] else ""
        header.append(column["label"] + unit)
        if column["kind"] == "spread":
            header += [f"{column['label']} spread{unit}", f"{column['label']} n"]
    writer.writerow(header)
    for number, row in enumerate(spec["rows"]):
        cells = []
        for column, value in zip(spec["columns"], row, strict=True):
            cells.append(_csv_cell(value))
            if column["kind"] == "spread":
                cells += [
                    _csv_cell((column.get(e) or {number: None})[number]) for e in ("std", "n")
                ]
        writer.writerow(cells)
    return out.getvalue()


def _csv_cell(value: object) -> object:
    if value is None:
        return ""
    return " ".join(map(str, value)) if isinstance(value, list) else value


def _table(spec: dict, link) -> str:
    heads, drawers = [], []
    for column in spec["columns"]:
        unit = f' <span class="lb-unit">({escape(column["unit"])})</span>' if column["unit"] else ""
        numeric = ' class="lb-num"' if column["kind"] in ("number", "spread") else ""
        off = "" if column["shown"] else " data-off"
        heads.append(f'<th scope="col"{numeric}{off}>{escape(column["label"])}{unit}</th>')
        drawers.append(_DRAW[column["kind"]])
    body = []
    for number, row in enumerate(spec["rows"]):
        cells = (
            draw(column, value, number, link)
            for draw, column, value in zip(drawers, spec["columns"], row, strict=True)
        )
        body.append(f"<tr>{''.join(cells)}</tr>")
    return (
        f'<table class="dataframe lb"><thead><tr>{"".join(heads)}</tr></thead>'
        f"<tbody>{''.join(body)}</tbody></table>"
    )


def _off(column) -> str:
    return "" if column["shown"] else " data-off"


def _text(column, value, number, link) -> str:
    if value is None:
        return f'<td class="lb-none"{_off(column)}>{MISSING}</td>'
    return f"<td{_off(column)}>{escape(show_value(value))}</td>"


def _number(column, value, number, link) -> str:
    if not is_number(value):
        shown = MISSING if value is None else escape(str(value))
        return f'<td class="lb-num lb-none"{_off(column)}>{shown}</td>'
    text = show_number(value, column["places"], column["digits"])
    if column.get("signed") and value > 0:
        text = "+" + text
    return f'<td class="lb-num"{_exact(value, text)}{_off(column)}>{text}</td>'


def _spread(column, value, number, link) -> str:
    if not is_number(value):
        return _number(column, value, number, link)
    text = show_number(value, column["places"], column["digits"])
    std, n = (column[end][number] for end in ("std", "n"))
    # Two figures of the spread are enough; its places follow the mean's so that they line up.
    around = f" ± {show_number(float(std), column['places'])}" if is_number(std) else ""
    count = f' <span class="lb-n">({n})</span>' if is_number(n) else ""
    return (
        f'<td class="lb-num" data-v="{value!r}"{_off(column)}>{text}'
        f'<span class="lb-spread">{around}</span>{count}</td>'
    )


def _label(column, value, number, link) -> str:
    if not value:
        return f'<td class="lb-none"{_off(column)}>{MISSING if value is None else ""}</td>'
    text = show_value(value)
    if column["name"] == "inert":
        tone, text = "warn", f"no effect: {text}"
    else:
        tone = LABEL_TONES.get(text, "warn")
    return f'<td{_off(column)}><span class="lb-label lb-{tone}">{escape(text)}</span></td>'


def _record(column, value, number, link) -> str:
    keys = value if isinstance(value, list) else [value]
    parts = []
    for position, key in enumerate(keys, 1):
        text = str(position) if len(keys) > 1 else str(key or MISSING)[:6]
        href = link(str(key)) if key else None
        parts.append(f'<a href="{escape(href)}">{escape(text)}</a>' if href else escape(text))
    return f'<td class="lb-record"{_off(column)}>{" ".join(parts)}</td>'


_DRAW = {
    "text": _text,
    "number": _number,
    "spread": _spread,
    "label": _label,
    "record": _record,
}


def _exact(value: float, text: str) -> str:
    """The unrounded value, where the text doesn't hold it: for sorting and copying."""
    return "" if text.replace(",", "").replace("−", "-") == repr(value) else f' data-v="{value!r}"'


def _same(spec: dict) -> str:
    if not spec.get("same"):
        return ""
    items = ", ".join(f"{escape(name)} {escape(value)}" for name, value in spec["same"].items())
    return f'<p class="lb-same">The same in every row: {items}.</p>'


def _accounting(spec: dict) -> str:
    """How many trials were planned and found; who is missing, by name."""
    trials = spec.get("trials")
    if not trials:
        return ""
    parts = [f"{trials['planned']} planned", f"{trials['found']} found"]
    for word in ("missing", "failed"):
        names = trials[word]
        if names:
            more = f" and {len(names) - NAMED_AT_MOST} more" if len(names) > NAMED_AT_MOST else ""
            parts.append(f"{len(names)} {word}: {escape('; '.join(names[:NAMED_AT_MOST]))}{more}")
    short = trials["missing"] or trials["failed"]
    told = ". ".join([f"{parts[0]}, {parts[1]}", *parts[2:]])
    return f'<p class="lb-account{" lb-short" if short else ""}">Trials: {told}.</p>'
