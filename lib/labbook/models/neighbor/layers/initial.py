"""Steerable networks as they are built here: accelerated, with weights that a seed determines."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from escnn import nn as enn
from torch import Tensor, nn

from labbook.models.building.initial import described, he_deviations
from labbook.models.steerable import accelerate, sparse_bases


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
        if isinstance(module, enn.R3Conv):
            order = torch.cat([weights for _, weights in _sorted(module.basisexpansion)])
            _draw(module, [(1.0, order)])
        elif isinstance(module, enn.TensorProductModule):
            # Degree by degree; those that the records had were odd ones with the other sign.
            found = _sorted(module.basisexpansion)
            _draw(module, [((-1.0) ** degree, weights) for degree, weights in found])
        elif isinstance(module, enn.GatedNonLinearity1):
            nn.init.normal_(module.bias)


@torch.no_grad()
def _draw(module: enn.EquivariantModule, signs_and_orders: list[tuple[float, Tensor]]) -> None:
    """Overwrite the weights of a module, one draw for each sign and the places in its order."""
    deviations = he_deviations(module.basisexpansion)
    for sign, order in signs_and_orders:
        drawn = sign * torch.randn(len(order)) * deviations[order]
        module.weights[order] = drawn.to(module.weights)


def _sorted(expansion) -> list[tuple[int, Tensor]]:
    """The degree of the output, and the places of all weights between irreps of two degrees."""
    found = {}
    for pair in expansion.pairs():
        between = defaultdict(list)
        for place, element in enumerate(described(pair.basis)):
            degrees = element["out_irrep"][-1], element["in_irrep"][-1]
            irreps = element["out_irrep_idx"], element["in_irrep_idx"]
            harmonic = element["j"][-1], element.get("radius")
            between[degrees].append((*irreps, *harmonic, place))
        m, n = pair.fields
        outputs, inputs = torch.arange(m).view(-1, 1, 1, 1), torch.arange(n).view(-1, 1)
        for (after, before), elements in between.items():
            elements.sort()
            irreps = len({element[0] for element in elements})
            places = torch.tensor([element[-1] for element in elements]).view(irreps, 1, -1)
            # (fields, irreps of the output, fields, irreps of the input and harmonics)
            places = (outputs * n + inputs) * pair.basis.shape[0] + places
            key = pair.rows.start, after, pair.columns.start, before
            found[key] = after, places.flatten() + pair.weights.start
    return [found[key] for key in sorted(found)]
