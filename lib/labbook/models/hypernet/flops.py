r"""What training a connector costs, in closed formulas: one by one, by a hypernetwork, unseen.

All count the matrix products of forward and backward passes, a multiply-add as two operations, and
no elementwise operation, norm or optimiser, as
:func:`labbook.training.measure.count_flops` does; the products are those of
:mod:`labbook.models.hypernet`. Letters: B pairs in a batch, d_t text dimensions, D image
dimensions, q encoders in a step, c condition dimensions.

Each formula counts in two ways. ``"reported"`` is what the original executed and reported: a
logits matrix for each direction of the loss, and all R rows of a connector decoded. ``"executed"``
is what ours does for the same result: one logits matrix, and the D rows that the encoder has. An
unknown way to count, or D beyond R (``max_image_dim``), raises a ValueError.
"""

import math
from collections.abc import Callable, Sequence
from itertools import cycle, islice
from typing import Any, Literal

Counting = Literal["reported", "executed"]
Decoders = Literal["separate", "joint"]


def ape_step(
    *,
    batch_size: int,
    image_dim: int,
    text_dim: int = 768,
    counting: Counting = "reported",
) -> float:
    r"""FLOPs of one step of training one connector: :math:`4 B d_t D + 8 B^2 D`, as reported.

    The map: forward and the gradient of its weights. The logits: forward and the gradient of the
    mapped texts, for each logits matrix.
    """
    return 2.0 * _mapping_and_logits(batch_size, image_dim, text_dim, counting)


def ape_run(
    *,
    steps: int,
    batch_size: int,
    image_dim: int,
    text_dim: int = 768,
    pairs: int | None = None,
    counting: Counting = "reported",
) -> float:
    """FLOPs of training one connector for ``steps`` steps.

    Arguments:
        pairs: in an epoch, the last batch of which holds what is left; when not given, every
            batch is full, as the original counts.
    """
    sizes = [batch_size] if pairs is None else _batches(pairs, batch_size)
    epochs, more = divmod(steps, len(sizes))
    cost = [
        ape_step(batch_size=size, image_dim=image_dim, text_dim=text_dim, counting=counting)
        for size in sizes
    ]
    return epochs * math.fsum(cost) + math.fsum(cost[:more])


def hypernet_step(
    *,
    encoders: int,
    batch_size: int,
    image_dim: int,
    text_dim: int = 768,
    condition_dim: int = 32,
    max_image_dim: int = 1536,
    hidden_factors: Sequence[int] = (4, 16),
    decoders: Decoders = "separate",
    counting: Counting = "reported",
) -> float:
    r"""FLOPs of one step of training a hypernetwork, on the q encoders of one width.

    :math:`2 q\,[\,3 (\text{decoding}) + 2 B d_t D + 4 B^2 D\,]`, as reported; the factor 3 is
    forward, gradient of the weights, gradient of the input (the conditions train). Decoding has
    :math:`c\,h_1 + h_1 h_2 + h_2 R (d_t + 1)` multiply-adds, the hidden layers twice where the
    decoders of W and b are separate.

    Arguments:
        encoders: q, all of one width, in this step.
        hidden_factors: h_1, h_2, … in units of c.
        decoders: see :class:`labbook.models.hypernet.HyperNetwork`; "separate" where the FLOPs
            were reported.
    """
    rows = _rows(image_dim, max_image_dim, counting)
    decoding = _decoding(rows, text_dim, condition_dim, hidden_factors, decoders)
    rest = _mapping_and_logits(batch_size, image_dim, text_dim, counting)
    return 2.0 * encoders * (3 * decoding + rest)


