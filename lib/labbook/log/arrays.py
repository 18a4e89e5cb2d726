"""The arrays that one trial of a table returned: its images, its weights."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from labbook.log.canonical import canonical_json, normalise
from labbook.log.records import good_records

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd


def arrays(table: "pd.DataFrame", **settings: Any) -> "dict[str, np.ndarray]":
    """The arrays of the one good trial of a table that has these settings.

    Arguments:
        table: as ``run`` or ``find`` gives it, or some of its rows.
        settings: names and values of columns; lists and tuples are the same.

    Returns:
        What the trial returned as ``artifacts``, by name.

    Raises:
        KeyError: the table has no such column.
        LookupError: no good trial has these settings, or several have.
        FileNotFoundError: the trial's arrays were not kept with its record, or it has none.
        DamagedRecord: the file of arrays cannot be read or belongs to another attempt.
    """
    keys = keys_of(table, settings)
    told = ", ".join(f"{name}={value!r}" for name, value in settings.items()) or "no settings"
    if len(keys) != 1:
        many = f"{len(keys)} good trials have: name more settings" if keys else "no good trial has"
        raise LookupError(f"arrays() wants the one trial with {told}; {many}.")
    (record,) = good_records(table.attrs["experiment"], keys).values()
    if not (found := record.load_artifacts()):
        raise FileNotFoundError(f"the trial {record.key} ({told}) returned no arrays.")
    return found


def keys_of(table: "pd.DataFrame", settings: Mapping[str, Any]) -> list[str]:
    """The keys of the good trials of a table that have these settings, each of them once.

    Raises:
        KeyError: the table has no such column.
    """
    for name in settings:
        if name not in table:
            raise KeyError(f"the table has no column {name!r}; it has {', '.join(table)}.")
    wanted = {name: _text(value) for name, value in settings.items()}
    rows = table[table["outcome"] == "ok"]
    for name, text in wanted.items():
        rows = rows[rows[name].map(_text) == text] if len(rows) else rows
    return list(dict.fromkeys(rows["key"]))


def _text(value: Any) -> str:
    """The same text for equal settings; that of a missing one is nobody else's."""
    if isinstance(value, float) and value != value:
        return "missing"
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # a column of whole numbers with gaps holds floats
    return canonical_json(normalise({"value": value}))
