"""Numbers at the ticks of axes that were left to matplotlib: 500, 20k, 1M; no common factor."""

from typing import Any

# Where an axis reaches this far, its numbers are written with k, M, …; below the least of a
# logarithmic axis powers of ten stay.
LARGE, LEAST = 1e4, 1e-4
# Numbers that differ by less of their size would all read 1M.
SHARE = 1e-4


def write(figure: Any) -> None:
    """Write the numbers of all axes of a matplotlib figure that chose neither ticks nor format."""
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            if axis.get_visible() and axis.isDefault_majfmt and axis.isDefault_majloc:
                _write(axis)


def _write(axis: Any) -> None:
    from matplotlib.ticker import EngFormatter, ScalarFormatter

    low, high = sorted(axis.get_view_interval())
    large = max(-low, high) >= LARGE and high - low >= SHARE * max(-low, high)
    if axis.get_scale() == "log" and low >= LEAST:
        _write_logarithmic(axis, low, high)
    elif isinstance(axis.get_major_formatter(), ScalarFormatter) and large:
        axis.set_major_formatter(EngFormatter(sep=""))


def _write_logarithmic(axis: Any, low: float, high: float) -> None:
    """Ticks at 1, 2 and 5: 500, 20k, 1M.

    Over long ranges at 1 alone; over short ones, where two of these do not fit, at equal steps.
    """
    from matplotlib.ticker import EngFormatter, FuncFormatter, LogLocator, MaxNLocator, NullLocator

    large = EngFormatter(sep="")
    ticks = LogLocator(subs=(1, 2, 5) if high < 1e2 * low else (1,))
    if sum(low <= at <= high for at in ticks.tick_values(low, high)) < 2:
        ticks = MaxNLocator(nbins=6, steps=[1, 2, 2.5, 5, 10])
    axis.set_major_locator(ticks)
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(
        FuncFormatter(lambda value, at: f"{value:g}" if value < LARGE else large(value, at))
    )
