"""The ledger: what each FLOP figure of the document on connectors comes from.

The formulas are those of :mod:`labbook.models.hypernet.flops`, with the document's sizes; the ways
of printing are its own: its counter rounds the multiply-adds of a call to two decimals of 10^9 and
doubles them, and some figures were cut off after a digit, or computed from printed ones.
"""

import math
from dataclasses import dataclass

from labbook.models.hypernet.flops import ape_run, ape_step, autodecode_step, hypernet_epoch

WIDTHS = (384, 768, 1024)
PAIRS = 595_375
BIG_BATCH, BATCH, SMALL_BATCH = 2**14, 512, 8
EPOCHS = 10
GIGA, TERA = 1e9, 1e12

ROUNDED = "rounded"
COUNTER = "the counter rounds multiply-adds to 0.01e9, then doubles them"
CUT = "cut off after a digit, not rounded"
FULL_BATCHES = "every batch counted as full, the last of an epoch too"


@dataclass(frozen=True)
class Figure:
    """One figure of the document.

    Attributes:
        name: as in ``notebooks/reported/hypernetwork_flops.csv``.
        exact: what it should be by the formulas, in the unit of the figure.
        printed: ``exact``, in the way that the document arrived at its digits.
        why: how the printed figure differs from the exact one; empty where it is the same.
    """

    name: str
    exact: float
    printed: str
    why: str


def figures() -> list[Figure]:
    """All figures, in the order of the document."""
    step = {width: ape_step(batch_size=BIG_BATCH, image_dim=width) for width in WIDTHS}
    epoch_steps = math.ceil(PAIRS / BIG_BATCH)
    steps = EPOCHS * epoch_steps
    run = {width: ape_run(steps=steps, batch_size=BIG_BATCH, image_dim=width) for width in WIDTHS}
    full, few = (
        hypernet_epoch(pairs=PAIRS, batch_size=BATCH, num_encoders=count) for count in (30, 12)
    )
    unseen = autodecode_step(batch_size=SMALL_BATCH, image_dim=384)
    printed_step = _as_counter(unseen)
    unseen_steps = math.ceil(PAIRS / SMALL_BATCH)
    from_printed = f"{printed_step:.2f}, the printed step, times the steps"
    return [
        *(
            Figure(f"APE step, 768 to {width}", value / GIGA, f"{_as_counter(value):.2f}", ROUNDED)
            for width, value in step.items()
        ),
        Figure("APE steps per epoch", epoch_steps, f"{epoch_steps}", ""),
        *(
            Figure(
                f"APE run, 768 to {width}",
                value / TERA,
                _cut(value / TERA, 1),
                f"{CUT}; {FULL_BATCHES}",
            )
            for width, value in run.items()
        ),
        Figure("H-net epoch, 12 encoders", few / GIGA, f"{_as_counter(few):.2f}", COUNTER),
        Figure("H-net epoch, 30 encoders", full / GIGA, f"{_as_counter(full):.2f}", ROUNDED),
        Figure("ratio of the H-net epochs", full / few, f"{full / few:.1f}", ""),
        Figure(
            "10 APE epochs, 768 to 384",
            run[384] / GIGA,
            _cut(run[384] / GIGA, 0),
            f"cut off to a whole number; {FULL_BATCHES}",
        ),
        Figure("auto-decoding step", unseen / GIGA, f"{printed_step:.2f}", COUNTER),
        Figure("auto-decoding steps per epoch", unseen_steps, f"{unseen_steps}", ""),
        Figure(
            "auto-decoding epoch",
            unseen_steps * unseen / GIGA,
            f"{unseen_steps * printed_step:.0f}",
            from_printed,
        ),
        Figure(
            "auto-decoding, 10k steps",
            10_000 * unseen / GIGA,
            f"{10_000 * printed_step:.0f}",
            from_printed,
        ),
        Figure(
            "10 APE epochs to 10k auto-decoding steps",
            run[384] / (10_000 * unseen),
            f"{run[384] / GIGA / (10_000 * printed_step):.1f}",
            f"against {printed_step:.2f}, the printed step",
        ),
        Figure(
            "10 APE epochs to one of auto-decoding",
            run[384] / (unseen_steps * unseen),
            f"{run[384] / GIGA / (unseen_steps * printed_step):.2f}",
            f"against {printed_step:.2f}, the printed step",
        ),
        Figure(
            "auto-decoding steps for one APE epoch",
            run[384] / EPOCHS / unseen,
            f"{run[384] / GIGA / EPOCHS / printed_step:.0f}",
            f"against {printed_step:.2f}, the printed step",
        ),
        *(
            Figure(
                f"30 APE runs to one H-net, 768 to {width}",
                30 * value / full,
                _cut(30 * float(_cut(value / TERA, 1)) / 72.9, decimals),
                "from the printed run; against 72.9, where 73.15 was measured; cut off",
            )
            for (width, value), decimals in zip(run.items(), (2, 1, 2), strict=True)
        ),
    ]


def _as_counter(flops: float) -> float:
    """10^9 FLOPs as the document's counter prints them."""
    return 2 * round(flops / 2 / GIGA, 2)


def _cut(value: float, decimals: int) -> str:
    """A number whose digits after some decimals are left out."""
    return f"{math.floor(value * 10**decimals) / 10**decimals:.{decimals}f}"
