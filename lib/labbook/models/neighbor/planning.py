"""How wide the layers of a steerable network are: fields, physical channels, and what fits.

Widths are counted in *fields*: copies of the spectral regular representation, 35 physical
channels each at band limit 2. Pure arithmetic on the spatial sizes of a network.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from labbook.models.neighbor.layers.fields import regular_field


@dataclass(frozen=True)
class Step:
    """How a convolution gets from one spatial size to the next.

    Attributes:
        kernel_size, stride, padding: of the convolution, in voxels.
        size: edge of the cube that comes out, in voxels.
    """

    kernel_size: int
    stride: int
    padding: int
    size: int


def fields_within(channels: float, band_limit: int = 2) -> int:
    """The most fields whose physical channels do not exceed a number: floor(channels / size).

    For 64, 128, …, 8192 channels at band limit 2: 1, 3, 7, 14, 29, 58, 117, 234.
    """
    return math.floor(channels / regular_field(band_limit).size)


def fields_nearest(channels: float, band_limit: int = 2) -> int:
    """The fields whose physical channels are nearest to a number (of two, the fewer)."""
    size = regular_field(band_limit).size
    below = fields_within(channels, band_limit)
    return below + (channels - below * size > (below + 1) * size - channels)


def plan_widths(
    sizes: Sequence[int], band_limit: int = 2, first_fields: int = 7, cap: int | None = None
) -> list[int]:
    r"""Fields of each layer, so that channels grow as the images shrink.

    With the edges :math:`d_1, d_2, …` after the layers, layer i is given
    :math:`w_1 d_1 / d_i` physical channels, :math:`w_1` those of ``first_fields``; that is rounded
    to the nearest power of two on a logarithmic scale, and to the fields that it holds.

    Arguments:
        sizes: edges of the cubes in voxels, that of the input first.
        band_limit: L of the fields.
        first_fields: width of the first layer before rounding, in fields.
        cap: no layer gets more fields than these.

    Returns:
        One number of fields for each layer, that is for each size but the first.

    Raises:
        ValueError: sizes that are no whole numbers of voxels or that grow; a width below one.

    Source: the schedule of the log that this experiment follows.
    """
    _check_sizes(sizes)
    for name, value in (("first_fields", first_fields), ("cap", cap)):
        if value is not None and value < 1:
            raise ValueError(f"{name} is a number of fields, 1 or more, got {value}.")
    first_channels = first_fields * regular_field(band_limit).size
    widths = []
    for size in sizes[1:]:
        channels = 2 ** round(math.log2(first_channels * sizes[1] / size))
        fields = max(1, fields_within(channels, band_limit))
        widths.append(fields if cap is None else min(fields, cap))
    return widths


def plan_steps(sizes: Sequence[int], kernel_size: int = 3) -> list[Step]:
    """The convolutions that lead through a list of spatial sizes.

    Each keeps the centre of the grid, so that rotations of the cube stay exact: (size + 2 padding -
    kernel) is a multiple of the stride. Strides are 1 or 2, and the padding at most what keeps the
    size at stride 1.

    Arguments:
        sizes: edges of the cubes in voxels, that of the input first.
        kernel_size: odd, the same for all.

    Raises:
        ValueError: no such convolution leads from one of the sizes to the next.
    """
    _check_sizes(sizes)
    if kernel_size < 1 or kernel_size % 2 == 0:
        raise ValueError(f"kernel_size is odd and positive here, got {kernel_size}.")
    steps = []
    for before, after in zip(sizes[:-1], sizes[1:], strict=True):
        choices = [
            Step(kernel_size, stride, padding, after)
            for stride in (1, 2)
            for padding in range(kernel_size // 2 + 1)
            if before + 2 * padding - kernel_size == stride * (after - 1)
        ]
        if not choices:
            raise ValueError(
                f"no convolution of kernel {kernel_size}, stride 1 or 2 and padding up to "
                f"{kernel_size // 2} leads from {before} to {after} voxels around one centre."
            )
        steps.append(choices[0])
    return steps


def _check_sizes(sizes: Sequence[int]) -> None:
    if len(sizes) < 2:
        raise ValueError(f"sizes are the edge of the input and those after it, got {list(sizes)}.")
    if any(size != int(size) or size < 1 for size in sizes):
        raise ValueError(f"sizes are whole numbers of voxels, 1 or more, got {list(sizes)}.")
    for before, after in zip(sizes[:-1], sizes[1:], strict=True):
        if after > before:
            raise ValueError(f"sizes never grow from layer to layer, got {after} after {before}.")
