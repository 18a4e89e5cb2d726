"""Networks of escnn, built in a fraction of the time and memory: :func:`sparse_bases`."""

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
from escnn.nn.modules.basismanager import basisexpansion_blocks
from escnn.nn.modules.conv import rd_convolution
from torch import Tensor

from labbook.models.building.basis import SparseBasis
from labbook.models.building.block import SparseBlock
from labbook.models.building.initial import all_described, he_init
from labbook.models.building.sampling import sample

VANISHING = 1e-2  # an element whose squares sum to less is left out, as by escnn
_bases: WeakValueDictionary = WeakValueDictionary()
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
    elements = all_described(basis)
    wanted = np.array([basis_filter is None or basis_filter(element) for element in elements])
    key = basis, wanted.tobytes(), points.tobytes()
    found = None if recompute else _bases.get(key)
    if found is None:
        heights = np.array([element["shape"][0] for element in elements])
        found = _bases[key] = _sampled(basis, points, heights, wanted)
    return SparseBlock(found)


def _sampled(basis, points: np.ndarray, heights: np.ndarray, wanted: np.ndarray) -> SparseBasis:
    """Sampled elements, scaled so that the squares in a row of a filter sum to 1 on average."""
    elements = sample(basis, torch.tensor(points, dtype=torch.float32))
    squares = elements.multiply(elements).sum(1) / heights
    vanishing = squares < 1e-12
    norms = np.sqrt(np.where(vanishing, 1, squares))
    wanted = wanted & (squares / norms**2 * heights > VANISHING)
    if not wanted.any():
        raise EmptyBasisException
    elements = elements[wanted]
    elements.data = (elements.data / norms[wanted].repeat(np.diff(elements.indptr))).astype("f4")
    return SparseBasis(basis, torch.tensor(wanted), elements)


def _tensor(self: Representation, other: Representation) -> Representation:
    """The tensor product of two representations; one in use elsewhere is not made again."""
    product = _products.get((self, other))
    if product is None:
        product = _products[self, other] = self.group._tensor_product(self, other)
    return product


def _equal(self: Representation, other: object, equal=Representation.__eq__) -> bool:
    """Whether two representations are equal; no numbers are compared if they are one."""
    return self is other or equal(self, other)
