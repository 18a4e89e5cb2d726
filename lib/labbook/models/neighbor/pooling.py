"""Pooling of regular fields in the space of their samples on SO(3)."""

import math

import torch
from escnn import nn as enn
from escnn.nn import GeometricTensor
from torch import Tensor
from torch.nn import functional

from labbook.models.neighbor.fields import BAND_LIMIT, GROUP, SPACE
from labbook.models.neighbor.functions import GRID
from labbook.models.steerable.rows import from_rows, to_rows


def extreme_pool(x: Tensor) -> Tensor:
    """Of each window of 2^3 voxels the value farthest from 0; windows overlap, stride 1."""
    high = functional.max_pool3d(x, 2, stride=1)
    low = -functional.max_pool3d(-x, 2, stride=1)
    return torch.where(high >= -low, high, low)


def gaussian_blur(x: Tensor, sigma: float, stride: int) -> Tensor:
    """Each channel blurred, zeros around it, and every stride-th voxel of that kept.

    The Gaussian reaches round(3 sigma) voxels to each side and sums to 1.
    """
    reach = round(3 * sigma)
    offsets = torch.arange(-reach, reach + 1, dtype=x.dtype, device=x.device)
    weights = torch.exp(-(offsets**2) / (2 * sigma**2))
    weights = weights / weights.sum()
    channels = x.shape[1]
    for axis in (2, 3, 4):
        shape, padding, strides = [1] * 5, [0] * 3, [1] * 3
        shape[axis], padding[axis - 2], strides[axis - 2] = len(weights), reach, stride
        kernel = weights.view(shape).expand(channels, *shape[1:])
        x = functional.conv3d(x, kernel, stride=strides, padding=padding, groups=channels)
    return x


class FourierExtremePool(enn.FourierPointwise):
    """Halves the size of regular fields: sample, :func:`extreme_pool`, blur, transform back.

    Even sizes 2 n become n, odd ones 2 n + 1 become n. Exactly equivariant under the 24 rotations
    of the cube for even sizes.

    Arguments:
        fields: how many regular fields of band limit 2. sigma: of the blur, in voxels.

    Shapes: (B, 35 fields, Z, Y, X) to (B, 35 fields, Z // 2, Y // 2, X // 2).
    """

    def __init__(self, fields: int, sigma: float = 0.6):
        if not (math.isfinite(sigma) and sigma > 0):
            raise ValueError(f"sigma must be a positive number of voxels, got {sigma}.")
        super().__init__(SPACE, fields, GROUP.bl_irreps(BAND_LIMIT), **GRID)
        self.sigma = sigma

    def forward(self, x: GeometricTensor) -> GeometricTensor:
        samples = from_rows(to_rows(x.tensor, self.rho.size) @ self.A.t(), x.shape)
        pooled = gaussian_blur(extreme_pool(samples), self.sigma, stride=2)
        rows = to_rows(pooled, len(self.A)) @ self.Ainv.t()
        return GeometricTensor(from_rows(rows, pooled.shape), self.out_type)

    def evaluate_output_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """Of an input (B, C, Z, Y, X)."""
        return (*input_shape[:2], *(size // 2 for size in input_shape[2:]))
