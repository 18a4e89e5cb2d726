"""The numbers that a figure was drawn from, read back from what matplotlib holds of it."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

POINTS_AT_MOST = 20_000
VALUES = ["x", "y", "x_start", "y_start", "x_low", "x_high", "y_low", "y_high"]


def numbers_of(figure) -> pd.DataFrame:
    """What the lines, points, bars and intervals of a figure were drawn from.

    One row for each point: ``axes`` and ``series`` by name, ``quantities`` (the labels of both
    axes), ``x`` and ``y``, and where intervals are drawn their ends, as ``y_low`` and ``y_high``
    (of horizontal ones ``x_low`` and ``x_high``). Of a bar y is its end, and where it does not
    begin at zero, as one on top of another, ``y_start`` tells where (of horizontal ones x and
    ``x_start``). A line across the whole axes has no x, or no y. What lies at a category is told
    by its name, and what lies at a date by the date. Axes without a scale hold a drawing, which
    has no numbers. Of more than 20,000 points every n-th is told.
    """
    found = []
    for number, axis in enumerate(figure.axes, 1):
        scaled = axis.axison and len(axis.get_xticks()) + len(axis.get_yticks())
        if axis.get_label() == "<colorbar>" or not scaled:
            continue
        x, y = axis.get_xlabel() or "x", axis.get_ylabel() or "y"
        table = _points(axis, _names_of_colours(figure, axis))
        table = table.assign(x=_named(table.x, axis.xaxis), y=_named(table.y, axis.yaxis))
        table.insert(0, "quantities", f"x: {x}; y: {y}")
        table.insert(0, "axes", axis.get_title(loc="left") or axis.get_title() or f"axes {number}")
        found.append(table)
    if not any(map(len, found)):
        return pd.DataFrame()
    table = pd.concat([table for table in found if len(table)])[
        ["axes", "series", "quantities", *VALUES]
    ]
    given = [name for name in VALUES if name in "xy" or table[name].notna().any()]
    every = -(-len(table) // POINTS_AT_MOST)
    return table[["axes", "series", "quantities", *given]].iloc[::every]


def _points(axis, names: dict) -> pd.DataFrame:
    owners = {id(bars.errorbar): bars for bars in axis.containers if hasattr(bars, "errorbar")}
    for bars in _error_bars(axis):  # their parts do not bear the name that they were given
        line, _, ends = bars
        name = str(owners.get(id(bars), bars).get_label())
        names = names | dict.fromkeys((line, *ends), name)
    rows = [*_of_lines(axis, names), *_of_dots(axis, names), *_of_bars(axis)]
    # Each interval goes to the points of its series that it stands at.
    at: dict[tuple, list[dict]] = {}
    for row in rows:
        for side in "xy":
            at.setdefault((row["series"], side, f"{row[side]:.9g}"), []).append(row)
    for end in _of_intervals(axis, names):
        side = "x" if "x" in end else "y"
        points = at.get((end["series"], side, f"{end[side]:.9g}"), [])
        for point in points:
            point |= end
        if not points:
            rows.append(end)
    return pd.DataFrame(rows, columns=["series", *VALUES]).drop_duplicates()


def _named(places: pd.Series, axis) -> pd.Series:
    """Places along an axis as it writes them: by their names where it is one of categories, or as
    dates."""
    from matplotlib.category import UnitData
    from matplotlib.dates import AutoDateFormatter, ConciseDateFormatter, DateFormatter, num2date

    dates = AutoDateFormatter, ConciseDateFormatter, DateFormatter
    if isinstance(axis.get_major_formatter(), dates):
        moments = pd.to_datetime(places.map(num2date, na_action="ignore"))
        return moments.dt.tz_localize(None)
    if not isinstance(axis.units, UnitData):
        return places
    names = {place: name for name, place in axis.units._mapping.items()}
    return places.map(lambda place: names.get(place, place))


def _of_lines(axis, names) -> Iterator[dict]:
    from matplotlib.lines import AxLine

    caps = [cap for _, caps, _ in _error_bars(axis) for cap in caps]
    for line in axis.get_lines():
        if isinstance(line, AxLine) or line in caps:
            continue
        # A copy: get_xydata() gives the line's own numbers, which are drawn again.
        xy = np.ma.filled(np.ma.array(line.get_xydata(), dtype=float, copy=True), np.nan)
        of_data = np.array(line.get_transform().contains_branch_seperately(axis.transData))
        if not of_data.any():
            continue
        series = _series(line, line.get_color(), names)
        xy[:, ~of_data] = np.nan  # a share of the axes
        for x, y in xy:
            yield {"series": series, "x": x, "y": y}


def _of_dots(axis, names) -> Iterator[dict]:
    from matplotlib.collections import PathCollection

    for dots in axis.collections:
        if isinstance(dots, PathCollection):
            xy = np.ma.filled(np.ma.asarray(dots.get_offsets(), dtype=float), np.nan)
            for number, (x, y) in enumerate(xy):
                colour = _colour_of(dots, number)
                yield {"series": _series(dots, colour, names), "x": x, "y": y}


def _of_bars(axis) -> Iterator[dict]:
    from matplotlib.container import BarContainer

    for bars in axis.containers:
        if isinstance(bars, BarContainer):
            for bar in bars:
                x, y = bar.get_x() + bar.get_width() / 2, bar.get_y() + bar.get_height()
                start, along = bar.get_y(), "y_start"
                if bars.orientation == "horizontal":
                    x, y = bar.get_x() + bar.get_width(), bar.get_y() + bar.get_height() / 2
                    start, along = bar.get_x(), "x_start"
                row = {"series": _series(bars, None, {}), "x": x, "y": y}
                yield row | ({along: start} if start else {})


def _of_intervals(axis, names) -> Iterator[dict]:
    """The ends of error bars (segments of a line) and of bands (polygons)."""
    from matplotlib.collections import FillBetweenPolyCollection, LineCollection

    for drawn in axis.collections:
        if drawn.get_transform() != axis.transData:
            continue
        if isinstance(drawn, LineCollection):
            pieces = drawn.get_segments()
        elif isinstance(drawn, FillBetweenPolyCollection):
            pieces = [path.vertices for path in drawn.get_paths()]
        else:
            continue
        for number, piece in enumerate(pieces):
            piece = np.reshape(piece, (-1, 2))
            piece = piece[np.isfinite(piece).all(axis=1)]  # of one seed there are no ends
            if not len(piece):
                continue
            series = _series(drawn, _colour_of(drawn, number), names)
            lying = isinstance(drawn, LineCollection) and np.ptp(piece[:, 1]) == 0
            side, other = (1, 0) if lying else (0, 1)
            for at in np.unique(piece[:, side]):
                ends = piece[piece[:, side] == at, other]
                name = "xy"[other]
                yield {"series": series, "xy"[side]: at} | {
                    f"{name}_low": ends.min(), f"{name}_high": ends.max(),
                }  # fmt: skip


def _colour_of(drawn, number: int):
    """The colour of one of many parts: that of its inside, else of its edge, else none."""
    colours = next(filter(len, (drawn.get_facecolor(), drawn.get_edgecolor())), [None])
    return colours[number % len(colours)]


def _error_bars(axis) -> list:
    from matplotlib.container import ErrorbarContainer

    return [drawn for drawn in axis.containers if isinstance(drawn, ErrorbarContainer)]


def _names_of_colours(figure, axis) -> dict:
    """What the legends call a colour; seaborn gives its lines no names of their own."""
    legends = [legend for legend in (*figure.legends, axis.get_legend()) if legend]
    named = {}
    for legend in legends:
        for handle, text in zip(legend.legend_handles, legend.get_texts(), strict=False):
            if hasattr(handle, "get_xydata"):
                named.setdefault(_hex(handle.get_color()), text.get_text())
    return named


def _series(drawn, colour, names: dict) -> str:
    """The name that something carries itself, or that a legend gives to its colour, or none."""
    own = names.get(drawn, str(drawn.get_label()))
    if not own.startswith("_"):
        return own
    return names.get(_hex(colour), "") if colour is not None else ""


def _hex(colour) -> str:
    from matplotlib.colors import to_hex

    return to_hex(colour)
