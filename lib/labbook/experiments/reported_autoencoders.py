"""The 62 networks of the original log: its figures, and each of them as a trial of ours.

A row of a file is a network: the table it stood in, its settings (lists as numbers with spaces
between), the revision of the original code that made it, and ``reported_…`` figures. ``profile``
names the smallest profile that trains it here; ``estimated_core_hours`` is what one training of it
would take on one core, where none had been made when the file was written (on photographs by its
FLOPs at 50 GFLOP/s, as measured over 150,000 images; the others from a few timed updates). A row
with a ``script`` is a script of convolutions, another one without a ``mixer`` the convolutional
baseline.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from torch import Tensor, nn

from labbook.models.autoencoder.conv import ConvAutoencoder, ScriptAutoencoder
from labbook.models.autoencoder.grid import GridConvolution
from labbook.models.autoencoder.mixer import MixerAutoencoder
from labbook.training.measure import count_parameters

#: (C, H, W) of the images, in pixels.
SHAPES = {"mnist": (1, 28, 28), "photos": (3, 96, 96)}
INPUTS = 1_000_000  # "steps" in the original
#: What our trials measure, as far as a page draws it.
METRICS = ("train_loss", "validation_loss", "best_validation_loss")
#: Columns of a row that :func:`beside` puts beside what its trials measured.
REPORTED = (
    "parameters",
    "reported_validation_loss",
    "reported_training_time_min",
    "reported_throughput_per_s",
    "estimated_core_hours",
    "profile",
)


def read(path: str | Path) -> pd.DataFrame:
    """All rows of a file, with what our library makes of each of them.

    Returns:
        The columns of the file, and

        - ``configuration``: of our trial, without its seed;
        - ``parameters``: of the network that the library builds;
        - ``dead_parameters``: weights of its mixers that no input can reach, see :func:`dead`.
    """
    rows = pd.read_csv(path, keep_default_na=False)
    rows["estimated_core_hours"] = pd.to_numeric(rows["estimated_core_hours"], errors="coerce")
    records = rows.to_dict("records")
    with torch.device("meta"):
        networks = [build(row) for row in records]
    return rows.assign(
        configuration=[configuration(row) for row in records],
        parameters=[count_parameters(network) for network in networks],
        dead_parameters=[dead(network) for network in networks],
    )


def configuration(row: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration of our trial of a row, without the seed.

    Its function is ``train_script``, ``train_conv`` or ``train_mixer`` of
    :mod:`labbook.experiments.autoencoders`; ``train_long`` where the row has ``period_inputs``.
    """
    common = {
        "inputs": int(row.get("inputs", INPUTS)),
        "dataset": row["dataset"],
        "learning_rate": float(row["learning_rate"]),
    }
    if "period_inputs" in row:
        common["period_inputs"] = int(row["period_inputs"])
    if row["script"]:
        return common | {"script": row["script"]}
    common["kernel_size"] = int(row["kernel_size"])
    if not row["mixer"]:
        return common
    return common | {
        "patch_size": int(row["patch_size"]),
        "channels": numbers(row["channels"]),
        "mixer_at": numbers(row["mixer_at"]),
        "mixer": row["mixer"],
        "revision": row["revision"],
    }


def build(row: Mapping[str, Any]) -> nn.Module:
    """The network of a row."""
    shape = SHAPES[row["dataset"]]
    if row["script"]:
        return ScriptAutoencoder(shape, row["script"], int(row["kernel_size"]))
    if not row["mixer"]:
        return ConvAutoencoder(shape, numbers(row["channels"]), int(row["kernel_size"]))
    return MixerAutoencoder(
        shape,
        int(row["patch_size"]),
        numbers(row["channels"]),
        numbers(row["mixer_at"]),
        row["mixer"],
        int(row["kernel_size"]),
        revision=row["revision"],
    )


def plan(
    rows: pd.DataFrame,
    seeds: Sequence[int],
    several: Callable[[dict[str, Any]], bool],
    **changes: Any,
) -> pd.DataFrame:
    """The trials of some rows: each once for each seed, or with the first seed alone.

    Arguments:
        rows: of :func:`read`.
        several: whether a trial is wanted with all seeds; asked with its configuration and the
            row's ``table``.
        changes: what is another in our trials than in the rows, by name.

    Returns:
        The columns of the rows, ``seed`` and ``point`` (the configuration with the seed), one row
        for each trial, under the index of its row.
    """
    points = [configuration | changes for configuration in rows["configuration"]]
    asked = [{"table": table} | point for table, point in zip(rows["table"], points, strict=True)]
    seeds_of = [list(seeds) if several(question) else list(seeds[:1]) for question in asked]
    trials = rows.assign(point=points, seed=seeds_of).explode("seed")
    seeded = zip(trials["point"], trials["seed"], strict=True)
    return trials.assign(point=[point | {"seed": seed} for point, seed in seeded])


def beside(found: pd.DataFrame, trials: pd.DataFrame) -> pd.DataFrame:
    """A table of trials with what was reported of each of them.

    Arguments:
        found: the table that ``labbook.log.trials.run`` gave for the points of ``trials``.
        trials: of :func:`plan`.

    Returns:
        ``found`` with the row's ``table`` as its first column, ``row`` (the row's index), the
        columns ``REPORTED`` and, empty where no trial has ended well, ``METRICS``.
    """
    found = found.reindex(columns=list(dict.fromkeys([*found, *METRICS])))
    reported = {name: trials[name].to_numpy() for name in REPORTED}
    found = found.assign(row=trials.index, **reported)
    found.insert(0, "table", trials["table"].to_numpy())
    return found


def untrained_mixer_weights(row: Mapping[str, Any], seed: int) -> Tensor | None:
    """The weights of the first mixer of a row's network as a trial with this seed begins.

    Returns:
        Shapes as of :meth:`~labbook.models.autoencoder.mixer.MixerAutoencoder.first_mixer_weights`.
    """
    torch.manual_seed(seed)
    return build(row).first_mixer_weights()


def dead(network: nn.Module) -> int:
    """How many weights of a network's convolutional mixers never meet data.

    A convolution of Q channels over a grid of n positions along each of d axes has Q² kᵈ weights. A
    tap farther than n - 1 from the centre falls outside of the grid wherever the kernel stands, so
    Q² (kᵈ - (2 r + 1)ᵈ) of the weights have a gradient of exactly zero, with the reach
    r = min((k - 1) / 2, n - 1).
    """
    return sum(
        layer.weight.numel() - layer.channels**2 * (2 * layer.reach + 1) ** layer.dimensions
        for layer in network.modules()
        if isinstance(layer, GridConvolution)
    )


def numbers(text: str) -> list[int]:
    """The whole numbers in a text such as ``64 64 64 16``."""
    return [int(number) for number in text.split()]
