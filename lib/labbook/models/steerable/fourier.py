"""Pointwise functions on SO(3): sample a field on a grid of rotations, apply, transform back."""

import torch
from torch import Tensor, nn

from labbook.models.steerable.constants import constant, full_precision
from labbook.models.steerable.functions import PointwiseFunction, pointwise_function
from labbook.models.steerable.rotations.grid import analysis_matrix, sampling_matrix
from labbook.models.steerable.rows import from_rows, to_rows

# Samples of so many fields fit into a cache of one to two megabytes.
CHUNK = {"cpu": 2048, "cuda": 1 << 17}


class _Pointwise(torch.autograd.Function):
    """B f(A v) for rows v; keeps v alone and samples it again in the backward pass."""

    @staticmethod
    def forward(ctx, rows: Tensor, function: PointwiseFunction, band_limit: int) -> Tensor:
        ctx.save_for_backward(rows)
        ctx.function, ctx.band_limit = function, band_limit
        sampling, analysis = _matrices(rows, band_limit)
        result = torch.empty_like(rows)
        step = CHUNK.get(rows.device.type, len(rows) or 1)
        for start in range(0, len(rows), step):
            samples = function.value(rows[start : start + step] @ sampling.t())
            torch.mm(samples, analysis.t(), out=result[start : start + step])
        return result

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[Tensor, None, None]:
        (rows,) = ctx.saved_tensors
        sampling, analysis = _matrices(rows, ctx.band_limit)
        result = torch.empty_like(rows)
        step = CHUNK.get(rows.device.type, len(rows) or 1)
        for start in range(0, len(rows), step):
            slope = ctx.function.slope(rows[start : start + step] @ sampling.t())
            slope.mul_(gradient[start : start + step] @ analysis)
            torch.mm(slope, sampling, out=result[start : start + step])
        return result, None, None


def _matrices(rows: Tensor, band_limit: int) -> tuple[Tensor, Tensor]:
    """A and B in the type and on the device of some rows."""
    return tuple(
        constant(make, (band_limit,), rows.dtype, rows.device)
        for make in (sampling_matrix, analysis_matrix)
    )


class FourierPointwise(nn.Module):
    r"""A function applied to each regular field as a function on SO(3): :math:`B f(A v)`.

    A samples the field on 96 rotations and B fits a field to samples (:mod:`grid`). Exactly
    equivariant under the 24 rotations of the cube, and approximately under others, the better the
    smaller the features and the smoother the function.

    Arguments:
        function: "elu", "relu", "first_hermite" or "leaky_hard_shrink" (:mod:`functions`).
        band_limit: of the regular fields that all channels consist of.

    Shapes: (B, C, Z, Y, X) to the same.
    """

    def __init__(self, function: str, band_limit: int = 2):
        super().__init__()
        self.name, self.function = function, pointwise_function(function)
        self.band_limit = band_limit

    def forward(self, x: Tensor) -> Tensor:
        rows = to_rows(x, sampling_matrix(self.band_limit).shape[1])
        with full_precision(x.device):
            return from_rows(_Pointwise.apply(rows, self.function, self.band_limit), x.shape)

    def extra_repr(self) -> str:
        return f"{self.name!r}, band_limit={self.band_limit}"
