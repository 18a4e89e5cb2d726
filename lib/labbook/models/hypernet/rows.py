"""The last layer of a decoder, cut to the rows that are wanted before the product."""

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable


class Rows(nn.Module):
    """The last layer of a decoder: hidden features to the first D rows of a matrix.

    Shapes: (q, h) to (q, D, columns).

    Arguments:
        hidden: h, features of the last hidden layer.
        used: the most rows asked for.
        rows: all rows; those beyond ``used`` enter no product.
        columns: of the matrix.
        init: see :class:`HyperNetwork`.
    """

    def __init__(self, hidden: int, used: int, rows: int, columns: int, init: float | None):
        super().__init__()
        self.columns = columns
        self.used = nn.Linear(hidden, used * columns)
        self.unused = nn.Linear(hidden, (rows - used) * columns) if rows > used else None
        if init is not None:
            with torch.no_grad():
                for layer in filter(None, (self.used, self.unused)):
                    layer.weight /= init
                    layer.bias.zero_()

    def forward(self, hidden: Tensor, rows: int) -> Tensor:
        size = rows * self.columns
        decoded = _Cut.apply(hidden, self.used.weight, self.used.bias, size)
        return decoded.view(-1, rows, self.columns)


class _Cut(torch.autograd.Function):
    """The first ``size`` outputs of an affine map: x (q, h), weight (o, h), bias (o) to (q, size).

    As slices of the parameters would give them; but the gradient of a slice is first made and then
    copied into zeros, which takes longer than the product. Here it is made in its place.
    """

    @staticmethod
    def forward(context, x: Tensor, weight: Tensor, bias: Tensor, size: int) -> Tensor:
        context.save_for_backward(x, weight)
        return torch.addmm(bias[:size], x, weight[:size].T)

    @staticmethod
    @once_differentiable
    def backward(context, gradient: Tensor):
        x, weight = context.saved_tensors
        size = gradient.shape[1]
        of_x = of_weight = of_bias = None
        if context.needs_input_grad[0]:
            of_x = gradient @ weight[:size]
        if context.needs_input_grad[1]:
            of_weight = torch.empty_like(weight)
            torch.mm(gradient.T, x, out=of_weight[:size])
            of_weight[size:].zero_()
        if context.needs_input_grad[2]:
            of_bias = weight.new_zeros(len(weight))
            torch.sum(gradient, 0, out=of_bias[:size])
        return of_x, of_weight, of_bias, None
