"""What a module is and costs: parameters, a fingerprint of its form."""

import hashlib

import torch
from torch import nn


def count_parameters(module: nn.Module) -> int:
    """The number of trainable scalars of a module; a parameter used twice counts once."""
    return sum(p.numel() for p in module.parameters() if p.requires_grad)


def fingerprint(module: nn.Module) -> str:
    """Digest of a module's form: its printed structure and the shapes of its parameters.

    Two configurations with the same fingerprint built the same model; the weights do not enter.
    """
    shapes = [(name, tuple(p.shape)) for name, p in module.named_parameters()]
    return hashlib.sha256(repr((str(module), shapes)).encode()).hexdigest()[:16]


def peak_memory_bytes(device: torch.device) -> int | None:
    """The most memory that tensors held on a GPU since the process began; None on the CPU."""
    return torch.cuda.max_memory_allocated(device) if device.type == "cuda" else None
