"""Learning rates as functions of the step, so that a resumed run needs no state for them.

All take (step, rate, period, warmup): the step counted from 0, the rate that they scale, and two
lengths in steps.
"""

import math
from collections.abc import Callable

Schedule = Callable[[int, float, int, int], float]


def named(name: str) -> Schedule:
    """The schedule of a name.

    Raises:
        ValueError: no such schedule.
    """
    there_are = {one.__name__: one for one in (constant, warmup_cosine, linear_warmup_cosine)}
    if name not in there_are:
        raise ValueError(f"schedule must be one of {', '.join(there_are)}, got {name!r}.")
    return there_are[name]


def constant(step: int, rate: float, period: int, warmup: int = 0) -> float:
    """The same rate at every step."""
    return rate


def warmup_cosine(step: int, rate: float, period: int, warmup: int = 0) -> float:
    r"""Half a cosine from ``rate`` to zero over ``period`` steps, after an optional warm-up.

    .. math:: \eta_t = \eta \cdot \tfrac12 (1 + \cos(\pi t / T))
              \cdot \sin(\tfrac{\pi}{2} \min(1, t / T_w))

    Arguments:
        step: t, counted from 0; the rate of the update that follows t others.
        rate: the rate at step 0 without a warm-up.
        period: T in steps; beyond it the cosine rises again.
        warmup: T_w in steps; 0 for none.
    """
    cosine = rate * (1 + math.cos(math.pi * step / period)) / 2
    if warmup == 0:
        return cosine
    return cosine * math.sin(math.pi / 2 * min(1.0, step / warmup))


def linear_warmup_cosine(step: int, rate: float, period: int, warmup: int = 0) -> float:
    r"""A linear rise over the warm-up, then half a cosine that is zero at the end of the period.

    .. math:: \eta_t = \eta \cdot \begin{cases} (t + 1) / T_w & t < T_w \\
              \tfrac12 (1 + \cos(\pi (t - T_w) / (T - T_w))) & t \ge T_w \end{cases}

    Arguments:
        step: t, counted from 0; the rate of the update that follows t others.
        rate: the highest rate.
        period: T in steps, the warm-up among them.
        warmup: T_w in steps; 0 for none.
    """
    if step < warmup:
        return rate * (step + 1) / warmup
    return rate * (1 + math.cos(math.pi * (step - warmup) / (period - warmup))) / 2
