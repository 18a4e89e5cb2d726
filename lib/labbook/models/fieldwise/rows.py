"""Feature fields as rows of a matrix, and back; work in parts that fit the cache."""

import functools
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import Tensor

# What is worked on at once: most of a CPU core's second-level cache, or as much as fills a GPU.
CACHE_BYTES = {"cpu": 3 << 18, "cuda": 1 << 26}


def has_channels_last(x: Tensor) -> bool:
    """Whether the channels of (B, C, ...) lie last in memory."""
    return x.movedim(1, -1).is_contiguous()


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


def over_parts(rows: Tensor, numbers: int, work: Callable[[list[slice]], Any]) -> list:
    """Work on all rows, in parts that fit the cache; each thread of torch takes a share of them.

    A part is too small to be shared among threads itself: they would wait for each other at each
    of its operations longer than they work.

    Arguments:
        numbers: how many numbers are made of a row.
        work: given some slices of rows; computes without gradients.

    Returns:
        What ``work`` gave for each share, in the order of the rows.
    """
    found = parts(rows, numbers)
    threads = torch.get_num_threads() if rows.device.type == "cpu" and len(found) > 1 else 1
    if threads == 1:
        return [work(found)]
    inference = torch.is_inference_mode_enabled()

    def alone(share: list[slice]):
        with torch.inference_mode(inference), torch.no_grad(), full_precision(rows.device):
            return work(share)

    size = -(-len(found) // threads)
    shares = [found[start : start + size] for start in range(0, len(found), size)]
    return list(_workers(os.getpid(), threads).map(alone, shares))


@functools.cache
def _workers(_process: int, count: int) -> ThreadPoolExecutor:
    """As many python threads, in each of which torch computes with one."""
    pool, all_started = ThreadPoolExecutor(count), threading.Barrier(count)

    def start() -> None:
        torch.set_num_threads(1)
        all_started.wait()

    for started in [pool.submit(start) for _ in range(count)]:
        started.result()
    torch.set_num_threads(count)  # what threads that start later begin with, too
    return pool


def full_precision(device: torch.device) -> AbstractContextManager:
    """Within it, autocast leaves products of matrices in the type of their factors."""
    supported = torch.amp.is_autocast_available(device.type)
    return torch.autocast(device.type, enabled=False) if supported else nullcontext()


def has_autocast(device: torch.device) -> bool:
    """Whether autocast is on."""
    supported = torch.amp.is_autocast_available(device.type)
    return supported and torch.is_autocast_enabled(device.type)
