"""Constant tensors: computed once in float64, kept in each type and on each device asked for."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import cache

import torch
from torch import Tensor


@cache
def constant(make: Callable[..., object], arguments: tuple, dtype, device) -> Tensor:
    """``make(*arguments)``, an array of float64, as a tensor; computed once in a process.

    Constants are no buffers of the modules that use them: a buffer that was rounded to float32
    stays so after ``module.double()``.
    """
    # A tensor made in inference mode could not be used in training later.
    with torch.inference_mode(False), torch.no_grad():
        return torch.as_tensor(make(*arguments), dtype=dtype).to(device)


def full_precision(device: torch.device) -> AbstractContextManager:
    """Within it, autocast leaves products of matrices in the type of their factors."""
    supported = torch.amp.is_autocast_available(device.type)
    return torch.autocast(device.type, enabled=False) if supported else nullcontext()
