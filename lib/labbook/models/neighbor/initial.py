"""Steerable networks as they are built here: accelerated, with weights that a seed determines."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from escnn import nn as enn
from torch import nn

from labbook.models.steerable import accelerate, sparse_bases
from labbook.models.steerable.building import described, he_deviations


@contextmanager
def built(network: nn.Module) -> Iterator[None]:
    """Within it, a network is given its modules; they are accelerated and get their weights."""
    with torch.random.fork_rng(devices=[]), sparse_bases():
        yield
    accelerate(network)
    initialize(network)


def initialize(network: nn.Module) -> None:
    """He's initialisation of every convolution, tensor product and gate, in this order.

    Weights are drawn by degrees of output and input, then by fields and irreps of either, then by
    degree and radius of the harmonic. So a seed gives the network that it gave when the published
    records were made.
    """
    for module in network.modules():
        if isinstance(module, enn.R3Conv | enn.TensorProductModule):
            places = _places(module.basisexpansion)
            deviations, counts = he_deviations(module.basisexpansion), [len(places)]
            if isinstance(module, enn.TensorProductModule):
                # Degree by degree; those that the records had were odd ones with the other sign.
                counts = np.unique(places[:, 1], return_counts=True)[1].tolist()
                deviations = deviations * torch.tensor((-1.0) ** places[:, 1])
            _draw(module.weights, places, deviations, counts)
        elif isinstance(module, enn.GatedNonLinearity1):
            nn.init.normal_(module.bias)


@torch.no_grad()
def _draw(weights, places: np.ndarray, deviations: torch.Tensor, counts: list[int]) -> None:
    """Overwrite weights (W,), drawn in the order of their places, so many at once."""
    order = torch.tensor(np.lexsort(places.T[::-1]))
    drawn = torch.cat([torch.randn(count) for count in counts])
    weights[order] = (drawn * deviations[order]).to(weights)


def _places(expansion) -> np.ndarray:
    """What the draws are sorted by, the first column first: (W, 10)."""
    found = []
    for pair in expansion.pairs():
        outputs, inputs = (np.arange(count) for count in pair.fields)
        elements = np.array(
            [
                (
                    *(element["out_irrep"][-1], element["in_irrep"][-1]),
                    *(element["out_irrep_idx"], element["in_irrep_idx"]),
                    *(element["j"][-1], element.get("radius", 0)),
                )
                for element in described(pair.block)
            ]
        )
        m, n, e = np.meshgrid(outputs, inputs, np.arange(len(elements)), indexing="ij")
        of = elements[e.ravel()].T
        columns = (
            np.full(e.size, pair.rows.start), of[0], np.full(e.size, pair.columns.start), of[1],
            m.ravel(), of[2], n.ravel(), of[3], of[4], of[5],
        )  # fmt: skip
        found.append(np.stack(columns, 1))
    return np.concatenate(found)
