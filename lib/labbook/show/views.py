"""Pairs of voxel views as pictures: looked through from one side, or slice by slice."""

from typing import Any

import numpy as np

from labbook.show.explore import is_live

# Red, green and blue of C, N, O, P, then S or Se: each can be told from a light and a dark ground.
COLOURS = np.array(
    [[0.5, 0.5, 0.5], [0.2, 0.4, 0.95], [0.9, 0.2, 0.2], [0.9, 0.5, 0.1], [0.8, 0.65, 0.0]]
)
EMPTY = 0.06  # how opaque a voxel without atoms is, so that a view has edges
# How opaque an atom makes a voxel that it fills: in one slice, and with all over each other.
IN_SLICE, IN_ALL = 2.0, 0.6
ARROW = "#D55E00"


def side_of(direction: np.ndarray) -> str:
    """A direction along an axis in short: ``+x`` or ``−z``."""
    return f"{'−+'[int(direction.sum() > 0)]}{'xyz'[np.abs(direction).argmax()]}"


def as_picture(view: np.ndarray, across: int, up: int, depth: int | None = None) -> np.ndarray:
    """A view seen from its side: C grey, N blue, O red, P orange, S yellow, the rest see-through.

    Arguments:
        view: (C, D, D, D), axes x, y, z; the last of the kinds of atoms is all the others, which
            are not drawn.
        across, up: the axes of the picture, 0 to 2.
        depth: one slice of D; all of them, one over the other, if not given.

    Returns:
        (D, D, 4), up and across: red, green, blue and opacity, from 0 to 1.
    """
    along = 3 - across - up
    slab = view.sum(axis=along + 1) if depth is None else view.take(depth, axis=along + 1)
    slab = slab if across > up else slab.swapaxes(1, 2)
    slab = np.asarray(slab[:-1], dtype=float)
    filled = slab.sum(axis=0)
    share = np.where(filled > 0, slab / np.maximum(filled, 1e-9), 0)
    colour = np.tensordot(share, COLOURS[: len(slab)], axes=(0, 0))
    colour[filled == 0] = COLOURS[0]
    opacity = np.clip(EMPTY + filled * (IN_ALL if depth is None else IN_SLICE), 0, 1)
    return np.dstack([colour, opacity])


def slices_of_pair(views: np.ndarray, direction: np.ndarray) -> np.ndarray:
    """Both views of a pair in each of their slices, as :func:`draw_pair` lays them out.

    Arguments:
        views: (2, C, D, D, D). direction: from home to its neighbor (3,).

    Returns:
        (D, D, 2 D + 2, 4): a frame for each slice, upright, with a gap between the views.
    """
    across = int(np.abs(direction).argmax())
    up = (across + 1) % 3
    left, right = views if direction.sum() > 0 else views[::-1]
    gap = np.zeros((views.shape[-1], 2, 4))
    frames = []
    for depth in range(views.shape[-1]):
        pictures = [as_picture(view, across, up, depth)[::-1] for view in (left, right)]
        frames.append(np.concatenate([pictures[0], gap, pictures[1]], axis=1))
    return np.stack(frames)


def figure_of_pairs(views: np.ndarray, directions: np.ndarray, edge_A: float):
    """A matplotlib figure of the first four pairs of a batch, drawn by :func:`draw_pair`.

    Arguments:
        views: (B, 2, C, D, D, D), B at least 4. directions: (B, 3). edge_A: of a view.
    """
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(2, 4, figsize=(9.5, 5))
    for number, pair in enumerate(axes.reshape(4, 2)):
        draw_pair(pair, views[number], directions[number], edge_A)
    return figure


def browse(pairs: Any, directions: np.ndarray) -> None:
    """Leaf through pairs in JupyterLab, slice by slice; where no person looks on, nothing.

    Arguments:
        pairs: a :class:`labbook.data.structures.views.NeighborViews`.
        directions: of its labels, (6, 3).
    """
    if not is_live():
        return
    import ipywidgets
    import matplotlib.pyplot as plt

    deepest = pairs.length_voxels - 1

    def look(index: int = 0, depth: int = deepest // 2, slab: str = "one slice") -> None:
        placed = pairs.pairs_at(np.array([index]))
        _, axes = plt.subplots(1, 2, figsize=(7, 3.8))
        direction, depth = directions[placed.labels[0]], depth if slab == "one slice" else None
        draw_pair(axes, pairs.views_of(placed)[0], direction, pairs.view_A, depth)
        plt.show()

    ipywidgets.interact(look, index=(0, 199), depth=(0, deepest), slab=["one slice", "whole view"])


def draw_pair(axes, views: np.ndarray, direction: np.ndarray, edge_A: float, depth=None) -> None:
    """Both views of a pair side by side, in the frame of home, with the true direction.

    Arguments:
        axes: two matplotlib axes, left and right.
        views: (2, C, D, D, D), home and neighbor.
        direction: from home to its neighbor, along one of the axes (3,).
        edge_A: of a view.
        depth: see :func:`as_picture`.
    """
    across = int(np.abs(direction).argmax())
    up = (across + 1) % 3
    half = edge_A / 2
    forward = direction.sum() > 0
    home, neighbor = axes if forward else axes[::-1]
    for axis, view, name in ((home, views[0], "home"), (neighbor, views[1], "neighbor")):
        picture = as_picture(view, across, up, depth)
        axis.imshow(picture, origin="lower", extent=(-half, half, -half, half))
        axis.set(title=name, xlabel=f"{'xyz'[across]} (Å)", xticks=[-5, 0, 5], yticks=[-5, 0, 5])
        axis.grid(False)
    axes[0].set_ylabel(f"{'xyz'[up]} (Å)")
    axes[1].set_yticks([])
    tip = 0.96 * half if forward else -0.96 * half
    home.annotate("", (tip, 0), (0, 0), arrowprops={"color": ARROW, "width": 2, "headwidth": 9})
    home.set_title(f"home → {side_of(direction)}", color=ARROW)
