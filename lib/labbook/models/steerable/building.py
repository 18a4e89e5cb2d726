"""Networks of escnn, built in a fraction of the time and memory: :func:`sparse_bases`."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from weakref import WeakValueDictionary

import numpy as np
import torch
from escnn.group import Representation
from escnn.group.groups import so3group
from escnn.kernels import EmptyBasisException, KernelBasis
from escnn.nn import init
from escnn.nn.modules.basismanager import (
    BlocksBasisExpansion,
    SingleBlockBasisExpansion,
    basisexpansion_blocks,
)
from escnn.nn.modules.conv import rd_convolution
from torch import Tensor

from labbook.models.steerable.sampling import sample
from labbook.models.steerable.sparse import SPARSE_BELOW, SparseBlock

VANISHING = 1e-2  # an element whose squares sum to less is left out, as by escnn
_blocks: WeakValueDictionary = WeakValueDictionary()
_products: WeakValueDictionary = WeakValueDictionary()


@contextmanager
def sparse_bases() -> Iterator[None]:
    """Within it escnn's modules are built without dense bases, and each basis once.

    Functions of escnn are replaced meanwhile by others with the same results: the sampling of the
    basis between two representations, the initialisation by He, the making of filters of zeros,
    and three that need not compute again what is there. A network that is built so is escnn's, and
    slow until it is accelerated:

    >>> with sparse_bases():
    ...     network = Network()
    >>> accelerate(network)
    """
    replaced = [
        (basisexpansion_blocks, "block_basisexpansion", sparse_block),
        (init, "generalized_he_init", he_init),
        (rd_convolution, "torch", _Torch()),
        (Representation, "tensor", _tensor),
        (Representation, "__eq__", _equal),
        (so3group, "_clebsh_gordan_tensor_so3", cache(so3group._clebsh_gordan_tensor_so3)),
    ]
    kept = [getattr(place, name) for place, name, _ in replaced]
    for place, name, function in replaced:
        setattr(place, name, function)
    try:
        yield
    finally:
        for (place, name, _), function in zip(replaced, kept, strict=True):
            setattr(place, name, function)


class _Torch:
    """torch, for the convolutions of escnn: the zeros of a filter share one number of memory."""

    def __getattr__(self, name: str):
        return getattr(torch, name)

    def zeros(self, *size: int, **options) -> Tensor:
        return torch.zeros((), **options).expand(size) if len(size) > 2 else torch.zeros(*size)


def sparse_block(
    basis: KernelBasis,
    points: np.ndarray,
    basis_filter: Callable[[dict], bool] | None = None,
    recompute: bool = False,
) -> SparseBlock:
    """A basis at some points (P, d), without its zeros; the numbers of one in use are shared.

    Raises:
        EmptyBasisException: no element is left.
    """
    elements = _all_described(basis)
    wanted = np.array([basis_filter is None or basis_filter(element) for element in elements])
    key = basis, wanted.tobytes(), points.tobytes()
    block = None if recompute else _blocks.get(key)
    if block is None:
        heights = np.array([element["shape"][0] for element in elements])
        block = _blocks[key] = _sampled(basis, points, heights, wanted)
    return block.twin()


def _sampled(basis, points: np.ndarray, heights: np.ndarray, wanted: np.ndarray) -> SparseBlock:
    """Sampled elements, scaled so that the squares in a row of a filter sum to 1 on average."""
    elements = sample(basis, torch.tensor(points, dtype=torch.float32))
    squares = elements.multiply(elements).sum(1) / heights
    vanishing = squares < 1e-12
    norms = np.sqrt(np.where(vanishing, 1, squares))
    wanted = wanted & (squares / norms**2 * heights > VANISHING)
    if not wanted.any():
        raise EmptyBasisException
    elements = elements[wanted].tocoo()
    values = torch.tensor(elements.data / norms[wanted][elements.coords[0]], dtype=torch.float32)
    place = torch.tensor(elements.coords[0].astype(np.int64) * elements.shape[1])
    place += torch.tensor(elements.coords[1].astype(np.int64))
    size = int(np.prod(elements.shape))
    flat = torch.sparse_coo_tensor(place[None], values, (size,), check_invariants=False).coalesce()
    if len(values) >= SPARSE_BELOW * size:
        flat = flat.to_dense()
    shape = (int(wanted.sum()), *basis.shape, len(points))
    return SparseBlock(basis, torch.tensor(wanted), shape, flat)


def _tensor(self: Representation, other: Representation) -> Representation:
    """The tensor product of two representations; one in use elsewhere is not made again."""
    product = _products.get((self, other))
    if product is None:
        product = _products[self, other] = self.group._tensor_product(self, other)
    return product


def _equal(self: Representation, other: object, equal=Representation.__eq__) -> bool:
    """Whether two representations are equal; no numbers are compared if they are one."""
    return self is other or equal(self, other)


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
            for element in described(block)
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


def described(block: SingleBlockBasisExpansion) -> list[dict]:
    """What escnn tells of each element of a basis."""
    return [
        each for each, used in zip(_all_described(block.basis), block._mask, strict=True) if used
    ]


def _all_described(basis: KernelBasis) -> list[dict]:
    if "_described" not in vars(basis):
        vars(basis)["_described"] = list(basis)
    return vars(basis)["_described"]
