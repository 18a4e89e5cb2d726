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
#     tags: [steerable-cnn, structures, self-supervised]
#     verdict: >-
#       The reported sizes and costs of the network it starts from follow from its widths, as far as
#       they were printed; the chosen one has 26 % of its parameters and 52 % of its FLOPs. The grid
#       waits for a GPU. A network of 4 channels, trained on one core, is right in 62 % of pairs; a
#       linear classifier of where the atoms are dense in 60 %.
# ---

# %% [markdown]
# # Compare channels
#
# ## Question
#
# Two cubes are cut out of a protein, side by side. Across which of its six faces did the first one
# lose the second? Networks that can answer have learnt something of what proteins look like inside,
# without any label made by a person, as Doersch et al. found for photographs
# <cite data-cite="Doersch2015"/>; here they shall later tell good generated structures from bad ones,
# so they will be called very often. An earlier round of experiments found networks that do well. This
# page asks for a smaller and faster one with the same accuracy.
#
# It follows an earlier log on the same question, which reports the size of the network it starts
# from, what it saw in its sweep of widths, and which network it chose, but no figure of any accuracy.
# What follows from its layers is computed here. What has to be trained is laid out as trials; which
# of them were run, and on what, stands in each table.

# %%
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from typing import Literal

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
from sklearn.linear_model import LogisticRegression
from torch.nn.functional import cross_entropy

from labbook.data import structures
from labbook.data.structures.scoring import ValidationPairs
from labbook.data.structures.views import DIRECTIONS, NeighborViews
from labbook.log import trials
from labbook.log.records.folder import read_records
from labbook.models.neighbor import resnet, resnet_costs, resnet_widths
from labbook.show import explore, figures, tables
from labbook.training import schedules
from labbook.training.checkpoints import Checkpoints
from labbook.training.loop import Recipe, train
from labbook.training.measure import count_parameters

figures.style()

# %% tags=["parameters"]
profile: Literal["smoke", "demo", "full"] = (
    "demo"  # what is trained: generated structures, or measured ones
)
workers: int = 2  # trainings at once, each in a process with one thread
seeds: list[int] = [0]  # of the grid

# %% [markdown]
# ## Setup
#
# ### The task
#
# A *view* is a cube of 15 A with voxels of 1 A. An atom is a solid ball of radius 0.5 A, whose volume
# is divided exactly among the voxels it meets <cite data-cite="Strobl2016"/>, times its occupancy.
# Six channels tell C, N, O, P, S or Se, and all others apart; hydrogens and waters are left out.
#
# A pair is drawn like this: the *home* view lies uniformly in a dense 10 A zone of a structure. The
# direction to the neighbor is drawn among those in which there is something to see. One of the six
# axes is drawn as the label, and the home view turned by the smallest rotation that brings this axis
# onto the direction. The centre of the *neighbor* view is 18 A away (3 A between the faces), moved by
# up to 2 A and turned by up to 20 degrees, so that no edge that runs on can give the answer away.
#
# Measured structures are 863 chains for training and 100 for validation from the Protein Data Bank
# <cite data-cite="Berman2000"/>, crystals at 2 A or better, read with gemmi
# <cite data-cite="Wojdyr2022"/>. No chain for validation has a relative for training (30 % identity).
# In the demo, generated chains stand in for them: helices, strands and turns built from ideal bond
# lengths and angles. They are no proteins, and what is trained on them is labelled so.

# %%
data = "pdb" if profile == "full" else "generated"
kind_of_data = {"pdb": "measured", "generated": "generated"}[data]
shown_pairs = NeighborViews(structures.load(data, "validation"), batch_size=8, ahead=0)
SIDES = [f"{'-+'[int(axis.sum() > 0)]}{'xyz'[np.abs(axis).argmax()]}" for axis in DIRECTIONS]
INKS = np.array([[0.5, 0.5, 0.5], [0.9, 0.75, 0.1], [0.1, 0.8, 0.8], [0, 0.6, 0.9], [0, 0.1, 0.9]])


def as_picture(view, across, up, depth):
    """A slab of a view seen from its side, as (up, across, 3); C grey, N blue, O red, S yellow."""
    along = 3 - across - up
    slab = view.sum(axis=along + 1) if depth is None else view.take(depth, axis=along + 1)
    slab = slab if across > up else slab.swapaxes(1, 2)
    return np.clip(1 - np.tensordot(slab[:5] * 0.6, INKS, axes=(0, 0)), 0, 1)