def hypernet_epoch(
    *,
    pairs: int,
    batch_size: int,
    num_encoders: int,
    image_dims: Sequence[int] = (384, 768, 1024),
    text_dim: int = 768,
    condition_dim: int = 32,
    max_image_dim: int = 1536,
    hidden_factors: Sequence[int] = (4, 16),
    decoders: Decoders = "separate",
    counting: Counting = "reported",
) -> float:
    """FLOPs of one pass over ``pairs``: the families of ``image_dims`` take turns, step by step.

    The last batch holds what is left. A family sees only its share of the pairs.

    Raises:
        ValueError: ``num_encoders`` is no multiple of the families.
    """
    if num_encoders % len(image_dims):
        raise ValueError(
            f"num_encoders is {num_encoders}; the {len(image_dims)} families of widths "
            f"{tuple(image_dims)} have equally many encoders, so it is a multiple of "
            f"{len(image_dims)}."
        )
    sizes = _batches(pairs, batch_size)
    return math.fsum(
        hypernet_step(
            encoders=num_encoders // len(image_dims),
            batch_size=size,
            image_dim=image_dim,
            text_dim=text_dim,
            condition_dim=condition_dim,
            max_image_dim=max_image_dim,
            hidden_factors=hidden_factors,
            decoders=decoders,
            counting=counting,
        )
        for size, image_dim in zip(sizes, islice(cycle(image_dims), len(sizes)), strict=True)
    )


def autodecode_step(
    *,
    batch_size: int,
    image_dim: int,
    encoders: int = 1,
    text_dim: int = 768,
    condition_dim: int = 32,
    max_image_dim: int = 1536,
    hidden_factors: Sequence[int] = (4, 16),
    decoders: Decoders = "separate",
    counting: Counting = "reported",
) -> float:
    """FLOPs of one step of training new conditions alone, of ``encoders`` unseen encoders.

    As :func:`hypernet_step` with the factor 2 for decoding: forward and the gradient of the
    input, while all weights stay.
    """
    rows = _rows(image_dim, max_image_dim, counting)
    decoding = _decoding(rows, text_dim, condition_dim, hidden_factors, decoders)
    rest = _mapping_and_logits(batch_size, image_dim, text_dim, counting)
    return 2.0 * encoders * (2 * decoding + rest)


def parts(step: Callable[..., float], batch_size: int, **sizes: Any) -> dict[str, float]:
    """FLOPs of a step for ``decoding`` connectors, ``mapping`` texts and ``logits``.

    A step is a polynomial in B: decoding does not grow with it, mapping does, logits grow with
    its square.

    Arguments:
        step: :func:`ape_step`, :func:`hypernet_step` or :func:`autodecode_step`.
        batch_size: B.
        sizes: the step's other arguments.
    """
    one, two, three = (step(batch_size=size, **sizes) for size in (1, 2, 3))
    square = (three - 2 * two + one) / 2
    linear = two - one - 3 * square
    return {
        "decoding": one - linear - square,
        "mapping": linear * batch_size,
        "logits": square * batch_size**2,
    }


def _batches(pairs: int, batch_size: int) -> list[int]:
    """The sizes of the batches of an epoch."""
    full, left = divmod(pairs, batch_size)
    return [batch_size] * full + ([left] if left else [])


def _rows(image_dim: int, max_image_dim: int, counting: Counting) -> int:
    """How many rows of a connector are decoded."""
    if image_dim > max_image_dim:
        raise ValueError(
            f"an image width of {image_dim} exceeds max_image_dim, {max_image_dim}; a connector "
            "has at most so many rows."
        )
    return _by_counting(counting, reported=max_image_dim, executed=image_dim)


def _decoding(
    rows: int, text_dim: int, condition_dim: int, hidden_factors: Sequence[int], decoders: Decoders
) -> int:
    """Multiply-adds of decoding the rows of one connector, forward."""
    widths = [condition_dim, *(factor * condition_dim for factor in hidden_factors)]
    hidden = sum(before * after for before, after in zip(widths, widths[1:], strict=False))
    trunks = {"separate": 2, "joint": 1}[decoders]
    return trunks * hidden + widths[-1] * rows * (text_dim + 1)


def _mapping_and_logits(batch: int, image_dim: int, text_dim: int, counting: Counting) -> int:
    """Multiply-adds of mapping the texts of a batch, and of their logits; forward and backward."""
    matrices = _by_counting(counting, reported=2, executed=1)
    return 2 * batch * text_dim * image_dim + 2 * matrices * batch**2 * image_dim


def _by_counting(counting: Counting, *, reported: int, executed: int) -> int:
    ways = {"reported": reported, "executed": executed}
    if counting not in ways:
        raise ValueError(f'counting is {counting!r}; it is "reported" or "executed".')
    return ways[counting]
