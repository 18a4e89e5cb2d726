"""The ResNets of the neighbor-location task: steerable blocks, then an ordinary classifier."""

from escnn import nn as enn
from escnn.nn import FieldType, GeometricTensor
from torch import Tensor, nn

from labbook.models.neighbor.classifier import CLASSES, NeighborClassifier
from labbook.models.neighbor.layers.blocks import ResidualBlock
from labbook.models.neighbor.layers.fields import regular, scalars
from labbook.models.neighbor.layers.functions import FourierFunction
from labbook.models.neighbor.layers.initial import built
from labbook.models.neighbor.widths import VIEW_VOXELS, Widths, layer_sizes, resnet_widths


class Stem(nn.Module):
    """A convolution without padding, batch norm and Fourier ELU: first and last layer."""

    def __init__(self, in_type: FieldType, fields: int, kernel_size: int):
        super().__init__()
        self.convolution = enn.R3Conv(in_type, regular(fields), kernel_size, bias=False)
        self.norm = enn.IIDBatchNorm3d(regular(fields))
        self.activation = FourierFunction(fields, "elu")

    def forward(self, x: GeometricTensor) -> GeometricTensor:
        return self.activation(self.norm(self.convolution(x)))


class ResNetEncoder(nn.Module):
    """Head, four residual blocks and tail, with the sizes of :func:`layer_sizes`.

    Arguments:
        block: "gamma", "alpha", "fourier" or "norm" (:mod:`labbook.models.neighbor.layers.blocks`).
        widths: fields of the layers. in_channels: scalars of a voxel.
        view_voxels: D, edge of a view.

    Shapes: (B, in_channels, D, D, D) to (B, 35 w), w the fields after the tail. Rotating the
    input rotates the output's fields; exactly so for the 24 rotations of the cube.
    """

    def __init__(
        self, block: str, widths: Widths, in_channels: int = 6, view_voxels: int = VIEW_VOXELS
    ):
        super().__init__()
        self.view_voxels = view_voxels
        *_, last, _ = layer_sizes(view_voxels)
        outer, inner = widths.outer, widths.inner
        self.in_type = scalars(in_channels)
        with built(self):
            self.head = Stem(self.in_type, outer[0], 3)
            self.blocks = nn.ModuleList(
                ResidualBlock(block, outer[i], inner[i], outer[i + 1], resize=i in (1, 3))
                for i in range(4)
            )
            self.tail = Stem(regular(outer[4]), outer[5], last)

    def forward(self, x: Tensor) -> Tensor:
        if x.shape[2:] != (self.view_voxels,) * 3:
            raise ValueError(
                f"the encoder takes views of {self.view_voxels} voxels along each edge, got "
                f"{tuple(x.shape[2:])}."
            )
        x = self.head(self.in_type(x))
        for block in self.blocks:
            x = block(x)
        return self.tail(x).tensor.flatten(1)


def resnet(
    block: str = "gamma",
    schedule: str = "log",
    max_channels: int = 16,
    bottleneck: str | None = None,
    in_channels: int = 6,
    view_voxels: int = VIEW_VOXELS,
) -> NeighborClassifier:
    """A ResNet of the grid; the classifier is Linear, ReLU, dropout 0.2, Linear.

    ``resnet("gamma", "log", 16)`` is the network of experiment 94 (713,979 parameters) and
    ``resnet("alpha", "expt91", 32)`` that of experiment 91 (2,743,675).

    Arguments:
        block: "gamma", "alpha", "fourier" or "norm".
        schedule, max_channels, bottleneck: see :func:`resnet_widths`.
        in_channels: scalars of a voxel, one for each kind of atom.
        view_voxels: edge of a view: 15, or 11, 19, … (:func:`layer_sizes`).

    Raises:
        ValueError: an unknown block, or what :func:`resnet_widths` or :func:`layer_sizes` refuse.
    """
    widths = resnet_widths(schedule, max_channels, bottleneck)
    encoder = ResNetEncoder(block, widths, in_channels, view_voxels)
    features = 2 * 35 * widths.outer[-1]
    classifier = nn.Sequential(
        nn.Linear(features, widths.hidden),
        nn.ReLU(),
        nn.Dropout(0.2),
        nn.Linear(widths.hidden, CLASSES),
    )
    return NeighborClassifier(encoder, classifier)
