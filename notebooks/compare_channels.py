# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
#   labbook:
#     expt: 2
#     title: Compare channels
#     date: '2026-11-22'
#     status: in progress
#     tags: [equivariance, macromolecules, self-supervised]
#     verdict: >-
#       Sizes and costs of the reported networks are reproduced exactly; the grid itself waits for a
#       GPU.
# ---

# %% [markdown]
# # Compare channels
#
# ## Question

# %%
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from typing import Literal

import numpy as np
import pandas as pd
import torch
from sklearn.linear_model import LogisticRegression
from torch.nn.functional import cross_entropy

from labbook.data import structures
from labbook.data.scoring import ValidationPairs
from labbook.data.views import NeighborViews
from labbook.log import trials
from labbook.models.neighbor import resnet
from labbook.site import figures, tables
from labbook.training import schedules
from labbook.training.checkpoints import Checkpoints
from labbook.training.loop import Recipe, train

figures.style()

# %% tags=["parameters"]
profile: Literal["smoke", "demo", "full"] = (
    "demo"  # what is trained: generated structures, or measured ones
)
workers: int = 2  # trainings at once, each in a process with one thread


# %%
def objective(network, batch):
    """Cross entropy of the six directions."""
    views, labels = batch
    return cross_entropy(network(views), labels)


def train_network(
    data,
    block,
    schedule,
    max_channels,
    bottleneck,
    batch_size,
    learning_rate,
    decay,
    inputs,
    epoch_size,
    validation_pairs,
    seed,
):
    """A network of the grid, trained with Adam; validated on structures that it never saw."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.manual_seed(seed)
    network = resnet(block, schedule, max_channels, bottleneck).to(device)
    pairs = NeighborViews(
        structures.load(data, "train"),
        batch_size=batch_size,
        epoch_size=epoch_size,
        seed=seed,
        device=device,
    )
    others = NeighborViews(structures.load(data, "validation"), batch_size=8, device=device)
    rate = {"none": schedules.constant, "cosine": schedules.warmup_cosine}[decay]
    recipe = Recipe(inputs, learning_rate, schedule=rate, weight_decay=0.0)
    result = train(
        network,
        pairs,
        recipe,
        objective=objective,
        validation=ValidationPairs(others, validation_pairs),
        checkpoints=Checkpoints.of_trial(),
    )
    return result | {"seed": seed}


def centres_of_mass(views):
    """Where the atoms of both views lie on average, times how many they are: (B, 6)."""
    density = views.sum(dim=2).double()
    along = torch.arange(density.shape[-1]).double() - (density.shape[-1] - 1) / 2
    moments = [torch.einsum(f"bvxyz,{axis}->bv", density, along) for axis in "xyz"]
    return torch.stack(moments, dim=2).flatten(1).numpy() / 100


def fit_centres(data, inputs, validation_pairs, seed):
    """A linear classifier of the centres of mass, which knows nothing of chemistry or shape."""
    pairs = NeighborViews(structures.load(data, "train"), batch_size=8, seed=seed)
    batches = [pairs.batch(step) for step in range(inputs // 8)]
    features = np.concatenate([centres_of_mass(views) for views, _ in batches])
    labels = np.concatenate([labels.numpy() for _, labels in batches])
    classifier = LogisticRegression(max_iter=1000).fit(features, labels)
    others = NeighborViews(structures.load(data, "validation"), batch_size=8)
    scores = ValidationPairs(others, validation_pairs)(
        lambda views: torch.from_numpy(classifier.decision_function(centres_of_mass(views)))
    )
    metrics = {f"validation_{name}": value for name, value in scores.items()}
    return {"metrics": metrics, "parameters": classifier.coef_.size + 6, "seed": seed}


def data_digest(configuration):
    """What identifies the data of a trial; None where they are not at hand."""
    return structures.digest(configuration["data"])


# %%
pool = ProcessPoolExecutor(
    workers, multiprocessing.get_context("spawn"), torch.set_num_threads, (1,)
)

# %% [markdown]
# ### On one core

# %%
ONE_CORE = {
    "data": "pdb", "block": "gamma", "schedule": "log", "max_channels": 4, "bottleneck": None,
    "batch_size": 8, "learning_rate": 0.003, "decay": "cosine", "inputs": 2_000,
    "epoch_size": 1_000, "validation_pairs": 400, "seed": 0,
}  # fmt: skip
ON_CENTRES = {"data": "pdb", "inputs": 2_000, "validation_pairs": 400, "seed": 0}


def measured(function, grid):
    """Trials on measured structures: run in the full profile, else found where there are any."""
    if profile == "full":
        return trials.run(function, grid, executor=pool, data_digest=data_digest)
    return trials.find(function, grid, data_digest=data_digest)


centres = measured(fit_centres, [ON_CENTRES])
one_core = measured(train_network, [ONE_CORE])
tables.show(pd.concat([one_core, centres]), "On one core.", name="one-core")
