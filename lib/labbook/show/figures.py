"""Figures of one style: the same bytes from the same numbers, legible on a light or dark page.

A figure is SVG, on an opaque light ground that the site leaves out; its caption also stands for it
where it can't be seen, and the numbers it was drawn from can be downloaded beside it. Panels that
stand side by side have a twin for narrow screens.
"""

import io
import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from labbook.show import mime
from labbook.show.figure import resized, strip, ticks
from labbook.show.figure.numbers import numbers_of
from labbook.show.table.csv_text import numbers_as_csv

# Okabe & Ito (2008), told apart by readers with any colour vision; grey stands for their yellow,
# which is too pale on white, and sky blue and orange are a little darker. Sky blue, the likest to
# another, comes late.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#CC8A00", "#000000", "#3FA0DA", "#8A8A8A")
STYLE = {
    "figure.figsize": (7.0, 3.9),
    "figure.facecolor": "#fdfdfb",
    "figure.dpi": 100,
    "figure.constrained_layout.use": True,
    "axes.facecolor": "#fdfdfb",
    "axes.edgecolor": "#6b6b6b",
    "axes.labelcolor": "#222222",
    "axes.titlesize": "medium",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e3e2dd",
    "grid.linewidth": 0.7,
    "lines.linewidth": 1.6,
    "lines.markersize": 5,
    "legend.frameon": False,
    "legend.fontsize": "small",
    "font.family": "sans-serif",
    "font.size": 10.5,
    "image.interpolation": "nearest",
    "xtick.color": "#444444",
    "ytick.color": "#444444",
    "svg.hashsalt": "labbook",
    "svg.fonttype": "path",
    "savefig.facecolor": "auto",
}


def style() -> None:
    """Give every figure drawn from here on the log's looks, in JupyterLab and on the site.

    Figures of seaborn, too: it draws with matplotlib's settings unless told otherwise.
    """
    import warnings

    import matplotlib
    from cycler import cycler

    matplotlib.rcParams.update(STYLE | {"axes.prop_cycle": cycler(color=COLOURS)})
    # seaborn's grids lay themselves out; that they do so is no news for the reader of a page.
    warnings.filterwarnings("ignore", "The figure layout has changed to tight", UserWarning)


def show(
    figure,
    caption: str,
    *,
    name: str | None = None,
    alt: str | None = None,
    data: pd.DataFrame | None = None,
    thumbnail: bool = False,
) -> None:
    """Display a matplotlib figure with its caption, and close it.

    Arguments:
        figure: a matplotlib figure (``seaborn`` grids have one as ``.figure``).
        caption: what is to be seen, in a sentence or two.
        name: the stable name of the file and its address; from the caption when not given.
        alt: what stands for the figure where it can't be seen; the caption when not given.
        data: the numbers behind the figure, offered as CSV; when not given, those of the lines
            and points that the figure holds.
        thumbnail: whether the front page shows this figure for the experiment (else: the last).

    Raises:
        TypeError: this is no figure.
        ValueError: an axis that shows numbers has no label.
    """
    import matplotlib.pyplot as plt
    from IPython.display import display

    _check_figure(figure)
    _check_labels(figure)
    svg = as_svg(figure)
    if data is None:
        data = numbers_of(figure)
    about = {
        "version": 1,
        "name": name or mime.name_from(caption) or "figure",
        "caption": caption,
        "alt": alt or caption,
        "csv": numbers_as_csv(data),
    }
    whole = resized.is_strip(figure)
    if resized.stack(figure):
        about["narrow_svg"] = as_svg(figure)
    if thumbnail and not whole:
        resized.reduce(figure)
    if thumbnail:
        about["thumbnail_svg"] = svg if whole else as_svg(figure)
    display(
        {"image/svg+xml": svg, "text/plain": f"[figure: {caption}]", mime.FIGURE: about}, raw=True
    )
    plt.close(figure)


def as_svg(figure) -> str:
    """The figure as SVG text: without a date, ids from a fixed salt; equal figures, equal text."""
    import matplotlib

    ticks.write(figure)
    out = io.StringIO()
    with matplotlib.rc_context({key: STYLE[key] for key in ("svg.hashsalt", "svg.fonttype")}):
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    return out.getvalue()


