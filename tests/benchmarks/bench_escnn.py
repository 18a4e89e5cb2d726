"""Modules of escnn, accelerated, against themselves as escnn has them.

``python tests/benchmarks/bench_escnn.py`` prints, for one module of each kind and for two small
networks, the CPU milliseconds of a forward and a backward pass in training and of a forward pass in
evaluation, both sides in turns in one process with one thread (the best of ``--rounds``); and what
autograd keeps of the forward pass in training, parameters not counted. Names on the command line
choose among them. ``--examples DIR``, the folder ``examples`` of escnn's repository, measures three
example networks from there instead, which make their inputs themselves: SE(3) on voxels, C8 on the
plane, and an MLP of SO(3).
"""

import argparse
import copy
import json
import os
import sys
import time
from pathlib import Path

import torch
from escnn import group, gspaces, nn

from labbook.models.neighbor.memory import saved_bytes
from labbook.models.steerable import accelerate

SPACE = gspaces.rot3dOnR3()
SO3 = SPACE.fibergroup
ICOSAHEDRON = gspaces.icoOnR3()


def regular(count, band_limit=2):
    """Functions on SO(3)."""
    field = SO3.spectral_regular_representation(*SO3.bl_irreps(band_limit), name=None)
    return nn.FieldType(SPACE, [field] * count)


def scalars(count, space=SPACE):
    """Fields of one channel."""
    return nn.FieldType(space, [space.trivial_repr] * count)


def vectors(count):
    """A scalar, a vector and a tensor of degree 2, each so often."""
    return nn.FieldType(SPACE, [SO3.irrep(degree) for degree in (0, 1, 2)] * count)


def sphere(count):
    """The ELU of functions on the sphere up to band limit 3, on 60 points."""
    points = SO3.sphere_grid(type="fibonacci", N=60)
    return nn.QuotientFourierELU(SPACE, (False, -1), count, SO3.bl_irreps(3), grid=points)


def gates():
    """A gate for each field, then 16 fields."""
    return nn.GatedNonLinearity1(scalars(16) + regular(16))


def irreps_and_norms():
    """Interleaved irreps, scaled by functions of their norms."""
    return nn.SequentialModule(
        nn.R3Conv(scalars(4), vectors(12), 5, padding=2, bias=False),
        nn.IIDBatchNorm3d(vectors(12)),
        nn.NormNonLinearity(vectors(12)),
        nn.R3Conv(vectors(12), vectors(24), 5, stride=2, padding=2, bias=False),
        nn.IIDBatchNorm3d(vectors(24)),
        nn.NormNonLinearity(vectors(24)),
        nn.R3Conv(vectors(24), scalars(8), 5),
    )


def icosahedral():
    """Fields of the icosahedral group and functions of their norms."""
    irreps = [ICOSAHEDRON.irrep(number) for number in (0, 1, 4, 1, 3, 0)]
    fields = nn.FieldType(ICOSAHEDRON, irreps * 4)
    return nn.SequentialModule(
        nn.R3Conv(scalars(4, ICOSAHEDRON), fields, 5, padding=2),
        nn.IIDBatchNorm3d(fields),
        nn.NormNonLinearity(fields, function="squash", bias=False),
        nn.R3Conv(fields, scalars(8, ICOSAHEDRON), 5),
    )


# What is measured: a module and the shape of its input, channels left out.
CASES = {
    "R3Conv, 8 to 8 regular fields, 3^3": (lambda: nn.R3Conv(regular(8), regular(8), 3), 9),
    "R3Conv as large as its input": (lambda: nn.R3Conv(regular(8), regular(8), 5), 5),
    "R3Conv, 1^3": (lambda: nn.R3Conv(regular(8), regular(8), 1), 9),
    "FourierELU, band limit 2": (
        lambda: nn.FourierELU(SPACE, 8, SO3.bl_irreps(2), type="thomson_cube", N=4),
        9,
    ),
    "QuotientFourierELU, band limit 3": (lambda: sphere(16), 9),
    "IIDBatchNorm3d": (lambda: nn.IIDBatchNorm3d(regular(8)), 9),
    "TensorProductModule": (lambda: nn.TensorProductModule(regular(4), regular(4)), 9),
    "GatedNonLinearity1": (gates, 9),
    "NormNonLinearity": (lambda: nn.NormNonLinearity(vectors(32)), 9),
    "network: irreps and norms": (irreps_and_norms, 9),
    "network: icosahedral group": (icosahedral, 9),
}


