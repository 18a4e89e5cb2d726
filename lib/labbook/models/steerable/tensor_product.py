r"""The tensor product of a regular field with itself, and a learned map back to a regular field.

.. math:: y_k = \sum_{i, j} M_{kij}\, v_i v_j, \qquad M = \sum_p w_p C_p

M is equivariant: each element :math:`C_p` holds the Clebsch-Gordan coefficients that take one irrep
of the field, with another, to a third. Since :math:`v_i v_j = v_j v_i`, the n^2 products are
n (n + 1) / 2 different ones (1225 are 630 at band limit 2), and M acts through M_kij + M_kji alone.
"""

import math

import numpy as np
import torch
from torch import Tensor, nn

from labbook.models.steerable.constants import constant
from labbook.models.steerable.fields import field_size, regular
from labbook.models.steerable.harmonics import Array, clebsch_gordan
from labbook.models.steerable.rows import from_rows, to_rows

# Products of so many fields fit into a cache of one to two megabytes.
CHUNK = {"cpu": 512, "cuda": 1 << 15}


def product_basis(degree: int, band_limit: int = 2) -> Array:
    """The equivariant maps of the tensor product of a regular field to one irrep.

    Returns:
        (elements, 2 degree + 1, n, n) with n the size of the field; the squares in a row of a map
        sum to 1. At band limit 2 there are 35, 70 and 74 elements for the degrees 0, 1 and 2.
    """
    starts, size = [], 0
    for irrep in range(band_limit + 1):
        for _ in range(2 * irrep + 1):
            starts.append((irrep, size))
            size += 2 * irrep + 1
    elements = []
    for first, row in starts:
        for second, column in starts:
            if abs(first - second) <= degree <= first + second:
                element = np.zeros((2 * degree + 1, size, size))
                table = clebsch_gordan(first, second, degree)  # (first, second, degree)
                place = element[:, row : row + 2 * first + 1, column : column + 2 * second + 1]
                place[...] = table.transpose(2, 0, 1)
                elements.append(element)
    return np.array(elements)


def _symmetric(degree: int, band_limit: int) -> Array:
    """M_kij + M_kji of each element, as a matrix (elements, (2 degree + 1) n^2)."""
    basis = product_basis(degree, band_limit)
    return (basis + basis.transpose(0, 1, 3, 2)).reshape(len(basis), -1)


class _Quadratic(torch.autograd.Function):
    """y_k = sum over i, j of S_kij v_i v_j / 2 with S symmetric; keeps v alone.

    Forward, the products with i <= j are made for some fields at a time, each once.
    """

    @staticmethod
    def forward(ctx, rows: Tensor, symmetric: Tensor) -> Tensor:
        ctx.save_for_backward(rows, symmetric)
        voxels, channels, size = rows.shape
        first, second = torch.triu_indices(size, size, device=rows.device)
        folded = symmetric.view(channels, size, size, size)[:, :, first, second]
        folded = torch.where(first == second, folded / 2, folded)
        result = torch.empty_like(rows)
        for voxel in _chunks(rows):
            for channel in range(channels):
                fields = rows[voxel, channel].t().contiguous()
                products = _products(fields)
                torch.mm(products.t(), folded[channel].t(), out=result[voxel, channel])
        return result

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[Tensor, Tensor]:
        rows, symmetric = ctx.saved_tensors
        _, channels, size = rows.shape
        result, of_matrix = torch.empty_like(rows), torch.zeros_like(symmetric)
        # dy_k / dv_i = sum over j of S_kij v_j, and S_kij gets g_k v_i v_j / 2.
        by_output = symmetric.view(channels, size, size, size).transpose(2, 3)
        by_output = by_output.reshape(channels, size * size, size)  # (k j, i)
        for voxel in _chunks(rows):
            for channel in range(channels):
                fields = rows[voxel, channel].t().contiguous()
                upstream = gradient[voxel, channel].t().contiguous()
                outer = (upstream[:, None] * fields).flatten(0, 1)
                torch.mm(outer.t(), by_output[channel], out=result[voxel, channel])
                of_matrix[channel].view(size * size, size).addmm_(outer, fields.t())
        return result, of_matrix.mul_(0.5)


def _chunks(rows: Tensor) -> list[slice]:
    """Slices of the voxels."""
    step = CHUNK.get(rows.device.type, len(rows) or 1)
    return [slice(start, start + step) for start in range(0, len(rows), step)]


def _products(fields: Tensor) -> Tensor:
    """The products v_i v_j with i <= j, of fields (n, N): (n (n + 1) / 2, N)."""
    size, count = fields.shape
    products = fields.new_empty(size * (size + 1) // 2, count)
    start = 0
    for i in range(size):
        torch.mul(fields[i], fields[i:], out=products[start : start + size - i])
        start += size - i
    return products


class TensorProduct(nn.Module):
    r"""The quadratic nonlinearity of this module's formula, each regular field for itself.

    Exactly equivariant under every rotation. Each field has its own weights, 615 at band limit 2:
    2 l + 1 copies of degree l, times 35, 70 and 74 elements for l = 0, 1, 2. They start from a
    normal distribution with the standard deviation :math:`1 / \sqrt{\text{elements}}`. Some of
    their directions never act, those that are antisymmetric in i and j; they are kept, so that
    parameters and initialisation are escnn's ``TensorProductModule``'s.

    Arguments:
        fields: how many regular fields. band_limit: of the fields.

    Shapes: (B, C, Z, Y, X) to the same.
    """

    def __init__(self, fields: int, band_limit: int = 2):
        super().__init__()
        self.fields, self.band_limit = fields, band_limit
        ((_, multiplicities),) = regular(fields, band_limit).groups
        self.size = field_size(multiplicities)
        self.weights = nn.ParameterList()
        for degree in range(band_limit + 1):
            elements = len(product_basis(degree, band_limit))
            weights = torch.randn(fields, 2 * degree + 1, elements) / math.sqrt(elements)
            self.weights.append(nn.Parameter(weights))

    def symmetric(self) -> Tensor:
        """S_kij = M_kij + M_kji of each field, (fields, n, n^2)."""
        parts = []
        for degree, weights in enumerate(self.weights):
            basis = constant(_symmetric, (degree, self.band_limit), weights.dtype, weights.device)
            part = weights @ basis  # (fields, copies, components n^2)
            parts.append(part.view(self.fields, -1, self.size**2))
        return torch.cat(parts, 1)

    def forward(self, x: Tensor) -> Tensor:
        rows = to_rows(x, self.fields * self.size).unflatten(1, (self.fields, self.size))
        return from_rows(_Quadratic.apply(rows, self.symmetric()), x.shape)

    def extra_repr(self) -> str:
        return f"{self.fields} fields, band_limit={self.band_limit}"
