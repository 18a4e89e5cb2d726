"""Rotations of feature fields, for the tests of networks that commute with them."""

import numpy as np
import torch
from scipy.linalg import block_diag

from labbook.models.steerable.rotations.basis import voxels
from labbook.models.steerable.rotations.harmonics import wigner


def turned_space(x, rotation):
    """The field at R^-1 p for every voxel p; R maps the cube onto itself."""
    size = x.shape[-1]
    source = voxels(size) @ rotation + (size - 1) / 2 * np.array([1, -1, -1])
    columns, rows, layers = np.abs(np.round(source)).astype(int).T
    return x[:, :, layers, rows, columns].reshape(x.shape)


def turned_channels(x, rotation, fields):
    """The matrix of a rotation in a field type, applied to the channels of x."""
    parts = [
        wigner(degree, rotation)
        for count, multiplicities in fields.groups
        for _ in range(count)
        for degree, copies in enumerate(multiplicities)
        for _ in range(copies)
    ]
    matrix = torch.as_tensor(block_diag(*parts), dtype=x.dtype)
    return torch.einsum("ij,bj...->bi...", matrix, x)


def turned(x, rotation, fields):
    """What a rotation of space makes of a feature field."""
    return turned_channels(turned_space(x, rotation), rotation, fields)
