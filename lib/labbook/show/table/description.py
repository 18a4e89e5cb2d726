"""A table as plain data: which columns, what they are called, what their cells hold."""

import os
from collections.abc import Mapping

import pandas as pd

from labbook.show import mime
from labbook.show.table import account, cell_text

LABELS = ("outcome", "freshness", "origin", "inert")
# What stands in the cell of a number, beside it.
BESIDE = {"spread": ("std", "n"), "interval": ("low", "high")}
NUMBERS = ("number", *BESIDE)
# Columns that a table of trials may carry and that few tables want to see at first.
QUIET = ("origin", "cpu_time_s", "freshness", "inert")


def describe(frame, caption=None, *, columns=None, compare=None, units=None, digits=4, sort=None,
             name=None) -> dict:  # fmt: skip
    """The table that ``tables.show`` shows, as JSON; the arguments are the same.

    Returns:
        ``columns`` (name, label, unit, kind, places, whether shown), ``rows`` of unrounded values,
        ``planned`` (numbers of the rows without any run), ``same`` (what all rows share),
        ``trials`` (planned, found, who is missing), ``caption``, ``name`` and ``experiment``.
    """
    compare, units = dict(compare or {}), dict(units or {})
    headers = dict(columns) if isinstance(columns, Mapping) else {}
    frame = frame.reset_index() if _index_tells_something(frame) else frame
    frame = frame.set_axis([_name_of(column) for column in frame], axis=1)
    if twice := list(frame.columns[frame.columns.duplicated()]):
        raise ValueError(f"the table has two columns {twice[0]!r}: give each a name of its own.")
    if sort:
        need_columns(frame, [sort.lstrip("-")], "sort")
        frame = _sorted(frame, sort.lstrip("-"), ascending=not sort.startswith("-"))
    need_columns(frame, list(columns or []), "columns")
    need_columns(frame, [*compare, *compare.values()], "compare")

    order = _order(frame, columns, compare)
    visible = _visible(frame, columns, compare, order)
    given = set(settings_of(frame))
    described, cells = [], []
    for column in order:
        values = [cell_text.plain(value) for value in frame[column]]
        described.append(_column(frame, column, values, headers, units, digits, column in visible))
        if column in given and "places" in described[-1]:
            described[-1]["places"] = None  # as it was written: 0.003, not 0.003000
        cells.append(_scaled(column, values))
        if column in compare:
            cells[-1:], described[-1:] = _compared(
                frame, column, compare[column], (cells[-1], described[-1]), digits
            )
    trials = frame.attrs.get("trials")
    return {
        "version": 1,
        "name": name or mime.name_from(caption or "-".join(order)) or "table",
        "caption": caption or "",
        "columns": described,
        "rows": [list(row) for row in zip(*cells, strict=True)] if cells else [],
        "planned": account.planned_rows(frame),
        "same": _same(frame, visible, digits, units) if "key" in frame else {},
        "trials": _account(frame, trials, digits) if trials else None,
        "experiment": frame.attrs.get("experiment") or os.environ.get("LABBOOK_EXPERIMENT", ""),
    }


def _sorted(frame: pd.DataFrame, column: str, ascending: bool) -> pd.DataFrame:
    """The rows by the values of a column; equal ones in the order in which they stood."""
    try:
        return frame.sort_values(column, ascending=ascending, kind="stable")
    except TypeError:
        raise TypeError(
            f"sort names {column!r}, whose values have no order among each other: "
            f"{', '.join(dict.fromkeys(map(repr, frame[column])))[:80]}."
        ) from None


def _name_of(column: object) -> str:
    """A column's name as text, with all its levels where pandas' ``agg`` gave it several."""
    levels = column if isinstance(column, tuple) else (column,)
    return "_".join(filter(None, map(str, levels)))


def _index_tells_something(frame: pd.DataFrame) -> bool:
    """Whether the index is more than the numbers of rows."""
    index = frame.index
    several = isinstance(index, pd.MultiIndex)
    return several or index.name is not None or not pd.api.types.is_integer_dtype(index)


def need_frame(frame: object, where: str) -> None:
    """Refuse what is no table.

    Arguments:
        where: who wants it, in the message.
    """
    if not isinstance(frame, pd.DataFrame):
        series = isinstance(frame, pd.Series)
        right = "give its .to_frame()" if series else "give what trials.run() gave, or another"
        kind = type(frame).__name__
        raise TypeError(f"{where} wants a table (a pandas DataFrame), not {kind}: {right}.")


def need_columns(frame: pd.DataFrame, names: list[str], argument: str) -> None:
    if absent := [name for name in names if name not in frame.columns]:
        raise KeyError(
            f"{argument} names {', '.join(map(repr, absent))}, which the table doesn't have; "
            f"it has {', '.join(map(str, frame.columns))}."
        )