def draw_pair(axes, views, label, depth=None):
    """Both views of a pair side by side, in the frame of home, and the true direction."""
    across = int(np.abs(DIRECTIONS[label]).argmax())
    up = (across + 1) % 3
    forward = DIRECTIONS[label].sum() > 0
    for axis, view, name in zip(
        axes if forward else axes[::-1], views, ("home", "neighbor"), strict=True
    ):
        axis.imshow(as_picture(view, across, up, depth), origin="lower", extent=(-7.5, 7.5) * 2)
        axis.set(title=name, xlabel=f"{'xyz'[across]} (A)", xticks=[-5, 0, 5], yticks=[-5, 0, 5])
        axis.grid(False)
    axes[0].set_ylabel(f"{'xyz'[up]} (A)")
    axes[1].set_yticks([])
    home = axes[0] if forward else axes[1]
    tip = 7.2 if forward else -7.2
    home.annotate("", (tip, 0), (0, 0), arrowprops={"color": "#D55E00", "width": 2, "headwidth": 9})
    home.set_title(f"home → {SIDES[label]}", color="#D55E00")


views, labels = (tensor.numpy() for tensor in shown_pairs.batch(0))
figure, axes = plt.subplots(2, 4, figsize=(9.5, 5))
for number in range(4):
    row = axes[number // 2, 2 * (number % 2) : 2 * (number % 2) + 2]
    draw_pair(row, views[number], int(labels[number]))
figures.show(
    figure,
    f"Four pairs of views of {kind_of_data} structures, looked through from one side: C grey, N blue, "
    "O red, S yellow. The arrow is the true direction; the neighbor view is drawn where it lies, but "
    "turned and moved by noise.",
    name="pairs",
    data=pd.DataFrame({"pair": range(8), "label": [SIDES[label] for label in labels]}),
)

# %% [markdown]
# In JupyterLab the next cell leafs through pairs, slice by slice; elsewhere the figure above has to do.

# %%
if explore.is_live():
    import ipywidgets

    @ipywidgets.interact(index=(0, 199), depth=(0, 14), slab=["one slice", "whole view"])
    def look(index=0, depth=7, slab="one slice"):
        """One pair, by the index of the example."""
        placed = shown_pairs.pairs_at([index])
        _, both = plt.subplots(1, 2, figsize=(7, 3.8))
        pair = shown_pairs.views_of(placed)[0]
        draw_pair(both, pair, int(placed.labels[0]), depth if slab == "one slice" else None)
        plt.show()


# %% [markdown]
# ### The networks
#
# Both views go through one steerable network <cite data-cite="Weiler2018"/>, equivariant under
# rotations <cite data-cite="Cesa2022"/>: every channel is a function on the rotations up to degree 2,
# which has $1 + 9 + 25 = 35$ components. A convolution, four residual blocks
# <cite data-cite="He2015"/> and a convolution over all that is left bring 15 voxels down to 1 (sizes
# 13, 13, 7, 7, 4, 1). The two results, 70 numbers for each channel of the last layer, go into an
# ordinary MLP: hidden layer, ReLU, dropout of 0.2, six logits. The blocks compared are
#
# - **alpha**: convolution, gates (each channel times a sigmoid), convolution; a leaky hard shrink of
#   the samples on 96 rotations closes the block;
# - **gamma**: convolution, tensor product of each channel with itself and a learnt linear map back,
#   convolution; a first Hermite function on the 96 rotations closes the block.
#
# With fields $c_0 \dots c_5$ after the layers, $m_1 \dots m_4$ inside the blocks, $a = c_{i-1}$ and
# $b = c_i$, and $H$ hidden units, a gamma network has
#
# $$62 c_0 + \sum_{i=1}^4 \left(214\, a m_i + 617\, m_i + 214\, m_i b + 2 b\right)
#   + \sum_{a \ne b} 35\, a b + \sum_{i = 2, 4} \left(214\, a^2 + a\right) + 179\, c_4 c_5 + 2 c_5$$
#
# parameters in its encoder (alpha: 224 in place of the first 214, 5 in place of 617) and
# $70\, c_5 H + 7 H + 6$ in its MLP. FLOPs are those of convolutions and matrix products in a forward
# pass, two to a multiply-add.

# %%
reported = pd.read_csv("reported/compare_channels_sizes.csv")
UNITS = {"forward_per_pair": "GFLOP", "executed_per_pair": "GFLOP"}
STARTED_FROM = {"block": "alpha", "schedule": "expt91", "max_channels": 32, "bottleneck": None}
CHOSEN = {"block": "gamma", "schedule": "log", "max_channels": 16, "bottleneck": None}


def costs_of(row):
    """Closed formulas of a network of the grid."""
    bottleneck = "half" if row["bottleneck"] == "half" else None  # a table has NaN for None
    widths = resnet_widths(row["schedule"], row["max_channels"], bottleneck)
    costs = resnet_costs(row["block"], widths)
    parameters = costs.encoder_parameters + costs.classifier_parameters
    flops = costs.encoder_flops + costs.classifier_flops
    return {
        "outer": " ".join(map(str, widths.outer)), "inner": " ".join(map(str, widths.inner)),
        "hidden": widths.hidden, "parameters": parameters,
        "encoder_parameters": costs.encoder_parameters, "forward_per_pair": flops / 1e9,
        "executed_per_pair": (flops - costs.encoder_flops + costs.executed_flops) / 1e9,
    }  # fmt: skip


built = resnet(**STARTED_FROM)
parts = {"all": built, "encoder": built.encoder, "MLP": built.classifier}
costs = resnet_costs("alpha", resnet_widths("expt91", 32))
flops = {"encoder": costs.encoder_flops, "MLP": costs.classifier_flops}
flops["all"] = flops["encoder"] + flops["MLP"]
sizes = reported.assign(
    parameters=[count_parameters(parts[name]) for name in reported.layers],
    forward_of_32_pairs=[32 * flops[name] / 1e9 for name in reported.layers],
    reported_forward_of_32_pairs=reported.reported_flops / 1e9,
)
assert costs.encoder_parameters == sizes.parameters[1]
assert costs.classifier_parameters == sizes.parameters[2]
tables.show(
    sizes,
    "The network that the question starts from (alpha, at most 32 channels), built by the library, "
    "beside the figures that were reported, which are cut or rounded: the encoder's parameters to one "
    "digit, the others to two or three.",
    columns=["layers", "parameters", "forward_of_32_pairs"],
    compare={
        "parameters": "reported_parameters",
        "forward_of_32_pairs": "reported_forward_of_32_pairs",
    },
    units={"forward_of_32_pairs": "GFLOP"},
    digits=6,
    name="sizes",
)

# %%
share = 100 * sizes.parameters[2] / sizes.parameters[0]
share_of_reported = 100 * reported.reported_parameters[2] / reported.reported_parameters[0]
print(
    f"{share:.1f} % of the parameters are the MLP's ({share_of_reported:.0f} % by the rounded figures), "
    f"and {100 * flops['MLP'] / flops['all']:.3f} % of the FLOPs."
)

# %% [markdown]
# So parameters are saved in the first layer of the MLP, which grows with the last layer's channels,
# and FLOPs in the convolutions; both follow the channels. Widths go from 2 to their maximum in six
# steps, equal in ratio (*log*) or in difference (*linear*). A *bottleneck* halves the fields inside
# the blocks. The original names neither its second schedule nor the rule of its bottleneck, nor the
# hidden layer of its smallest networks (we give it 32 units to a channel, which fits the two that are
# known). Known without doubt are log with 16 channels and no bottleneck, the network it chose, and
# the hand-made widths of the one it started from.

# %%
GRID = trials.grid(
    block=["gamma", "alpha"], schedule=["log", "linear"], max_channels=[8, 16, 32],
    bottleneck=[None, "half"],
)  # fmt: skip
members = pd.DataFrame([row | costs_of(row) for row in [STARTED_FROM, *GRID]])
members["bottleneck"] = members.bottleneck.fillna("none")
members["schedule"] = members.schedule.replace("expt91", "by hand")
start, chosen = costs_of(STARTED_FROM), costs_of(CHOSEN)
tables.show(
    members,
    "The network of the first table, and the grid, by closed formulas. Executed: the tensor product "
    "needs only 630 of its 35 x 35 products, as v times w is w times v.",
    columns=[
        "block", "schedule", "max_channels", "bottleneck", "outer", "parameters",
        "encoder_parameters", "forward_per_pair", "executed_per_pair",
    ],
    sort="forward_per_pair",
    units=UNITS,
    name="grid",
)  # fmt: skip
print(
    f"Chosen: {chosen['parameters']:,} parameters, {chosen['forward_per_pair']:.2f} GFLOP for a pair; "
    f"{100 * chosen['parameters'] / start['parameters']:.0f} % and "
    f"{100 * chosen['forward_per_pair'] / start['forward_per_pair']:.0f} % of the first."
)

# %%
figure, axis = plt.subplots(figsize=(7, 4.2))
axis.axvspan(1e5, 1e6, color="#009E73", alpha=0.08)
axis.text(1.05e5, 80, "less than 1 M parameters", color="#006B4F", fontsize="small")
for number, (block, rows) in enumerate(members[1:].groupby("block", sort=False)):
    for bottleneck, fill in (("none", "full"), ("half", "none")):
        some = rows[rows.bottleneck == bottleneck]
        axis.plot(
            some.parameters, some.forward_per_pair, "o", color=f"C{number}", fillstyle=fill,
            label=f"{block}{'' if bottleneck == 'none' else ', bottleneck'}",
        )  # fmt: skip
for network, name in ((start, "started from"), (chosen, "chosen")):
    place = network["parameters"], network["forward_per_pair"]
    axis.plot(*place, "o", color="#222222", fillstyle="none", markersize=11)
    axis.annotate(name, place, xytext=(8, -11), textcoords="offset points", fontsize="small")
axis.set(xscale="log", yscale="log", xlabel="parameters", ylabel="GFLOP per pair", xlim=(1e5, 1e7))
axis.legend()
figures.show(
    figure,
    "What the grid costs. Half as many channels leave a quarter of the parameters, but more than half "
    "of a log network's FLOPs: the first block, on the largest images, has two or three channels in all.",
    name="costs",
)

# %% [markdown]
# ### The recipe
#
# Cross entropy of the six logits, Adam <cite data-cite="Kingma2015"/> at its defaults (a learning rate
# of 0.001), batches of 32; all networks see the same number of pairs. Validation accuracy is measured
# on pairs that stay the same, with the same noise. Its 95 % interval draws whole structures anew, as
# pairs from one structure are alike. The original trained for 100 epochs of unstated length.


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
# Four lists of trials follow from these two functions. The grid at full size is run where there is a
# GPU; a small network also on one core of a CPU, with the linear classifier beside it; and in the demo
# a few tiny networks on generated chains, for a minute.

# %%
FULL = {
    "data": "pdb", "batch_size": 32, "learning_rate": 0.001, "decay": "none", "inputs": 320_000,
    "epoch_size": 16_000, "validation_pairs": 4_000,
}  # fmt: skip
ONE_CORE = {
    "data": "pdb", "block": "gamma", "schedule": "log", "max_channels": 4, "bottleneck": None,
    "batch_size": 8, "learning_rate": 0.003, "decay": "cosine", "inputs": 2_000,
    "epoch_size": 1_000, "validation_pairs": 400, "seed": 0,
}  # fmt: skip
ON_CENTRES = {"data": "pdb", "inputs": 2_000, "validation_pairs": 400, "seed": 0}
SMALL = ONE_CORE | {"data": "generated", "inputs": 32, "epoch_size": 16, "validation_pairs": 24}
SMALL |= {"inputs": 8, "epoch_size": 8, "validation_pairs": 8} if profile == "smoke" else {}
TINY = [
    {"max_channels": 4}, {"max_channels": 2}, {"max_channels": 4, "bottleneck": "half"},
    {"max_channels": 4, "schedule": "linear"}, {"max_channels": 4, "block": "alpha"},
    {"max_channels": 2, "block": "alpha"},
]  # fmt: skip


MEASURED = [
    "train_loss", "validation_loss", "validation_accuracy", "validation_accuracy_low",
    "validation_accuracy_high",
]  # fmt: skip


def measured(function, grid, runs=True):
    """Trials on measured structures: run in the full profile, else found where there are any."""
    if profile == "full" and runs:
        return trials.run(function, grid, executor=pool, data_digest=data_digest)
    return trials.find(function, grid, data_digest=data_digest)


def small(function, grid):
    """Trials on generated chains: a few seconds each."""
    if profile == "smoke":  # in this process: starting others takes longer than the trial
        return trials.run(function, grid[:1], data_digest=data_digest)
    return trials.run(function, grid, executor=pool, data_digest=data_digest)


def with_interval(table):
    """A table of trials that has all that can be measured, and the interval as one text."""
    table = table.reindex(columns=[*table, *(name for name in MEASURED if name not in table)])
    bounds = zip(table.validation_accuracy_low, table.validation_accuracy_high, strict=True)
    table["interval_95"] = [
        None if np.isnan(low) else f"{low:.3f} to {high:.3f}" for low, high in bounds
    ]
    return table


def with_costs(table):
    """A table of trials of networks, with what each network costs."""
    costs = pd.DataFrame([costs_of(row) for row in table.to_dict("records")], index=table.index)
    told = table.drop(columns=[name for name in costs if name in table])
    joined = pd.concat([told, costs], axis=1)
    joined["bottleneck"] = joined.bottleneck.fillna("none")
    joined = with_interval(joined)
    joined.attrs = dict(table.attrs)
    return joined


grid_points = [point | FULL | {"seed": seed} for point in GRID for seed in seeds]
# Days on a CPU.
grid_trials = with_costs(measured(train_network, grid_points, runs=torch.cuda.is_available()))
centres = measured(fit_centres, [ON_CENTRES])
one_core = with_costs(measured(train_network, [ONE_CORE]))
demo = with_costs(small(train_network, [SMALL | point for point in TINY]))
few = {"data": "generated", "inputs": 80 if profile == "smoke" else 800}
demo_centres = small(fit_centres, [ON_CENTRES | few])
on_centres = with_interval(centres).validation_accuracy
on_grid = grid_trials.validation_accuracy.notna().any()
drawn = grid_trials if on_grid else demo
WHERE = (
    "the grid on measured structures" if on_grid
    else "the demo's tiny networks after a minute on generated chains, which says nothing of the grid"
)  # fmt: skip
CHANCE = 1 / 6


# %% [markdown]
# ## Results
#
# ### What needs no network
#
# A view near the surface is emptier on its outer side, and a neighbor is only looked for where there
# are atoms. So weight alone tells a lot: the centres of mass of both views, six numbers, into a linear
# classifier with 42 parameters. What a network learns of proteins is what it knows beyond this line.

# %%
baselines = pd.concat([centres, demo_centres], ignore_index=True)
tables.show(
    with_interval(baselines),
    "A linear classifier of the centres of mass. Chance is 0.167.",
    columns=[
        "data", "inputs", "outcome", "validation_loss", "validation_accuracy", "interval_95",
        "parameters",
    ],
    name="centres",
)  # fmt: skip

# %% [markdown]
# ### A network that learns, on one core
#
# The smallest network that still has all of gamma's parts, at most 4 channels, on measured structures,
# at the rate that one core of a CPU allows.


# %%
def histories(frame):
    """The learning curves of the trials of a table that have a record: key → history."""
    recorded = {record.key: record.history for record in read_records("compare_channels")}
    return {key: recorded[key] for key in frame.key if recorded.get(key)}


alone = histories(one_core)
one_core["training_loss"] = [
    np.mean(alone[key]["train_loss"][-50:]) if key in alone else np.nan for key in one_core.key
]
tables.show(
    one_core.drop(columns="train_loss"),
    "One training on measured structures, one thread. Training loss: mean of the last 50 batches, 400 "
    "pairs. Chance is 0.167.",
    columns=[
        "block", "max_channels", "inputs", "outcome", "training_loss", "validation_loss",
        "validation_accuracy", "interval_95", "parameters", "forward_per_pair", "cpu_time_s",
    ],
    units=UNITS,
    name="one-core",
)  # fmt: skip

if alone:
    (history,) = alone.values()
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.6))
    smooth = pd.Series(history["train_loss"]).rolling(20, min_periods=1).mean()
    axes[0].plot(history["inputs"], history["train_loss"], color="C0", alpha=0.3)
    axes[0].plot(history["inputs"], smooth, color="C0", label="training, mean of 20 steps")
    axes[0].plot(
        history["validation_inputs"],
        history["validation_loss"],
        "o",
        color="C1",
        label="validation",
    )
    axes[0].axhline(np.log(6), color="#888888", linestyle=":", label="chance")
    axes[0].set(xlabel="pairs seen", ylabel="cross entropy")
    seen, accuracy = history["validation_inputs"], np.array(history["validation_accuracy"])
    low, high = (np.array(history[f"validation_accuracy_{side}"]) for side in ("low", "high"))
    axes[1].errorbar(
        seen, accuracy, [accuracy - low, high - accuracy], fmt="o", color="C1", capsize=3,
        label="network, with its 95 % interval",
    )  # fmt: skip
    if on_centres.notna().any():
        axes[1].axhline(on_centres.iloc[0], color="#CC79A7", label="centres of mass")
    axes[1].axhline(CHANCE, color="#888888", linestyle=":", label="chance")
    axes[1].set(xlabel="pairs seen", ylabel="validation accuracy", ylim=(0, 0.8), xlim=(0, None))
    for axis in axes:
        axis.legend(fontsize="small")
    figures.show(
        figure,
        "The training on one core: loss, and accuracy on pairs of structures without relatives in "
        "training.",
        name="one-core-curve",
    )

