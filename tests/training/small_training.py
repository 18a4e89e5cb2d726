"""A training of 49 steps that takes a blink, and depends on all that a checkpoint must hold.

``python tests/training/small_training.py FOLDER`` runs it with checkpoints after every step, and
slowly enough to be killed on the way.
"""

import random
import sys
import time

import numpy as np
import torch
from torch import Tensor, nn

from labbook.training.checkpoints import Checkpoints
from labbook.training.loop import Recipe, mean_loss, train

# 7 epochs of 50 examples; a point of the training curve every 2 steps.
RECIPE = Recipe(inputs=350, learning_rate=0.01, warmup_steps=10, log_points=24)
STEPS = 49


class Interrupted(Exception):
    """What stands for Ctrl-C, a full disk or a lost machine."""


class Examples:
    """``count`` vectors of 6 numbers near a line, in batches of 8, with a smaller last one.

    Arguments:
        stop_at: the step at which the training is interrupted; None for never.
        pause_s: seconds that a batch takes.
        shifted: whether each batch is shifted by numbers from Python's and numpy's generators.
    """

    def __init__(
        self,
        count: int = 50,
        stop_at: int | None = None,
        pause_s: float = 0,
        shifted: bool = False,
    ):
        source = torch.Generator().manual_seed(5)
        along = torch.rand(count, 1, generator=source) * torch.arange(6) / 6
        self.vectors = along + 0.01 * torch.randn(count, 6, generator=source)
        self.stop_at = stop_at
        self.pause_s = pause_s
        self.shifted = shifted
        self.asked: list[int] = []

    def __len__(self) -> int:
        return -(-len(self.vectors) // 8)

    def seen(self, steps: int) -> int:
        epochs, rest = divmod(steps, len(self))
        return epochs * len(self.vectors) + min(8 * rest, len(self.vectors))

    def batch(self, step: int) -> Tensor:
        if step == self.stop_at:
            raise Interrupted(f"at step {step}")
        time.sleep(self.pause_s)
        self.asked.append(step)
        shift = random.gauss(0, 0.1) + np.random.normal(0, 0.1) if self.shifted else 0
        return self.vectors.split(8)[step % len(self)] + shift


def make_module() -> nn.Module:
    """An autoencoder of 6 numbers; its dropout draws random numbers at every step."""
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(6, 5), nn.GELU(), nn.Dropout(0.1), nn.Linear(5, 6))


def run(
    checkpoints: Checkpoints | None = None,
    stop_at: int | None = None,
    pause_s: float = 0,
    shifted: bool = False,
    reordered: bool = False,
) -> tuple[dict[str, Tensor], dict]:
    """Train from the start, or on from the checkpoints; the weights at the end, and the report.

    Arguments:
        reordered: whether layers have their parameters in another order, as those of escnn may in
            another process.
    """
    module = make_module()
    for layer in module if reordered else ():
        layer._parameters = dict(reversed(layer._parameters.items()))
    np.random.seed(1)
    random.seed(1)
    examples = Examples(stop_at=stop_at, pause_s=pause_s, shifted=shifted)
    validation = mean_loss(examples.vectors[:20].split(8))
    report = train(module, examples, RECIPE, validation=validation, checkpoints=checkpoints)
    return module.state_dict(), report


def untimed(history: dict[str, list[float]]) -> dict[str, list[float]]:
    """What is the same in every run: all but the times."""
    return {name: curve for name, curve in history.items() if not name.endswith("time_s")}


if __name__ == "__main__":
    torch.set_num_threads(1)
    run(Checkpoints(sys.argv[1], every_s=0), pause_s=0.02)
