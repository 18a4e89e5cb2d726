"""Our training against the plain loop: same network, recipe, data, machine and run.

``python tests/benchmarks/bench_training.py`` prints, for the four named cases, images per second of
ours, with products in float32 and in bfloat16, and of the plain loop (``reference_loop.py``), in
short rounds that take turns, with one thread each; ``--sweep`` instead estimates the time of all 45
rows of tables 1, 2 and 4.

Times hold the validation, in the share that it has in a long run: 10,000 images per 60,000. The
plain loop starts a process for its data in each epoch; of that, short rounds count no more than a
long run does.

The limit is the ratio that our network would have if nothing but its matrix products and
activations took time, each with its operands at hand (``products.py``). A processor without AVX-512
BF16 or AMX has no fast product in bfloat16.
"""

import argparse
import csv
import os
import platform
import warnings
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import torch
from products import least_cpu_s
from training_rounds import (
    BATCH_SIZE,
    Data,
    Round,
    Side,
    label,
    loss_of,
    model_of,
    our_round,
    plain_round,
    read_data,
)

from labbook.data.batches import Batches
from labbook.training.loop import reconstruction_error
from labbook.training.precision import multiply_in

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
OBJECTIVES = {"float32": reconstruction_error, "bfloat16": multiply_in(torch.bfloat16)}
LONG_RUN, ROUNDS, SWEEP_ROUNDS, WORKERS = 1_000_000, 3, 2, 2


def compare_cases(names: list[str], data: Data, inputs: int) -> None:
    """Print two lines for each case, ours in float32 and in bfloat16."""
    print(f"{ROUNDS} rounds of {inputs:,} images each, in turns; the median, and (the best)\n")
    print(
        f"{'case':31}{'ours, images/s':>19}{'plain, images/s':>19}{'ratio':>14}"
        f"{'CPU s per million: ours, plain':>34}{'ratio':>7}{'goal':>6}{'limit':>7}"
        f"{'loss: ours':>14}{'plain':>9}"
    )
    for name in names:
        mixer_at, mixer, kernel_size, goal = CASES[name]
        mixing = {"mixer_at": mixer_at, "mixer": mixer, "kernel_size": kernel_size}
        sides = [*(partial(our_round, objective=f) for f in OBJECTIVES.values()), plain_round]
        for side in sides:
            side(mixing, data, 5 * BATCH_SIZE, 0)
        rounds, losses = [[[] for _ in sides] for _ in range(2)]
        for seed in range(ROUNDS):
            for i, side in enumerate(sides):
                taken, model = side(mixing, data, inputs, seed)
                rounds[i].append(taken)
                losses[i].append(loss_of(model, data[1]))
        *ours, plain = map(Side, rounds, losses)
        batch = Batches(data[0], BATCH_SIZE, 0).batch(0)
        for (dtype, objective), our in zip(OBJECTIVES.items(), ours, strict=True):
            least_s = least_cpu_s(model_of(mixing), batch, objective, validated=1 / 6)
            limit = plain.cpu_s / inputs * BATCH_SIZE / least_s
            rates = "".join(
                f"{inputs / side.middle_s:>10,.0f} {f'({inputs / side.best_s:,.0f})':>8}"
                for side in (our, plain)
            )
            cpu_s = [side.cpu_s / inputs * 1e6 for side in (our, plain)]
            print(
                f"{label(mixing):20} {dtype:10}{rates}{plain.middle_s / our.middle_s:>7.2f} "
                f"{f'({plain.best_s / our.best_s:.2f})':>6}{cpu_s[0]:>25.1f}{cpu_s[1]:>9.1f}"
                f"{cpu_s[1] / cpu_s[0]:>7.2f}{goal:>6}{limit:>7.2f}"
                f"{our.loss:>14.5f}{plain.loss:>9.5f}",
                flush=True,
            )


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
