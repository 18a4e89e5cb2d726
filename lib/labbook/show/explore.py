"""A table of trials to explore: choose hyperparameters, see learning curves and rows.

In JupyterLab it is alive; on the site, where nothing can be computed, the same place shows the
figure with all curves.
"""

import html
import os
import sys
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from labbook.log.trials.settings import experiment_of, need_table, root_of
from labbook.show import figures, places
from labbook.show.table import cell_text
from labbook.show.table.description import settings_of

ANY = "any"
NAMED_AT_MOST = 8
PALE = "#c9c8c2"

Histories = Mapping[str, Mapping[str, Sequence[float]]]


def explore(
    table: pd.DataFrame,
    curve: str = "validation_loss",
    *,
    caption: str,
    histories: Histories | None = None,
    name: str | None = None,
) -> None:
    """Display an explorer of a table of trials.

    For each hyperparameter in which the trials differ there is a menu. The trials chosen are
    drawn in colour over the others, and listed with their metrics, best first.

    Arguments:
        table: as ``labbook.log.trials.run`` gives it.
        curve: which curve of the trials' histories is drawn, along what
            :func:`labbook.show.places.along` tells of all of them.
        caption: what is to be seen; of the static figure, and over the menus.
        histories: by key of the trial; by default those in the records of the experiment.
        name: of the static figure; see :func:`labbook.show.figures.show`.

    Raises:
        TypeError: this is no table of trials.
        ValueError: no trial has such a curve; the sentence lists those they have.
    """
    need_table(table, "explore()")
    if histories is None:
        histories = _recorded(table)
    curves = curves_of(table, histories, curve)
    everything = draw(table, curves, np.ones(len(table), dtype=bool))
    if is_live():
        _show_live(table, curves, everything, caption, name)
    else:
        figures.show(everything, caption, name=name)


def is_live() -> bool:
    """Whether a person sees the output as it is made: JupyterLab runs the kernel, and no run."""
    if os.environ.get("LABBOOK_EXPERIMENT") or "PAPERMILL_INPUT_PATH" in vars(
        sys.modules["__main__"]
    ):
        return False
    return bool(os.environ.get("JPY_SESSION_NAME"))


def swept(table: pd.DataFrame) -> list[str]:
    """The hyperparameters in which the trials of a table differ."""
    return [axis for axis in settings_of(table) if table[axis].map(_shown).nunique() > 1]


class Curves(NamedTuple):
    """The curves of a table's trials: names of both axes, and (x, y) by row."""

    x_name: str
    y_name: str
    by_row: dict[int, tuple[np.ndarray, np.ndarray]]


def curves_of(table: pd.DataFrame, histories: Histories, curve: str) -> Curves:
    """The curve of each trial that has one; arguments and errors as of :func:`explore`."""
    rows = {row: histories[key] for row, key in enumerate(table["key"]) if key in histories}
    rows = {row: history for row, history in rows.items() if len(history.get(curve, ()))}
    if not rows:
        there = sorted({name for key in table["key"] for name in histories.get(key, ())})
        told = f"they have {', '.join(there)}" if there else "none has any curve yet"
        raise ValueError(f"no trial of the table has a curve {curve!r}; {told}.")
    found = {row: places.along(curve, history) for row, history in rows.items()}
    names = {name for name, _ in found.values()}
    over = names.pop() if len(names) == 1 else places.POINT
    by_row = {}
    for row, (name, x) in found.items():
        y = np.array([cell_text.in_unit(curve, value) for value in rows[row][curve]], dtype=float)
        x = x if name == over else range(1, len(y) + 1)
        by_row[row] = (np.asarray(x, dtype=float), y)
    return Curves(over, curve, by_row)


