"""Rows of a table of trials, picked by their settings."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labbook.log.code.function import notebook_name
from labbook.log.records.key import canonical_json, normalise
from labbook.log.records.layout import find_root

if TYPE_CHECKING:
    import pandas as pd


def with_settings(table: "pd.DataFrame", settings: Mapping[str, Any]) -> "pd.DataFrame":
    """The rows that have these settings, in their order; lists and tuples are the same.

    Raises:
        KeyError: the table has no such column; the message lists those that it has.
    """
    rows = table
    for name, value in settings.items():
        if name not in table:
            raise KeyError(f"the table has no column {name!r}; it has {', '.join(table)}.")
        wanted = setting_text(value)
        rows = rows.loc[[setting_text(other) == wanted for other in rows[name]]]
    return rows


def need_table(table: Any, where: str) -> None:
    """Refuse what is no table of trials.

    Arguments:
        where: who wants it, in the message.

    Raises:
        TypeError: it is something else, or a table of something else.
    """
    import pandas as pd

    right = "give what trials.run() or trials.find() gave, or rows of it"
    if not isinstance(table, pd.DataFrame):
        raise TypeError(f"{where} wants a table of trials, not {type(table).__name__}: {right}.")
    if lacking := [name for name in ("outcome", "key") if name not in table]:
        raise TypeError(f"{where} wants a table of trials; this has no {lacking[0]!r}: {right}.")


def experiment_of(table: "pd.DataFrame") -> str:
    """The experiment whose trials a table holds.

    Tables that were joined or reshaped may have lost its name; then it is the notebook that runs.

    Raises:
        ValueError: neither tells.
    """
    return table.attrs.get("experiment") or notebook_name()


def root_of(table: "pd.DataFrame") -> Path:
    """The root of the log that holds a table's records.

    Tables that were joined or reshaped may have lost it; then it is that of the working directory.
    """
    return Path(table.attrs.get("root") or find_root())


def setting_text(value: Any) -> str:
    """The same text for equal settings: lists and tuples, 1 and 1.0, None and NaN.

    A column of a table that holds None beside numbers has NaN there, and floats.
    """
    if value is None or (isinstance(value, float) and value != value):
        return "missing"
    if isinstance(value, float):
        value = float(value)  # a metric may be infinite, where no setting is
    if type(value) not in (bool, int, float, str):
        value = normalise({"value": value})["value"]
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    # Most are numbers and words: their repr tells them apart, and costs less.
    return repr(value) if type(value) in (bool, int, float, str) else canonical_json(value)