# %% [markdown]
# ### By block
#
# Reported: gamma stays good over all widths, alpha gets there only when it is wide.

# %%
tables.show(
    grid_trials,
    "The grid on measured structures. What is planned has not been run.",
    columns=[
        "block", "schedule", "max_channels", "bottleneck", "outcome", "validation_accuracy",
        "interval_95",
    ],
    name="grid-trials",
)  # fmt: skip
tables.show(
    demo,
    "The demo: tiny networks, four steps each, on generated chains, validated with 24 pairs. They show "
    "that everything runs; how they rank says nothing.",
    columns=[
        "block", "schedule", "max_channels", "bottleneck", "validation_loss", "validation_accuracy",
        "parameters", "forward_per_pair", "cpu_time_s",
    ],
    units=UNITS,
    name="demo",
)  # fmt: skip


# %%
def draw_curves(axis, frame, by):
    """Validation accuracy against pairs seen, coloured by a hyperparameter."""
    recorded = histories(frame)
    for number, value in enumerate(dict.fromkeys(frame[by])):
        curves = [recorded[key] for key in frame.key[frame[by] == value] if key in recorded]
        for index, curve in enumerate(curves):
            axis.plot(
                curve["validation_inputs"], curve["validation_accuracy"], "-o", linewidth=1,
                color=f"C{number}", label=value if index == 0 else None,
            )  # fmt: skip
    axis.axhline(CHANCE, color="#888888", linestyle=":", linewidth=1)
    axis.set(xlabel="pairs seen", ylabel="validation accuracy")
    axis.legend(title=by.replace("_", " "), fontsize="small", title_fontsize="small")


