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

from labbook.models.steerable.constants import constant, full_precision
from labbook.models.steerable.fields import field_size, regular
from labbook.models.steerable.kept import Kept
from labbook.models.steerable.rotations.harmonics import Array, clebsch_gordan
from labbook.models.steerable.rows import from_rows, to_rows

# The products of so many fields fit into a cache of one megabyte.
FIELDS_AT_ONCE = {"cpu": 400, "cuda": 1 << 16}


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

    Forward, the products with i <= j are made of some fields at a time, each once.
    """

    @staticmethod
    def forward(ctx, rows: Tensor, symmetric: Tensor) -> Tensor:
        ctx.save_for_backward(rows, symmetric)
        channels, size = rows.shape[1:]
        first, second = torch.triu_indices(size, size, device=rows.device)
        folded = symmetric.unflatten(2, (size, size))[:, :, first, second]
        folded = torch.where(first == second, folded / 2, folded)
        result = torch.empty_like(rows)
        for part in _parts(rows):
            fields = rows[part].permute(1, 2, 0).contiguous()  # (channels, size, voxels)
            products = fields.index_select(1, first).mul_(fields.index_select(1, second))
            result[part] = torch.bmm(folded, products).permute(2, 0, 1)
        return result

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[Tensor, Tensor]:
        rows, symmetric = ctx.saved_tensors
        channels, size = rows.shape[1:]
        # dy_k / dv_j = sum over i of S_kij v_i, and S_kij gets g_k v_i v_j / 2.
        by_output = symmetric.view(channels, size * size, size).transpose(1, 2)
        result, of_matrix = torch.empty_like(rows), torch.zeros_like(symmetric)
        of_matrix = of_matrix.view(channels, size * size, size)
        for part in _parts(rows):
            fields = rows[part].permute(1, 2, 0).contiguous()
            upstream = gradient[part].permute(1, 2, 0).contiguous()
            outer = (upstream[:, :, None] * fields[:, None]).flatten(1, 2)  # (k i, voxels)
            result[part] = torch.bmm(by_output, outer).permute(2, 0, 1)
            of_matrix.baddbmm_(outer, fields.transpose(1, 2), alpha=0.5)
        return result, of_matrix.view_as(symmetric)


def _parts(rows: Tensor) -> list[slice]:
    """Slices of the voxels of rows (voxels, channels, size)."""
    at_once = FIELDS_AT_ONCE.get(rows.device.type, rows.shape[0] * rows.shape[1])
    step = max(1, at_once // rows.shape[1])
    return [slice(start, start + step) for start in range(0, len(rows), step)]


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
        self._kept = Kept()

    def train(self, mode: bool = True):
        """As ever; what was kept is forgotten, also where ``.data`` was written to."""
        self._kept.forget()
        return super().train(mode)

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
        with full_precision(x.device):
            return from_rows(
                _Quadratic.apply(rows, self._kept.get(self.parameters(), self.symmetric)), x.shape
            )

    def extra_repr(self) -> str:
        return f"{self.fields} fields, band_limit={self.band_limit}"
