"""The rows of a table that are of one setting, for what is told of a setting over its seeds."""

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from labbook.show.table.description import names_of_trials


def groups(
    table: pd.DataFrame, by: Sequence[str], metrics: Sequence[str] = ()
) -> Iterator[tuple[dict[str, Any], pd.DataFrame, list[str]]]:
    """Each setting of a table, in the order in which they first stand in it.

    Arguments:
        table: a table of trials, or of rows to which trials were joined.
        by: the columns that tell settings apart; without any, all rows are of one. Lists and dicts
            count as values, and what is missing (None or NaN) as one value.
        metrics: the columns that are told of a setting. A trial (by its key) that stands in the
            table several times with the same metrics counts once.

    Yields:
        The values of ``by``; the rows that have them; and the keys of their trials, none where the
        table has no keys.
    """
    places: dict[tuple, list[int]] = {}
    for place, *values in zip(range(len(table)), *(table[name] for name in by), strict=True):
        places.setdefault(tuple(map(_identity, values)), []).append(place)
    for found in places.values():
        rows = _each_once(table.iloc[found], metrics)
        yield {name: rows[name].iloc[0] for name in by}, rows, _keys(rows)


def summary(
    rows: Sequence[dict[str, Any]], columns: Sequence[str], table: pd.DataFrame
) -> pd.DataFrame:
    """Rows of settings as a table, with the attributes of the table that they were made of.

    Raises:
        ValueError: a setting is called as one of the columns that are told of it.
    """
    if twice := [name for name in columns if list(columns).count(name) > 1]:
        raise ValueError(
            f"{twice[0]!r} is a setting, and what is told of each setting stands in a column of "
            "that name: rename the setting's column."
        )
    result = pd.DataFrame(rows, columns=columns)
    result.attrs = dict(table.attrs)
    if trials := table.attrs.get("trials"):
        # The rows that could name the trials that are missing are gone after this.
        names = names_of_trials(table, trials) | trials.get("names", {})
        result.attrs["trials"] = {**trials, "names": names}
    return result


def _identity(value: object) -> tuple[bool, object]:
    """What is equal where two values are the same setting; True is not 1."""
    try:
        hash(value)
    except TypeError:
        return False, (repr(value),)  # not what a text of the same looks has
    return isinstance(value, bool), None if pd.isna(value) else value


def _each_once(rows: pd.DataFrame, metrics: Sequence[str]) -> pd.DataFrame:
    """The rows without those whose trial stands above them with the same metrics."""
    if "key" not in rows:
        return rows
    again = rows[["key", *metrics]].map(repr).duplicated() & rows["key"].notna()
    return rows[~again]


def _keys(rows: pd.DataFrame) -> list[str]:
    several = (key if isinstance(key, list | tuple) else [key] for key in rows.get("key", []))
    return [key for keys in several for key in keys]
