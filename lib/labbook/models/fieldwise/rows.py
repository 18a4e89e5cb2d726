"""Feature fields as rows of a matrix, and back; work in parts that fit the cache."""

from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor

# What is worked on at once: most of a CPU core's second-level cache, or as much as fills a GPU.
CACHE_BYTES = {"cpu": 3 << 18, "cuda": 1 << 26}


def to_rows(x: Tensor, size: int) -> Tensor:
    """(B, C, ...) as (B ... C / size, size); a view where channels lie last in memory."""
    if x.shape[1] % size:
        raise ValueError(f"{x.shape[1]} channels are no whole number of fields of {size} channels.")
    return x.movedim(1, -1).reshape(-1, size)


def from_rows(rows: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Rows of (B, ., ...) as (B, C, ...), channels last in memory."""
    batch, _, *space = shape
    return rows.reshape(batch, *space, -1).movedim(-1, 1)


def parts(rows: Tensor, numbers: int) -> list[slice]:
    """Slices of rows, so that those made of one slice fit the cache.

    Arguments:
        numbers: how many numbers are made of a row.
    """
    room = CACHE_BYTES.get(rows.device.type)
    step = max(1, room // (rows.element_size() * numbers)) if room else len(rows) or 1
    return [slice(start, start + step) for start in range(0, len(rows), step)]


def full_precision(device: torch.device) -> AbstractContextManager:
    """Within it, autocast leaves products of matrices in the type of their factors."""
    supported = torch.amp.is_autocast_available(device.type)
    return torch.autocast(device.type, enabled=False) if supported else nullcontext()
