"""Tables as a notebook shows them: readable in JupyterLab, sortable and searchable on the site.

A table travels as data, not as markup: the output of a cell holds plain HTML for JupyterLab and,
beside it, the columns and rows as JSON. The site draws its own table from the latter, so links to
record pages are made where the address is known and a change of looks needs no new run.
"""

import os
import re
from collections.abc import Mapping, Sequence

import pandas as pd

from labbook.site import mime, table_format, table_html

LABELS = ("outcome", "freshness", "origin", "inert")
# Columns that a table of trials may carry and that few tables want to see at first.
QUIET = ("origin", "cpu_time_s", "freshness", "inert")


def show(
    frame: pd.DataFrame,
    caption: str | None = None,
    *,
    columns: Sequence[str] | Mapping[str, str] | None = None,
    compare: Mapping[str, str] | None = None,
    units: Mapping[str, str] | None = None,
    digits: int = 4,
    sort: str | None = None,
    name: str | None = None,
) -> None:
    """Display a table: in JupyterLab, and on the site with sorting, search, columns and CSV.

    Arguments:
        frame: the rows. A column ``key`` (of a trial, or a list of keys) links a row to the pages
            of its records; ``loss``, ``loss_std`` and ``loss_n`` are shown as one column, mean ±
            spread (n); ``attrs["trials"]`` is told in a line under the table.
        caption: one sentence over the table.
        columns: the columns shown at first, in this order; a mapping gives them other headers.
            The others can be switched on by the reader. When not given: those that differ between
            the rows of a table of trials, all of any other table.
        compare: ours → reported, for instance ``{"loss": "reported_loss"}``: the reported column
            stands right of ours, followed by the difference in percent of the reported value.
        units: units that the name of a column doesn't tell (``wall_time_s`` tells seconds).
        digits: significant figures of numbers that are not whole.
        sort: the column by which the rows are sorted at first, ascending; ``"-loss"`` descending.
        name: the stable name of the table, used in its address and its file; from the caption or
            the columns when not given.

    Raises:
        KeyError: a column is named that the frame doesn't have.
    """
    from IPython.display import display

    spec = describe(
        frame,
        caption,
        columns=columns,
        compare=compare,
        units=units,
        digits=digits,
        sort=sort,
        name=name,
    )
    bundle = {
        "text/plain": frame.to_string(max_rows=40, max_cols=16),
        "text/html": table_html.for_notebook(spec),
        mime.TABLE: spec,
    }
    display(bundle, raw=True)


def describe(frame, caption=None, *, columns=None, compare=None, units=None, digits=4, sort=None,
             name=None) -> dict:  # fmt: skip
    """The table of :func:`show` as plain data: columns, rows, caption and account of trials."""
    compare, units = dict(compare or {}), dict(units or {})
    headers = dict(columns) if isinstance(columns, Mapping) else {}
    frame = frame.reset_index() if _index_tells_something(frame) else frame
    frame = frame.rename(columns=str)
    if sort:
        _need(frame, [sort.lstrip("-")], "sort")
        frame = frame.sort_values(sort.lstrip("-"), ascending=not sort.startswith("-"))
    _need(frame, list(columns or []), "columns")
    _need(frame, [*compare, *compare.values()], "compare")

    order = _order(frame, columns, compare)
    shown = _shown(frame, columns, compare, order)
    described = []
    cells = []
    for column in order:
        values = [table_format.plain(value) for value in frame[column]]
        described.append(_column(frame, column, values, headers, units, digits, column in shown))
        cells.append(_scaled(column, values))
        if column in compare:
            cells[-1:], described[-1:] = _compared(
                frame, column, compare[column], (cells[-1], described[-1]), units, digits
            )
    trials = frame.attrs.get("trials")
    return {
        "version": 1,
        "name": name or _name(caption, order),
        "caption": caption or "",
        "columns": described,
        "rows": [list(row) for row in zip(*cells, strict=True)] if cells else [],
        "same": _same(frame, shown, digits) if "key" in frame else {},
        "trials": _account(frame, trials, digits) if trials else None,
        "experiment": frame.attrs.get("experiment") or os.environ.get("LABBOOK_EXPERIMENT", ""),
    }


