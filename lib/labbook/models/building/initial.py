"""He's initialisation for irreps, without escnn's search for each weight's irreps."""

from collections import defaultdict

import torch
from escnn.kernels import KernelBasis
from escnn.nn.modules.basismanager import BlocksBasisExpansion
from torch import Tensor

from labbook.models.building.basis import SparseBasis


def he_init(weights: Tensor, expansion: BlocksBasisExpansion, cache: bool = False) -> None:
    """Normal weights of the deviations below, drawn as escnn does.

    Arguments:
        weights: (W,), overwritten. expansion: the bases that they belong to. cache: no matter here.
    """
    weights[:] = he_deviations(expansion).to(weights) * torch.randn_like(weights)


def he_deviations(expansion: BlocksBasisExpansion) -> Tensor:
    r"""The standard deviation of each weight (W,), so that features keep their variance.

    It is :math:`1 / \sqrt{n\, b}` where n different irreps of the input lead to the same irrep of
    the output, and b elements to that one from all inputs of the same irrep (He, for irreps).
    """
    inputs, elements, found = defaultdict(set), defaultdict(int), []
    for names in expansion._representations_pairs:
        block = getattr(expansion, f"block_expansion_{expansion._escape_pair(names)}")
        n, m = expansion._in_count[names[0]], expansion._out_count[names[1]]
        joined = [
            (element["in_irrep"], (names[1], element["out_irrep_idx"]))
            for element in described(block.used)
        ]
        for irrep, output in joined:
            inputs[output].add(irrep)
            elements[irrep, output] += n
        found.append((joined, n * m))
    deviations = []
    for joined, times in found:
        counts = [len(inputs[output]) * elements[irrep, output] for irrep, output in joined]
        deviations.append(torch.tensor(counts, dtype=torch.float32).rsqrt().repeat(times))
    return torch.cat(deviations)


def described(basis: SparseBasis) -> list[dict]:
    """What escnn tells of each element of a basis."""
    every = all_described(basis.kernels)
    return [each for each, used in zip(every, basis.mask, strict=True) if used]


def all_described(kernels: KernelBasis) -> list[dict]:
    """What escnn tells of each element of a kernel basis, asked once."""
    if "_described" not in vars(kernels):
        vars(kernels)["_described"] = list(kernels)
    return vars(kernels)["_described"]