def _order(frame, columns, compare) -> list[str]:
    reported = set(compare.values())
    spreads = {f"{c}_{end}" for c in frame for end in ("std", "n") if f"{c}_std" in frame}
    ends = {f"{c}_{end}" for c in frame for end in ("low", "high") if _has_interval(frame, c)}
    first = list(columns or [])
    rest = [c for c in frame if c not in first]
    # The same number of seeds in every row is told beside each mean already.
    skip = reported | spreads | ends | {"key"} | ({"n"} if spreads else set())
    ordered = [c for c in [*first, *rest] if c not in skip]
    return [*ordered, *(["key"] if "key" in frame else [])]


def _has_interval(frame, column) -> bool:
    return f"{column}_low" in frame and f"{column}_high" in frame


def _visible(frame, columns, compare, order) -> set[str]:
    if columns is not None:
        return {*columns, *compare, "key"}
    if "key" not in frame or len(frame) < 2:
        return {c for c in order if not len(frame) or not frame[c].map(_is_blank).all()}
    varying = {c for c in order if frame[c].map(repr).nunique() > 1 and c not in QUIET}
    alarming = {c for c in ("freshness", "inert") if c in frame and frame[c].map(_alarms).any()}
    return varying | alarming | {"key", *compare}


def _is_blank(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _alarms(value: object) -> bool:
    return isinstance(value, str) and value not in ("", "fresh")


def _column(frame, column, values, headers, units, digits, visible) -> dict:
    label, unit = cell_text.label_and_unit(column, units)
    kind = "text"
    if column == "key":
        label, kind = "record", "record"
    elif column in LABELS:
        kind = "label"
    elif _is_numeric(frame[column], values):
        kind = "spread" if f"{column}_std" in frame else "number"
        kind = "interval" if _has_interval(frame, column) else kind
    described = {"name": column, "label": headers.get(column, label), "unit": unit, "kind": kind}
    if kind in NUMBERS:
        trim = kind == "number"  # a mean is shown as far as its spread
        described |= {"places": _places(_scaled(column, values), digits, trim), "digits": digits}
    for end in BESIDE.get(kind, ()):
        name = f"{column}_{end}"
        beside = frame[name] if name in frame else [None] * len(frame)
        beside = [cell_text.plain(value) for value in beside]
        described[end] = beside if end == "n" else _scaled(column, beside)
    return described | {"shown": visible}


def _is_numeric(series: pd.Series, values: list) -> bool:
    if all(value is None for value in values):
        return pd.api.types.is_float_dtype(series)
    return all(
        value is None or cell_text.is_number(value) or value in cell_text.INFINITE
        for value in values
    )


def _places(values: list, digits: int, trim: bool = False) -> int | None:
    whole = all(value is None or isinstance(value, int) for value in values)
    return 0 if whole else cell_text.decimals(values, digits, trim)


def _scaled(column: str, values: list) -> list:
    return [cell_text.in_unit(column, value) for value in values]


def _compared(frame, ours, theirs, own, digits) -> tuple[list, list]:
    values, described = own
    reported = _scaled(theirs, [cell_text.plain(value) for value in frame[theirs]])
    difference = [*map(cell_text.difference_percent, values, reported)]
    label, unit = described["label"], described["unit"]
    common = {"kind": "number", "digits": digits, "shown": described["shown"]}
    places = _places([*values, *reported], digits)
    if "places" in described:
        described = described | {"places": places}
    return [values, reported, difference], [
        described,
        {"name": theirs, "label": f"{label}, reported", "unit": unit, "places": places, **common,
         "reported_of": ours},
        {"name": f"{ours}_difference_percent", "label": "difference", "unit": "%", **common,
         "places": 1, "signed": True},
    ]  # fmt: skip


def _same(frame, visible, digits, units) -> dict[str, str]:
    """What every row shares, told once over the table and not in a column."""
    return dict(
        cell_text.named(column, frame[column].iloc[0], digits, units)
        for column in settings_of(frame)
        if column not in visible and len(frame) > 1 and frame[column].map(repr).nunique() == 1
    )


def settings_of(frame: pd.DataFrame) -> list[str]:
    """The columns of a table of trials that were given, not measured: those before the outcome."""
    columns = list(frame.columns)
    return columns[: columns.index("outcome")] if "outcome" in columns else []


def _account(frame, trials, digits) -> dict:
    """How many trials were planned and found, and the names of those that were not."""
    names = trials.get("names") or names_of_trials(frame, trials, digits)
    return {
        "planned": int(trials["planned"]),
        "found": int(trials["found"]),
        "missing": [names[key] for key in trials.get("missing", [])],
        "failed": [names[key] for key in trials.get("failed", [])],
    }


def names_of_trials(frame, trials, digits=4) -> dict[str, str]:
    """Trials that gave no result, by key, called by what tells them from the others."""
    keys = [*trials.get("missing", []), *trials.get("failed", [])]
    varying = [c for c in settings_of(frame) if frame[c].map(repr).nunique() > 1]

    def called(key: str) -> str:
        rows = frame[frame["key"] == key] if "key" in frame and varying else frame.iloc[:0]
        if not len(rows):
            return key[:8]
        return ", ".join(" ".join(cell_text.named(c, rows.iloc[0][c], digits)) for c in varying)

    return {key: called(key) for key in keys}
