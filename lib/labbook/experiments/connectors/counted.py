"""FLOPs that torch counts while the document's steps run on tensors that hold no numbers.

The check on the formulas of :mod:`labbook.models.hypernet.flops`, at the document's sizes: 768 text
dimensions, conditions of 32, decoders of W and b apart. ``as_original`` steps make both matrices
of logits and decode all 1536 rows; the others make one matrix and the rows that the encoder has.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from labbook.models.hypernet import AutoDecoded, Connector, HyperNetwork, contrastive_loss, ledger
from labbook.models.hypernet.connectors import map_texts
from labbook.training.measure import count_flops

TEXT_DIM, MAX_IMAGE_DIM, CONDITION_DIM = 768, 1536, 32


def connector_step(image_dim: int, *, as_original: bool) -> int:
    """FLOPs of a step of one connector, with batches of 16,384 pairs."""
    with torch.device("meta"):
        connector = Connector(TEXT_DIM, image_dim)
    texts, images = _empty(ledger.BIG_BATCH, TEXT_DIM), _empty(ledger.BIG_BATCH, image_dim)
    return count_flops(lambda: _loss(connector(texts), images, as_original).backward())


def decoded_step(
    batch_size: int, image_dim: int, encoders: int, *, as_original: bool, frozen: bool = False
) -> int:
    """FLOPs of a step of a hypernetwork on encoders of one width.

    Arguments:
        batch_size: B, pairs.
        image_dim: D.
        encoders: q, in this step.
        frozen: whether the conditions alone train, as in auto-decoding.
    """
    rows = MAX_IMAGE_DIM if as_original else image_dim
    with torch.device("meta"):
        model = HyperNetwork(encoders, (rows,), decoders="separate")
    if frozen:
        model = AutoDecoded(model, _empty(encoders, CONDITION_DIM), rows)
    decoder = model.hypernetwork if frozen else model
    texts, images = _empty(batch_size, TEXT_DIM), _empty(encoders, batch_size, image_dim)

    def step() -> None:
        weights, biases = decoder.decode(model.conditions, rows)
        mapped = map_texts(texts, weights[:, :image_dim], biases[:, :image_dim])
        _loss(mapped, images, as_original).mean().backward()

    return count_flops(step)


def autodecoding_step(*, as_original: bool) -> int:
    """FLOPs of a step of auto-decoding one encoder of width 384, with 8 pairs."""
    return decoded_step(ledger.SMALL_BATCH, 384, 1, as_original=as_original, frozen=True)


def decoded_epoch(encoders: int, *, as_original: bool) -> int:
    """FLOPs of an epoch of a hypernetwork for so many encoders: the three widths take turns."""
    each = encoders // len(ledger.WIDTHS)
    turns, more = divmod(ledger.PAIRS // ledger.BATCH, len(ledger.WIDTHS))
    full = [
        decoded_step(ledger.BATCH, width, each, as_original=as_original) for width in ledger.WIDTHS
    ]
    left = ledger.PAIRS % ledger.BATCH
    last = decoded_step(left, ledger.WIDTHS[more], each, as_original=as_original)
    return turns * sum(full) + sum(full[:more]) + last


def figures(zoos: Sequence[int]) -> dict[str, float]:
    """The figures of :func:`labbook.models.hypernet.ledger.figures` that can be counted, by name.

    Arguments:
        zoos: sizes of the zoos whose epoch is counted: 12, 30 or both.
    """
    giga, tera = ledger.GIGA, ledger.TERA
    step = {width: connector_step(width, as_original=True) for width in ledger.WIDTHS}
    epoch = {encoders: decoded_epoch(encoders, as_original=True) for encoders in zoos}
    unseen = autodecoding_step(as_original=True)
    per_epoch = math.ceil(ledger.PAIRS / ledger.BIG_BATCH)
    run = ledger.EPOCHS * per_epoch
    unseen_epoch = math.ceil(ledger.PAIRS / ledger.SMALL_BATCH)
    found = {f"APE step, 768 to {width}": value / giga for width, value in step.items()}
    found |= {f"APE run, 768 to {width}": run * value / tera for width, value in step.items()}
    found |= {f"H-net epoch, {encoders} encoders": v / giga for encoders, v in epoch.items()}
    found |= {
        "10 APE epochs, 768 to 384": run * step[384] / giga,
        "auto-decoding step": unseen / giga,
        "auto-decoding epoch": unseen_epoch * unseen / giga,
        "auto-decoding, 10k steps": 10_000 * unseen / giga,
        "10 APE epochs to 10k auto-decoding steps": run * step[384] / (10_000 * unseen),
        "10 APE epochs to one of auto-decoding": run * step[384] / (unseen_epoch * unseen),
        "auto-decoding steps for one APE epoch": per_epoch * step[384] / unseen,
    }
    if {12, 30} <= set(zoos):
        found["ratio of the H-net epochs"] = epoch[30] / epoch[12]
        found |= {
            f"30 APE runs to one H-net, 768 to {width}": 30 * run * value / epoch[30]
            for width, value in step.items()
        }
    return found


def _empty(*shape: int) -> Tensor:
    """A tensor that holds nothing: its products are counted, not computed."""
    return torch.empty(shape, device="meta")


def _loss(mapped: Tensor, images: Tensor, as_original: bool) -> Tensor:
    """The loss; as the original's, with the logits of the other direction made anew."""
    loss = contrastive_loss(mapped, images)
    return (loss + contrastive_loss(images, mapped)) / 2 if as_original else loss
