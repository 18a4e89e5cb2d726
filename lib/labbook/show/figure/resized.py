"""A figure at other sizes: as small as a stamp, and with its panels below each other."""

from typing import Any

# A thumbnail: words can't be read at this size, and shapes can.
SIZE_INCHES = (2.24, 1.41)
MARGINS = (0.04, 0.06, 0.92, 0.88)  # left, bottom, width, height, as shares of the figure
# For narrow screens: the panels in one column or two, and a legend beside them above.
WIDTH_INCHES, WIDEST_INCHES = 4.2, 5.5
# Panels with axes are no taller than this share of their width; pictures keep their shape.
TALLEST = 0.75
IN_ONE_COLUMN = 4


def reduce(figure) -> None:
    """Turn a matplotlib figure into its thumbnail: its largest axes alone, without words."""
    drawn = _drawn(figure)
    largest = max(drawn, key=_area)
    for axis in drawn:
        axis.set_visible(axis is largest)
    for words in (*figure.legends, *figure.texts, *largest.texts):
        words.set_visible(False)
    if legend := largest.get_legend():
        legend.set_visible(False)
    largest.set(title="", xlabel="", ylabel="")
    largest.set_title("", loc="left")
    largest.tick_params(which="both", length=0, labelleft=False, labelbottom=False)
    for line in largest.get_lines():
        line.set_markersize(0.7 * line.get_markersize())
    figure.suptitle("")
    figure.set_layout_engine("none")
    figure.set_size_inches(SIZE_INCHES)
    largest.set_position(MARGINS)


def is_strip(figure) -> bool:
    """Whether a figure has images alone: it stays whole, as it has no words to lose."""
    return all(axis.images for axis in _drawn(figure))


def _drawn(figure) -> list:
    return [axis for axis in figure.axes if axis.get_visible()]


def _area(axis) -> float:
    box = axis.get_position()
    return 0.0 if axis.get_label() == "<colorbar>" else box.width * box.height


def stack(figure: Any) -> bool:
    """Lay the panels of a matplotlib figure out anew, in fewer columns.

    Up to four panels stand in one column, more in two; panels of pictures stand in half as many
    columns as before, but where they have no axes and at most four columns: there the place of each
    may tell something. Each panel then has the labels that it shared with its neighbours. A legend
    beside the panels goes above them, also that of a single panel.

    Returns:
        Whether the figure has panels side by side, or a legend; another is left as it is.
    """
    panels = _panels(figure)
    if not panels or figure.get_layout_engine() is None:
        return False
    before, rows = _count(panels, "col"), _count(panels, "row")
    pictures = any(axis.images for axis in panels)
    bare = all(axis.images and not len(axis.get_xticks()) for axis in panels)
    if bare and before <= IN_ONE_COLUMN:
        return False
    in_all = 1 if len(panels) <= IN_ONE_COLUMN else 2
    columns = max(1, before // 2) if pictures else in_all
    with_legend = len(panels) == 1 and figure.legends and not pictures
    if columns >= before and not with_legend:
        return False
    across, down = figure.get_size_inches()
    shape = (down / rows) / (across / before)
    shape = shape if pictures else min(shape, TALLEST if columns == 1 else 1.0)
    extents = [legend.get_window_extent() for legend in figure.legends]
    widest = max((extent.width / figure.dpi + 0.3 for extent in extents), default=0.0)
    width = min(max(WIDTH_INCHES, widest), WIDEST_INCHES)
    beside = sum(extent.height / figure.dpi for extent in extents)
    new_rows = -(-len(panels) // columns)
    _name_axes(panels)
    grid = figure.add_gridspec(new_rows, columns)
    for place, axis in enumerate(panels):
        axis.set_subplotspec(grid[divmod(place, columns)])
    for legend in figure.legends:
        if legend._outside_loc not in ("upper", "lower"):
            legend.set_loc("outside upper left")
    figure.set_layout_engine("constrained")
    figure.set_size_inches(width, new_rows * shape * width / columns + beside)
    figure.draw_without_rendering()  # the layout finds a colourbar's new place in two rounds
    return True


def _panels(figure: Any) -> list:
    """The axes that stand in a grid, row by row."""
    placed = [
        axis
        for axis in figure.axes
        if axis.get_visible() and axis.get_subplotspec() and axis.get_label() != "<colorbar>"
    ]
    return sorted(placed, key=lambda axis: (_at(axis, "row"), _at(axis, "col")))


def _at(axis: Any, which: str) -> int:
    return getattr(axis.get_subplotspec(), f"{which}span").start


def _count(panels: list, which: str) -> int:
    return len({_at(axis, which) for axis in panels})


def _name_axes(panels: list) -> None:
    """Labels and numbers of axes that a panel had in common with those beside or below it."""
    for axis in panels:
        if axis.images or not axis.axison:
            continue
        for which, other, side in (("x", "col", "bottom"), ("y", "row", "left")):
            kept = getattr(axis, f"get_{which}label")()
            shared = (
                getattr(near, f"get_{which}label")()
                for near in panels
                if _at(near, other) == _at(axis, other)
            )
            getattr(axis, f"set_{which}label")(kept or next(filter(None, shared), ""), visible=True)
            axis.tick_params(**{f"label{side}": True})