def over_seeds(
    frame: pd.DataFrame, by: str | Sequence[str], metric: str | Sequence[str]
) -> pd.DataFrame:
    """One row for each setting of ``by``: mean, standard deviation and count of each metric.

    The spread is the sample standard deviation (n − 1), missing for one seed. :func:`show` writes
    the three columns ``loss``, ``loss_std``, ``loss_n`` as one: ``0.01058 ± 0.00012 (3)``.

    Arguments:
        frame: a table of trials.
        by: the columns that tell settings apart (not the seed). Lists count as values.
        metric: the column or columns averaged.

    Returns:
        A frame with the columns of ``by``, three for each metric, ``n`` (rows of the group) and
        ``key`` (the list of keys) where the frame has keys; the attributes are kept.
    """
    by, metrics = ([names] if isinstance(names, str) else list(names) for names in (by, metric))
    _need(frame, [*by, *metrics], "over_seeds")
    hashable = frame[by].map(lambda value: tuple(value) if isinstance(value, list) else value)
    rows = []
    for _, index in hashable.groupby(by, sort=False, dropna=False).indices.items():
        group = frame.iloc[index]
        row = {column: group[column].iloc[0] for column in by}
        for column in metrics:
            values = pd.to_numeric(group[column]).dropna()
            row |= {column: values.mean(), f"{column}_std": values.std()}
            row[f"{column}_n"] = len(values)
        row["n"] = len(group)
        if "key" in group:
            row["key"] = list(group["key"])
        rows.append(row)
    result = pd.DataFrame(rows)
    result.attrs = dict(frame.attrs)
    if trials := frame.attrs.get("trials"):
        # The rows that could name the trials that are missing are gone after this.
        result.attrs["trials"] = {**trials, "names": _called(frame, trials)}
    return result


def _index_tells_something(frame: pd.DataFrame) -> bool:
    return not (isinstance(frame.index, pd.RangeIndex) or frame.index.name is None) or isinstance(
        frame.index, pd.MultiIndex
    )


def _need(frame: pd.DataFrame, names: list[str], argument: str) -> None:
    if absent := [name for name in names if name not in frame.columns]:
        raise KeyError(
            f"{argument} names {', '.join(map(repr, absent))}, which the table doesn't have; "
            f"it has {', '.join(map(str, frame.columns))}."
        )


def _order(frame, columns, compare) -> list[str]:
    reported = set(compare.values())
    spreads = {f"{c}_{end}" for c in frame for end in ("std", "n") if f"{c}_std" in frame}
    first = list(columns or [])
    rest = [c for c in frame if c not in first]
    # The same number of seeds in every row is told beside each mean already.
    skip = reported | spreads | {"key"} | ({"n"} if spreads else set())
    ordered = [c for c in [*first, *rest] if c not in skip]
    return [*ordered, *(["key"] if "key" in frame else [])]


def _shown(frame, columns, compare, order) -> set[str]:
    if columns is not None:
        return {*columns, *compare, "key"}
    if "key" not in frame or len(frame) < 2:
        return set(order)
    varying = {c for c in order if frame[c].map(repr).nunique() > 1 and c not in QUIET}
    alarming = {c for c in ("freshness", "inert") if c in frame and frame[c].map(_alarms).any()}
    return varying | alarming | {"key", *compare}


def _alarms(value: object) -> bool:
    return isinstance(value, str) and value not in ("", "fresh")


