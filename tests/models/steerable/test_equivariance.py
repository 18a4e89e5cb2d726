"""Accelerated modules commute with the 24 rotations of the cube, exactly."""

import numpy as np
import pytest
import torch
from escnn import nn as enn
from scipy.spatial.transform import Rotation
from tests.models.steerable.networks import ROTATIONS, SO3, regular, scalars, types

from labbook.models.steerable.acceleration import accelerate

CUBE = np.round(Rotation.create_group("O").as_matrix())
TWO = regular(2, 1)
GATES = [ROTATIONS.trivial_repr] * 2
LAYERS = {
    "convolution": (lambda: enn.R3Conv(scalars(2) + TWO, TWO, 3, stride=2, padding=1), 5),
    "even kernel": (lambda: enn.R3Conv(TWO, types(ROTATIONS, SO3.irrep(2)), 4), 6),
    "kernel as large as the input": (lambda: enn.R3Conv(scalars(2), TWO, 5), 5),
    "transposed convolution": (lambda: enn.R3ConvTransposed(TWO, TWO, 3, padding=1), 3),
    "batch norm": (lambda: enn.IIDBatchNorm3d(scalars(2) + TWO), 3),
    "Fourier": (lambda: enn.FourierELU(ROTATIONS, 2, SO3.bl_irreps(1), type="cube"), 3),
    "tensor product": (lambda: enn.TensorProductModule(TWO, TWO), 3),
    "gates": (
        lambda: enn.GatedNonLinearity1(types(ROTATIONS, *GATES, *TWO.representations)),
        3,
    ),
    "norm": (lambda: enn.NormNonLinearity(TWO), 3),
}


def turned(x, rotation):
    """What a rotation of the cube makes of fields (B, C, Z, Y, X): z and y run downwards."""
    size = x.shape[-1]
    line = np.arange(size) - (size - 1) / 2
    z, y, x_ = np.meshgrid(-line, -line, line, indexing="ij")
    source = np.stack((x_, y, z), -1) @ rotation  # R^-1 p for each voxel p
    source = np.abs(np.round(source * [1, -1, -1] + (size - 1) / 2)).astype(int)
    columns, rows, layers = np.moveaxis(source, -1, 0)
    moved = x.type(x.tensor[:, :, layers, rows, columns])
    return moved.transform_fibers(SO3.element(rotation, "MAT"))


@pytest.mark.parametrize("name", LAYERS)
def test_layers_commute_with_the_rotations_of_the_cube(name):
    torch.manual_seed(0)
    make, size = LAYERS[name]
    layer = accelerate(make())
    x = layer.in_type(torch.randn(2, layer.in_type.size, size, size, size))
    y = layer(x)
    for rotation in CUBE:
        expected = turned(y, rotation).tensor
        torch.testing.assert_close(layer(turned(x, rotation)).tensor, expected, rtol=0, atol=3e-5)
