"""Learning rates as functions of the step, so that a resumed run needs no state for them."""

import math


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
