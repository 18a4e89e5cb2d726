r"""Tensor products of fields with themselves, and a learned map of the result.

.. math:: y_k = \sum_{i, j} M_{kij}\, v_i v_j

Since :math:`v_i v_j = v_j v_i`, the n^2 products are n (n + 1) / 2 different ones (1225 are 630 for
a regular field of band limit 2), and M acts through :math:`S_{kij} = M_{kij} + M_{kji}` alone.
"""

import torch
from escnn.nn import GeometricTensor
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from labbook.models.steerable.accelerated.filters import Filtered
from labbook.models.steerable.accelerated.typed import tensor_of
from labbook.models.steerable.rows import from_rows, full_precision, parts, to_rows


class _Quadratic(torch.autograd.Function):
    """y_k = sum over i, j of S_kij v_i v_j / 2, for voxels of fields v; keeps v alone.

    Forward, the products with i <= j are made of some fields at a time, each once.
    """

    @staticmethod
    def forward(ctx, rows: Tensor, symmetric: Tensor) -> Tensor:
        ctx.save_for_backward(rows, symmetric)
        _, fields, size = rows.shape
        first, second = torch.triu_indices(size, size, device=rows.device)
        folded = symmetric[:, :, first, second]
        folded = torch.where(first == second, folded / 2, folded)
        result = rows.new_empty(len(rows), *symmetric.shape[:2])
        for part in parts(rows, fields * len(first)):
            v = rows[part].permute(1, 2, 0).contiguous()  # (fields, size, voxels)
            products = v.index_select(1, first).mul_(v.index_select(1, second))
            result[part] = torch.bmm(folded, products).permute(2, 0, 1)
        return result

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient: Tensor) -> tuple[Tensor, Tensor]:
        rows, symmetric = ctx.saved_tensors
        fields, outputs, size, _ = symmetric.shape
        # dy_k / dv_j = sum over i of S_kij v_i, and S_kij gets g_k v_i v_j / 2.
        by_output = symmetric.flatten(1, 2).transpose(1, 2)
        result, of_matrix = torch.empty_like(rows), torch.zeros_like(symmetric).flatten(1, 2)
        with full_precision(rows.device):
            for part in parts(rows, fields * outputs * size):
                v = rows[part].permute(1, 2, 0).contiguous()
                upstream = gradient[part].permute(1, 2, 0).contiguous()
                outer = (upstream[:, :, None] * v[:, None]).flatten(1, 2)  # (k i, voxels)
                result[part] = torch.bmm(by_output, outer).permute(2, 0, 1)
                of_matrix.baddbmm_(outer, v.transpose(1, 2), alpha=0.5)
        return result, of_matrix.view_as(symmetric)


def quadratic(x: Tensor, matrix: Tensor) -> Tensor:
    """The formula of this file for fields (B, c n, ...) and a map M (c, k, n, n): (B, c k, ...)."""
    fields, size = matrix.shape[0], matrix.shape[2]
    rows = to_rows(x.to(matrix.dtype), fields * size).unflatten(1, (fields, size))
    return from_rows(_Quadratic.apply(rows, matrix + matrix.transpose(2, 3)), x.shape)


class Product(Filtered):
    """``TensorProductModule``: products are never kept, and each is made once."""

    @property
    def matrix(self) -> Tensor:
        """(C', n^2), in evaluation mode."""
        return self._evaluated("matrix")

    def forward(self, input: GeometricTensor) -> GeometricTensor:
        """Fields (B, C, ...) to (B, C', ...)."""
        x = tensor_of(self, input, self.in_type)
        with full_precision(x.device):
            y = quadratic(x, self._maps())
        return GeometricTensor(y, self.out_type, input.coords)

    def export(self) -> nn.Module:
        """A module of torch, in evaluation mode."""
        self.eval()
        return Quadratic(self._maps()).eval()

    def _maps(self) -> Tensor:
        size = self.in_type.representations[0].size
        return self.expand_parameters().view(len(self.in_type), -1, size, size)


class Quadratic(nn.Module):
    r"""The products of each field's components with one another, mapped: the formula of this file.

    Arguments:
        matrix: M, (c, k, n, n) for c fields of n components.

    Shapes: (B, c n, ...) to (B, c k, ...).
    """

    def __init__(self, matrix: Tensor):
        super().__init__()
        self.matrix = nn.Parameter(matrix.detach().clone())

    def forward(self, x: Tensor) -> Tensor:
        fields, _, size, _ = self.matrix.shape
        rows = to_rows(x, fields * size).unflatten(1, (fields, size))
        return from_rows(torch.einsum("ckij,rci,rcj->rck", self.matrix, rows, rows), x.shape)