def draw_ends(axis, frame, by):
    """Accuracy at the end against the maximum of channels, one line for each value of ``by``."""
    means = frame.groupby([by, "max_channels"], sort=False).validation_accuracy.mean().reset_index()
    for number, value in enumerate(dict.fromkeys(frame[by])):
        rows = means[means[by] == value].sort_values("max_channels")
        axis.plot(
            rows.max_channels, rows.validation_accuracy, "-o", color=f"C{number}", label=value
        )
    axis.axhline(CHANCE, color="#888888", linestyle=":", linewidth=1)
    channels = sorted(set(frame.max_channels))
    axis.set_xscale("log", base=2)
    axis.set_xticks(channels, channels)
    axis.set(xlabel="maximum of channels", ylabel="validation accuracy at the end")
    axis.legend(title=by.replace("_", " "), fontsize="small", title_fontsize="small")


figure, axes = plt.subplots(1, 2, figsize=(9, 3.6), sharey=True)
draw_curves(axes[0], drawn, "block")
draw_ends(axes[1], drawn, "block")
figures.show(figure, f"By block: {WHERE}. Dotted: chance.", name="by-block")

# %% [markdown]
# ### Gamma, by everything else
#
# Reported: next to the block, the maximum of channels and the bottleneck matter most. 32 channels are
# nearly always enough, 16 without a bottleneck, 8 never.

