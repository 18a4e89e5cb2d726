"""Ours beside reported: a table of trials with a row for each setting."""

from collections.abc import Sequence

import pandas as pd

from labbook.site import tables


def show_beside(
    found: pd.DataFrame,
    columns: Sequence[str],
    caption: str,
    *,
    name: str,
    metric: str,
    measured: Sequence[str] = ("cpu_time_s", "throughput"),
) -> None:
    """Display a row for each setting: the mean over its seeds beside what was reported of it.

    Means are shown with their standard deviation and how many there are, as of
    :func:`labbook.site.tables.over_seeds`. Trials are of one setting where they agree in all
    that was given but the seed.

    Arguments:
        found: a table of trials, with ``parameters`` and the columns ``reported_…`` of each.
        columns: those settings that are shown at first.
        caption, name: as of :func:`labbook.site.tables.show`.
        metric: what is averaged and stands beside ``reported_<metric>``.
        measured: what else is averaged; the first of it is shown at first.
    """
    metrics = [metric, *measured]
    # Where nothing has run yet, the table has no metric: an empty column then says so.
    found = found.reindex(columns=list(dict.fromkeys([*found, *metrics])))
    given = found.columns[: found.columns.get_loc("outcome")].drop("seed", errors="ignore")
    reported = [column for column in found if column.startswith("reported_")]
    tables.show(
        tables.over_seeds(found, [*given, "parameters", *reported], metrics),
        caption,
        columns=[*columns, metric, "parameters", measured[0]],
        compare={metric: f"reported_{metric}"},
        name=name,
    )
