"""The text notebooks of the small log that the site is tested with."""

HEADER = """# ---
# jupyter:
#   kernelspec: {{display_name: Python 3, language: python, name: python3}}
#   labbook:
#     expt: {number}
#     title: {title}
#     date: 2026-11-20
#     status: {status}
#     tags: [autoencoder, gratings]
#     verdict: {verdict}
# ---
"""

GRATINGS = (
    HEADER.format(
        number=1,
        title="Gratings through a narrow latent",
        status="complete",
        verdict="Two numbers are enough for gratings; the kernel size matters little.",
    )
    + r'''
# %% [markdown]
# # Gratings through a narrow latent
#
# ## Question
# How few numbers does a grating need? A mixer <cite data-cite="Tolstikhin2021"/> is compared with
# a convolution. The loss is $\mathcal{L} = \frac{1}{N}\sum_{i=1}^N \lVert x_i-\hat{x}_i \rVert^2$.
#
# $$\begin{aligned} f(x) &= \sin(2\pi\, k\, x + \varphi) \\ k &\in \{1, 2, 4\} \end{aligned}$$

# %% tags=["parameters"]
# profile: Literal["smoke", "demo"] = "demo"
seed: int = 0

# %% [markdown]
# ## Setup

# %%
import sys

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from labbook.show import figures, tables

figures.style()
rng = np.random.default_rng(seed)


def train(kernel_size, mixer, seed):
    """Pretends to train."""
    loss = 0.01 + 0.001 * kernel_size
    return {"metrics": {"loss": loss}}


def curve(decay):
    steps = np.arange(1, 60)
    return steps, np.exp(-steps / decay) + 0.01


for done in (1, 2, 3):
    print(f"\r{done}/3 trials", end="", file=sys.stderr)

# %% [markdown]
# ## Results

# %%
trials = pd.read_json("table.json", dtype={"key": str}, precise_float=True)
trials.attrs = json.loads(open("attrs.json").read())
tables.show(
    trials, "Validation loss by mixer and kernel size.", compare={"loss": "reported_loss"}
)

# %%
tables.show(
    tables.over_seeds(trials, ["mixer", "kernel_size"], ["loss", "wall_time_s"]),
    "The same over seeds: mean ± standard deviation (number of seeds).",
)

# %%
evil = pd.DataFrame({"name": ["<script>alert(1)</script>", "plain"], "value": [1.5, np.nan]})
tables.show(evil, "Text that looks like markup.")
evil

# %%
fig, ax = plt.subplots()
for decay in (5, 12, 20):
    ax.plot(*curve(decay), label=f"decay {decay}")
ax.set(xlabel="step", ylabel="validation loss", yscale="log")
ax.legend()
figures.show(fig, "Validation loss over steps, for three decays.", name="loss", thumbnail=True)

# %%
x = np.linspace(0, 1, 28)
grating = [np.outer(np.ones(28), 0.5 + 0.5 * np.sin(2 * np.pi * k * x)) for k in range(1, 9)]
figures.image_grid(
    [np.stack(grating), np.clip(np.stack(grating) + 0.1 * rng.normal(size=(8, 28, 28)), 0, 1)],
    ["original", "reconstruction"],
    caption="Gratings (above) and what the decoder makes of them (below).",
)
figures.tiles(rng.normal(size=(8, 16, 16)), caption="Weights of the first mixer, one tile each.")

# %%
wide = pd.DataFrame({f"measure_number_{n}": [1.5 * n, 2.5 * n] for n in range(1, 15)})
wide.insert(0, "network", ["plain", "steerable"])
tables.show(wide.assign(verdict=["yes", "no"]), "More than a page is wide.", name="wide")

# %%
sparse = pd.DataFrame({"width": range(8), "outcome": ["ok"] * 3 + ["planned"] * 5})
tables.show(sparse.assign(loss=[0.3, 0.2, 0.1] + 5 * [np.nan]), "Mostly planned.", name="sparse")
tables.show(evil, "Closed until somebody asks.", name="closed", folded=True)

# %%
fig, axes = plt.subplots(1, 3, sharey=True, figsize=(9, 3))
for axis, decay in zip(axes, (5, 12, 20)):
    axis.plot(*curve(decay), label="loss")
    axis.set(title=f"decay {decay}", xlabel="step")
axes[0].set_ylabel("validation loss")
fig.legend(*axes[0].get_legend_handles_labels(), loc="outside right upper")
figures.show(fig, "One panel for each decay.", name="panels")

# %%
for line in range(250):
    print("line", line)

# %% [raw] raw_mimetype="text/restructuredtext"
# .. datatable:: reported/gratings.xlsx
#    :sheet: kernels
#    :columns: kernel, loss
#    :caption: As reported.
#
# .. datatable:: reported/gratings.xlsx
#    :sheet: kernels
#    :range: A1:B3
#
# .. datatable:: reported/evil.csv

# %% [markdown]
# ## Discussion
# **2026-11-21** The kernel size changes less than $\sigma^2$ of the seed.
#
# **2026-11-22** A longer run, [the second look](expt:2), is planned (what [expt 2](expt:2) asks).
#
# ## Next
# Nothing.
'''.replace("import sys\n", "import json\nimport sys\n", 1)
)

SECOND = HEADER.format(
    number=2, title="A second look", status="planned", verdict="\"\""
) + r'''
# %% [markdown]
# # A second look
#
# ## Question
# Does [](expt:1) hold, as [it says](expt:1)? [An older one](expt:3) didn't.

# %%
1 + 1
'''  # fmt: skip

OLDER = (
    HEADER.format(
        number=3, title=r"An older one, $\alpha$", status="superseded by 1", verdict="None"
    )
    + """
# %% [markdown]
# # An older one
#
# ## Question
# Is anything learned?

# %%
import ipywidgets

ipywidgets.IntSlider(value=3)
"""
)
