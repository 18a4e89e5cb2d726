"""A neighbor-location network, accelerated, against the same one as escnn has it.

``python tests/benchmarks/bench_steerable.py`` prints the CPU seconds of a training step (both
views, forward, backward, Adam) and of an evaluation, both sides in turns, in one process, with one
thread and with two (``--threads``), and the peak memory of a step at batch 16, each in a process of
its own (``--memory-batch 0`` leaves it out). The baseline is ``plain(network)``: modules of escnn
with the same weights and dense bases. Goals: a step 2.6 times and an evaluation 2.2 times as fast,
and 22 % of the memory.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from functools import partial

import torch
from torch.nn import functional

from labbook.models.neighbor import resnet
from labbook.models.steerable import plain
from labbook.training.measure import count_parameters

NETWORKS = {"gamma": ("gamma", "log", 16), "alpha": ("alpha", "log", 16)}
GOALS = {"training step": 2.6, "evaluation": 2.2}


def example(batch):
    """A batch of view pairs, a twentieth of its voxels filled, and labels."""
    source = torch.Generator().manual_seed(0)
    filled = torch.rand(batch, 2, 6, 15, 15, 15, generator=source)
    return (filled - 0.95).clamp(min=0) * 20, torch.arange(batch) % 6


def our_network(name):
    """The network to measure, without dropout."""
    torch.manual_seed(0)
    model = resnet(*NETWORKS[name])
    model.classifier[2].p = 0.0
    return model


def plain_network(name):
    """The same of escnn's own modules."""
    return plain(our_network(name))


SIDES = {"ours": our_network, "plain": plain_network}


def step(model, optimizer, batch):
    """One step of Adam; the loss."""
    optimizer.zero_grad()
    loss = functional.cross_entropy(model(batch[0]), batch[1])
    loss.backward()
    optimizer.step()
    return loss.item()


@torch.no_grad()
def evaluate(model, batch):
    """The loss without a step."""
    return functional.cross_entropy(model(batch[0]), batch[1]).item()


def timed(work):
    """(CPU seconds, wall seconds) of some work, and its result."""
    cpu_s, wall_s = time.process_time(), time.perf_counter()
    result = work()
    return (time.process_time() - cpu_s, time.perf_counter() - wall_s), result


def compare(models, batch_size, rounds):
    """Print the times of both sides, in turns: the best round of each."""
    batch = example(batch_size)
    optimizers = {
        side: torch.optim.Adam(model.parameters(), 1e-4) for side, model in models.items()
    }
    works = {
        "training step": lambda side: step(models[side], optimizers[side], batch),
        "evaluation": lambda side: evaluate(models[side], batch),
    }
    print(
        f"{'CPU s (wall)':14}{'ours':>19}{'plain':>19}{'CPU':>7}{'wall':>7}{'goal':>6}"
        f"{'loss: ours':>13}{'plain':>10}"
    )
    for what, work in works.items():
        taken, losses = {side: [] for side in SIDES}, {}
        for model in models.values():
            model.train(what == "training step")
        for number in range(rounds + 1):
            for side in SIDES:
                seconds, losses[side] = timed(partial(work, side))
                if number:
                    taken[side].append(seconds)
        best = {side: [min(kind) for kind in zip(*taken[side], strict=True)] for side in SIDES}
        rates = "".join(f"{cpu:>8.3f} s ({wall:>6.3f})" for cpu, wall in best.values())
        cpu, wall = (plain / ours for ours, plain in zip(*best.values(), strict=True))
        print(
            f"{what:14}{rates}{cpu:>7.2f}{wall:>7.2f}{GOALS[what]:>6}{losses['ours']:>13.6f}"
            f"{losses['plain']:>10.6f}",
            flush=True,
        )


def peak_memory_bytes(side, name, batch_size):
    """The peak of a process that builds one side and makes one step."""
    script = [sys.executable, __file__, "--peak", side, "--network", name]
    done = subprocess.run(
        [*script, "--memory-batch", str(batch_size)], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def one_step(side, name, batch_size):
    """Print the peak memory after the build and after a step, in bytes."""
    model = SIDES[side](name)
    built = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    step(model, torch.optim.Adam(model.parameters(), 1e-4), example(batch_size))
    print(json.dumps([built, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024]))


def main():
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--network", choices=NETWORKS, default="gamma")
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--memory-batch", type=int, default=16)
    parser.add_argument("--peak", choices=SIDES, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    if arguments.peak:
        one_step(arguments.peak, arguments.network, arguments.memory_batch)
        return
    parameters = count_parameters(our_network(arguments.network))
    print(
        f"{arguments.network}, {parameters:,} parameters, batch {arguments.batch}, "
        f"load {os.getloadavg()[0]:.1f}, torch {torch.__version__}"
    )
    # First, for Linux counts the size of a parent among the peak of a child that it starts.
    if arguments.memory_batch:
        peaks = {
            side: peak_memory_bytes(side, arguments.network, arguments.memory_batch)[1]
            for side in SIDES
        }
        print(
            f"peak memory of a step at batch {arguments.memory_batch}: {peaks['ours'] / 2**30:.2f} "
            f"GiB, {peaks['plain'] / 2**30:.2f} GiB: {peaks['ours'] / peaks['plain']:.0%} "
            f"(goal 22 %)"
        )
    models = {side: make(arguments.network) for side, make in SIDES.items()}
    for threads in arguments.threads:
        torch.set_num_threads(threads)
        print(f"{threads} thread(s)")
        compare(models, arguments.batch, arguments.rounds)


if __name__ == "__main__":
    main()
