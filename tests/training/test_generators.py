"""All global generators go on where their states were taken, through a checkpoint too."""

import random

import numpy as np
import pytest
import torch

from labbook.training.checkpoints import Checkpoints
from labbook.training.generators import generator_states, set_generator_states

DRAWS = {
    "torch": lambda: torch.rand(3).tolist(),
    "numpy": lambda: np.random.uniform(size=3).tolist(),
    "numpy, by pairs": lambda: np.random.standard_normal(),
    "python": random.random,
    "python, by pairs": lambda: random.gauss(0, 1),
}


@pytest.mark.parametrize("draw", DRAWS.values(), ids=DRAWS)
def test_generator_goes_on_from_its_state(draw) -> None:
    draw()
    states = generator_states()
    expected = [draw() for _ in range(3)]
    set_generator_states(states)
    assert [draw() for _ in range(3)] == expected


@pytest.mark.parametrize("draw", DRAWS.values(), ids=DRAWS)
def test_generator_goes_on_from_a_checkpoint(draw, tmp_path) -> None:
    checkpoints = Checkpoints(tmp_path)
    checkpoints.save(1, generator_states())
    expected = [draw() for _ in range(3)]
    set_generator_states(checkpoints.load())
    assert [draw() for _ in range(3)] == expected


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")
def test_generator_of_the_gpu_goes_on_from_a_checkpoint(tmp_path) -> None:
    checkpoints = Checkpoints(tmp_path)
    torch.rand(1, device="cuda")
    checkpoints.save(1, generator_states())
    expected = torch.rand(3, device="cuda").tolist()
    set_generator_states(checkpoints.load())
    assert torch.rand(3, device="cuda").tolist() == expected


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU, which may be in use")
def test_states_without_a_gpu_have_none_of_gpus() -> None:
    assert generator_states()["cuda"] == []
