"""Tables as a notebook shows them: readable in JupyterLab, sortable and searchable on the site.

A table travels as data, not as markup: the output of a cell holds plain HTML for JupyterLab and,
beside it, the columns and rows as JSON. The site draws its own table from the latter, so links to
record pages are made where the address is known and a change of looks needs no new run.
"""

from collections.abc import Mapping, Sequence

import pandas as pd

from labbook.show import mime
from labbook.show.table import markup
from labbook.show.table.description import describe, need_columns, need_frame
from labbook.show.table.groups import groups, summary


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
    lines: Mapping[str, Mapping[str, float]] | None = None,
    folded: bool = False,
) -> None:
    """Display a table: in JupyterLab, and on the site with sorting, search, columns and CSV.

    Arguments:
        frame: the rows. A column ``key`` (of a trial, or a list of keys) links a row to the pages
            of its records; ``loss``, ``loss_std`` and ``loss_n`` are shown as one column, mean ±
            spread (n), and ``loss``, ``loss_low``, ``loss_high`` as mean [low, high];
            ``attrs["trials"]`` is told in a line under the table.
        caption: one sentence over the table.
        columns: the columns shown at first, in this order; a mapping gives them other headers.
            The others can be switched on by the reader. When not given: those that differ between
            the rows of a table of trials, all that hold more than empty text of any other table.
        compare: ours → reported, for instance ``{"loss": "reported_loss"}``: the reported column
            stands right of ours, followed by the difference in percent of the reported value.
        units: units that the name of a column doesn't tell (``wall_time_s`` tells seconds).
        digits: significant figures of numbers that are not whole.
        sort: the column by which the rows are sorted at first, ascending; ``"-loss"`` descending.
        name: the stable name of the table, used in its address and its file; from the caption or
            the columns when not given.
        lines: what the curves of these trials are held against on the pages of their records,
            by curve and name: ``{"validation_accuracy": {"chance": 0.1}}``.
        folded: whether the site shows the caption alone, and the rows when it is opened.

    Raises:
        TypeError: this is no table, or it can't be sorted by this column.
        KeyError: a column is named that the frame doesn't have.
        ValueError: two columns have one name.
    """
    from IPython.display import display

    need_frame(frame, "tables.show()")
    frame = _with_metrics(frame, [*(columns or []), *(compare or {})])
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
    if lines:
        spec["lines"] = {
            curve: {name: float(height) for name, height in named.items() if height == height}
            for curve, named in lines.items()
        }
    if folded:
        spec["folded"] = True
    bundle = {
        "text/plain": frame.to_string(max_rows=40, max_cols=16),
        "text/html": markup.for_notebook(spec),
        mime.TABLE: spec,
    }
    display(bundle, raw=True)


def _with_metrics(frame: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """A table of trials of which none has ended well has no metrics yet: they are empty columns."""
    if "outcome" not in frame or "ok" in set(frame["outcome"]):
        return frame
    missing = {name: None for name in names if name not in frame}
    return frame.assign(**missing) if missing else frame


def over_seeds(
    frame: pd.DataFrame, by: str | Sequence[str], metric: str | Sequence[str]
) -> pd.DataFrame:
    """One row for each setting of ``by``: mean, standard deviation and count of each metric.

    The spread is the sample standard deviation (n − 1), missing for one seed. :func:`show` writes
    the three columns ``loss``, ``loss_std``, ``loss_n`` as one: ``0.01058 ± 0.00012 (3)``.

    Arguments:
        frame: a table of trials; one that stands in it twice (by its key) counts once.
        by: the columns that tell settings apart (not the seed). Lists and dicts count as values.
        metric: the column or columns averaged.

    Returns:
        A frame with the columns of ``by``, three for each metric, ``n`` (rows of the group) and
        ``key`` (the list of keys) where the frame has keys, of one trial or of several that were
        joined to a row; the attributes are kept.

    Raises:
        KeyError: a column is named that the frame doesn't have.
        ValueError: a column of ``by`` is called as one of the others.
    """
    by, metrics = ([names] if isinstance(names, str) else list(names) for names in (by, metric))
    need_frame(frame, "tables.over_seeds()")
    frame = _with_metrics(frame, metrics)
    need_columns(frame, [*by, *metrics], "over_seeds")
    rows = []
    for row, group, keys in groups(frame, by, metrics):
        for column in metrics:
            values = pd.to_numeric(group[column]).dropna()
            same = len(values) > 1 and values.min() == values.max()  # std() rounds: 7e-15
            row |= {column: values.mean(), f"{column}_std": 0.0 if same else values.std()}
            row[f"{column}_n"] = len(values)
        rows.append(row | {"n": len(group), "key": keys})
    columns = [*by, *(f"{m}{end}" for m in metrics for end in ("", "_std", "_n")), "n"]
    return summary(rows, [*columns, *(["key"] if "key" in frame else [])], frame)
