"""Grids: configurations of one function, one after the other."""

import itertools
from collections.abc import Iterable, Mapping
from typing import Any


def grid(**axes: Any) -> list[dict[str, Any]]:
    """All combinations of the axes, the last one varying fastest.

    Arguments:
        axes: a list is swept over; anything else is the same in all trials. To give a trial a
            list, write a list of lists.

    Raises:
        ValueError: an axis is an empty list, so that there would be no trial.
    """
    for name, axis in axes.items():
        if isinstance(axis, list) and not axis:
            raise ValueError(f"the axis {name!r} is an empty list: the grid has no trial.")
    values = [axis if isinstance(axis, list) else [axis] for axis in axes.values()]
    return [dict(zip(axes, point, strict=True)) for point in itertools.product(*values)]


def points(grid: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The configurations of a grid.

    Raises:
        TypeError: it is something else than configurations, one after the other.
    """
    right = "trials.grid(seed=[0, 1]) or [{'seed': 0}, {'seed': 1}]"
    if isinstance(grid, str | Mapping) or not isinstance(grid, Iterable):
        told = f"{grid!r:.80} ({type(grid).__name__})"
        raise TypeError(f"grid is {told}; it is a list of configurations: {right}.")
    found = list(grid)
    for number, point in enumerate(found):
        if not isinstance(point, Mapping):
            told = f"{point!r:.80} ({type(point).__name__})"
            raise TypeError(f"grid[{number}] is {told}, no configuration; write {right}.")
    return found
