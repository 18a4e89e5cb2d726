"""Architectures #0 to #3: plain steerable convolutions over two views, and an equivariant head."""

from escnn import nn as enn
from escnn.nn import FieldType, GeometricTensor
from torch import Tensor, nn

from labbook.models.neighbor.classifier import NeighborClassifier
from labbook.models.neighbor.layers.fields import regular, scalars
from labbook.models.neighbor.layers.functions import FourierFunction
from labbook.models.neighbor.layers.head import EquivariantHead
from labbook.models.neighbor.layers.initial import built
from labbook.models.neighbor.layouts import Layout, layout
from labbook.models.neighbor.planning import Step


class PlainLayer(nn.Module):
    """Convolution, batch norm and Fourier ELU; without ``norm`` a convolution with a bias.

    Shapes: (B, C, X, Y, Z), C channels of ``in_type``, to (B, 35 fields, X', Y', Z').
    """

    def __init__(self, in_type: FieldType, fields: int, step: Step, norm: bool):
        super().__init__()
        self.convolution = enn.R3Conv(
            in_type, regular(fields), step.kernel_size, stride=step.stride, padding=step.padding,
            bias=not norm,
        )  # fmt: skip
        self.norm = enn.IIDBatchNorm3d(regular(fields)) if norm else None
        self.activation = FourierFunction(fields, "elu")

    def forward(self, x: GeometricTensor) -> GeometricTensor:
        x = self.convolution(x)
        if self.norm is not None:
            x = self.norm(x)
        return self.activation(x)


class PlainEncoder(nn.Module):
    """The convolutions of a layout, one after the other, down to one voxel.

    Arguments:
        layout: widths, kernels, strides and paddings.
        in_channels: C of the images.

    Shapes: images (B, C, D, D, D), D the layout's input size, to (B, 35 w), w the last width.

    Raises:
        ValueError: images of another size.
    """

    def __init__(self, layout: Layout, in_channels: int):
        super().__init__()
        self.input_size, self.in_type = layout.input_size, scalars(in_channels)
        in_types = [self.in_type, *map(regular, layout.widths[:-1])]
        rows = zip(in_types, layout.widths, layout.steps, strict=True)
        with built(self):
            self.layers = nn.ModuleList(
                PlainLayer(in_type, fields, step, norm=step.size > 1)
                for in_type, fields, step in rows
            )

    def forward(self, x: Tensor) -> Tensor:
        if any(size != self.input_size for size in x.shape[2:]):
            raise ValueError(
                f"this encoder takes images of {self.input_size} voxels along each edge, got a "
                f"batch of shape {tuple(x.shape)}."
            )
        x = self.in_type(x)
        for layer in self.layers:
            x = layer(x)
        return x.tensor.flatten(1)


def architecture(name: str, in_channels: int = 4, axes: str = "data") -> NeighborClassifier:
    """A network for the neighbor-location task by name.

    Arguments:
        name: one of :data:`labbook.models.neighbor.layouts.LAYOUTS`, for instance ``arch_0``,
            ``arch_1_width_7_kernel_5`` or ``arch_3_width_14_repeats_4``.
        in_channels: C of the images; 4 are carbon, nitrogen, oxygen and everything else.
        axes: of the head: "data", or "escnn" as in the original.

    Raises:
        ValueError: an unknown name; the wide #2, of which there are two candidates; other axes.
    """
    plan = layout(name)
    return NeighborClassifier(
        PlainEncoder(plan, in_channels), EquivariantHead(plan.widths[-1], axes)
    )
