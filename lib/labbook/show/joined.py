"""Trials that differ in one setting alone, joined to one row, so that seeds can be compared."""

from collections.abc import Sequence

import pandas as pd

from labbook.log.trials.settings import need_table
from labbook.show.table.description import settings_of
from labbook.show.table.groups import groups, summary


def joined(
    table: pd.DataFrame, over: str, means: Sequence[str], sums: Sequence[str] = ()
) -> pd.DataFrame:
    """One row for all trials that agree in every setting but one.

    Arguments:
        table: of trials, as ``trials.run`` gives it.
        over: the setting that they differ in; its column is gone afterwards.
        means: columns whose mean over the joined trials is taken; one that the table lacks, for no
            trial has ended well yet, is missing everywhere.
        sums: columns that are added up, such as ``cpu_time_s``.

    Returns:
        The other settings, ``outcome`` (``ok`` where all joined trials are, else that of the first
        other one), ``means``, ``sums`` (missing where one of the joined values is), and ``key``, a
        tuple of the keys. The attributes of the table are kept.

    Raises:
        TypeError: this is no table of trials.
        KeyError: the table has no setting ``over``.
    """
    need_table(table, "joined()")
    settings = settings_of(table)
    if over not in settings:
        raise KeyError(f"the trials have no setting {over!r}; they have {', '.join(settings)}.")
    settings.remove(over)
    table = table.reindex(columns=[*table, *(name for name in means if name not in table)])
    rows = []
    for setting, group, keys in groups(table, settings):
        bad = group["outcome"][group["outcome"] != "ok"]
        rows.append(
            setting
            | {"outcome": bad.iloc[0] if len(bad) else "ok"}
            | {name: pd.to_numeric(group[name]).mean(skipna=False) for name in means}
            | {name: group[name].sum(skipna=False) for name in sums}
            | {"key": tuple(keys)}
        )
    return summary(rows, [*settings, "outcome", *means, *sums, "key"], table)
