"""Along what a curve lies: the history of a trial holds the places of points beside the curves."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

AXES = ("inputs", "step", "epoch")
VALIDATION = "validation_"
POINT = "point"
_ALL = (*AXES, "time_s", "cpu_time_s")
_OWN = "_step"


def is_place(name: str) -> bool:
    """Whether a part of a history tells where points lie, or when they were reached."""
    return name.removeprefix(VALIDATION) in _ALL


def along(curve: str, history: Mapping[str, Sequence[float]]) -> tuple[str, Sequence[float]]:
    """What a curve of a history lies over: a name, and a place for each of its points.

    That is its own ``<curve>_step``; else ``inputs``, ``step`` or ``epoch``, and before these, for
    a curve ``validation_…``, the same with that in front; each where it has as many points, in
    rising order. Else it is the number of the point, from 1.
    """
    count = len(history[curve])
    first = [f"{VALIDATION}{name}" for name in AXES] if curve.startswith(VALIDATION) else []
    for name in (f"{curve}{_OWN}", *first, *AXES):
        places = history.get(name, ())
        if count and len(places) == count and all(a <= b for a, b in pairwise(places)):
            return "step" if name == f"{curve}{_OWN}" else name, places
    return POINT, range(1, count + 1)


def label(name: str) -> str:
    """What stands at an axis along which curves lie."""
    name = name.removeprefix(VALIDATION)
    return "training examples" if name == "inputs" else name
