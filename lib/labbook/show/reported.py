"""Ours beside reported: in a table with a row for each setting, and in figures."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from labbook.log.trials.settings import need_table
from labbook.show import tables
from labbook.show.evidence import pooled_spread
from labbook.show.figures import COLOURS
from labbook.show.table.cell_text import MISSING
from labbook.show.table.description import settings_of
from labbook.show.table.groups import groups

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def show_beside(
    found: pd.DataFrame,
    columns: Sequence[str],
    caption: str,
    *,
    name: str,
    metric: str,
    same_data: bool = True,
) -> None:
    """Display a row for each setting: the mean over its seeds beside what was reported of it.

    Means are shown with their standard deviation and how many there are, as of
    :func:`labbook.show.tables.over_seeds`. Trials are of one setting where they agree in all
    that was given but the seed.

    Arguments:
        found: a table of trials, with ``parameters`` and the columns ``reported_…`` of each.
        columns: those settings that are shown at first.
        caption, name: as of :func:`labbook.show.tables.show`.
        metric: what is averaged and stands beside ``reported_<metric>``; so are CPU time, which is
            shown at first, and throughput.
        same_data: whether ours and reported measure on the same data; without it no difference of
            the two is shown.
    """
    need_table(found, "show_beside()")
    metrics = [metric, "cpu_time_s", "throughput"]
    # Where nothing has run yet, the table has no metric: an empty column then says so.
    found = found.reindex(columns=list(dict.fromkeys([*found, *metrics])))
    given = [name for name in settings_of(found) if name != "seed"]
    reported = [column for column in found if column.startswith("reported_")]
    beside = f"reported_{metric}"
    tables.show(
        tables.over_seeds(found, [*given, "parameters", *reported], metrics),
        caption,
        columns=[*columns, metric, *([] if same_data else [beside]), "parameters", "cpu_time_s"],
        compare={metric: beside} if same_data else None,
        name=name,
    )


def sides(found: pd.DataFrame, metric: str) -> pd.DataFrame:
    """The rows of a table twice, for a figure that tells ours from reported by ``whose``.

    Returns:
        The columns of ``found``, with ``whose`` before them: ``ours``, then ``reported`` with the
        reported figure under the name of the metric; rows without the figure are left out.
    """
    parts = []
    for whose, column in (("ours", metric), ("reported", f"reported_{metric}")):
        part = found.assign(**{metric: found.get(column)})
        part.insert(0, "whose", whose)
        parts.append(part.dropna(subset=metric))
    return pd.concat(parts, ignore_index=True)


def draw_against(
    found: pd.DataFrame,
    metric: str,
    *,
    by: str,
    hue: str,
    palette: Mapping[str, str] | None = None,
) -> "Axes":
    """Draw ours against reported: a point for each setting, and a band where two trainings agree.

    The band is ± 1.96 √2 times the relative spread of one training (see
    :func:`labbook.show.evidence.pooled_spread`): 95 % of pairs of single trainings of one setting
    lie in it.

    Arguments:
        found: a table of trials, with ``reported_<metric>``.
        by: the column that tells settings apart; their seeds are averaged.
        hue, palette: the column that colours the points, and the colour of each of its values;
            points without a value are grey.

    Returns:
        The axes; their title tells the spread.
    """
    import seaborn as sns

    theirs = f"reported_{metric}"
    settings = list(dict.fromkeys([by, hue]))
    means = [
        setting | {name: pd.to_numeric(rows[name]).mean() for name in (metric, theirs)}
        for setting, rows, _ in groups(found, settings, [metric])
    ]
    points = pd.DataFrame(means, columns=[*settings, metric, theirs])
    if points[hue].isna().any():  # seaborn would leave them out
        points[hue] = points[hue].astype(object).fillna(MISSING)
        palette = palette and {MISSING: COLOURS[-1], **palette}
    axis = sns.scatterplot(points, x=theirs, y=metric, hue=hue, palette=palette)
    spread, trained_again = pooled_spread(found, by, metric)
    if trained_again:
        ends = np.array(axis.get_xlim())
        half = 1.96 * np.sqrt(2) * spread
        axis.fill_between(
            ends, ends * (1 - half), ends * (1 + half), color="#888888", alpha=0.2, lw=0
        )
        axis.set_title(
            f"one training ± {100 * spread:.1f} % (standard deviation, {trained_again} settings)"
        )
    return axis
