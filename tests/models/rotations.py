"""Rotations of feature fields, for the tests of networks that commute with them."""

import numpy as np
import torch
from escnn.nn import GeometricTensor

from labbook.models.neighbor.axes import LABEL_DIRECTIONS
from labbook.models.neighbor.layers.fields import GROUP


def voxels(size):
    """Where the voxels of a cube lie, (size^3, 3) as x, y, z: escnn reads (..., Z, Y, X) so that
    x grows along the last axis, and y and z shrink along theirs."""
    line = np.arange(size) - (size - 1) / 2
    z, y, x = np.meshgrid(-line, -line, line, indexing="ij")
    return np.stack((x, y, z), -1).reshape(-1, 3)


def turned_space(x, rotation):
    """The field at R^-1 p for every voxel p; R maps the cube onto itself."""
    size = x.shape[-1]
    source = voxels(size) @ rotation + (size - 1) / 2 * np.array([1, -1, -1])
    columns, rows, layers = np.abs(np.round(source)).astype(int).T
    return x[:, :, layers, rows, columns].reshape(x.shape)


def turned_channels(x, rotation, fields):
    """The matrix of a rotation in a field type, applied to the channels of x (B, C, ...)."""
    matrix = fields.representation(GROUP.element(rotation, "MAT"))
    return torch.einsum("ij,bj...->bi...", torch.as_tensor(matrix, dtype=x.dtype), x)


def turned(x, rotation):
    """What a rotation of space makes of a feature field."""
    moved = turned_channels(turned_space(x.tensor, rotation), rotation, x.type)
    return GeometricTensor(moved, x.type)


def label_permutation(rotation: np.ndarray) -> list[int]:
    """Where each label goes when the atoms are rotated: label i becomes ``permutation[i]``.

    Arguments:
        rotation: (3, 3), one of the 24 of the cube, in the frame of the data.
    """
    moved = (LABEL_DIRECTIONS @ np.asarray(rotation, dtype=int).T).tolist()
    return [LABEL_DIRECTIONS.tolist().index(direction) for direction in moved]
