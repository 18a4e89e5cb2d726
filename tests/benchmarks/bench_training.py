"""Our training against the plain loop: same network, recipe, data, machine and run.

``python tests/benchmarks/bench_training.py`` prints, for the four named cases, images per second of
ours and of the plain loop (``reference_loop.py``), in short rounds that take turns, with one thread
each; ``--sweep`` instead estimates the time of all 45 rows of tables 1, 2 and 4.

Times hold the validation, in the share that it has in a long run: 10,000 images per 60,000. The
plain loop starts a process for its data in each epoch; of that, short rounds count no more than a
long run does.

The limit is the ratio that our network would have if nothing but its matrix products and
activations took time, each with its operands at hand (``products.py``).
"""

import argparse
import csv
import os
import platform
import resource
import statistics
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import torch
from products import least_cpu_s
from reference_loop import PlainMixerAutoencoder, train_plainly
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from labbook.data.batches import Batches
from labbook.data.images import Images, load
from labbook.models.autoencoder.mixer import MixerAutoencoder
from labbook.training.loop import Recipe, mean_loss, train

REPORTED = Path(__file__).parents[2] / "notebooks" / "reported" / "mixer_autoencoder.csv"
TABLES = ("mixing position", "linear mixing", "mixer types")
# name: (mixer_at, mixer, kernel_size, how many times the plain loop's speed we want, in CPU time)
CASES = {
    "none": ((), "cnn", 1, 2.0),
    "cnn": ((1, 2, 3, 4), "cnn", 1, 2.0),
    "mlp": ((2, 3, 4), "mlp", 1, 1.7),
    "cnn2df": ((2, 3, 4), "cnn2df", 7, 1.7),
}
SWEEP_GOAL = 5.0
WIDTHS, PATCH_SIZE, BATCH_SIZE, LEARNING_RATE = (64, 64, 64, 16), 7, 64, 0.003
EPOCH, LONG_RUN, ROUNDS, SWEEP_ROUNDS, WORKERS = 60_000, 1_000_000, 3, 2, 2


@dataclass(frozen=True)
class Round:
    """What one short training took."""

    wall_s: float
    cpu_s: float

    def without(self, other: "Round", share: float) -> "Round":
        """This, less a share of another."""
        return Round(self.wall_s - share * other.wall_s, self.cpu_s - share * other.cpu_s)


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


