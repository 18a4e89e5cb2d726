r"""Functions of one real variable, applied to fields as functions on SO(3).

=====================  =========================================================================
``elu``                x where x > 0, else exp(x) - 1
``relu``               max(x, 0)
``first_hermite``      :math:`\sqrt 2\, \pi^{-1/4}\, x\, e^{-x^2/2}`: odd, unit norm on the real
                       line, largest at x = 1 with 0.644288
``leaky_hard_shrink``  0.1 x where \|x\| <= 2, else 1.1 x
=====================  =========================================================================
"""

import math

from escnn import nn as enn
from torch import Tensor

from labbook.models.fieldwise.pointwise import ELU, RELU, PointwiseFunction
from labbook.models.neighbor.layers.fields import BAND_LIMIT, GROUP, SPACE, regular

GRID = {"type": "thomson_cube", "N": 4}  # 96 rotations, closed under those of the cube
_HERMITE = math.sqrt(2) * math.pi**-0.25


def _hermite(x: Tensor) -> Tensor:
    return (x * x).mul_(-0.5).exp_().mul_(x).mul_(_HERMITE)


def _hermite_slope(x: Tensor) -> Tensor:
    square = x * x
    return (square * -0.5).exp_().mul_(square.neg_().add_(1)).mul_(_HERMITE)


def _shrink(x: Tensor) -> Tensor:
    return x * (x.abs() > 2).to(x.dtype).add_(0.1)


def _shrink_slope(x: Tensor) -> Tensor:
    return (x.abs_() > 2).to(x.dtype).add_(0.1)


FUNCTIONS = {
    "elu": ELU,
    "relu": RELU,
    "first_hermite": PointwiseFunction(_hermite, _hermite_slope),
    "leaky_hard_shrink": PointwiseFunction(_shrink, _shrink_slope),
}


class FourierFunction(enn.FourierPointwise):
    """escnn's ``FourierPointwise`` on 96 rotations, with a function of the table above.

    Exactly equivariant under the 24 rotations of the cube, and approximately under others, the
    better the smaller the features and the smoother the function.

    Arguments:
        fields: how many regular fields of band limit 2. function: a name of the table.
    """

    def __init__(self, fields: int, function: str):
        if function not in FUNCTIONS:
            raise ValueError(f"a function must be one of {', '.join(FUNCTIONS)}, got {function!r}.")
        known = function in ("elu", "relu")
        super().__init__(
            SPACE, fields, GROUP.bl_irreps(BAND_LIMIT),
            function=f"p_{function}" if known else "p_elu", **GRID,
        )  # fmt: skip
        # One object for equal types: escnn compares the numbers of others at each call.
        self.in_type = self.out_type = regular(fields)
        if not known:
            self._function = FUNCTIONS[function]