def _column(frame, column, values, headers, units, digits, shown) -> dict:
    label, unit = table_format.label_and_unit(column, units)
    kind = "text"
    if column == "key":
        label, kind = "record", "record"
    elif column in LABELS:
        kind = "label"
    elif _is_numeric(frame[column], values):
        kind = "spread" if f"{column}_std" in frame else "number"
    described = {"name": column, "label": headers.get(column, label), "unit": unit, "kind": kind}
    if kind in ("number", "spread"):
        described |= {"places": _places(column, values, digits), "digits": digits}
    if kind == "spread":
        for end in ("std", "n"):
            name = f"{column}_{end}"
            spread = frame[name] if name in frame else [None] * len(frame)
            spread = [table_format.plain(value) for value in spread]
            described[end] = _scaled(column, spread) if end == "std" else spread
    return described | {"shown": shown}


def _is_numeric(series: pd.Series, values: list) -> bool:
    if all(value is None for value in values):
        return pd.api.types.is_float_dtype(series)
    return all(value is None or table_format.is_number(value) for value in values)


def _places(column, values, digits) -> int | None:
    values = _scaled(column, values)
    whole = all(v is None or isinstance(v, int) for v in values)
    return 0 if whole else table_format.decimals(values, digits)


def _scaled(column: str, values: list) -> list:
    """Bytes are told in MiB; everything else in the unit it came in."""
    if not column.endswith("_bytes"):
        return values
    return [v / table_format.BYTES_PER_MIB if table_format.is_number(v) else v for v in values]


def _compared(frame, ours, theirs, own, units, digits) -> tuple[list, list]:
    values, described = own
    reported = [table_format.plain(value) for value in frame[theirs]]
    number = table_format.is_number
    difference = [
        100 * (a - b) / abs(b) if number(a) and number(b) and b else None
        for a, b in zip(values, reported, strict=True)
    ]
    label, unit = described["label"], described["unit"]
    common = {"kind": "number", "digits": digits, "shown": described["shown"]}
    places = described.get("places")
    return [values, reported, difference], [
        described,
        {"name": theirs, "label": f"{label}, reported", "unit": unit, "places": places, **common},
        {"name": f"{ours}_difference_percent", "label": "difference", "unit": "%", **common,
         "places": 1, "signed": True},
    ]  # fmt: skip


def _same(frame, shown, digits) -> dict[str, str]:
    """What every row shares, told once over the table and not in a column."""
    last = frame.columns.get_loc("outcome") if "outcome" in frame else 0
    return {
        table_format.label_and_unit(column)[0]: table_format.show_value(
            table_format.plain(frame[column].iloc[0]), None, digits
        )
        for column in frame.columns[:last]
        if column not in shown and len(frame) > 1 and frame[column].map(repr).nunique() == 1
    }


def _account(frame, trials, digits) -> dict:
    """How many trials were planned and found, and the names of those that were not."""
    names = trials.get("names") or _called(frame, trials, digits)
    return {
        "planned": int(trials["planned"]),
        "found": int(trials["found"]),
        "missing": [names[key] for key in trials.get("missing", [])],
        "failed": [names[key] for key in trials.get("failed", [])],
    }


def _called(frame, trials, digits=4) -> dict[str, str]:
    """Trials that gave no result, by key, called by what tells them from the others."""
    keys = [*trials.get("missing", []), *trials.get("failed", [])]
    last = frame.columns.get_loc("outcome") if "outcome" in frame else 0
    telling = [c for c in frame.columns[:last] if frame[c].map(repr).nunique() > 1]

    def called(key: str) -> str:
        rows = frame[frame["key"] == key] if "key" in frame and telling else frame.iloc[:0]
        if not len(rows):
            return key[:8]
        values = (table_format.plain(rows.iloc[0][c]) for c in telling)
        return ", ".join(
            f"{table_format.label_and_unit(column)[0]} {table_format.show_value(v, None, digits)}"
            for column, v in zip(telling, values, strict=True)
        )

    return {key: called(key) for key in keys}


def _name(caption, columns) -> str:
    words = re.sub(r"[^a-z0-9]+", "-", (caption or "-".join(columns)).lower()).strip("-")
    return "-".join(words.split("-")[:7]) or "table"
