"""How wide and how large the layers of the neighbor-location ResNets are."""

from dataclasses import dataclass

import numpy as np

VIEW_VOXELS = 15  # along an edge of a view, in the reports
BOTTLENECKS = (None, "half", "quarter", "in")
SCHEDULES = ("log", "linear", "expt91")
# The list that was written by hand, with its inner widths and the hidden layer.
_EXPT_91 = (2, 2, 11, 11, 24, 32)


@dataclass(frozen=True)
class Widths:
    """Regular fields after the head, the four blocks and the tail; within the blocks; hidden units.

    Arguments:
        outer: six numbers. inner: four. hidden: units of the classifier's hidden layer.
    """

    outer: tuple[int, ...]
    inner: tuple[int, ...]
    hidden: int


def layer_sizes(view_voxels: int) -> tuple[int, ...]:
    """Edges of the cube after head, the four blocks and tail: 15 gives 13, 13, 7, 7, 4 and 1.

    The head takes off a voxel at each face, blocks 2 and 4 halve odd sizes around their centre, and
    the tail is as large as what is left, so that rotations of the cube stay exact.

    Raises:
        ValueError: a view that cannot be halved twice around its centre.
    """
    if view_voxels < 11 or view_voxels % 4 != 3:
        raise ValueError(f"a view has 11, 15, 19, … voxels along an edge, got {view_voxels}.")
    head = view_voxels - 2
    half = (head + 1) // 2
    quarter = (half + 1) // 2
    return head, head, half, half, quarter, 1


def resnet_widths(schedule: str, max_channels: int, bottleneck: str | None = None) -> Widths:
    """The widths of a member of the grid.

    Arguments:
        schedule: "log" and "linear" go from 2 fields to ``max_channels`` in six steps, equal in
            ratio or in difference, each rounded; "expt91" is the list 2, 2, 11, 11, 24, 32.
        max_channels: fields after the tail, at least 2; the hidden layer has 32 units for each.
        bottleneck: fields within a block: as many as it puts out (None), half or a quarter of
            them, rounded (to even), at least one, or as many as come in ("in").

    Raises:
        ValueError: an unknown name, or widths that the schedule does not have.
    """
    if schedule not in SCHEDULES:
        raise ValueError(f"a schedule must be one of {', '.join(SCHEDULES)}, got {schedule!r}.")
    if bottleneck not in BOTTLENECKS:
        raise ValueError(
            f"a bottleneck must be None, 'half', 'quarter' or 'in', got {bottleneck!r}."
        )
    if max_channels < 2:
        raise ValueError(f"max_channels must be 2 or more, got {max_channels}.")
    if schedule == "expt91":
        if max_channels != 32 or bottleneck is not None:
            raise ValueError(
                f"the schedule 'expt91' has 32 channels and no bottleneck, got {max_channels} "
                f"and {bottleneck!r}."
            )
        outer = _EXPT_91
    else:
        spaced = np.geomspace if schedule == "log" else np.linspace
        outer = tuple(round(float(width)) for width in spaced(2, max_channels, 6))
    outputs = outer[1:-1]
    inner = {
        None: outputs,
        "half": tuple(max(1, round(width / 2)) for width in outputs),
        "quarter": tuple(max(1, round(width / 4)) for width in outputs),
        "in": outer[:-2],
    }[bottleneck]
    return Widths(outer, inner, 32 * max_channels)
