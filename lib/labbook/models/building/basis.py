r"""Bases of steerable filters without their zeros.

A basis between two representations has E elements, each a filter (O, I, P): O output and I input
components, P points. Where the representations are sums of irreps, an element joins one irrep with
one other, so that less than a hundredth of its numbers are not zero. An element reaches few of the
output components; outputs that the same elements reach form a group.
"""

import functools
import warnings
from collections import defaultdict
from collections.abc import Callable, Hashable
from typing import Any

import numpy as np
import torch
from escnn.kernels import KernelBasis
from scipy import sparse
from torch import Tensor

SPARSE_BELOW = 0.1  # the share of numbers that are not zero, above which a dense product is faster


class SparseBasis:
    """A sampled basis; never changed, so that all copies of a network share it.

    Arguments:
        kernels: the kernel basis that was sampled. mask: which of its elements are used.
        elements: (E, O I P).
    """

    def __init__(self, kernels: KernelBasis, mask: Tensor, elements: sparse.csr_array):
        self.kernels, self.mask, self.elements = kernels, mask, elements
        outputs, inputs = kernels.shape
        size, numbers = elements.shape
        self.shape = size, outputs, inputs, numbers // (outputs * inputs)
        self._kept = {}

    @classmethod
    def of(cls, kernels: KernelBasis, mask: Tensor, elements: Tensor) -> "SparseBasis":
        """Of elements (E, O, I, P)."""
        wide = torch.promote_types(elements.dtype, torch.float32)
        numbers = elements.detach().flatten(1).to("cpu", wide).numpy()
        return cls(kernels, mask, sparse.csr_array(numbers))

    def __deepcopy__(self, _) -> "SparseBasis":
        return self

    def __reduce__(self):
        return SparseBasis, (self.kernels, self.mask, self.elements)

    def kept(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """What ``make`` gave for this key, made at the first call."""
        if key not in self._kept:
            self._kept[key] = make()
        return self._kept[key]

    def dense(self, like: Tensor) -> Tensor:
        """The elements (E, O, I, P), made anew, of the type and device of another tensor."""
        return torch.from_numpy(self.elements.toarray()).view(self.shape).to(like)

    def product(self, rows: str, columns: str, dense: Tensor) -> Tensor:
        """The elements as a matrix (rows, columns), times a dense one (columns, N).

        Arguments:
            rows, columns: the axes that run there, letters of "eoip", for instance "opi" and "e";
                or "r", the elements and outputs of each of :attr:`groups`, one after the other.
        """
        if dense.is_meta:
            return dense.new_empty(self.height(rows), dense.shape[1])
        return self.matrix(rows, columns, dense) @ dense

    def matrix(self, rows: str, columns: str, like: Tensor) -> Tensor:
        """The elements as a matrix, see :meth:`product`, of the type and device of a tensor."""
        key = rows, columns, like.dtype, like.device
        with torch.inference_mode(False):
            return self.kept(key, lambda: self._tensor(rows, columns).to(like))

    def height(self, letters: str) -> int:
        """How many values some axes have together."""
        if letters == "r":
            return sum(len(elements) * len(outputs) for elements, outputs in self.groups)
        return torch.Size(self.shape["eoip".index(letter)] for letter in letters).numel()

    def _tensor(self, rows: str, columns: str) -> Tensor:
        """The matrix as a tensor: copies, for numpy's memory is aligned for no vector."""
        matrix = self._matrix(rows, columns)
        if self.is_dense:
            return torch.tensor(matrix.toarray())
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Sparse CSR tensor support is in beta")
            parts = map(torch.tensor, (matrix.indptr, matrix.indices, matrix.data))
            return torch.sparse_csr_tensor(*parts, matrix.shape, check_invariants=False)

    def _matrix(self, rows: str, columns: str) -> sparse.csr_array:
        entries = self.elements.tocoo()
        element, place = entries.coords
        index = dict(zip("oip", np.unravel_index(place, self.shape[1:]), strict=True), e=element)
        if "r" in (rows, columns):
            order = np.empty(self.height("eo"), dtype=np.int64)
            order[self._reached()] = np.arange(self.height("r"))
            index["r"] = order[index["e"] * self.shape[1] + index["o"]]
        sizes = [[self.height(letter) for letter in letters] for letters in (rows, columns)]
        row, column = (
            np.ravel_multi_index([index[letter] for letter in letters], size)
            for letters, size in zip((rows, columns), sizes, strict=True)
        )
        return sparse.csr_array((entries.data, (row, column)), [int(np.prod(s)) for s in sizes])

    @property
    def is_dense(self) -> bool:
        """Whether so few numbers are zero that nothing is gained by leaving them out."""
        return self.elements.nnz >= SPARSE_BELOW * np.prod(self.elements.shape)

    def support(self) -> Tensor:
        """Where any element is not zero: (O, I P)."""
        support = torch.zeros(self.height("oip"), dtype=torch.bool)
        support[self.elements.indices] = True
        return support.view(self.shape[1], -1)

    @functools.cached_property
    def groups(self) -> list[tuple[Tensor, Tensor]]:
        """The elements (E_g,) that reach the outputs (O_g,) of each group."""
        element, place = self.elements.tocoo().coords
        reached = torch.zeros(self.shape[:2], dtype=torch.bool)
        reached[element, place // self.height("ip")] = True
        alike = defaultdict(list)
        for output, elements in enumerate(reached.t().numpy()):
            alike[elements.tobytes()].append(output)
        groups = [torch.tensor(outputs) for outputs in alike.values()]
        found = [(reached[:, outputs[0]].nonzero()[:, 0], outputs) for outputs in groups]
        return [(elements, outputs) for elements, outputs in found if len(elements)]

    def _reached(self) -> np.ndarray:
        """The places among (E O,) of the elements and outputs of all groups."""
        width = self.shape[1]
        places = [elements[:, None] * width + outputs for elements, outputs in self.groups]
        return torch.cat([place.flatten() for place in places]).numpy()

    @functools.cached_property
    def fingerprint(self) -> Tensor:
        """The product of each element with one fixed filter (E,): a basis of other signs, or
        otherwise turned, has another."""
        fixed = np.cos(1.0 + np.arange(self.height("oip")))
        return torch.tensor(self.elements @ fixed, dtype=torch.float32)
