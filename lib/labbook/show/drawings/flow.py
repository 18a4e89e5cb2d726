"""How data flow through layers, drawn as boxes and arrows, and as cubes that shrink."""

from collections.abc import Mapping, Sequence

from labbook.show.figures import COLOURS

PLAIN, MARKED, EDGE = "#e4edf2", "#fbe0cf", "#6b6b6b"
WIDTH, BOX_HEIGHT, GAP, ROW = 8.6, 0.62, 0.22, 1.15  # inches
SLANT = 0.35  # of a cube's edge: how far its back lies to the right and up


def figure_of_flow(
    rows: Mapping[str, Sequence[str]],
    *,
    marked: Sequence[str] = (),
    skips: Mapping[str, Sequence[tuple[int, int]]] | None = None,
):
    """A matplotlib figure of chains of boxes, one below the other.

    Arguments:
        rows: name of a chain → what stands in its boxes, in their order.
        marked: beginnings of texts whose boxes are coloured.
        skips: name of a chain → (first, last) box of each residual connection: an arc from before
            the first to behind the last, where it is added.
    """
    import matplotlib.pyplot as plt

    height = ROW * len(rows) + 0.15
    figure, axis = plt.subplots(figsize=(WIDTH, height))
    longest = max(map(len, rows.values()))
    left = 0.14 * WIDTH
    box = (WIDTH - left) / longest
    for number, (name, texts) in enumerate(rows.items()):
        middle = height - ROW * (number + 0.55)
        axis.text(0, middle, name, va="center", fontweight="bold", fontsize=9)
        for place, text in enumerate(texts):
            x = left + place * box
            colour = MARKED if text.startswith(tuple(marked)) else PLAIN
            _box(axis, x, middle, box - GAP, colour, text)
            if place:
                _arrow(axis, (x - GAP, middle), (x, middle))
        for first, last in (skips or {}).get(name, ()):
            start, end = (left + place * box - GAP / 2 for place in (first, last + 1))
            _skip(axis, start, end, middle)
    axis.set(xlim=(0, WIDTH), ylim=(0, height))
    axis.set_axis_off()
    return figure


def figure_of_cubes(sizes: Sequence[int], labels: Sequence[str]):
    """A matplotlib figure of grids of voxels, layer after layer, each as large as it is.

    Arguments:
        sizes: the edge of each grid, in voxels.
        labels: what stands below each.
    """
    import matplotlib.pyplot as plt

    edge = [max(size, 0.6) for size in sizes]
    total = sum(edge) * (1 + SLANT) + 2.5 * (len(edge) - 1)
    figure, axis = plt.subplots(figsize=(WIDTH, WIDTH * (edge[0] * (1 + SLANT) + 5) / total))
    x = 0.0
    for place, (side, label) in enumerate(zip(edge, labels, strict=True)):
        _cube(axis, x, side)
        axis.text(x + side / 2, -side / 2 - 0.6, label, ha="center", va="top", fontsize=8)
        x += side * (1 + SLANT) + 2.5
        if place + 1 < len(edge):
            _arrow(axis, (x - 2.3, 0), (x - 0.2, 0))
    axis.set(xlim=(-1, x), ylim=(-edge[0] / 2 - 3.6, edge[0] * (0.5 + SLANT) + 0.3), aspect="equal")
    axis.set_axis_off()
    return figure


def _box(axis, x: float, middle: float, width: float, colour: str, text: str) -> None:
    from matplotlib.patches import FancyBboxPatch

    axis.add_patch(
        FancyBboxPatch(
            (x, middle - BOX_HEIGHT / 2), width, BOX_HEIGHT, facecolor=colour, edgecolor=EDGE,
            linewidth=0.8, boxstyle="round,pad=0,rounding_size=0.06",
        )
    )  # fmt: skip
    longest = max(map(len, text.split("\n")))
    size = min(8, 95 * width / longest)  # points; so the words stay inside their box
    axis.text(x + width / 2, middle, text, ha="center", va="center", fontsize=size)


def _arrow(axis, start: tuple[float, float], end: tuple[float, float]) -> None:
    look = {"arrowstyle": "-|>", "color": EDGE, "shrinkA": 0, "shrinkB": 0, "linewidth": 1}
    axis.annotate("", end, start, arrowprops=look)


def _skip(axis, start: float, end: float, middle: float) -> None:
    top = middle + BOX_HEIGHT / 2 + 0.16
    axis.plot([start, start, end, end], [middle, top, top, middle], color=COLOURS[0], linewidth=1.2)
    axis.text(end, middle, "+", ha="center", va="center", color=COLOURS[0], fontweight="bold")


def _cube(axis, x: float, side: float) -> None:
    from matplotlib.patches import Polygon

    low, high, end, back = -side / 2, side / 2, x + side, SLANT * side
    front = [(x, low), (end, low), (end, high), (x, high)]
    top = [(x, high), (end, high), (end + back, high + back), (x + back, high + back)]
    right = [(end, low), (end, high), (end + back, high + back), (end + back, low + back)]
    for corners, colour in ((front, PLAIN), (top, "#f1f5f7"), (right, "#cfdfe7")):
        axis.add_patch(Polygon(corners, facecolor=colour, edgecolor=EDGE, linewidth=0.8))
