"""Figures of trials: a curve or a point for each, beside the lines that they are held against."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from labbook.show import figures
from labbook.show.table.description import need_frame

# Black and grey: colours tell what was trained.
LINES = (("#222222", ":"), ("#888888", "--"), ("#222222", "-."), ("#222222", (0, (8, 3))))


def show(
    points: pd.DataFrame,
    caption: str,
    *,
    name: str,
    lines: Mapping[str, float],
    labels: tuple[str, str],
    ring: pd.DataFrame | None = None,
    log: str = "",
    thumbnail: bool = False,
    **relplot: Any,
) -> None:
    """Display points of trials with horizontal lines for chance, a baseline, a bound.

    Where there is no point yet, a sentence says so and nothing is drawn. Curves are one for each
    trial (``units="key"``), so that seeds are seen and not averaged.

    Arguments:
        points: as ``trials.curves`` gives them, or any table with the columns that are drawn.
        caption, name, thumbnail: as of :func:`labbook.show.figures.show`.
        lines: height of each line by its name; those that are NaN are left out.
        labels: of the two axes, with their units. Panels that do not share an axis show different
            quantities: there it is labelled by the name of its panel.
        ring: rows of ``points`` that are ringed.
        log: the axes that are logarithmic, ``x``, ``y`` or ``xy``. On a logarithmic x axis a curve
            begins at its first point above zero.
        relplot: of :func:`seaborn.relplot`: x, y, hue, style, col, row, kind, facet_kws, …

    Raises:
        TypeError: this is no table.
        ValueError: more lines than can be told apart.
    """
    import seaborn as sns

    need_frame(points, "curves.show()")
    if len(lines) > len(LINES):
        raise ValueError(
            f"the figure {name!r} can tell {len(LINES)} lines apart, got {len(lines)}: "
            f"{', '.join(lines)}."
        )

    if "x" in log:  # zero lies infinitely far to the left: a level line would lead there
        points = points[points[relplot["x"]] > 0]
    if not len(points):
        print(f"{name}: nothing to draw yet, as no trial of it has ended well.")
        return
    curve = {"kind": "line", "units": "key", "estimator": None}
    of_kind = {} if relplot.get("kind") == "scatter" else curve
    grid = sns.relplot(points, **{"height": 3.3} | of_kind | relplot)
    for (label, height), (colour, dashes) in zip(lines.items(), LINES, strict=False):
        if height == height:
            grid.refline(y=height, color=colour, linestyle=dashes, label=label)
    # Seaborn has laid its grid out by itself, which figures.style() keeps quiet about.
    grid.figure.set_layout_engine("constrained")
    grid.set_axis_labels(*labels)
    grid.set(**{f"{axis}scale": "log" for axis in log})
    if column := relplot.get("col"):
        numbers = pd.api.types.is_numeric_dtype(points[column])
        grid.set_titles(f"{column.replace('_', ' ')} {{col_name}}" if numbers else "{col_name}")
        for which in "xy":
            if not relplot.get("facet_kws", {}).get(f"share{which}", True):
                _label_panels(grid, which)
    if ring is not None:
        _ring(grid, ring, relplot)
    if grid.legend is not None:
        _name_columns(grid.legend, points)
        sns.move_legend(grid, "outside right upper")
    drawn = {line.get_label(): line for line in grid.axes.flat[0].get_lines()}
    if named := {label: drawn[label] for label in lines if label in drawn}:
        grid.figure.legend(
            named.values(), named.keys(), loc="outside lower center", ncols=len(named)
        )
    figures.show(grid.figure, caption, name=name, thumbnail=thumbnail)


def _label_panels(grid: Any, which: str) -> None:
    """The names of panels as labels of their own axis, in place of titles."""
    for name, axis in grid.axes_dict.items():
        getattr(axis, f"set_{which}label")(name)
    grid.set_titles("")


def _name_columns(legend: Any, points: pd.DataFrame) -> None:
    """Columns that a legend names, in words: ``max channels``."""
    for text in (legend.get_title(), *legend.get_texts()):
        if text.get_text() in points:
            text.set_text(text.get_text().replace("_", " "))


def _ring(grid: Any, ring: pd.DataFrame, relplot: Mapping[str, Any]) -> None:
    """Circles around points, each in the panel of its column."""
    column = relplot.get("col")
    for value, axis in zip(grid.col_names or [None], grid.axes.flat, strict=True):
        rows = ring if column is None else ring[ring[column] == value]
        axis.plot(
            rows[relplot["x"]], rows[relplot["y"]], "o", color="#222222", fillstyle="none",
            markersize=13, linestyle="",
        )  # fmt: skip
