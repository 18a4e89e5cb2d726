"""What the trials of one process share and must not hand on: random numbers, settings, a folder."""

import os
import random
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from typing import Any

#: With which the generators begin in every trial.
SEED = 0


@contextmanager
def undisturbed() -> Iterator[None]:
    """Begin with the same random numbers as ever, and leave the process as it was.

    The generators of ``random``, numpy and torch begin with one seed, so that what draws from them
    unseeded depends neither on what ran before nor on the process. Afterwards these are as they
    were: the generators; torch's default dtype and device, whether it keeps gradients, its
    deterministic algorithms, the precision of its products, cuDNN's settings and the number of
    threads; numpy's errors; the filters of warnings; the environment; the working directory. A
    module that is imported for the first time inside is not seeded. What else modules hold is left
    alone.
    """
    python, environment, folder = random.getstate(), dict(os.environ), _folder()
    numpy, torch = sys.modules.get("numpy"), sys.modules.get("torch")
    of_numpy = (numpy.random.get_state(), numpy.geterr()) if numpy else None
    of_torch = _read(torch) if torch else None
    with ExitStack() as after, warnings.catch_warnings():
        after.callback(_set_torch, of_torch)
        after.callback(_set_numpy, of_numpy)
        after.callback(_set_python, python, environment, folder)
        random.seed(SEED)
        if numpy:
            numpy.random.seed(SEED)
        if torch:
            torch.default_generator.manual_seed(SEED)
            if torch.cuda.is_initialized():
                torch.cuda.manual_seed_all(SEED)
        yield


def defaults() -> tuple[str, str]:
    """What tensors of this process are unless told otherwise: torch's default dtype and device."""
    torch = sys.modules.get("torch")
    if torch is None:
        return "torch.float32", "cpu"
    return str(torch.get_default_dtype()), str(torch.get_default_device())


def _folder() -> str | None:
    with suppress(OSError):  # it may have been removed
        return os.getcwd()
    return None


def _set_python(numbers: tuple, environment: dict[str, str], folder: str | None) -> None:
    random.setstate(numbers)
    if dict(os.environ) != environment:
        os.environ.clear()
        os.environ.update(environment)
    if folder is not None:
        with suppress(OSError):
            os.chdir(folder)


def _set_numpy(state: tuple | None) -> None:
    if state is not None:
        numbers, errors = state
        sys.modules["numpy"].random.set_state(numbers)
        sys.modules["numpy"].seterr(**errors)


def _settings(torch: Any) -> list[tuple[Callable, Callable, Any]]:
    """What reads each setting of torch, what sets it, and what it is in a new process, if known."""
    cudnn = torch.backends.cudnn

    def set_device(device: Any) -> None:
        torch.set_default_device(None if device.type == "cpu" else device)

    def precision_of_products() -> str | None:
        with suppress(RuntimeError):  # set in two ways that contradict each other
            return torch.get_float32_matmul_precision()
        return None

    return [
        (torch.get_default_dtype, torch.set_default_dtype, torch.float32),
        (torch.get_default_device, set_device, torch.device("cpu")),
        (torch.is_grad_enabled, torch.set_grad_enabled, True),
        (torch.get_deterministic_debug_mode, torch.set_deterministic_debug_mode, 0),
        (torch.get_num_threads, torch.set_num_threads, None),
        *(
            (partial(getattr, cudnn, name), partial(setattr, cudnn, name), False)
            for name in ("benchmark", "deterministic")
        ),
        (precision_of_products, torch.set_float32_matmul_precision, "highest"),
        *(
            (
                partial(getattr, part, "fp32_precision"),
                partial(setattr, part, "fp32_precision"),
                new,
            )
            for part, new in _with_a_precision(torch.backends)
        ),
    ]


def _with_a_precision(backends: Any) -> list[tuple[Any, str]]:
    """Parts of torch that multiply single precision as they are told, and what they do if new."""
    parts = [
        *((backends.mkldnn, name, "none") for name in ("matmul", "conv", "rnn")),
        (backends.cuda, "matmul", "none"),
        *((backends.cudnn, name, "tf32") for name in ("conv", "rnn")),
    ]
    there = [(backends, "none")]
    there += [(getattr(backend, name, None), new) for backend, name, new in parts]
    return [(part, new) for part, new in there if hasattr(part, "fp32_precision")]


def _read(torch: Any) -> tuple:
    numbers = torch.get_rng_state()
    of_gpus = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else None
    return numbers, of_gpus, [read() for read, _, _ in _settings(torch)]


def _set_torch(state: tuple | None) -> None:
    """Give torch the settings of before; those of a new process where it was not loaded."""
    if (torch := sys.modules.get("torch")) is None:
        return
    settings = _settings(torch)
    before = [new for _, _, new in settings]
    if state is not None:
        numbers, of_gpus, before = state
        torch.set_rng_state(numbers)
        if of_gpus is not None:
            torch.cuda.set_rng_state_all(of_gpus)
    for (read, write, _), value in zip(settings, before, strict=True):
        if value is not None and read() != value:
            write(value)
