"""A described table as HTML: one drawing for JupyterLab, one for the site.

The markup is terse, as a page can hold many rows: class n is a number, x is nothing, p a row that
is left out until it is asked for; the end tags that HTML does not ask for are left out.
"""

from collections.abc import Callable, Iterable
from functools import partial
from html import escape

from labbook.show.table import account
from labbook.show.table.cell_text import INFINITE, MISSING, is_number, show_number, show_value
from labbook.show.table.description import BESIDE, NUMBERS

# The colour of a label; "warn" of any other word.
TONES = {
    **dict.fromkeys(("ok", "fresh", "complete"), "good"),
    **dict.fromkeys(("published", "local", "imported", "planned"), "plain"),
    **dict.fromkeys(("in progress", "never run", "running"), "plain"),
    **dict.fromkeys(("failed", "killed", "timeout"), "bad"),
}
LINKED_AT_MOST = 6
# A longer table scrolls below its header, so that what follows is not out of reach.
ROWS_IN_SIGHT = 40
HIDDEN_CELLS_AT_MOST = 200
# Rows of more trials cannot be compared with others.
COMPARED_AT_MOST = 60


def for_site(
    spec: dict,
    table_id: str,
    files: Iterable[tuple[str, str]],
    link: Callable[..., str | None] = lambda key, listed=False: None,
    number: str = "",
) -> str:
    """The table of a page: its rows are in the page, so it reads without JavaScript.

    Arguments:
        spec: the description made by ``tables.describe``.
        table_id: a stable id, unique in its page.
        files: what can be downloaded, ``(word, address)``: the same numbers, unrounded.
        link: the address of the page of a record's key, or, ``listed``, of the list it stands in;
            None where there is no such page.
        number: what the page calls the table, ``Table 3``; a link to itself before the caption.
    """
    name = escape(table_id)
    told, label = "", f'aria-label="{escape(spec["name"])}"'
    if spec["caption"] or number:
        told = captioned(spec["caption"], name, number)
        label = f'aria-labelledby="{name}-caption"'
    downloads = "".join(
        f'<a class="lb-csv" href="{escape(href)}" download>{escape(word)}</a>'
        for word, href in files
    )
    table = _table(_part(spec, _in_page(spec)), link, account.rows_apart(spec))
    rest = (
        f'{_same(spec)}<div class="lb-scroll" tabindex="0" role="region" {label}>{table}</div>'
        f'<div class="lb-foot">{account.planned_switch(spec)}{account.accounting(spec)}{downloads}'
    )
    tall = " lb-tall" if len(spec["rows"]) > ROWS_IN_SIGHT else ""
    if account.is_closed(spec):
        # What opens a table may hold no link: it stands below the rows.
        before = f'<span class="lb-no">{escape(number)}</span> ' if number else ""
        told = f"{before}{escape(spec['caption'])}"
        count = f'<span class="lb-count">{account.counted(spec)}</span>'
        return (
            f'<figure class="lb-table lb-closed{tall}" id="{name}"><details>'
            f'<summary><span id="{name}-caption">{told}</span> {count}</summary>{rest}'
            f'<a class="lb-csv" href="#{name}">link</a></div></details></figure>'
        )
    caption = f'<figcaption id="{name}-caption">{told}</figcaption>' if told else ""
    return f'<figure class="lb-table{tall}" id="{name}">{caption}{rest}</div></figure>'


def label(text: str) -> str:
    """A small label: a word that has a colour as well, never a colour alone."""
    return f'<span class="lb-label lb-{TONES.get(text, "warn")}">{escape(text)}</span>'


def captioned(caption: str, name: str, number: str) -> str:
    """A caption as HTML, its number before it, which leads to the table or figure itself."""
    before = f'<a class="lb-no" href="#{escape(name)}">{escape(number)}</a> ' if number else ""
    return f"{before}{escape(caption)}"


def for_notebook(spec: dict) -> str:
    """The table in JupyterLab: no script; records are linked as the site lies beside notebooks/."""
    caption = f"<p><b>{escape(spec['caption'])}</b></p>" if spec["caption"] else ""
    shown = [place for place, column in enumerate(spec["columns"]) if column["shown"]]
    records = f"../_build/html/records/{spec.get('experiment', '')}"
    pages = lambda key, listed=False: f"{records}/{'index' if listed else key}.html"  # noqa: E731
    table = _table(_part(spec, shown), pages)
    return f"<div>{caption}{_same(spec)}{table}{account.accounting(spec)}</div>"


def _in_page(spec: dict) -> list[int]:
    """The places of the columns that a page holds: those shown, and those worth switching on.

    A column that is the same in all rows, or comes after too many others, is in the file only.
    """
    kept, hidden_cells = [], 0
    for place, column in enumerate(spec["columns"]):
        values = {repr(row[place]) for row in spec["rows"]}
        if not column["shown"]:
            if len(values) < 2 or hidden_cells + len(spec["rows"]) > HIDDEN_CELLS_AT_MOST:
                continue
            hidden_cells += len(spec["rows"])
        kept.append(place)
    return kept


def _part(spec: dict, places: list[int]) -> dict:
    return spec | {
        "columns": [spec["columns"][place] for place in places],
        "rows": [[row[place] for place in places] for row in spec["rows"]],
    }