# %%
gamma = drawn[drawn.block == "gamma"]
figure, axes = plt.subplots(1, 3, figsize=(10, 3.4), sharey=True)
draw_curves(axes[0], gamma, "max_channels")
draw_ends(axes[1], gamma, "bottleneck")
draw_ends(axes[2], gamma, "schedule")
figures.show(figure, f"Gamma alone: {WHERE}. Dotted: chance.", name="gamma")

# %% [markdown]
# ### The best
#
# Reported, without numbers: the chosen network is the third most accurate of all, with fewer FLOPs than
# the two above it. Networks of the same task in neighboring experiments are said to end at about 80 %.

# %%
figure, axes = plt.subplots(1, 2, figsize=(9, 3.9), sharey=True)
waiting = grid_trials[grid_trials.validation_accuracy.isna()]
for axis, cost, label in zip(
    axes, ("forward_per_pair", "parameters"), ("GFLOP per pair", "parameters"), strict=True
):
    together = pd.concat([grid_trials, one_core, demo])
    together = together[together.validation_accuracy.notna()]
    for number, (block, rows) in enumerate(together.groupby("block", sort=False)):
        on_measured = rows[rows.data == "pdb"]
        if len(on_measured):
            axis.plot(
                on_measured[cost],
                on_measured.validation_accuracy,
                "o",
                color=f"C{number}",
                label=block,
            )
        others = rows[rows.data != "pdb"]
        axis.plot(
            others[cost], others.validation_accuracy, "x", color=f"C{number}", alpha=0.6,
            label=f"{block}, demo (generated)",
        )  # fmt: skip
    light = together[(together.parameters < 1e6) & (together.data == "pdb")]
    axis.plot(
        light[cost], light.validation_accuracy, "o", color="#009E73", fillstyle="none", markersize=11,
        linestyle="", label="less than 1 M parameters",
    )  # fmt: skip
    axis.plot(waiting[cost], np.full(len(waiting), 0.02), "|", color="#888888", label="not run yet")
    axis.axhline(CHANCE, color="#888888", linestyle=":", linewidth=1)
    axis.axhline(0.8, color="#222222", linestyle="--", linewidth=1)
    if on_centres.notna().any():
        axis.axhline(on_centres.iloc[0], color="#CC79A7", linewidth=1, label="centres of mass")
    axis.set(xscale="log", xlabel=label, ylabel="validation accuracy", ylim=(0, 0.9))
