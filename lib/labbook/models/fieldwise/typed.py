"""What a module takes: refused in one sentence where it is something else."""

import torch
from escnn.nn import FieldType, GeometricTensor
from torch import Tensor, nn

AMPLIFIED = 1e-3  # of what escnn adds to the squares of a sampling matrix before it inverts them


def tensor_of(module: nn.Module, given: GeometricTensor, expected: FieldType) -> Tensor:
    """The tensor of a module's input.

    Raises:
        TypeError: no GeometricTensor. ValueError: one of another type.
    """
    name = type(module).__name__
    if not isinstance(given, GeometricTensor):
        raise TypeError(
            f"{name} takes a GeometricTensor of the type {expected}, got a "
            f"{type(given).__name__}; module.in_type(tensor) makes one."
        )
    if given.type is not expected and given.type != expected:
        raise ValueError(f"{name} takes fields of the type {expected}, got {given.type}.")
    return given.tensor


def check_grid(module: nn.Module) -> None:
    r"""Refuse a grid on which two fields have the same samples.

    escnn inverts :math:`A^T A + 10^{-8}`, with A the samples of each component: for any grid there
    is a result, but where A has a singular value near 0 it takes a part of the field away.

    Raises:
        ValueError: too few samples, or samples that don't tell all components apart.
    """
    points, size = module.A.shape
    spread = torch.linalg.svdvals(module.A.detach().double())
    lost = 1e-8 / (spread.min().square() + 1e-8) if points >= size else torch.tensor(1.0)
    if lost > AMPLIFIED:
        raise ValueError(
            f"{type(module).__name__} samples fields of {size} components on {points} points, "
            f"which don't tell them apart: {lost:.0%} of some component is lost; take a larger "
            "grid or a smaller band limit."
        )
