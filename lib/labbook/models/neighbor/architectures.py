"""Architectures #0 to #3: plain steerable convolutions over two views, and an equivariant head."""

from torch import Tensor, nn

from labbook.models.neighbor.classifier import NeighborClassifier
from labbook.models.neighbor.head import EquivariantHead
from labbook.models.neighbor.layouts import Layout, layout
from labbook.models.steerable import (
    FieldType,
    FourierPointwise,
    IIDBatchNorm,
    SteerableConv,
    regular,
    scalars,
)
from labbook.models.steerable.widths import Step


class PlainLayer(nn.Module):
    """Convolution, batch norm and Fourier ELU; without ``norm`` a convolution with a bias.

    Shapes: (B, C, X, Y, Z), C channels of ``in_type``, to (B, 35 fields, X', Y', Z').
    """

    def __init__(self, in_type: FieldType, fields: int, step: Step, norm: bool):
        super().__init__()
        out_type = regular(fields)
        self.convolution = SteerableConv(
            in_type, out_type, step.kernel_size, stride=step.stride, padding=step.padding,
            bias=not norm,
        )  # fmt: skip
        self.norm = IIDBatchNorm(out_type) if norm else None
        self.activation = FourierPointwise("elu")

    def forward(self, x: Tensor, views: int = 1) -> Tensor:
        x = self.convolution(x)
        if self.norm is not None:
            x = self.norm(x, views)
        return self.activation(x)


class PlainEncoder(nn.Module):
    """The convolutions of a layout, one after the other, down to one voxel.

    Arguments:
        layout: widths, kernels, strides and paddings.
        in_channels: C of the images.

    Shapes: images (B, C, D, D, D), D the layout's input size, to (B, 35 w), w the last width. With
    ``views=n`` the batch holds n views of B / n examples, one view after the other.

    Raises:
        ValueError: images of another size.
    """

    def __init__(self, layout: Layout, in_channels: int):
        super().__init__()
        self.input_size = layout.input_size
        in_types = [scalars(in_channels), *map(regular, layout.widths[:-1])]
        rows = zip(in_types, layout.widths, layout.steps, strict=True)
        self.layers = nn.ModuleList(
            PlainLayer(in_type, fields, step, norm=step.size > 1) for in_type, fields, step in rows
        )

    def forward(self, x: Tensor, views: int = 1) -> Tensor:
        if any(size != self.input_size for size in x.shape[2:]):
            raise ValueError(
                f"this encoder takes images of {self.input_size} voxels along each edge, got a "
                f"batch of shape {tuple(x.shape)}."
            )
        for layer in self.layers:
            x = layer(x, views)
        return x.flatten(1)


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
