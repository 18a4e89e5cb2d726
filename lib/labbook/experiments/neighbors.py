r"""Trials of the neighbor-location task: a network trained, or a linear rule fitted.

Two cubes are cut from a structure; the question is which of the six faces of the first, *home*,
the second, its *neighbor*, lies across. Every network is compared with a linear rule of the
centres of mass (:func:`fit_centres`) on the same validation pairs, and with chance (1/6).

Letters in shapes: B pairs, C kinds of atoms, D voxels along an edge.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from labbook.data import structures
from labbook.data.structures.scoring import ValidationPairs
from labbook.data.structures.views import NeighborViews
from labbook.models.neighbor import architecture, resnet
from labbook.models.neighbor.layouts import layout
from labbook.models.steerable import convolve_in
from labbook.training import schedules
from labbook.training.checkpoints import Checkpoints
from labbook.training.loop import Recipe, train
from labbook.training.statistics import take_statistics

CHANCE = 1 / 6
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}  # of convolutions
BATCH = 8  # pairs that are held at once where nothing is trained
STATISTICS_BATCHES = 64  # of training, from which batch norms get their precise statistics


@dataclass(frozen=True)
class Task:
    """How a neighbor is placed, and which kinds of atoms are told apart.

    Attributes:
        gap_A: between the facing sides of the two views, before noise.
        noise_A, noise_deg: farthest that the neighbor is moved and turned.
        kinds: 6 (C, N, O, P, S or Se, other) or 4 (C, N, O, other).
    """

    gap_A: float
    noise_A: float
    noise_deg: float
    kinds: int


# "moved" is the task of compare_channels, "aligned" that of compare_cnns and axes_question.
TASKS = {"moved": Task(3.0, 2.0, 20.0, 6), "aligned": Task(1.0, 0.0, 0.0, 4)}


def _task(name: str) -> Task:
    if name not in TASKS:
        raise ValueError(f"a task must be one of {', '.join(TASKS)}, got {name!r}.")
    return TASKS[name]


def neighbor_views(
    split: str,
    dataset: str,
    task: str,
    view_voxels: int,
    resolution_A: float,
    **batches: Any,
) -> NeighborViews:
    """Pairs of views of a data set.

    Arguments:
        split: ``train`` or ``validation``.
        dataset: ``pdb`` or ``generated`` (:mod:`labbook.data.structures`).
        task: a name in :data:`TASKS`.
        view_voxels: D. resolution_A: edge of a voxel.
        batches: batch_size, epoch_size, seed, device and ahead of :class:`NeighborViews`.

    Raises:
        ValueError: no such task.
        FileNotFoundError: the measured structures are not at hand.
    """
    chosen = _task(task)
    return NeighborViews(
        structures.load(dataset, split),
        view_voxels * resolution_A,
        resolution_A,
        padding_A=chosen.gap_A,
        noise_A=chosen.noise_A,
        noise_deg=chosen.noise_deg,
        channels=chosen.kinds,
        **batches,
    )


def train_resnet(
    dataset: str,
    task: str,
    view_voxels: int,
    resolution_A: float,
    block: str,
    schedule: str,
    max_channels: int,
    bottleneck: str | None,
    batch_size: int,
    learning_rate: float,
    inputs: int,
    curve_every: int,
    curve_pairs: int,
    validation_pairs: int,
    seed: int,
    dtype: str = "float32",
) -> dict[str, Any]:
    """Train a steerable ResNet (:func:`labbook.models.neighbor.resnet`) with Adam.

    Arguments:
        dataset, task, view_voxels, resolution_A: see :func:`neighbor_views`.
        block, schedule, max_channels, bottleneck: of the network.
        batch_size, learning_rate: pairs in a step; of Adam, constant.
        inputs: training pairs.
        curve_every: training pairs between two points of the validation curve.
        curve_pairs: the first validation pairs, on which the curve is measured.
        validation_pairs: pairs on which the end of the training is measured.
        seed: of the weights and of the training pairs.
        dtype: what convolutions multiply in, ``float32`` or ``bfloat16``; the rest is float32.

    Returns:
        ``metrics``: train_loss, and of all validation pairs validation_loss, validation_accuracy
        and its 95 % interval (validation_accuracy_low, validation_accuracy_high; structures drawn
        anew), with the running averages of batch norms; then the same four with their precise
        statistics (:func:`labbook.training.statistics.take_statistics`), as precise_loss, …
        ``history``: those on ``curve_pairs``, over validation_inputs (pairs) and
        validation_cpu_time_s (the CPU seconds of training that so many pairs take at the mean speed
        of the whole training: validation_inputs over examples_per_cpu_s). The rest as of
        :func:`labbook.training.loop.train`.

    Raises:
        ValueError: a dtype that is neither; no such task.
    """
    if dtype not in DTYPES:
        raise ValueError(f"dtype must be one of {', '.join(DTYPES)}, got {dtype!r}.")
    torch.manual_seed(seed)
    network = resnet(
        block, schedule, max_channels, bottleneck, _task(task).kinds, view_voxels=view_voxels
    )
    if dtype != "float32":
        convolve_in(network, DTYPES[dtype])
    return _train(
        network, _views_of(dataset, task, view_voxels, resolution_A),
        batch_size=batch_size, learning_rate=learning_rate, inputs=inputs, curve_every=curve_every,
        curve_pairs=curve_pairs, validation_pairs=validation_pairs, seed=seed,
    )  # fmt: skip


def train_architecture(
    dataset: str,
    task: str,
    resolution_A: float,
    network: str,
    axes: str,
    batch_size: int,
    learning_rate: float,
    inputs: int,
    curve_every: int,
    curve_pairs: int,
    validation_pairs: int,
    seed: int,
) -> dict[str, Any]:
    """Train one of the architectures #0 to #3 (:func:`labbook.models.neighbor.architecture`).

    Arguments:
        network: its name, which tells the size of a view, too. axes: of its head.

    The others, and what is returned, as of :func:`train_resnet`.
    """
    torch.manual_seed(seed)
    module = architecture(network, _task(task).kinds, axes)
    return _train(
        module, _views_of(dataset, task, layout(network).input_size, resolution_A),
        batch_size=batch_size, learning_rate=learning_rate, inputs=inputs, curve_every=curve_every,
        curve_pairs=curve_pairs, validation_pairs=validation_pairs, seed=seed,
    )  # fmt: skip


def fit_centres(
    dataset: str,
    task: str,
    view_voxels: int,
    resolution_A: float,
    inputs: int,
    validation_pairs: int,
    seed: int,
) -> dict[str, Any]:
    """Fit a linear rule of the centres of mass: what weight alone tells, without shape.

    The six numbers of :func:`centres_of_mass` go into a logistic regression of six classes (42
    parameters), with scikit-learn's usual penalty (L2, C = 1), which from 2,000 pairs on changes
    the loss by less than 0.001. Arguments as of :func:`train_resnet`; of ``inputs`` whole batches
    of 8 are fitted to.

    Returns:
        ``metrics``: validation_loss, validation_accuracy and its 95 % interval, of the pairs on
        which networks with the same arguments are measured; ``parameters``.
    """
    views_of = _views_of(dataset, task, view_voxels, resolution_A)
    pairs = views_of("train", batch_size=BATCH, seed=seed)
    batches = [pairs.batch(step) for step in range(inputs // BATCH)]
    features = np.concatenate([centres_of_mass(views) for views, _ in batches])
    labels = np.concatenate([labels.numpy() for _, labels in batches])
    rule = LogisticRegression(max_iter=1000).fit(features, labels)
    held_out = views_of("validation", batch_size=BATCH)
    scores = ValidationPairs(held_out, validation_pairs)(
        lambda views: torch.from_numpy(rule.decision_function(centres_of_mass(views)))
    )
    metrics = {f"validation_{name}": value for name, value in scores.items()}
    return {"metrics": metrics, "parameters": rule.coef_.size + len(rule.classes_), "seed": seed}


def centres_of_mass(views: Tensor) -> np.ndarray:
    r"""The first moments of both views: :math:`m_i = \sum_x \rho(x)\, x_i / 100`, x in voxels.

    Arguments:
        views: (B, 2, C, D, D, D); :math:`\rho` sums over C, and x counts from the centre.

    Returns:
        (B, 6): x, y, z of home, then of the neighbor.
    """
    density = views.sum(dim=2).double()
    along = torch.arange(density.shape[-1]).double() - (density.shape[-1] - 1) / 2
    moments = [torch.einsum(f"bvxyz,{axis}->bv", density, along) for axis in "xyz"]
    return torch.stack(moments, dim=2).flatten(1).numpy() / 100


def data_digest(configuration: Mapping[str, Any]) -> str | None:
    """What identifies the structures that a trial reads; None where they are not at hand."""
    return structures.digest(configuration["dataset"])


def direction_loss(network: nn.Module, batch: tuple[Tensor, Tensor]) -> Tensor:
    """Cross entropy of the six directions; a batch is views (B, 2, C, D, D, D) and labels (B,)."""
    views, labels = batch
    return cross_entropy(network(views), labels)


def _views_of(
    dataset: str, task: str, view_voxels: int, resolution_A: float
) -> Callable[..., NeighborViews]:
    """:func:`neighbor_views` of one data set and task: a function of the split and the batches."""
    return partial(
        neighbor_views, dataset=dataset, task=task,
        view_voxels=view_voxels, resolution_A=resolution_A,
    )  # fmt: skip


def _train(
    network: nn.Module,
    views_of: Callable[..., NeighborViews],
    *,
    batch_size: int,
    learning_rate: float,
    inputs: int,
    curve_every: int,
    curve_pairs: int,
    validation_pairs: int,
    seed: int,
) -> dict[str, Any]:
    """The other arguments, and the result, as of :func:`train_resnet`."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    network = network.to(device)
    held_out = views_of("validation", batch_size=BATCH, device=device)
    pairs = views_of(
        "train", batch_size=batch_size, epoch_size=curve_every, seed=seed, device=device
    )
    result = train(
        network,
        pairs,
        Recipe(inputs, learning_rate, schedule=schedules.constant, weight_decay=0.0),
        objective=direction_loss,
        validation=ValidationPairs(held_out, curve_pairs),
        checkpoints=Checkpoints.of_trial(),
    )
    steps = -(-inputs // batch_size)
    further = range(steps, steps + min(steps, STATISTICS_BATCHES))
    network.eval()
    at_the_end = _scores(network, ValidationPairs(held_out, validation_pairs), "validation")
    take_statistics(network, (pairs.batch(step)[0] for step in further))
    at_the_end |= _scores(network, ValidationPairs(held_out, validation_pairs), "precise")
    per_s = result["throughput"]["examples_per_cpu_s"]
    curve = result["history"]
    curve["validation_cpu_time_s"] = [pairs / per_s for pairs in curve["validation_inputs"]]
    metrics = {"train_loss": result["metrics"]["train_loss"]} | at_the_end
    return result | {"metrics": metrics, "seed": seed}


@torch.no_grad()
def _scores(network: nn.Module, pairs: ValidationPairs, name: str) -> dict[str, float]:
    return {f"{name}_{score}": value for score, value in pairs(network).items()}