def image_grid(
    rows: Sequence[np.ndarray],
    titles: Sequence[str] = (),
    *,
    caption: str,
    name: str | None = None,
    thumbnail: bool = False,
) -> None:
    """Display strips of images one over the other, for instance originals over reconstructions.

    Arguments:
        rows: for each strip, images (N, H, W), (N, C, H, W) or (N, H, W, C) with C 1 or 3: bytes,
            or numbers from 0 to 1 (what is beyond is clipped). The strips may differ in N and size.
        titles: the name of each strip, written at its left.
        caption, name, thumbnail: as in :func:`show`.
    """
    import matplotlib.pyplot as plt

    strips = [strip.strip(_images(row)) for row in rows]
    width = 7.0
    heights = [width * one.shape[0] / one.shape[1] for one in strips]
    figure, axes = plt.subplots(
        len(strips),
        1,
        figsize=(width + 0.9, sum(heights) + 0.12 * len(strips)),
        height_ratios=heights,
        squeeze=False,
    )
    for index, (axis, images) in enumerate(zip(axes[:, 0], strips, strict=True)):
        axis.imshow(images)
        _bare(axis)
        if index < len(titles):
            axis.set_ylabel(titles[index], rotation=0, ha="right", va="center")
    show(figure, caption, name=name, thumbnail=thumbnail)


def tiles(
    weights: np.ndarray,
    titles: Sequence[str] = (),
    *,
    caption: str,
    columns: int = 8,
    name: str | None = None,
) -> None:
    """Display arrays as small images on one scale, symmetric about zero: blue below, red above.

    Arguments:
        weights: (N, H, W), or one (H, W).
        titles: a name over each tile.
        columns: tiles beside each other.
        caption, name: as in :func:`show`.

    Raises:
        ValueError: arrays of another number of axes, or without a number in them.
    """
    import matplotlib.pyplot as plt

    weights = np.asarray(weights, dtype=float)
    weights = weights[None] if weights.ndim == 2 else weights
    if weights.ndim != 3 or not weights.size:
        told = "these are" if weights.size else "there is no number in one of"
        raise ValueError(f"tiles() draws arrays of (N, H, W); {told} {weights.shape}.")
    columns = min(columns, len(weights))
    rows = math.ceil(len(weights) / columns)
    limit = float(np.abs(weights).max()) or 1.0
    side = 7.0 / columns
    figure, axes = plt.subplots(
        rows,
        columns,
        figsize=(7.8, rows * (side * weights.shape[1] / weights.shape[2] + 0.25 * bool(titles))),
        squeeze=False,
    )
    for index, axis in enumerate(axes.flat):
        _bare(axis)
        if index >= len(weights):
            axis.set_visible(False)
            continue
        drawn = axis.imshow(weights[index], cmap="RdBu_r", vmin=-limit, vmax=limit)
        if index < len(titles):
            axis.set_title(titles[index], fontsize="small", loc="center")
    figure.colorbar(drawn, ax=axes, shrink=0.8, aspect=30, label="weight")
    values = pd.DataFrame(weights.reshape(len(weights), -1))
    show(figure, caption, name=name, data=values)


def _check_figure(figure) -> None:
    from matplotlib.figure import FigureBase

    if not isinstance(figure, FigureBase):
        inside = isinstance(getattr(figure, "figure", None), FigureBase)
        right = "give its .figure" if inside else "give what plt.figure() or plt.subplots() made"
        kind = type(figure).__name__
        raise TypeError(f"figures.show() wants a matplotlib figure, not {kind}: {right}.")


def _check_labels(figure) -> None:
    for number, axis in enumerate(figure.axes, 1):
        shared = figure._supxlabel is not None, figure._supylabel is not None
        for which, known in zip("xy", shared, strict=True):
            side = getattr(axis, f"{which}axis")
            bare = not side.get_visible() or not len(side.get_ticklocs()) or not axis.axison
            hidden = not any(tick.label1.get_visible() for tick in side.get_major_ticks())
            labelled = known or side.get_label().get_text() or axis.get_label() == "<colorbar>"
            if axis.get_visible() and not (bare or hidden or labelled):
                raise ValueError(
                    f"the {which} axis of axes {number} has numbers and no label: name the "
                    f"quantity and its unit with set_{which}label()."
                )


def _bare(axis) -> None:
    axis.set_xticks([])
    axis.set_yticks([])
    axis.grid(False)
    for spine in axis.spines.values():
        spine.set_visible(False)


def _images(row: np.ndarray) -> np.ndarray:
    """Images as (N, H, W, 3) from 0 to 1."""
    row = np.asarray(row)
    row = row / 255.0 if row.dtype == np.uint8 else row.astype(float)
    images = strip.as_images(row) if row.ndim > 2 else None
    if images is None:
        raise ValueError(
            f"image_grid() draws (N, H, W), (N, C, H, W) or (N, H, W, C) with C 1 or 3; "
            f"a row is {row.shape}."
        )
    return np.clip(images, 0, 1)