def _table(spec: dict, link, apart: Iterable[int] = ()) -> str:
    heads, drawers = [], []
    for column in spec["columns"]:
        units = [f"({escape(column['unit'])})"] if column["unit"] else []
        # Of a column that has none, such as that of claims which are all exact, nothing is said.
        units += ["[low, high]"] if any(low is not None for low in column.get("low", ())) else []
        unit = f' <span class="lb-unit">{" ".join(units)}</span>' if units else ""
        numeric = " class=n" if column["kind"] in NUMBERS else ""
        heads.append(f'<th scope="col"{numeric}{_off(column)}>{escape(column["label"])}{unit}')
        drawers.append(_DRAW[column["kind"]])
    body = []
    for number, row in enumerate(spec["rows"]):
        cells = (
            draw(column, value, number, link)
            for draw, column, value in zip(drawers, spec["columns"], row, strict=True)
        )
        # A line for each cell: the search index takes the tags away, and words must stay apart.
        row_class = " class=p" if number in apart else ""
        body.append(f"<tr{row_class}>" + "\n".join(cells))
    return (
        f'<table class="dataframe lb"><thead><tr>{" ".join(heads)}</thead>'
        f"<tbody>{' '.join(body)}</tbody></table>"
    )


def _off(column) -> str:
    return "" if column["shown"] else " hidden"


def _text(column, value, number, link) -> str:
    if value is None:
        return f"<td class=x{_off(column)}>{MISSING}"
    return f"<td{_off(column)}>{escape(show_value(value))}"


def _number(column, value, number, link) -> str:
    if value in INFINITE:
        exact, shown = value.replace("inf", "Infinity"), value.replace("-", "−")
        return f"<td class=n data-v={exact}{_off(column)}>{shown}"
    if not is_number(value):
        shown = MISSING if value is None else escape(str(value))
        return f'<td class="n x"{_off(column)}>{shown}'
    text = show_number(value, column["places"], column["digits"])
    if column.get("signed") and value > 0:
        text = "+" + text
    return f"<td class=n{_exact(value, text)}{_off(column)}>{text}"


def _with_ends(column, value, number, link) -> str:
    """A mean as ``0.0105 ± 0.0002 (3)``, or with its interval as ``0.0105 [0.0101, 0.0109]``."""
    if not is_number(value):
        return _number(column, value, number, link)
    # The places of what stands beside follow the mean's, so that they line up.
    write = partial(show_number, places=column["places"], digits=column["digits"])
    first, last = (column[end][number] for end in BESIDE[column["kind"]])
    if column["kind"] == "interval":
        known = is_number(first) and is_number(last)
        beside = f"[{write(float(first))}, {write(float(last))}]" if known else ""
    else:
        around = f"± {write(float(first)) if first else 0} " if is_number(first) else ""
        beside = around + (f"({last})" if is_number(last) else "")
    beside = f" <small>{beside}</small>" if beside else ""
    return f"<td class=n data-v={_figures(value)}{_off(column)}>{write(value)}{beside}"


def _label(column, value, number, link) -> str:
    if not value:
        return f"<td class=x{_off(column)}>{MISSING if value is None else ''}"
    text = show_value(value)
    return f"<td{_off(column)}>{label(f'no effect: {text}' if column['name'] == 'inert' else text)}"


def _record(column, value, number, link) -> str:
    """Links to the records of a row; of many, the first few and the list of these."""
    keys = [str(key) for key in (value if isinstance(value, list) else [value]) if key]
    pages = {key: page for key in keys if (page := link(key))}
    parts = [
        f'<a href="{escape(pages[key])}">{number if len(keys) > 1 else escape(key[:6])}</a>'
        for number, key in enumerate(keys[:LINKED_AT_MOST], 1)
        if key in pages
    ]
    more, all_keys = len(keys) - LINKED_AT_MOST, ""
    if pages and more > 0:
        page = link(next(iter(pages)), listed=True)
        short = ".".join(key[:8] for key in pages)
        parts.append(f'<a href="{escape(page or "")}#keys={escape(short)}">+{more}</a>')
        compared = pages if len(keys) <= COMPARED_AT_MOST else ()
        all_keys = f' data-keys="{escape(" ".join(compared))}"'
    parts = parts or [MISSING]
    return f'<td class="lb-record"{all_keys}{_off(column)}>{" ".join(parts)}'


_DRAW = {
    "text": _text,
    "number": _number,
    "spread": _with_ends,
    "interval": _with_ends,
    "label": _label,
    "record": _record,
}


def _exact(value: float, text: str) -> str:
    """The value to more figures, where the text doesn't hold it: for sorting and copying."""
    exact = _figures(value)
    return "" if text.replace(",", "").replace("−", "-") == exact else f" data-v={exact}"


def _figures(value: float) -> str:
    """A number to as many figures as single precision has; the file holds all of them."""
    return repr(value) if isinstance(value, int) else f"{value:.7g}"


def _same(spec: dict) -> str:
    if not spec.get("same"):
        return ""
    items = ", ".join(f"{escape(name)} {escape(value)}" for name, value in spec["same"].items())
    return f'<p class="lb-same">The same in every row: {items}.</p>'
