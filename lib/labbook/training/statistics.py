"""Statistics of batch norms, taken from training batches in place of running averages."""

from collections.abc import Iterable
from typing import Any

import torch
from torch import nn


def take_statistics(module: nn.Module, batches: Iterable[Any]) -> None:
    """Give each batch norm, of torch or of escnn, the mean of its statistics over some batches.

    In evaluation a batch norm uses running averages, which each training batch moves by the
    momentum (0.1 as a rule), so that they tell of the last ten or twenty batches. Where statistics
    scatter or drift from batch to batch, these averages can be far from what any batch is normed
    by, and a good network be measured as a bad one. Source: Wu & Johnson (2021),
    arXiv:2105.07576, section 3, "precise BatchNorm".

    Arguments:
        module: left in the mode that it is in, also where a batch fails; weights stay as they are.
        batches: what the module is called with, one after the other; a thousand examples do as a
            rule.
    """
    norms = [m for m in module.modules() if getattr(m, "num_batches_tracked", None) is not None]
    momenta, training = [norm.momentum for norm in norms], module.training
    for norm in norms:
        norm.momentum = None  # from here on, the plain mean over the batches that are counted
        norm.num_batches_tracked.zero_()
    module.train()
    try:
        with torch.no_grad():
            for batch in batches:
                module(batch)
    finally:
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum
        module.train(training)
