"""Modules of torch for those of escnn that it can't export itself."""

from collections.abc import Callable

import torch
from torch import Tensor, nn


class SampledFunction(nn.Module):
    r"""A function of the samples of fields, transformed back: :math:`B f(A v)`.

    Arguments:
        sampling: A, (N, C) for fields of C components on N points. analysis: B, (C', N).
        function: f.

    Shapes: (B, n C, ...) to (B, n C', ...), n fields.
    """

    def __init__(self, sampling: Tensor, analysis: Tensor, function: Callable):
        super().__init__()
        self.register_buffer("sampling", sampling.detach().clone())
        self.register_buffer("analysis", analysis.detach().clone())
        self.function = function

    def forward(self, x: Tensor) -> Tensor:
        fields = x.movedim(1, -1).unflatten(-1, (-1, self.sampling.shape[1]))
        samples = self.function(fields @ self.sampling.t())
        return (samples @ self.analysis.t()).flatten(-2).movedim(-1, 1)


class Quadratic(nn.Module):
    r"""The products of each field's components, mapped: :math:`y_k = \sum M_{kij} v_i v_j`.

    Arguments:
        matrix: M, (c, k, n, n) for c fields of n components.

    Shapes: (B, c n, ...) to (B, c k, ...).
    """

    def __init__(self, matrix: Tensor):
        super().__init__()
        self.matrix = nn.Parameter(matrix.detach().clone())

    def forward(self, x: Tensor) -> Tensor:
        fields = x.unflatten(1, (len(self.matrix), -1))
        return torch.einsum("ckij,bci...,bcj...->bck...", self.matrix, fields, fields).flatten(1, 2)
