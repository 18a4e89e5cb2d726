"""The states of all global random generators, as plain values that a checkpoint can hold."""

import random
from typing import Any

import numpy as np
import torch


def generator_states() -> dict[str, Any]:
    """The states of torch's, numpy's and Python's generators, and of the GPUs' if one is in use."""
    numpy_state = np.random.get_state(legacy=False)
    key = torch.from_numpy(numpy_state["state"]["key"].astype(np.int64))
    return {
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else [],
        "numpy": numpy_state | {"state": numpy_state["state"] | {"key": key}},
        "python": random.getstate(),
    }


def set_generator_states(states: dict[str, Any]) -> None:
    """Let all generators go on from where ``generator_states`` found them."""
    numpy_state = states["numpy"]
    key = numpy_state["state"]["key"].numpy().astype(np.uint32)
    torch.set_rng_state(states["torch"])
    if states["cuda"]:
        for device, state in zip(range(torch.cuda.device_count()), states["cuda"], strict=False):
            torch.cuda.set_rng_state(state, device)
    np.random.set_state(numpy_state | {"state": numpy_state["state"] | {"key": key}})
    random.setstate(states["python"])