def draw(table: pd.DataFrame, curves: Curves, chosen: np.ndarray):
    """A matplotlib figure: the curves of the chosen rows in colour, the others pale behind them.

    Up to eight chosen curves are named in a legend, by the hyperparameters that differ in the
    table. More are coloured from best to worst, by their last value.

    Arguments:
        chosen: for each row of the table, whether it is chosen.
    """
    import matplotlib.pyplot as plt

    rows = sorted((row for row in curves.by_row if chosen[row]), key=lambda row: _last(curves, row))
    few = len(rows) <= NAMED_AT_MOST
    figure, axis = plt.subplots(figsize=(6.4, 3.6 + 0.18 * (len(rows) if few else 2)))
    # A line through one point is none.
    dots = {row: {"marker": "o" if len(y) == 1 else None} for row, (_, y) in curves.by_row.items()}
    for row in curves.by_row:
        if not chosen[row]:
            axis.plot(*curves.by_row[row], color=PALE, linewidth=0.8, **dots[row])
    ranks = plt.get_cmap("viridis")(np.linspace(0, 0.75, max(len(rows), 1)))
    for rank, row in enumerate(rows):
        colour = figures.COLOURS[rank % len(figures.COLOURS)] if few else ranks[rank]
        label = called(table, row) if few or rank in (0, len(rows) - 1) else None
        axis.plot(*curves.by_row[row], color=colour, label=label, zorder=3, **dots[row])
    for which, name in (("x", places.label(curves.x_name)), ("y", curves.y_name)):
        label, unit = cell_text.label_and_unit(name)
        getattr(axis, f"set_{which}label")(f"{label} ({unit})" if unit else label)
    if "loss" in curves.y_name and all((y > 0).all() for _, y in curves.by_row.values()):
        axis.set_yscale("log")
    if rows:
        title = None if few else f"best and worst of {len(rows)}"
        # Outside: names are long, and must not hide a curve.
        columns = 1 if max(map(len, axis.get_legend_handles_labels()[1])) > 40 else 2
        figure.legend(title=title, loc="outside lower left", ncols=columns, fontsize="small")
    return figure


def called(table: pd.DataFrame, row: int) -> str:
    """A trial by what tells it from the others of the table."""
    words = (" ".join(cell_text.named(axis, table[axis].iloc[row])) for axis in swept(table))
    return ", ".join(words) or "the trial"


def choose(table: pd.DataFrame, choices: Mapping[str, str]) -> np.ndarray:
    """Which rows have the chosen value (as it is shown) of each hyperparameter, or ``any``."""
    chosen = np.ones(len(table), dtype=bool)
    for axis, value in choices.items():
        if value != ANY:
            chosen &= (table[axis].map(_shown) == value).to_numpy()
    return chosen


def rows_as_html(table: pd.DataFrame, curves: Curves, chosen: np.ndarray) -> str:
    """The trials as a table, the chosen ones first, the others pale; each by its curve's end."""
    metrics = list(table.columns[table.columns.get_loc("outcome") :])
    stop = metrics.index("parameters") if "parameters" in metrics else metrics.index("key")
    columns = [*swept(table), *metrics[:stop]]
    order = sorted(range(len(table)), key=lambda row: (not chosen[row], _last(curves, row)))
    head = "".join(f"<th>{html.escape(column)}</th>" for column in columns)
    lines = []
    for row in order:
        cells = "".join(f"<td>{html.escape(_shown(table[c].iloc[row]))}</td>" for c in columns)
        mark = 'class="chosen"' if chosen[row] else 'style="opacity:0.45"'
        lines.append(f"<tr {mark}>{cells}</tr>")
    body = "".join(lines)
    return (
        '<div style="max-height:20em;overflow:auto"><table><thead><tr>'
        f"{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _show_live(table, curves, everything, caption, name) -> None:
    """Menus, figure and rows; with the static figure in the same output, for where none is live."""
    import ipywidgets
    import matplotlib.pyplot as plt
    from IPython.display import display
    from IPython.utils.capture import capture_output

    menus = {
        axis: ipywidgets.Dropdown(
            options=[ANY, *dict.fromkeys(table[axis].map(_shown))],
            description=axis,
            style={"description_width": "initial"},
        )
        for axis in swept(table)
    }
    picture, rows = ipywidgets.HTML(), ipywidgets.HTML()

    def update(_: object = None) -> None:
        chosen = choose(table, {axis: menu.value for axis, menu in menus.items()})
        figure = draw(table, curves, chosen)
        picture.value = figures.as_svg(figure)
        plt.close(figure)
        rows.value = rows_as_html(table, curves, chosen)

    for menu in menus.values():
        menu.observe(update, names="value")
    update()
    box = ipywidgets.HBox(list(menus.values()), layout={"flex_flow": "row wrap"})
    title = ipywidgets.HTML(html.escape(caption))
    with capture_output() as captured:
        figures.show(everything, caption, name=name)
    explorer = ipywidgets.VBox([title, box, picture, rows])
    display(captured.outputs[0].data | explorer._repr_mimebundle_(), raw=True)


def _recorded(table: pd.DataFrame) -> Histories:
    from labbook.log.records.folder import read_records

    records = read_records(experiment_of(table), root=root_of(table))
    return {record.key: record.history for record in records}


def _last(curves: Curves, row: int) -> float:
    """What rows are ordered by, best first: the last value of the curve, turned around where more
    is better; infinite, so that it comes last, where there is none."""
    if row not in curves.by_row:
        return np.inf
    last = curves.by_row[row][1][-1]
    return (-last if "accuracy" in curves.y_name else last) if np.isfinite(last) else np.inf


def _shown(value: object) -> str:
    return cell_text.show_value(value)
