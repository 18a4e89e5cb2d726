"""Convolutions and linear maps of torch that keep what their input is made of, not the input."""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional

from labbook.models.fieldwise.remade import Recipe, keep, kept


class Steps(NamedTuple):
    """How a filter moves: stride, padding, dilation, each along every axis; groups."""

    stride: tuple[int, ...]
    padding: tuple[int, ...]
    dilation: tuple[int, ...]
    groups: int


class Convolved(torch.autograd.Function):
    """x (B, C, ...) and filters (C', C / groups, ...) to (B, C', ...), with a recipe of x."""

    @staticmethod
    def forward(
        ctx, x: Tensor, recipe: Recipe, filters: Tensor, bias: Tensor | None, steps: Steps
    ) -> Tensor:
        keep(ctx, x, recipe, filters)
        ctx.steps, ctx.outputs = steps, None if bias is None else bias.shape
        convolve = functional.conv3d if x.dim() == 5 else functional.conv2d
        return convolve(x, filters, bias, *steps)

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient: Tensor) -> tuple[Tensor | None, ...]:
        filters, x = kept(ctx, 1)
        *steps, groups = ctx.steps
        asked = [ctx.needs_input_grad[place] for place in (0, 2, 3)]
        of_x, of_filters, of_bias = torch.ops.aten.convolution_backward(
            gradient, x, filters, ctx.outputs, *steps, False, [0] * len(steps[0]), groups, asked
        )
        return of_x, None, of_filters, of_bias, None


class Mapped(torch.autograd.Function):
    """x (B, C, ...) and a matrix (C', C) to (B, ..., C'), with a recipe of x."""

    @staticmethod
    def forward(ctx, x: Tensor, recipe: Recipe, matrix: Tensor, bias: Tensor | None) -> Tensor:
        keep(ctx, x, recipe, matrix)
        return functional.linear(x.movedim(1, -1), matrix, bias)

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient: Tensor) -> tuple[Tensor | None, ...]:
        matrix, x = kept(ctx, 1)
        rows = gradient.flatten(0, -2)
        of_x, of_matrix, of_bias = (ctx.needs_input_grad[place] for place in (0, 2, 3))
        return (
            (gradient @ matrix).movedim(-1, 1) if of_x else None,
            None,
            rows.t() @ x.movedim(1, -1).flatten(0, -2) if of_matrix else None,
            rows.sum(0) if of_bias else None,
        )