def our_round(mixing: dict, data: Data, inputs: int, seed: int) -> Trained:
    """Train our model with our loop."""
    images, validation = data
    torch.manual_seed(seed)
    model = model_of(mixing)
    recipe = Recipe(inputs, LEARNING_RATE, period_steps=max(1, inputs // BATCH_SIZE))
    validate = mean_loss(some_of(validation, inputs).chunks(BATCH_SIZE))
    batches = Batches(images, BATCH_SIZE, seed)
    return measured(lambda: train(model, batches, recipe, validation=validate)), model


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


def compare_cases(names: list[str], data: Data, inputs: int) -> None:
    """Print a line for each case."""
    print(f"{ROUNDS} rounds of {inputs:,} images each, in turns; the median, and (the best)\n")
    print(
        f"{'case':24}{'ours, images/s':>19}{'plain, images/s':>19}{'ratio':>14}"
        f"{'CPU s per million: ours, plain':>34}{'ratio':>7}{'goal':>6}{'limit':>7}"
        f"{'loss: ours':>14}{'plain':>9}"
    )
    for name in names:
        mixer_at, mixer, kernel_size, goal = CASES[name]
        mixing = {"mixer_at": mixer_at, "mixer": mixer, "kernel_size": kernel_size}
        sides = (our_round, plain_round)
        for side in sides:
            side(mixing, data, 5 * BATCH_SIZE, 0)
        rounds, losses = [[], []], [[], []]
        for seed in range(ROUNDS):
            for i, side in enumerate(sides):
                taken, model = side(mixing, data, inputs, seed)
                rounds[i].append(taken)
                losses[i].append(loss_of(model, data[1]))
        middle_s = [statistics.median(r.wall_s for r in side) for side in rounds]
        best_s = [min(r.wall_s for r in side) for side in rounds]
        cpu = [statistics.median(r.cpu_s for r in side) / inputs * 1e6 for side in rounds]
        loss = [*map(statistics.mean, losses)]
        ratio = middle_s[1] / middle_s[0]
        batch = Batches(data[0], BATCH_SIZE, 0).batch(0)
        least = least_cpu_s(model_of(mixing), batch, validated=1 / 6) / BATCH_SIZE * 1e6
        rates = "".join(
            f"{inputs / middle:>10,.0f} {f'({inputs / best:,.0f})':>8}"
            for middle, best in zip(middle_s, best_s, strict=True)
        )
        print(
            f"{label(mixing):24}{rates}{ratio:>7.2f} {f'({best_s[1] / best_s[0]:.2f})':>6}"
            f"{cpu[0]:>25.1f}{cpu[1]:>9.1f}{cpu[1] / cpu[0]:>7.2f}{goal:>6}{cpu[1] / least:>7.2f}"
            f"{loss[0]:>14.5f}{loss[1]:>9.5f}",
            flush=True,
        )


def label(mixing: dict) -> str:
    """A case in few words."""
    if not mixing["mixer_at"]:
        return "no mixing"
    kernel = "" if mixing["mixer"] == "mlp" else f" {mixing['kernel_size']}"
    return f"{mixing['mixer']}{kernel} at {','.join(map(str, mixing['mixer_at']))}"


def begin_worker() -> None:
    """What a process of the sweep keeps between its trials."""
    global worker_data
    torch.set_num_threads(1)
    worker_data = read_data()


def worker_round(mixing: dict, inputs: int, seed: int) -> Round:
    """What a round in a process of the sweep took."""
    return our_round(mixing, worker_data, inputs, seed)[0]


def estimate_sweep(data: Data, inputs: int) -> None:
    """Print a line for each row, and the time of all rows.

    Ours trains two trials at a time, in two processes: a trial costs half of the slower of two.
    """
    rows = [r for r in csv.DictReader(REPORTED.read_text().splitlines()) if r["table"] in TABLES]
    print(
        f"An extrapolation from {inputs:,} images a trial to {LONG_RUN:,}; ours with {WORKERS} "
        f"trials at a time, plain one after another; the best of {SWEEP_ROUNDS} rounds.\n\n"
        f"{'row':24}{'ours, images/s':>16}{'plain, images/s':>17}{'ratio':>7}"
    )
    totals_s = [0.0, 0.0]
    context = get_context("spawn")
    with ProcessPoolExecutor(WORKERS, context, initializer=begin_worker) as pool:
        for number, row in enumerate(rows):
            mixing = {
                "mixer_at": tuple(map(int, row["mixer_at"].split())),
                "mixer": row["mixer"],
                "kernel_size": int(row["kernel_size"]),
            }

            def at_once(size, mixing=mixing):
                tasks = [pool.submit(worker_round, mixing, size, seed) for seed in range(WORKERS)]
                return max(task.result().wall_s for task in tasks) / WORKERS

            if number == 0:
                plain_round(mixing, data, 5 * BATCH_SIZE, 0)
                at_once(5 * BATCH_SIZE)
            ours, plain = [], []
            for seed in range(SWEEP_ROUNDS):
                ours.append(at_once(inputs))
                plain.append(plain_round(mixing, data, inputs, seed)[0].wall_s)
            best_s = [min(ours), min(plain)]
            totals_s = [t + s * LONG_RUN / inputs for t, s in zip(totals_s, best_s, strict=True)]
            rates = [inputs / s for s in best_s]
            ratio = best_s[1] / best_s[0]
            print(
                f"{label(mixing):24}{rates[0]:>16,.0f}{rates[1]:>17,.0f}{ratio:>7.2f}", flush=True
            )
    ratio = totals_s[1] / totals_s[0]
    print(
        f"\n{len(rows)} trials of {LONG_RUN:,} images: ours {totals_s[0] / 60:,.0f} min, plain "
        f"{totals_s[1] / 60:,.0f} min; {ratio:.2f} times faster (goal: {SWEEP_GOAL})"
    )


def machine() -> str:
    """The processor, its cores, how busy they are, and the version of torch."""
    names = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    return (
        f"{os.cpu_count()} cores, {names[0] if names else platform.machine()}, load "
        f"{os.getloadavg()[0]:.1f}; torch {torch.__version__}"
    )


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--inputs", type=int, help="images per round (20,000; in a sweep 3,200)")
    parser.add_argument("--cases", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--sweep", action="store_true", help="estimate the 45 rows instead")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    # The plain loop reads its scalars as one writes it first; torch would remark on that once.
    warnings.filterwarnings("ignore", "Converting a tensor with requires_grad")
    data = read_data()
    made_up = " (made up: $LABBOOK_DATA has no mnist)" if data[0].name == "random" else ""
    print(f"{machine()}; one thread each")
    print(
        f"{data[0].name}{made_up}: {len(data[0]):,} images to train with, {len(data[1]):,} others"
    )
    print("networks with activated mixers throughout, the only form that the plain loop has")
    if arguments.sweep:
        estimate_sweep(data, arguments.inputs or 3_200)
    else:
        compare_cases(arguments.cases, data, arguments.inputs or 20_000)


if __name__ == "__main__":
    main()
