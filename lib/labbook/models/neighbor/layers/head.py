"""The equivariant classifier: features of two views to six logits, without leaving the group."""

import torch
from escnn import nn as enn
from torch import Tensor, nn

from labbook.models.neighbor.axes import cube_rotations, sampling_directions
from labbook.models.neighbor.layers.fields import BAND_LIMIT, GROUP, SPACE, regular
from labbook.models.neighbor.layers.functions import FourierFunction
from labbook.models.neighbor.layers.initial import built

ABOUT_Z = (False, -1)  # the rotations that leave the point (0, 0, 1) where it is


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

    Raises:
        ValueError: other axes.
    """

    def __init__(self, fields: int, axes: str = "data"):
        super().__init__()
        self.axes = axes
        function = _at_directions(axes)
        both_views = regular(2 * fields)
        with built(self):
            self.hidden = enn.R3Conv(both_views, both_views, 1)
            self.activation = FourierFunction(2 * fields, "elu")
            self.to_sphere = enn.R3Conv(both_views, function.in_type, 1)
        # escnn gives each degree the same weight, and the formula above that of its harmonics.
        sizes = torch.tensor([2 * degree + 1 for (degree,) in function.rho.irreps])
        weights = (sizes / len(sizes)).sqrt().repeat_interleave(sizes)
        self.register_buffer("readout", function.A.t() * weights[:, None], False)

    def forward(self, x: Tensor) -> Tensor:
        x = self.hidden(self.hidden.in_type(x[:, :, None, None, None]))
        function = self.to_sphere(self.activation(x)).tensor.flatten(1)
        return function @ self.readout

    def extra_repr(self) -> str:
        return f"axes={self.axes!r}"


def _at_directions(axes: str) -> enn.QuotientFourierPointwise:
    """Functions on the sphere, sampled at six directions."""
    rotations = [
        next(rotation for rotation in cube_rotations() if (rotation[:, 2] == direction).all())
        for direction in sampling_directions(axes)
    ]
    return enn.QuotientFourierPointwise(
        SPACE, ABOUT_Z, 1, GROUP.bl_irreps(BAND_LIMIT),
        grid=[GROUP.element(rotation, "MAT") for rotation in rotations],
    )  # fmt: skip
