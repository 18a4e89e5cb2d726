"""The language in which reviewed networks are written: one value for each row of their table.

A network is a tuple of layers. Sizes, parameters and costs are nowhere written here; they follow
from the torch module that ``build`` makes of them. Kernel sizes, strides and paddings are one
number for all axes, or one for each axis (of a video: time, height, width).
"""

from dataclasses import dataclass
from typing import Literal

Extent = int | tuple[int, ...]


@dataclass(frozen=True)
class Conv:
    """Convolution, batch normalisation where ``norm``, ReLU where ``activation``.

    Arguments:
        channels: out of the convolution.
        kernel, stride, padding: in voxels; a padding of "same" keeps the size.
        groups: the channels are divided into so many parts that don't mix.
        norm: a batch normalisation follows. bias: when not given, there is one without ``norm``.
        activation: a ReLU follows.
    """

    channels: int
    kernel: Extent
    stride: Extent = 1
    padding: Extent | Literal["same"] = 0
    groups: int = 1
    norm: bool = False
    bias: bool | None = None
    activation: bool = True


@dataclass(frozen=True)
class Depthwise:
    """A convolution of each channel with its own kernel, batch normalisation and ReLU."""

    kernel: Extent
    stride: Extent = 1
    padding: Extent = 0


@dataclass(frozen=True)
class Pool:
    """Maximum or mean over a window. stride: the window's size when not given.

    ceil: windows that reach over the border count (the padding "SAME" of some frameworks).
    """

    kind: Literal["max", "average"]
    kernel: Extent
    stride: Extent | None = None
    padding: Extent = 0
    ceil: bool = False


@dataclass(frozen=True)
class GlobalPool:
    """The mean over all positions that are left."""


@dataclass(frozen=True)
class Norm:
    """Batch normalisation and ReLU, where they stand before a convolution (or alone)."""

    activation: bool = True


@dataclass(frozen=True)
class Linear:
    """A fully connected layer; what comes in is flattened. The options are those of ``Conv``."""

    features: int
    norm: bool = False
    bias: bool | None = None
    activation: bool = True


@dataclass(frozen=True)
class Branches:
    """The outputs of several chains of layers, concatenated; an empty chain is its input."""

    chains: tuple[tuple["Layer", ...], ...]


@dataclass(frozen=True)
class Shortcut:
    """The sum of two chains of layers (an empty one is its input), and a ReLU."""

    body: tuple["Layer", ...]
    shortcut: tuple["Layer", ...] = ()
    activation: bool = True


@dataclass(frozen=True)
class PadChannels:
    """Every ``stride``-th position, and zeros for the channels that are missing."""

    channels: int
    stride: Extent = 1


@dataclass(frozen=True)
class Steerable:
    """Steerable convolution between fields of irreps of SO(3).

    Arguments:
        fields: how many irreps of l = 0, 1, 2, … come out.
        kernel: odd. stride, padding: as in ``Conv``.
        cutoff: which degrees J a shell of the kernel carries; see ``steerable.CUTOFFS``.
        gated: scalars pass a ReLU, the others are multiplied with a sigmoid of a scalar of theirs.
    """

    fields: tuple[int, ...]
    kernel: int
    stride: int = 1
    padding: int = 0
    cutoff: str = "compromise"
    gated: bool = False


@dataclass(frozen=True)
class FourierELU:
    """Steerable batch normalisation and an ELU on samples of functions on SO(3) or the sphere.

    Arguments:
        band_limit: L, of the functions. samples: how many points they are sampled at.
        domain: "group", with (L+1)(2L+1)(2L+3)/3 channels a field, or "sphere", with (L+1)².
        norm: one scale and one shift for each field, before.
        mean: only the mean over the samples comes out, one scalar a field.
    """

    band_limit: int
    samples: int
    domain: Literal["group", "sphere"] = "group"
    norm: bool = True
    mean: bool = False


@dataclass(frozen=True)
class Blur:
    """A Gaussian blur with a stride, the same for each channel, without parameters."""

    kernel: int
    stride: int
    padding: int


@dataclass(frozen=True)
class Block:
    """Several layers that stand as one row, under a name."""

    name: str
    layers: tuple["Layer", ...]


Layer = (
    Conv | Depthwise | Pool | GlobalPool | Norm | Linear | Branches | Shortcut | PadChannels
    | Steerable | FourierELU | Blur | Block
)  # fmt: skip


@dataclass(frozen=True)
class Network:
    """A reviewed network: where it comes from, what goes in, its layers, what had to be assumed.

    Arguments:
        citation: a key of ``docs/references.bib``. year: of the first publication.
        group: "images", "videos and objects", "proteins" or "equivariant".
        purpose: what it is for, in a few words.
        channels, size: of the input, without the batch; size in pixels, voxels or frames x pixels.
        layers: the rows of its table.
        voxel_A: the side of a voxel in Å, where the input is a grid in space.
        assumed: what the publication leaves open, what stands here, and why; "" for nothing.
        parameters: the count that was published. parameters_source: by whom. exact: whether it is
            a count (True) or rounded (False).
        sheet: the sheet of the workbook ``cnn_models.xlsx`` that describes it.
    """

    citation: str
    year: int
    group: Literal["images", "videos and objects", "proteins", "equivariant"]
    purpose: str
    channels: int
    size: tuple[int, ...]
    layers: tuple[Layer, ...]
    voxel_A: float | None = None
    assumed: str = ""
    parameters: int | None = None
    parameters_source: str = ""
    exact: bool = False
    sheet: str | None = None
