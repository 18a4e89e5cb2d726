"""How often a network finds the neighbor: accuracy on fixed pairs, with its interval."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from labbook.data.structures.views import NeighborViews

RESAMPLES = 2000


class ValidationPairs:
    """The first batches of pairs of structures that are not trained on: the same ones each time.

    Called with a network it tells ``loss`` (mean cross entropy), ``accuracy``, and
    ``accuracy_low`` and ``accuracy_high``, the bounds of :func:`interval_95`.

    Arguments:
        views: pairs of the structures for validation.
        pairs: how many of them, rounded up to whole batches.

    Raises:
        ValueError: no pairs are asked for.
    """

    def __init__(self, views: NeighborViews, pairs: int):
        if pairs < 1:
            raise ValueError(f"pairs is {pairs}; a validation needs at least 1.")
        self.views, self.steps = views, -(-pairs // views.batch_size)
        indices = np.arange(self.steps * views.batch_size)
        self.structures = views.pairs_at(indices).structures

    def __call__(self, network: Callable[[Tensor], Tensor]) -> dict[str, float]:
        losses, right = [], []
        for step in range(self.steps):
            views, labels = self.views.batch(step)
            logits = network(views)
            losses.append(cross_entropy(logits, labels, reduction="none"))
            right.append(logits.argmax(dim=1) == labels)
        correct = torch.cat(right).cpu().numpy()
        low, high = interval_95(correct, self.structures)
        return {
            "loss": torch.cat(losses).double().mean().item(),
            "accuracy": float(correct.mean()),
            "accuracy_low": low,
            "accuracy_high": high,
        }


def interval_95(correct: np.ndarray, groups: np.ndarray, seed: int = 0) -> tuple[float, float]:
    """The 95 % interval of an accuracy, by drawing whole groups anew (percentile bootstrap).

    Pairs of one structure are alike, so what is drawn with replacement are structures.

    Arguments:
        correct: (N,) bool.
        groups: (N,) the structure of each.
        seed: of the 2,000 draws.
    """
    _, group = np.unique(groups, return_inverse=True)
    sizes = np.bincount(group)
    rights = np.bincount(group, correct)
    often = np.random.default_rng(seed).multinomial(
        len(sizes), np.full(len(sizes), 1 / len(sizes)), RESAMPLES
    )
    low, high = np.quantile(often @ rights / (often @ sizes), [0.025, 0.975])
    return float(low), float(high)
