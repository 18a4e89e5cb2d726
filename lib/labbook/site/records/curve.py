"""Curves of a trial as a small drawing inside the page, in the colours of the page."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from labbook.show import places
from labbook.show.table.cell_text import show_number

WIDTH, HEIGHT = 640, 240
LEFT, RIGHT, TOP, BOTTOM = 64, 12, 18, 34
POINTS_AT_MOST = 400
STEP, TIME = "_step", "_time_s"
LOW, HIGH = "_low", "_high"
# Below it, a part of a range is no floating point number.
SMALLEST_SPAN = 1e-290


def curves(
    history: dict[str, list[float]], lines: dict[str, dict[str, float]] | None = None
) -> str:
    """The curves of a trial, each along what :func:`labbook.show.places.along` tells.

    Places are no curves; the ends of an interval (``<name>_low``, ``<name>_high``) are the band
    around theirs.

    Arguments:
        lines: what curves are held against, by curve and name, such as chance.
    """
    drawn = []
    for name in curves_in(history):
        axis, over = places.along(name, history)
        title, label, held = name.replace("_", " "), places.label(axis), (lines or {}).get(name)
        drawn.append(svg(title, history[name], over, label, held, _band(name, history)))
    return "".join(drawn)


def curves_in(history: dict[str, list[float]]) -> list[str]:
    """The names of a history that are curves of their own."""
    return [n for n in history if not places.is_place(n) and not belongs_to_another(n, history)]


def belongs_to_another(name: str, history: dict[str, list[float]]) -> bool:
    """Whether it only tells where the points of another curve lie, when, or their interval."""
    ends = (STEP, TIME, LOW, HIGH)
    return any(name.endswith(end) and name.removesuffix(end) in history for end in ends)


def _band(name: str, history: dict[str, list[float]]) -> list[tuple[float, float]]:
    """The ends of the interval of each point of a curve; [] where it has none."""
    ends = [history.get(f"{name}{end}", []) for end in (LOW, HIGH)]
    whole = all(len(values) == len(history[name]) and _finite(values) for values in ends)
    return list(zip(*ends, strict=True)) if whole else []


def places_shown(length: int) -> list[int]:
    """Every n-th place of a long curve, and the last one."""
    every = -(-length // POINTS_AT_MOST) or 1
    return sorted({*range(0, length, every), *([length - 1] if length else [])})


def _finite(values: list) -> bool:
    return all(isinstance(value, int | float) and math.isfinite(value) for value in values)


def svg(
    name: str,
    values: list[float],
    over: list[float],
    along: str,
    lines: dict[str, float] | None = None,
    band: Sequence[tuple[float, float]] = (),
) -> str:
    """One curve as inline SVG; "" where there are fewer than two numbers.

    The axis is logarithmic where the values are positive and span more than a factor of ten.

    Arguments:
        over: where the values lie, one place for each.
        along: what these places are, written under the axis.
        lines: heights of horizontal lines by name; those far from the curve are left out.
        band: the ends of an interval for each value, drawn behind the curve.
    """
    points = [
        (place, float(value))
        for place, value in zip(over, values, strict=True)
        if isinstance(value, int | float) and math.isfinite(value)
    ]
    if len(points) < 2 or points[0][0] == points[-1][0]:
        return ""
    points = [points[place] for place in places_shown(len(points))]
    ends = [end for interval in band for end in interval]
    low, high = (best([*ends, *(y for _, y in points)]) for best in (min, max))
    near = _near(lines or {}, low, high)
    low, high = min([low, *near.values()]), max([high, *near.values()])
    log = low > 0 and high / low > 10
    if not log and high > low and not SMALLEST_SPAN < high - low < math.inf:
        told = f"{escape(name)}: from {low:.4g} to {high:.4g}, a range that no axis can hold"
        return f'<figure class="lb-curve"><figcaption>{told}</figcaption></figure>'
    axes = _Axes(points[0][0], points[-1][0], low, high, log)
    words = f"{name} over {len(values)} points: from {values[0]:.4g} to {values[-1]:.4g}"
    caption = escape(name) + (" (logarithmic)" if log else "")
    return (
        f'<figure class="lb-curve"><figcaption>{caption}</figcaption>'
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(words)}">'
        f"{_grid(axes)}{_limits(axes, near, points)}{_around(axes, over, band)}"
        f'<polyline points="{axes.path(points)}" class="lb-line"/>'
        f'<text x="{LEFT}" y="{HEIGHT - 12}">{show_number(axes.first, None)}</text>'
        f'<text x="{WIDTH - RIGHT}" y="{HEIGHT - 12}" text-anchor="end">'
        f"{show_number(axes.last, None)}</text>"
        f'<text x="{(LEFT + WIDTH - RIGHT) / 2:.0f}" y="{HEIGHT - 12}" text-anchor="middle">'
        f"{escape(along)}</text></svg></figure>"
    )


@dataclass(frozen=True)
class _Axes:
    """Where a place and a value lie in a drawing, in pixels from its left upper corner."""

    first: float
    last: float
    low: float
    high: float
    log: bool

    def at(self, place: float, value: float) -> tuple[float, float]:
        scale = math.log10 if self.log else float
        bottom, top = scale(self.low), scale(self.high)
        if top == bottom:
            bottom, top = bottom - 0.5, top + 0.5
        x = LEFT + (place - self.first) / (self.last - self.first) * (WIDTH - LEFT - RIGHT)
        y = TOP + (top - scale(value)) / (top - bottom) * (HEIGHT - TOP - BOTTOM)
        return x, y

    def path(self, points: Iterable[tuple[float, float]]) -> str:
        return " ".join("{:.1f},{:.1f}".format(*self.at(*point)) for point in points)

    def across(self, value: float, kind: str) -> tuple[str, float]:
        """A line over the whole width, and how high it lies."""
        y = self.at(self.first, value)[1]
        ends = f'x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"'
        return f'<line {ends} class="{kind}"/>', y


def _grid(axes: _Axes) -> str:
    drawn = []
    for tick in _ticks(axes.low, axes.high, axes.log):
        line, y = axes.across(tick, "lb-grid")
        number = f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{tick:.4g}</text>'
        drawn.append(line + number)
    return "".join(drawn)


def _limits(axes: _Axes, near: dict[str, float], points: list[tuple[float, float]]) -> str:
    """What the curve is held against, each with its name."""
    drawn = []
    for label, height in near.items():
        line, y = axes.across(height, "lb-limit")
        # Its name stands at the end where the curve is farther away.
        ahead = abs(points[0][1] - height) > abs(points[-1][1] - height)
        place = f'x="{LEFT + 4}"' if ahead else f'x="{WIDTH - RIGHT}" text-anchor="end"'
        drawn.append(f'{line}<text {place} y="{y - 4:.1f}">{escape(label)} {height:.4g}</text>')
    return "".join(drawn)


def _around(axes: _Axes, over: Sequence[float], band: Sequence[tuple[float, float]]) -> str:
    """The band between the ends of its intervals; "" where it has none."""
    if not band:
        return ""
    below, above = ([*zip(over, ends, strict=True)] for ends in zip(*band, strict=True))
    return f'<polygon points="{axes.path([*below, *reversed(above)])}" class="lb-band"/>'


def _near(lines: dict[str, float], low: float, high: float) -> dict[str, float]:
    """The lines that a drawing of the curve can show without losing the curve's shape."""
    room = 2 * (high - low)
    return {
        name: height
        for name, height in lines.items()
        if isinstance(height, int | float) and low - room <= height <= high + room
    }


def _ticks(low: float, high: float, log: bool) -> list[float]:
    """Round values between the two, the ends themselves where there would be fewer than two."""
    if log:
        exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
        round_values = [float(f"{m}e{e}") for e in exponents for m in (1, 2, 5)]
        found = [value for value in round_values if low <= value <= high]
        found = found[:: max(1, len(found) // 5)]
    elif high > low:
        step = 10 ** math.floor(math.log10((high - low) / 2))
        step *= next(m for m in (5, 2, 1) if (high - low) / (m * step) >= 2)
        found = [i * step for i in range(math.ceil(low / step), math.floor(high / step) + 1)]
    else:
        found = []
    return found if len(found) >= 2 else [low, high][: 2 if high > low else 1]
