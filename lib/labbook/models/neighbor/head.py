"""The equivariant classifier: features of two views to six logits, without leaving the group."""

import math

import numpy as np
from torch import Tensor, nn

from labbook.models.neighbor.axes import sampling_directions
from labbook.models.steerable import FourierPointwise, SteerableConv, regular, sphere
from labbook.models.steerable.constants import constant
from labbook.models.steerable.rotations.harmonics import spherical_harmonics


class EquivariantHead(nn.Module):
    r"""Both views' fields, one hidden layer, a function on the sphere, read at six directions.

    .. math:: z_i = f(d_i), \qquad f = W_2\, \mathrm{ELU}_{SO(3)}(W_1 (x_0 \oplus x_1) + b_1) + b_2

    with equivariant linear maps :math:`W_1`, to as many fields as come in, and :math:`W_2`, to one
    function f on the sphere of band limit 2. Rotating what is in both views permutes the logits.

    Arguments:
        fields: w, regular fields of one view.
        axes: "data" reads f at the candidates of images stored as (x, y, z); "escnn" reads it where
            a candidate would lie if the images were in escnn's frame, see
            :mod:`labbook.models.neighbor.axes`.

    Parameters: :math:`35 (2w)^2 + 2w + 9 (2w) + 1`.

    Shapes: (B, 2 · 35 w), the views one behind the other, to logits (B, 6).
    """

    def __init__(self, fields: int, axes: str = "data"):
        super().__init__()
        sampling_directions(axes)
        self.axes = axes
        both_views = regular(2 * fields)
        self.hidden = SteerableConv(both_views, both_views, 1, bias=True)
        self.activation = FourierPointwise("elu")
        self.to_sphere = SteerableConv(both_views, sphere(1), 1, bias=True)

    def forward(self, x: Tensor) -> Tensor:
        x = self.activation(self.hidden(x[:, :, None, None, None]))
        function = self.to_sphere(x).flatten(1)
        return function @ constant(_readout, (self.axes,), function.dtype, function.device)

    def extra_repr(self) -> str:
        return f"axes={self.axes!r}"


def _readout(axes: str, band_limit: int = 2) -> np.ndarray:
    r"""Coefficients on the sphere to values at six directions: (9, 6), columns of length 1,

    :math:`\sqrt{4\pi / 9}\, Y_{lm}(d_i)`.
    """
    directions = sampling_directions(axes)
    values = [spherical_harmonics(degree, directions) for degree in range(band_limit + 1)]
    return math.sqrt(4 * math.pi) / (band_limit + 1) * np.concatenate(values, axis=1).T
