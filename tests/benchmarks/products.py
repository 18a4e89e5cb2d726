"""The physical limit of a training: the matrix products and activations of a step, alone."""

import time
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from labbook.training.loop import Objective, reconstruction_error

ATEN = torch.ops.aten
COUNTED = {op.default for op in (ATEN.addmm, ATEN.mm, ATEN.bmm, ATEN.gelu, ATEN.gelu_backward)}
Call = tuple[Callable, tuple, dict]


class Calls(TorchDispatchMode):
    """Keeps the products and activations that torch is asked for, backwards ones, too."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[Call] = []

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        if function in COUNTED:
            self.calls.append((function, args, kwargs or {}))
        return function(*args, **(kwargs or {}))


def cpu_s_of(calls: list[Call], rounds: int = 30) -> float:
    """The CPU time of the calls one after the other, with their operands at hand: the fastest of
    some rounds."""
    times_s = []
    with torch.no_grad():
        for _ in range(rounds):
            began = time.process_time()
            for function, args, kwargs in calls:
                function(*args, **kwargs)
            times_s.append(time.process_time() - began)
    return min(times_s)


def least_cpu_s(model: nn.Module, batch: Tensor, objective: Objective, validated: float) -> float:
    """The CPU time of a batch's products and activations, forwards and backwards.

    Arguments:
        objective: what is trained; the validation is in float32.
        validated: batches of validation to one of training, which only go forwards.
    """
    with Calls() as trained:
        objective(model, batch).backward()
    with Calls() as forwards, torch.no_grad():
        reconstruction_error(model, batch)
    return cpu_s_of(trained.calls) + validated * cpu_s_of(forwards.calls)
