"""What a module is and costs: parameters, FLOPs, memory, a fingerprint of its form."""

import hashlib
from collections.abc import Callable

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode


def count_parameters(module: nn.Module) -> int:
    """The number of trainable scalars of a module; a parameter used twice counts once."""
    return sum(p.numel() for p in module.parameters() if p.requires_grad)


def count_flops(call: Callable[[], object]) -> int:
    """The floating-point operations of matrix products and convolutions while ``call()`` runs.

    A multiply-add counts as two. Elementwise operations, norms and copies are not counted, nor
    are optimisers. On tensors of the "meta" device nothing is computed, and the count is the same.
    """
    with FlopCounterMode(display=False) as counter:
        call()
    return counter.get_total_flops()


def by_name(module: nn.Module) -> list[nn.Parameter]:
    """Its parameters, in the order of their names.

    The order in which a module has them may differ between processes: a batch norm of escnn for
    several kinds of fields takes it from a set of strings.
    """
    return [parameter for _, parameter in sorted(module.named_parameters())]


def fingerprint(module: nn.Module) -> str:
    """Digest of a module's form: its printed structure and the shapes of its parameters.

    Two configurations with the same fingerprint built the same model; the weights do not enter.
    """
    shapes = sorted((name, tuple(p.shape)) for name, p in module.named_parameters())
    return hashlib.sha256(repr((str(module), shapes)).encode()).hexdigest()[:16]


def peak_memory_bytes(device: torch.device) -> int | None:
    """The most memory that tensors held on a GPU since a trial, or the process, began.

    None on the CPU.
    """
    return torch.cuda.max_memory_allocated(device) if device.type == "cuda" else None
