"""Pointwise functions on a group or a quotient: sample fields, apply, transform back."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
from escnn.nn import GeometricTensor
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional

from labbook.models.building.exported import SampledFunction
from labbook.models.fieldwise.remade import Recipe, keep, kept, note_after, recipe_of
from labbook.models.fieldwise.rows import from_rows, full_precision, over_parts, to_rows
from labbook.models.fieldwise.typed import tensor_of


@dataclass(frozen=True)
class PointwiseFunction:
    """A function and its derivative; either may overwrite what it is given.

    Arguments:
        value: x to f(x). slope: x to f'(x).
    """

    value: Callable[[Tensor], Tensor]
    slope: Callable[[Tensor], Tensor]

    def __call__(self, x: Tensor) -> Tensor:
        return _Applied.apply(x, self)


class _Applied(torch.autograd.Function):
    """f(x), for modules that hand samples to a function and leave the rest to autograd."""

    @staticmethod
    def forward(ctx, x: Tensor, function: PointwiseFunction) -> Tensor:
        ctx.save_for_backward(x)
        ctx.function = function
        return function.value(x.clone())

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient: Tensor) -> tuple[Tensor, None]:
        return ctx.function.slope(ctx.saved_tensors[0].clone()).mul_(gradient), None


RELU = PointwiseFunction(torch.relu_, lambda x: (x > 0).to(x.dtype))
ELU = PointwiseFunction(functional.elu_, lambda x: x.clamp_(max=0).exp_())
SIGMOID = PointwiseFunction(torch.sigmoid_, lambda x: x.sigmoid_().mul_(1 - x))
TANH = PointwiseFunction(torch.tanh_, lambda x: 1 - x.tanh_().square_())
# Those that escnn has, in place and not.
KNOWN = {
    functional.relu: RELU,
    functional.relu_: RELU,
    functional.elu: ELU,
    functional.elu_: ELU,
    functional.sigmoid: SIGMOID,
    torch.sigmoid_: SIGMOID,
    functional.tanh: TANH,
    torch.tanh_: TANH,
}


def _applied(x: Tensor, sampling: Tensor, analysis: Tensor, function: PointwiseFunction) -> Tensor:
    """Rows B f(A v) of each field v of (B, C, ...)."""
    rows = to_rows(x, sampling.shape[1])
    result = rows.new_empty(len(rows), len(analysis))

    def apply(share: list[slice]) -> None:
        for part in share:
            samples = function.value(rows[part] @ sampling.t())
            torch.mm(samples, analysis.t(), out=result[part])

    with full_precision(x.device):
        over_parts(rows, len(sampling), apply)
    return result


class _Pointwise(torch.autograd.Function):
    """:func:`_applied`; keeps x, or what it is made of, and samples it again in the backward
    pass."""

    @staticmethod
    def forward(
        ctx, x: Tensor, recipe: Recipe | None, sampling: Tensor, analysis: Tensor, function
    ) -> Tensor:
        keep(ctx, x, recipe, sampling, analysis)
        ctx.function = function
        return _applied(x, sampling, analysis, function)

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient: Tensor) -> tuple[Tensor, None, None, None, None]:
        sampling, analysis, x = kept(ctx, 2)
        rows = to_rows(x, sampling.shape[1])
        result = torch.empty_like(rows)

        def apply(share: list[slice]) -> None:
            for part in share:
                slope = ctx.function.slope(rows[part] @ sampling.t())
                slope.mul_(gradient[part] @ analysis)
                torch.mm(slope, sampling, out=result[part])

        with full_precision(rows.device):
            over_parts(rows, len(sampling), apply)
        return from_rows(result, x.shape), None, None, None, None


class Pointwise:
    """``FourierPointwise``, ``QuotientFourierPointwise``: samples are never kept."""

    def forward(self, input: GeometricTensor) -> GeometricTensor:
        """Fields (B, C, ...) to (B, C', ...)."""
        x = tensor_of(self, input, self.in_type)
        function = KNOWN.get(self._function, self._function)
        if not isinstance(function, PointwiseFunction):
            return super().forward(input)
        with full_precision(x.device):
            x = x.to(self.A.dtype)
            rows = _Pointwise.apply(x, recipe_of(x, quick=True), self.A, self.Ainv, function)
            y = from_rows(rows, x.shape)
            note_after(y, partial(_applied, function=function), x, self.A, self.Ainv)
        return GeometricTensor(y, self.out_type, input.coords)

    def export(self) -> nn.Module:
        """A module of torch, in evaluation mode."""
        self.eval()
        return SampledFunction(self.A, self.Ainv, self._function).eval()
