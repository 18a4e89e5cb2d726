"""Rounds of a training, short ones: ours and the plain loop's, and what each took."""

import os
import resource
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from reference_loop import PlainMixerAutoencoder, train_plainly
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from labbook.data.batches import Batches
from labbook.data.images import Images, load
from labbook.models.autoencoder.mixer import MixerAutoencoder
from labbook.training.loop import Objective, Recipe, mean_loss, reconstruction_error, train

WIDTHS, PATCH_SIZE, BATCH_SIZE, LEARNING_RATE = (64, 64, 64, 16), 7, 64, 0.003
EPOCH = 60_000


@dataclass(frozen=True)
class Round:
    """What one short training took."""

    wall_s: float
    cpu_s: float

    def without(self, other: "Round", share: float) -> "Round":
        """This, less a share of another."""
        return Round(self.wall_s - share * other.wall_s, self.cpu_s - share * other.cpu_s)


class Side:
    """What the rounds of one side took: medians, the best, and their mean loss."""

    def __init__(self, rounds: list[Round], losses: list[float]):
        self.middle_s = statistics.median(r.wall_s for r in rounds)
        self.best_s = min(r.wall_s for r in rounds)
        self.cpu_s = statistics.median(r.cpu_s for r in rounds)
        self.loss = statistics.mean(losses)


Data = tuple[Images, Images]  # to train with, to validate with
Trained = tuple[Round, nn.Module]


def read_data() -> Data:
    """The training and validation images of MNIST, or random ones of the same form."""
    if Path(os.environ.get("LABBOOK_DATA", "/nowhere"), "mnist").is_dir():
        return load("mnist", "train"), load("mnist", "validation")
    source = torch.Generator().manual_seed(0)
    shapes = {"train": (EPOCH, 1, 28, 28), "validation": (EPOCH // 6, 1, 28, 28)}
    return tuple(
        Images(
            torch.randint(0, 256, shape, generator=source, dtype=torch.uint8),
            torch.zeros(shape[0], dtype=torch.int64),
            "random",
            split,
            "",
        )
        for split, shape in shapes.items()
    )


def some_of(images: Images, inputs: int) -> Images:
    """As many validation images as a round of ``inputs`` has to bear."""
    count = max(BATCH_SIZE, min(len(images), inputs // 6))
    return Images(images.pixels[:count], images.labels[:count], images.name, images.split, "")


def measured(work: Callable[[], object]) -> Round:
    """The wall time of some work, and the CPU time of this process and those it began."""
    people = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)

    def cpu_s():
        return sum(sum(resource.getrusage(who)[:2]) for who in people)

    wall, cpu = time.perf_counter(), cpu_s()
    work()
    return Round(time.perf_counter() - wall, cpu_s() - cpu)


def loss_of(model: nn.Module, images: Images) -> float:
    """The mean loss of a model over batches of all ``images``."""
    with torch.no_grad():
        losses = [
            nn.functional.mse_loss(model.decode(model.encode(batch)), batch)
            for batch in images.chunks(BATCH_SIZE)
        ]
    return torch.stack(losses).mean().item()


def model_of(mixing: dict) -> MixerAutoencoder:
    """Our network of a case."""
    return MixerAutoencoder((1, 28, 28), PATCH_SIZE, WIDTHS, **mixing)


def our_round(
    mixing: dict, data: Data, inputs: int, seed: int, objective: Objective = reconstruction_error
) -> Trained:
    """Train our model with our loop."""
    images, validation = data
    torch.manual_seed(seed)
    model = model_of(mixing)
    recipe = Recipe(inputs, LEARNING_RATE, period_steps=max(1, inputs // BATCH_SIZE))
    validate = mean_loss(some_of(validation, inputs).chunks(BATCH_SIZE))
    batches = Batches(images, BATCH_SIZE, seed)

    def work() -> None:
        train(model, batches, recipe, objective=objective, validation=validate)

    return measured(work), model


def plain_round(mixing: dict, data: Data, inputs: int, seed: int) -> Trained:
    """Train the plain network with the plain loop."""
    images, validation = data
    torch.manual_seed(seed)
    model = PlainMixerAutoencoder(PATCH_SIZE, WIDTHS, **mixing)
    few, period = some_of(validation, inputs), max(1, inputs // BATCH_SIZE)
    taken = measured(lambda: train_plainly(model, images, few, inputs, LEARNING_RATE, period))
    # A round of less than an epoch starts the loader's process once all the same.
    start = measured(lambda: start_loader(images))
    return taken.without(start, max(0.0, 1 - inputs / EPOCH)), model


def start_loader(images: Images) -> None:
    """What the plain loop does at the start of an epoch: a process that makes batches."""
    pixels = TensorDataset(images.pixels, images.labels)
    next(iter(DataLoader(pixels, BATCH_SIZE, True, num_workers=1)))


def label(mixing: dict) -> str:
    """A case in few words."""
    if not mixing["mixer_at"]:
        return "no mixing"
    kernel = "" if mixing["mixer"] == "mlp" else f" {mixing['kernel_size']}"
    return f"{mixing['mixer']}{kernel} at {','.join(map(str, mixing['mixer_at']))}"
