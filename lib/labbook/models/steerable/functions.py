r"""Functions of one real variable, with their derivatives.

=====================  =========================================================================
``elu``                x where x > 0, else exp(x) - 1
``relu``               max(x, 0)
``first_hermite``      :math:`\sqrt 2\, \pi^{-1/4}\, x\, e^{-x^2/2}`: odd, unit norm on the real
                       line, largest at x = 1 with 0.644288
``leaky_hard_shrink``  0.1 x where \|x\| <= 2, else 1.1 x
=====================  =========================================================================
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

_HERMITE = math.sqrt(2) * math.pi**-0.25


@dataclass(frozen=True)
class PointwiseFunction:
    """A function and its derivative; either may overwrite what it is given.

    Arguments:
        value: x to f(x). slope: x to f'(x).
    """

    value: Callable[[Tensor], Tensor]
    slope: Callable[[Tensor], Tensor]


def _hermite(x: Tensor) -> Tensor:
    return (x * x).mul_(-0.5).exp_().mul_(x).mul_(_HERMITE)


def _hermite_slope(x: Tensor) -> Tensor:
    square = x * x
    return (square * -0.5).exp_().mul_(square.neg_().add_(1)).mul_(_HERMITE)


def _shrink_slope(x: Tensor) -> Tensor:
    return (x.abs_() > 2).to(x.dtype).add_(0.1)


FUNCTIONS = {
    "elu": PointwiseFunction(functional.elu_, lambda x: x.clamp_(max=0).exp_()),
    "relu": PointwiseFunction(torch.relu_, lambda x: (x > 0).to(x.dtype)),
    "first_hermite": PointwiseFunction(_hermite, _hermite_slope),
    "leaky_hard_shrink": PointwiseFunction(
        lambda x: x * (x.abs() > 2).to(x.dtype).add_(0.1), _shrink_slope
    ),
}


def pointwise_function(name: str) -> PointwiseFunction:
    """The function of a name."""
    if name not in FUNCTIONS:
        raise ValueError(f"a function must be one of {', '.join(FUNCTIONS)}, got {name!r}.")
    return FUNCTIONS[name]
