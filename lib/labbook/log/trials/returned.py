"""What trials of a table returned beside their metrics: arrays of one, learning curves of all."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from labbook.log.records.folder import read_records
from labbook.log.records.record import Record
from labbook.log.records.text import settings_text
from labbook.log.trials.settings import experiment_of, need_table, root_of, with_settings

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
        TypeError: this is no table of trials.
        KeyError: the table has no such column.
        LookupError: no good trial has these settings, or several have.
        FileNotFoundError: the trial's arrays were not kept with its record, or it has none.
        DamagedRecord: the file of arrays cannot be read or belongs to another attempt.
    """
    need_table(table, "trials.arrays()")
    rows = with_settings(table, settings)
    keys = list(dict.fromkeys(rows["key"][rows["outcome"] == "ok"]))
    trial = f"trial with {settings_text(settings)}" if settings else "trial of the table"
    if not keys:
        raise LookupError(f"there are no arrays of the {trial}: none has ended well.")
    if len(keys) > 1:
        raise LookupError(f"there are {len(keys)} arrays of the {trial}: name more settings.")
    record = _good_records(table, keys).get(keys[0])
    if record is None:
        raise LookupError(f"there are no arrays of the {trial}: its record {keys[0]} is gone.")
    if not record.artifacts:
        raise FileNotFoundError(f"the {trial} returned no arrays (record {record.key}).")
    return record.load_artifacts()


def curves(table: "pd.DataFrame", *names: str) -> "pd.DataFrame":
    """Histories of the good trials of a table: one row for each trial and point.

    ::

        points = trials.curves(table, "validation_inputs", "validation_loss")
        seaborn.lineplot(points, x="validation_inputs", y="validation_loss", hue="mixer")

    Arguments:
        table: as ``run`` or ``find`` gives it, or some of its rows.
        names: curves of one length, for instance where points lie and what was measured there.

    Returns:
        The table's settings (the columns before ``outcome``; lists and dicts as text,
        ``2, 3, 4``), the trial's ``key``, then one column for each name, called
        ``<name>_measured`` where one of these has that name. Trials without these curves are left
        out; where no trial has ended well there is no row.

    Raises:
        TypeError: this is no table of trials, or a name is no text.
        ValueError: no good trial has these curves, or no name is given (the sentence lists those
            there are), or the curves of a trial differ in length.
        LookupError: the record of a trial that ended well is not where the table's are.
    """
    import pandas as pd

    need_table(table, "trials.curves()")
    if odd := [name for name in names if not isinstance(name, str)]:
        told = f"{odd[0]!r:.80} ({type(odd[0]).__name__})"
        raise TypeError(f"trials.curves() takes names of curves, one by one; {told} is none.")
    settings = list(table.columns[: table.columns.get_loc("outcome")])
    own = [*settings, "key"]
    called = {name: f"{name}_measured" if name in own else name for name in names}
    rows = table[table["outcome"] == "ok"].drop_duplicates("key")
    records = _good_records(table, rows["key"])
    if gone := [key for key in rows["key"] if key not in records]:
        raise LookupError(
            f"there are no curves of {len(gone)} of {len(rows)} trials that ended well: the record "
            f"{gone[0]} is not in {experiment_of(table)}."
        )
    parts = []
    for setting in rows[own].to_dict("records"):
        history = records[setting["key"]].history
        if names and all(history.get(name) for name in names):
            points = _points(history, called, setting["key"])
            parts.append(pd.DataFrame({k: _as_text(v) for k, v in setting.items()} | points))
    if not parts and (len(records) or not names):
        there = ", ".join(sorted({name for r in records.values() for name in r.history}))
        there = f"they have {there}" if there else "none has any curve"
        if not names:
            raise ValueError(f"trials.curves() wants the names of curves; {there}.")
        raise ValueError(f"no trial of the table has the curves {', '.join(names)}; {there}.")
    if parts:
        return pd.concat(parts, ignore_index=True)
    return pd.DataFrame(columns=[*own, *called.values()])


def _good_records(table: "pd.DataFrame", keys: Iterable[str]) -> dict[str, Record]:
    found = read_records(experiment_of(table), root=root_of(table), keys={*keys})
    return {record.key: record for record in found if record.ok}


def _points(
    history: dict[str, list[float]], called: dict[str, str], key: str
) -> dict[str, list[float]]:
    lengths = {name: len(history[name]) for name in called}
    if len(set(lengths.values())) != 1:
        found = ", ".join(f"{name} {length}" for name, length in lengths.items())
        raise ValueError(f"curves of one length are wanted; those of trial {key} have: {found}.")
    return {column: history[name] for name, column in called.items()}


def _as_text(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "–"
    if isinstance(value, dict):
        return ", ".join(f"{name}={part}" for name, part in value.items()) or "–"
    return value