axes[0].text(axes[0].get_xlim()[0], 0.81, " reported nearby, about 80 %", fontsize="small")
axes[1].legend(fontsize="x-small", loc="center right")
figures.show(
    figure,
    "Accuracy against FLOPs and against parameters. Rings: less than a million parameters. Ticks at the "
    "bottom: members of the grid that were not trained yet, at their costs. Dotted: chance.",
    name="best",
    thumbnail=True,
)

# %%
explore.explore(
    drawn.drop(columns=["outer", "inner", "hidden"]),
    curve="validation_accuracy",
    caption=f"Choose hyperparameters: curves and costs. Here {WHERE}.",
    name="explorer",
)

# %% [markdown]
# ## Discussion
#
# ### The claims, one by one
#
# Each compares two parts of the grid. A difference is that of their mean accuracies, in percentage
# points.


# %%
def mean_accuracy(**settings):
    """Of all trials of the grid with these settings; missing while one of them is."""
    rows = grid_trials
    for name, value in settings.items():
        rows = rows[rows[name] == value]
    return rows.validation_accuracy.mean(skipna=False)


GAMMA = {"block": "gamma"}
CLAIMS = [
    ("With 8 channels gamma is better than alpha", GAMMA | {"max_channels": 8}, {"block": "alpha", "max_channels": 8}),
    ("With 32 channels alpha is as good as gamma", {"block": "alpha", "max_channels": 32}, GAMMA | {"max_channels": 32}),
    ("32 channels are no better than 16 without a bottleneck",
     GAMMA | {"max_channels": 32, "bottleneck": "none"}, GAMMA | {"max_channels": 16, "bottleneck": "none"}),
    ("With 16 channels a bottleneck hurts",
     GAMMA | {"max_channels": 16, "bottleneck": "half"}, GAMMA | {"max_channels": 16, "bottleneck": "none"}),
    ("8 channels are too few", GAMMA | {"max_channels": 8}, GAMMA | {"max_channels": 16}),
]  # fmt: skip
rows = []
for claim, one, other in CLAIMS:
    difference = 100 * (mean_accuracy(**one) - mean_accuracy(**other))
    outcome = "not run yet" if np.isnan(difference) else "run"
    rows.append({"claim": claim, "our_difference_points": difference, "ours": outcome})
