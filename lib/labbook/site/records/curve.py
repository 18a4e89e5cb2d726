"""Curves of a trial as a small drawing inside the page, in the colours of the page."""

import math
from collections.abc import Iterable, Sequence
from html import escape

from labbook.show import places

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
    scale = math.log10 if log else float
    bottom, top = scale(low), scale(high)
    if top == bottom:
        bottom, top = bottom - 0.5, top + 0.5
    first, last = points[0][0], points[-1][0]

    def at(step: float, value: float) -> tuple[float, float]:
        x = LEFT + (step - first) / (last - first) * (WIDTH - LEFT - RIGHT)
        y = TOP + (top - scale(value)) / (top - bottom) * (HEIGHT - TOP - BOTTOM)
        return x, y

    def path(points: Iterable[tuple[float, float]]) -> str:
        return " ".join("{:.1f},{:.1f}".format(*at(*point)) for point in points)

    around = ""
    if band:
        below, above = ([*zip(over, ends, strict=True)] for ends in zip(*band, strict=True))
        around = f'<polygon points="{path([*below, *reversed(above)])}" class="lb-band"/>'
    ticks = _ticks(low, high, log)
    grid = "".join(
        f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" class="lb-grid"/>'
        f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{tick:.4g}</text>'
        for tick in ticks
        for y in (at(first, tick)[1],)
    )
    for label, height in near.items():
        y = at(first, height)[1]
        # Its name stands at the end where the curve is farther away.
        ahead = abs(points[0][1] - height) > abs(points[-1][1] - height)
        place = f'x="{LEFT + 4}"' if ahead else f'x="{WIDTH - RIGHT}" text-anchor="end"'
        grid += (
            f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" class="lb-limit"/>'
            f'<text {place} y="{y - 4:.1f}">{escape(label)} {height:.4g}</text>'
        )
    words = f"{name} over {len(values)} points: from {values[0]:.4g} to {values[-1]:.4g}"
    caption = escape(name) + (" (logarithmic)" if log else "")
    return (
        f'<figure class="lb-curve"><figcaption>{caption}</figcaption>'
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(words)}">'
        f'{grid}{around}<polyline points="{path(points)}" class="lb-line"/>'
        f'<text x="{LEFT}" y="{HEIGHT - 12}">{first:,}</text>'
        f'<text x="{WIDTH - RIGHT}" y="{HEIGHT - 12}" text-anchor="end">{last:,}</text>'
        f'<text x="{(LEFT + WIDTH - RIGHT) / 2:.0f}" y="{HEIGHT - 12}" text-anchor="middle">'
        f"{escape(along)}</text></svg></figure>"
    )


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