def train(module, x):
    """A forward and a backward pass."""
    y = module(x)
    getattr(y, "tensor", y).square().sum().backward()


@torch.no_grad()
def evaluate(module, x):
    """A forward pass."""
    module(x)


def best_ms(work, sides, x, rounds):
    """The fewest CPU milliseconds of each side, in turns."""
    taken = [[] for _ in sides]
    for _ in range(rounds + 1):
        for module, times in zip(sides, taken, strict=True):
            start = time.process_time()
            work(module, x)
            times.append(1e3 * (time.process_time() - start))
    return [min(times[1:]) for times in taken]


def compared(sides, x, rounds):
    """Plain and accelerated, in milliseconds, and the ratio: of a training step, of evaluation."""
    columns = []
    for work in (train, evaluate):
        for module in sides:
            module.train(work is train)
        theirs, ours = best_ms(work, sides, x, rounds)
        columns.append(f"{theirs:9.1f}{ours:9.1f}{theirs / ours:7.2f}")
    return "".join(columns)


def measure(name, batch_size, rounds):
    """Print a line of the table."""
    make, size = CASES[name]
    torch.manual_seed(0)
    plain = make()
    sides = [plain, accelerate(copy.deepcopy(plain))]
    x = plain.in_type(torch.randn(batch_size, plain.in_type.size, *(size,) * 3))
    x.tensor.requires_grad_(True)
    line = f"{name:36}{compared(sides, x, rounds)}"
    kept = []
    for module in sides:
        module.train()
        without = [*module.parameters(), x.tensor]
        kept.append(saved_bytes(lambda m=module: m(x).tensor, without) / 2**20)
    print(f"{line}{kept[0]:9.1f}{kept[1]:9.1f}{kept[1] / max(kept[0], 1e-9):8.0%}", flush=True)


def examples(folder):
    """escnn's example networks and their inputs, by name."""
    sys.path.insert(0, str(folder))
    from se3_3Dcnn import SE3CNN

    def of_notebook(file, name):
        cells = json.loads((folder / file).read_text())["cells"]
        (code,) = ("".join(c["source"]) for c in cells if f"class {name}(" in "".join(c["source"]))
        known = {"torch": torch, "nn": nn, "gspaces": gspaces, "group": group}
        exec(code, known)  # the class as the notebook defines it
        return known[name]()

    se3 = SE3CNN(pool="snub_cube", res_features="2_96", init="rand")
    se3.init()
    mlp = of_notebook("mlp.ipynb", "SO3MLP")
    return {
        "SE(3), two of 33^3": (se3, torch.randn(2, 1, 33, 33, 33)),
        "C8, eight of 29^2": (
            of_notebook("model.ipynb", "C8SteerableCNN"),
            torch.randn(8, 1, 29, 29),
        ),
        "MLP of SO(3), 1024 points": (mlp, mlp.in_type(torch.randn(1024, 3))),
        "MLP of SO(3), 16384 points": (mlp, mlp.in_type(torch.randn(16384, 3))),
    }


def measure_example(name, plain, x, rounds):
    """Print a line of the table for a whole network."""
    sides = [plain, accelerate(copy.deepcopy(plain))]
    print(f"{name:36}{compared(sides, x, rounds)}", flush=True)


def main():
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", default=[], help="the beginnings of names")
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--examples", type=Path, help="the folder of escnn's examples")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    print(
        f"batch {arguments.batch}, {arguments.threads} thread(s), load {os.getloadavg()[0]:.1f}, "
        f"torch {torch.__version__}; CPU ms and MiB: escnn, accelerated, ratio"
    )
    if arguments.examples:
        for name, (network, x) in examples(arguments.examples).items():
            measure_example(name, network, x, arguments.rounds)
        return
    print(f"{'':36}{'training':>25}{'evaluation':>25}{'kept for the backward':>26}")
    for name in CASES:
        if not arguments.names or name.startswith(tuple(arguments.names)):
            measure(name, arguments.batch, arguments.rounds)


if __name__ == "__main__":
    main()