tables.show(pd.DataFrame(rows), "What was reported of the grid, and ours.", name="claims")

# %% [markdown]
# ### The choice
#
# The original chose gamma, log, 16 channels, no bottleneck, for being third in accuracy at fewer FLOPs
# than the first two. From the costs alone that choice can be judged without any training:

# %%
light = members[(members.parameters < 1e6) & (members.max_channels == 16)]
light = light.sort_values("forward_per_pair").reset_index(drop=True)
light["of_the_first_percent"] = 100 * light.forward_per_pair / start["forward_per_pair"]
light["of_its_parameters_percent"] = 100 * light.parameters / start["parameters"]
tables.show(
    light,
    "The networks with 16 channels, all below a million parameters, against the one that the question "
    "starts from.",
    columns=[
        "block", "schedule", "bottleneck", "parameters", "forward_per_pair", "of_the_first_percent",
        "of_its_parameters_percent",
    ],
    units=UNITS,
    name="choice",
)  # fmt: skip

# %% [markdown]
# With 16 channels the MLP has shrunk to a quarter, whatever the rest looks like: parameters hardly tell
# these networks apart. FLOPs do, by nearly a factor of four. A linear schedule costs 1.7 to 2.2 times
# what the log one costs, so until the grid has run, log it is. Between gamma and alpha lie 14 % of the
# FLOPs, and a bottleneck would save 38 %, at a price in accuracy that was reported and that we have not
# measured. We keep the reported choice for the experiments that need a network now.
#
# ### Limits
#
# - The grid has not been trained here: what is said above of the accuracy of its members is the
#   original's. The small network, the linear classifier and the demo are ours.
# - Which zones of a structure count as dense is our rule: at least half the density of a protein's
#   inside, around the home and in one of twenty directions at the distance of the neighbor. The
#   original's database was made by a rule that is not public, from far more structures. The accuracy
#   of centres of mass depends on it, and so does every other number here.
# - The smallest rotation leaves the twist about the neighbor's axis as the structure's file has it, so
#   orientations are not uniform. For a network that is equivariant this makes no difference.
# - Schedules other than log, the bottleneck's rule and the MLP of the smallest networks are guesses.
# - Validation pairs carry the same noise as training pairs, as they most likely did then.
#
# ### Notes
#
# **2026-11-22** An alpha network with the hand-made widths 2, 2, 11, 11, 24, 32 has 2,743,675 parameters
# and costs 938.98 GFLOP for 32 pairs, where 2.7 M and 938 G were printed; its other four sizes fit too.
# Of the network that was chosen only "less than 1 M" parameters is known; it has 713,979.
#
# **2026-11-22** On one core, a network with 61,454 parameters is right in 62 % of 400 pairs after 2,000
# pairs of training (95 % interval 57 to 67 %), in structures that have no relative among those it was
# trained on; chance is 17 %. It had learnt all of that after 1,000 pairs. A first
# run of the same training, before the steerable layers were made faster, ended at 62.5 % instead of
# 61.8: so much do rounding errors move it.
#
# **2026-11-22** A linear classifier of the centres of mass, after the same 2,000 pairs, is right in 60 %
# (55 to 66 %). The network's accuracy is within its interval, its cross entropy a little lower (1.05
# against 1.17). So what is learnt first is where the atoms are dense. If the original's pairs were like
# ours, some 60 of the 80 % reported nearby can be had from density alone, perhaps more, and networks
# should be compared above this line. Nothing tells yet that the network learns its pairs by heart: over
# the last 400 of training its loss is 1.04 (0.58 in the last batch of eight), in validation 1.05.
#
# ## Next
#
# - The grid on a GPU, with three seeds for the networks near the choice.
# - What is left to learn beyond the centres of mass: pairs matched in weight, so that only shape and
#   chemistry can tell.
