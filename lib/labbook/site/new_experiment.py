# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
#   labbook:
#     expt: $number
#     title: $title
#     date: '$date'
#     status: in progress
#     tags: []
#     verdict: ''
# ---

# %% [markdown]
# # $heading
#
# ## Question
#
# What do we want to know, and what would each answer mean?

# %%
from typing import Literal

import torch

from labbook.data import images
from labbook.data.batches import Batches
from labbook.log import trials
from labbook.models.mixer import MixerAutoencoder
from labbook.site import explore, figures, tables
from labbook.training import loop

figures.style()

# %% tags=["parameters"]
profile: Literal["smoke", "demo", "full"] = "demo"  # how much is run
seeds: int = 2  # trials of each setting, told apart by their seed

# %% [markdown]
# ## Setup
#
# A trial is one configuration, trained and measured. It may use its arguments, and what the
# notebook imports and defines; its result is kept, so a setting is trained once.


# %%
def train(channels: list[int], learning_rate: float, inputs: int, seed: int) -> dict:
    """An autoencoder of digits (8 x 8 px, patches of 2 px)."""
    torch.manual_seed(seed)
    data, test = images.load("digits", "train"), images.load("digits", "test")
    return loop.train(
        MixerAutoencoder(data.image_shape, patch_size=2, channels=tuple(channels)),
        Batches(data, batch_size=64, seed=seed),
        loop.Recipe(inputs=inputs, learning_rate=learning_rate),
        validation=loop.mean_loss(test.chunks(64)),
    )


# %%
grid = trials.grid(
    channels=[[8], [16]],
    learning_rate=[3e-3, 1e-2],
    inputs={"smoke": 256, "demo": 15_000, "full": 150_000}[profile],
    seed=list(range(1 if profile == "smoke" else seeds)),
)
table = trials.run(train, grid, data_digest=images.digest("digits"))

# %% [markdown]
# ## Results

# %%
tables.show(table, "All trials.", sort="validation_loss")

# %%
explore.explore(table, "validation_loss", caption="Validation loss of each trial as it is trained.")

# %% [markdown]
# ## Discussion
#
# **$date** What did we find? Add dated paragraphs; leave the old ones as they are.
#
# ## Next
#
# What follows from it?
