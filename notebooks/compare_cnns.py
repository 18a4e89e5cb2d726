# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
#   labbook:
#     expt: 3
#     title: Compare CNNs
#     date: '2026-11-22'
#     status: in progress
#     tags: [steerable-cnn, structures, review]
#     verdict: >-
#       The printed sizes of eight of nine steerable networks are reproduced; what was reported does
#       not determine the ninth, the wide #2. A head read in the wrong axes can't answer more than one
#       label in three; trained, a small one answers one in four, and two in three with the axes put
#       right. The nine networks at full size are planned.
# ---

# %% [markdown]
# # Compare CNNs
#
# ## Question
#
# How wide and how deep should a steerable network for macromolecular structures be? The task is that
# of [neighbor location](expt:2): two cubes cut from a structure, and the question across which face of
# the first the second lies. How many channels do others use, and for what? What is a channel, where
# features are representations of SO(3)? What fits into memory? And which of four families of
# architectures, narrow or wide, learns most, per step and per hour?
#
# This page follows an earlier log on the same question: its list of networks and its curves are shown
# beside what we compute and train ourselves, and its review is [a page of its own](expt:5).

# %%
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from typing import Literal

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
from scipy.spatial.transform import Rotation
from scipy.stats import gaussian_kde
from torch.nn import functional

from labbook.data import motifs, structures
from labbook.data.views import NeighborViews
from labbook.log import trials
from labbook.log.records import read_records
from labbook.models.neighbor import counting, memory
from labbook.models.neighbor.architectures import architecture
from labbook.models.neighbor.axes import DATA_TO_ESCNN, LABEL_DIRECTIONS, best_possible
from labbook.models.neighbor.fields import GROUP, regular_field
from labbook.models.neighbor.functions import FourierFunction
from labbook.models.neighbor.layouts import layout
from labbook.models.neighbor.planning import fields_nearest, fields_within, plan_widths
from labbook.models.steerable import plain
from labbook.models.survey import summary
from labbook.site import explore, figures, tables
from labbook.training import schedules
from labbook.training.checkpoints import Checkpoints
from labbook.training.loop import Recipe, train
from labbook.training.measure import count_flops, count_parameters
from labbook.training.trajectories import smooth

figures.style()

# %% tags=["parameters"]
profile: Literal["smoke", "demo", "full"] = (
    "demo"  # what is trained: small networks on generated chains, or on real structures too
)
workers: int = 2  # trainings at once, each in a process with one thread
seeds: list[int] = [0, 1, 2]  # of the networks that are trained several times

# %% [markdown]
# ## Setup
#
# ### Review
#
# What have others built? Each of the reviewed networks is built as a torch module from its list of
# layers, and its sizes are traced. [A page of its own](expt:5) has the layers of each, what is assumed
# where a publication leaves a gap, and the corrections of the earlier log's workbook; here are the sums.
#
# By the median of their kind, the networks for molecules are among the shallowest, and they have by far the
# largest share of their parameters in fully connected layers.

# %%
overview = summary()
by_kind = overview.groupby("group")[["depth", "linear_share"]].median()
assert by_kind.linear_share.idxmax() == "proteins" and by_kind.depth.idxmax() == "images"
overview["linear_percent"] = (100 * overview.linear_share).round().astype(int)
overview["forward"] = [float(f"{flops / 1e9:.3g}") for flops in overview.flops]
tables.show(
    overview[[
        "network", "group", "input", "depth", "widest", "smallest", "receptive_field_voxels",
        "parameters", "reported_parameters", "linear_percent", "forward",
    ]],
    "All reviewed networks, traced. Smallest: the side before the fully connected layers or the mean "
    "of all positions; receptive field: there; linear: share of the parameters in fully connected "
    "layers; reported: by papers, reference implementations, or arithmetic on a paper's layers; "
    "forward: of one input.",
    units={"forward": "GFLOP"}, digits=3, name="all-networks",
)  # fmt: skip

# %%
figure, axes = plt.subplots(1, 2, figsize=(9, 4), sharey=True)
for group, rows in overview.groupby("group", sort=False):
    axes[0].scatter(rows.depth, rows.parameters, label=group)
    axes[1].scatter(rows.flops, rows.parameters, label=group)
axes[0].set(xlabel="depth (layers with weights)", ylabel="parameters", xscale="log", yscale="log")
axes[1].set(xlabel="FLOPs for one input", xscale="log", yscale="log", xlim=(4e7, 4e11))
axes[1].set_ylabel("parameters")
axes[0].legend()
for _, row in overview.iterrows():
    if row.network in ("AtomNet", "VGG-19", "Weiler2018", "Kopuklu2021", "GNINA", "I3D"):
        axes[1].annotate(
            row.network, (row.flops, row.parameters), xytext=(-6, -3), textcoords="offset points",
            ha="right", fontsize="small",
        )  # fmt: skip
figures.show(
    figure,
    "Parameters against depth and against FLOPs. Steerable networks have the fewest parameters and "
    "cost as much as the others.",
    data=overview[["network", "group", "depth", "parameters", "flops"]], name="cost-and-depth",
)  # fmt: skip

# %% [markdown]
# ### What a channel is
#
# In a steerable network features come in *representations*: groups of numbers that a rotation mixes
# among themselves and no others. Every representation of SO(3) is a direct sum of irreps $\rho_l$ of
# $2l + 1$ dimensions, so three numbers compete for the name of a channel: the dimensions (physical
# channels, what memory and time depend on), the irreps (logical channels, what a weight can tell apart)
# and the representations themselves. By Schur's lemma a linear equivariant map joins equal irreps
# only, each pair by one weight: $\sum_l m_l n_l$ weights where a dense map has the product of the sizes.
# That is why shared irreps matter, and why steerable layers have so few parameters for their width.

# %%
VECTOR = GROUP.irrep(1)
listed = [
    ("ρ0", GROUP.irrep(0), "scalar"),
    ("ρ1", VECTOR, "vector"),
    ("ρ2", GROUP.irrep(2), "traceless symmetric tensor"),
    ("ρ1⊗ρ1", VECTOR.tensor(VECTOR), "3×3 matrix; the original lists ρ1 and ρ2 only"),
    ("ρ1⊗ρ1⊗ρ1", VECTOR.tensor(VECTOR).tensor(VECTOR), "3×3×3 tensor"),
    ("functions on the sphere, L = 2", GROUP.bl_sphere_representation(2), "what the head predicts"),
    ("regular, L = 1", regular_field(1), "functions on SO(3)"),
    ("regular, L = 2", regular_field(2), "the field of all networks below"),
    ("regular, L = 3", regular_field(3), "functions on SO(3)"),
]
field = regular_field(2)
tables.show(
    pd.DataFrame(
        {
            "representation": name,
            "irreps": counting.irreps_of(rep),
            "logical_channels": len(rep.irreps),
            "physical_channels": rep.size,
            "maps_to_itself": counting.linear_maps(rep, rep),
            "dense_maps": rep.size**2,
            "maps_to_a_field": counting.linear_maps(rep, field),
            "what": what,
        }
        for name, rep, what in listed
    ),
    "Representations, their size, and the free weights of an equivariant linear map: to itself "
    "(beside those of a dense one) and to a regular field of band limit 2.",
    name="representations",
)

# %% [markdown]
# A field of band limit 2 has 35 physical channels, so no power of two is a whole number of fields. The
# original takes as many as fit; the nearest number is another one in four of the eight rows.

# %%
powers = [2**exponent for exponent in range(6, 14)]
fields = pd.DataFrame(
    {
        "channels": powers,
        "fields_that_fit": [fields_within(channels) for channels in powers],
        "reported_fields": [1, 3, 7, 14, 29, 58, 117, 234],
        "nearest_fields": [fields_nearest(channels) for channels in powers],
    }
)
fields["physical_channels"] = field.size * fields.fields_that_fit
fields["logical_channels"] = len(field.irreps) * fields.fields_that_fit
assert (fields.fields_that_fit == fields.reported_fields).all()
tables.show(fields, "Fields of band limit 2 for widths that are powers of two.", name="fields")

# %% [markdown]
# A steerable filter is a sum of fixed kernels, Gaussian shells times spherical harmonics, each with one
# weight. How many there are between two fields hardly depends on the size of the filter:

# %%
kernels = pd.DataFrame(
    {
        "kernel_size": k,
        "scalar_to_field": counting.kernel_weights(GROUP.irrep(0), field, k),
        "field_to_field": counting.kernel_weights(field, field, k),
        "dense_field_to_field": field.size**2 * k**3,
    }
    for k in (1, 3, 5, 7)
)
kernels["share_percent"] = 100 * kernels.field_to_field / kernels.dense_field_to_field
tables.show(
    kernels,
    "Weights of a steerable filter for one pair of fields, and of a dense one of equal size. Two "
    "dense filters of 3 have fewer weights than one of 5; two steerable ones of 3 have more.",
    name="kernel-weights",
)

# %% [markdown]
# ### How many motifs are there?
#
# Filters as large as a structural motif might want a channel for each, or fewer where channels mix.
# TERMs <cite data-cite="Mackenzie2016"/> are small sets of segments in contact: 625 of them cover half
# of the PDB, some 9,000 cover 70 %, and new structures seem to leave those as they are. BriX <cite
# data-cite="Vanhee2011"/> classes segments of 4 to 14 residues, some 1,000 to 3,000 for each length.
# From TERMs the original takes 500 to 1,000 channels for its last layer; from BriX about 1,000, which
# it trusts less. Counted in irreps, its networks end near that: with 58 fields of 9 in #3 and the
# narrow #2 (522), 117 in #1 (1,053), 50 in #0 (450). They end with a single voxel, as a view is about
# as large as a motif, and several voxels flattened into a linear layer are not equivariant.
#
# Whether a motif fits into a view of 21 voxels of 0.75 A, 15.75 A, is a question of its box. The
# original pools the edges of boxes along x, y and z, of one folder of TERMs; we cut motifs from whole
# structures: segments, and for every residue its segment of five with those of the residues that it
# touches (CB within 8 A).


# %%
def measure_motifs(split, segments, length, count):
    """Boxes around motifs of the first so many structures of a split, in A."""
    table = structures.load("pdb", split)
    rotations = Rotation.random(60, random_state=0).as_matrix()
    boxes, cubes = [], []
    for name in table.names[:count]:
        path = structures.folder() / "files" / f"{name}.pdb.gz"
        backbone = motifs.read_backbone(path)
        starts = motifs.in_contact(backbone, segments, length) if segments > 1 else (
            motifs.contiguous(backbone, length)
        )  # fmt: skip
        boxes.append(motifs.boxes_A(backbone, starts, length))
        cubes.append(motifs.smallest_cube_A(backbone, starts, length, rotations))
    boxes, cubes = np.concatenate(boxes), np.concatenate(cubes)
    pooled = boxes.ravel()
    edges = np.linspace(0, 40, 81)
    density = gaussian_kde(np.random.default_rng(0).choice(pooled, 4000))(edges)
    low, median, high = np.percentile(pooled, [5, 50, 95])
    metrics = {
        "motifs": len(boxes), "p5_A": low, "median_A": median, "p95_A": high,
        "mean_A": pooled.mean(), "pooled_below_view": (pooled < 15.75).mean(),
        "whole_in_view": (boxes.max(axis=1) < 15.75).mean(),
        "turned_in_view": (cubes < 15.75).mean(),
    }  # fmt: skip
    return {
        "metrics": {name: float(value) for name, value in metrics.items()},
        "history": {"edge_A": edges.tolist(), "density": density.tolist()},
    }


def data_digest(configuration):
    """What identifies the structures of a trial, also where they are not at hand."""
    return structures.digest(configuration.get("dataset", "pdb"))


# %%
SEGMENTS = trials.grid(split="validation", segments=1, length=[5, 10, 14], count=100)
CONTACTS = trials.grid(split="validation", segments=[2, 3, 4, 5], length=5, count=100)
boxes = (trials.run if profile == "full" else trials.find)(
    measure_motifs, SEGMENTS + CONTACTS, data_digest=data_digest
)
term_sizes = pd.read_csv("reported/compare_cnns_term_boxes.csv")
grid_A = np.linspace(0, 40, 801)
reported_density = np.interp(grid_A, term_sizes.side_A, term_sizes.density, left=0, right=0)
cumulated = np.cumsum(reported_density) / reported_density.sum()
quantile = np.interp([0.05, 0.5, 0.95], cumulated, grid_A)
terms = {
    "kind": "TERMs, reported", "p5_A": quantile[0], "median_A": quantile[1], "p95_A": quantile[2],
    "pooled_below_view": np.interp(15.75, grid_A, cumulated), "outcome": "reported",
}  # fmt: skip
boxes["kind"] = [
    f"{n} in contact" if n > 1 else f"segment of {length}"
    for n, length in zip(boxes.segments, boxes.length, strict=True)
]
shown = pd.concat([pd.DataFrame([terms]), boxes])
shown = shown.reindex(
    columns=[
        "kind", "motifs", "p5_A", "median_A", "p95_A", "pooled_below_view",
        "whole_in_view", "turned_in_view", "outcome", "key",
    ]
)  # fmt: skip
shown["if_axes_were_independent"] = shown.pooled_below_view**3
tables.show(
    shown,
    "Edges of the boxes around motifs, x, y and z pooled; the share of edges below 15.75 A; and the "
    "share of motifs that fit a cube of 15.75 A as a whole: as they lie in their file, and turned the "
    "best of 60 ways.",
    columns=[
        "kind", "motifs", "p5_A", "median_A", "p95_A", "pooled_below_view",
        "if_axes_were_independent", "whole_in_view", "turned_in_view",
    ],
    digits=3,
    name="motif-boxes",
)  # fmt: skip

# %%
published = {record.key: record for record in read_records("compare_cnns")}
figure, axis = plt.subplots(figsize=(7.5, 3.8))
axis.plot(term_sizes.side_A, term_sizes.density, "--", color="black", label="TERMs, reported")
for number, row in enumerate(boxes.to_dict("records")):
    if record := published.get(row["key"]):
        history = record.history
        axis.plot(history["edge_A"], history["density"], color=f"C{number}", label=row["kind"])
axis.axvline(15.75, color="#888888", linewidth=1)
axis.set(xlabel="edge of the box (A), x, y and z pooled", ylabel="density (1/A)", xlim=(0, 36))
axis.legend(fontsize="small")
figures.show(
    figure,
    "Sizes of motifs: TERMs as reported, dashed, and motifs of real structures. The line is the edge "
    "of a view.",
    name="motif-boxes",
)

# %% [markdown]
# The reported edges spread more widely than those of motifs with any one number of segments, as befits
# a mixture of small and large ones; their quantiles are those of segments of some 14 residues. Pooled
# edges flatter the view: a motif fits as a whole far less often than one of its edges does, and less
# often than if its three edges were independent. Turned the best way many more would fit, but a network
# doesn't choose how a motif lies.
#
# ### Four families of architectures
#
# All take two views of 21 voxels with four channels (carbon, nitrogen, oxygen, everything else), and end
# with a single voxel. (21 voxels cubed are as many values as a square of 96 pixels has.) A layer is a steerable convolution without bias, a batch norm with one scale and
# one shift for each field, and a Fourier ELU: fields are sampled on 96 rotations, activated,
# transformed back <cite data-cite="Cesa2022"/>. The last layer has a bias instead of the norm. There is
# no pooling. Widths of #1 and of the narrow #2 and #3 follow a rule: channels grow as the edge of the
# image shrinks,
#
# $$c_i = \mathrm{pow2}(c_1 d_1 / d_i), \qquad w_i = \min(\lfloor c_i / 35 \rfloor, \text{cap}),$$
#
# with the cap 117 in #1 and 58 in #2 and #3; the wide forms of those two double at each stride instead.

# %%
reported = pd.read_csv("reported/compare_cnns_models.csv").set_index("name")
UNDETERMINED = "arch_2_width_14_repeats_4"
NETWORKS = [n if n != UNDETERMINED else f"{n}_a" for n in reported.index] + [f"{UNDETERMINED}_b"]
FAMILY = {"arch_0": "#0", "arch_1": "#1", "arch_2": "#2", "arch_3": "#3"}


def reported_of(name):
    """The reported row of a network; both candidates of the wide #2 have the same."""
    return reported.loc[name[:-2] if name.startswith(UNDETERMINED) else name]


def seconds_per_step(speed):
    """Seconds from the reported speed, "2 /s" or "2 s"."""
    number, unit = speed.split()
    return 1 / float(number) if unit == "/s" else float(number)


def on_meta(name, batch_size):
    """A network without numbers in its tensors, and a batch for it."""
    network = architecture(name).to("meta").eval()
    edge = layout(name).input_size
    return network, torch.empty(batch_size, 2, 4, edge, edge, edge, device="meta")


def flops_of(network, views):
    """FLOPs of a forward pass."""
    return count_flops(lambda: network(views))


def kernel(step):
    """A convolution in short: 3s2p1."""
    stride = "s2" if step.stride == 2 else ""
    return f"{step.kernel_size}{stride}{f'p{step.padding}' if step.padding else ''}"


rows = []
for name in NETWORKS:
    spec, then = layout(name), reported_of(name)
    network, views = on_meta(name, 32)
    parameters = count_parameters(network)
    assert parameters == spec.parameters()
    flops = flops_of(network, views)
    s_per_step = seconds_per_step(then.reported_speed)
    rows.append(
        {
            "name": name,
            "fields": " ".join(map(str, spec.widths)),
            "sizes": " ".join(map(str, spec.sizes)),
            "kernels": " ".join(map(kernel, spec.steps)),
            "parameters": parameters,
            "reported_parameters": then.reported_parameters_M,
            "head_percent": 100 * spec.head_parameters() / parameters,
            "forward": flops / 1e9,
            "reported_step_s": s_per_step,
            "implied_speed": 3 * flops / s_per_step / 1e12,
        }
    )
models = pd.DataFrame(rows)
assert ((models.parameters / 1e6).round(1) == models.reported_parameters).all()
tables.show(
    models,
    "Architectures #0 to #3: fields of band limit 2 and edges in voxels after each convolution; kernels "
    "(3s2p1: of 3, with a stride of 2 and a padding of 1; else 1 and 0); parameters, the head's share "
    "of them, and a forward pass of 32 pairs, counted while the built network runs without numbers. "
    "Implied: the speed if a reported step costs three forward passes.",
    columns=[
        "name", "parameters", "reported_parameters", "fields", "sizes", "head_percent", "kernels",
        "forward", "reported_step_s", "implied_speed",
    ],
    units={"reported_parameters": "millions", "forward": "GFLOP", "implied_speed": "TFLOP/s"},
    digits=3,
    name="architectures",
)  # fmt: skip

# %%
PLANNED = [
    ("arch_0", 10, None), ("arch_1_width_14", 14, 117), ("arch_1_width_7", 7, 117),
    ("arch_1_width_14_kernel_5", 14, 117), ("arch_1_width_7_kernel_5", 7, 117),
    ("arch_2_width_7_repeats_1", 7, 58), ("arch_3_width_7_repeats_1", 7, 58),
]  # fmt: skip
rows = []
for name, first_fields, cap in PLANNED:
    spec = layout(name)
    sizes = [spec.input_size, *spec.sizes]
    capped = plan_widths(sizes, first_fields=first_fields, cap=cap)
    rows.append(
        {
            "name": name,
            "first_fields": first_fields,
            "planned": " ".join(map(str, plan_widths(sizes, first_fields=first_fields))),
            "cap": cap,
            "as_built": " ".join(map(str, spec.widths)),
            "follows_the_plan": "yes" if capped == list(spec.widths) else "no",
        }
    )
tables.show(
    pd.DataFrame(rows),
    "Widths planned from the sizes, in fields, and those of the networks. #0 was made before the rule.",
    name="planned-widths",
)

# %% [markdown]
# The wide #2 is *not determined* by what was reported. Of lists that widen exactly at the strides, by
# 14, 29, 58 or by 14, 28, 56, a search found `_a` alone to fit all four printed figures; but nothing in
# it is repeated four times, and where widths may rise elsewhere, 69 more lists fit. `_b` has the widths
# of its siblings and misses one printed digit by 0.3 % (next table). Both are kept, and nothing below
# rests on which it was.

# %%
figure, axes = plt.subplots(1, 2, figsize=(9.5, 3.8))
for name in NETWORKS:
    spec, color = layout(name), f"C{FAMILY[name[:6]][1]}"
    style = {"color": color, "alpha": 0.8, "linestyle": "-" if "width_7" in name else "--"}
    depth = range(1, len(spec.sizes) + 1)
    axes[0].plot(range(len(depth) + 1), [spec.input_size, *spec.sizes], **style)
    axes[1].plot(depth, [35 * width for width in spec.widths], **style)
for family in FAMILY.values():
    axes[1].plot([], [], color=f"C{family[1]}", label=f"architecture {family}")
axes[0].set(xlabel="convolutions", ylabel="edge (voxels)", yticks=[1, 3, 5, 7, 9, 13, 17, 21])
axes[1].set(xlabel="convolutions", ylabel="physical channels", yscale="log")
axes[1].legend(fontsize="small")
figures.show(
    figure,
    "Sizes and widths by depth; narrow networks (7 fields at first) with solid lines.",
    name="sizes-and-widths",
)

# %% [markdown]
# ### Memory
#
# Three figures were reported for each network. They are formulas, which we found by their agreement
# with every printed digit, for batches of $B = 32$ pairs in single precision:
#
# | column | bytes | what it is |
# |:--|:--|:--|
# | forward/backward | $4 \cdot 2 \cdot 2B \cdot 35 \sum_{i<n} w_i d_i^3$ | outputs of the batch norms of both views, twice |
# | convolution | $\max_i 4\,(35 w_{i-1})(35 w_i)\,k_i^3$ | the largest expanded filter |
# | Fourier | $\max_i 4 B \cdot 96\, w_i d_i^3$ | the largest field sampled on 96 rotations, one view |
#
# None of them is what a training step holds: that is the tensors that autograd keeps for the backward
# pass. We count those without computing anything, for the network as ours and with a plain Fourier
# ELU, which keeps its samples on the grid; ours keeps its input and samples it again.


# %%
def kept_GB(network, views):
    """What autograd keeps of a forward pass, parameters not counted."""
    return memory.saved_bytes(lambda: network(views), network.parameters()) / 1e9


def with_plain_nonlinearities(network):
    """The network with escnn's own Fourier nonlinearities, which keep their samples."""
    for module in network.modules():
        if isinstance(module, FourierFunction):
            plain(module)
    return network


rows = []
for name in NETWORKS:
    spec, then = layout(name), reported_of(name)
    row = {
        "name": name,
        "forward_backward_GB": memory.activation_bytes(spec) / 1e9,
        "reported_forward_backward_GB": then.reported_forward_backward_GB,
        "convolution_GB": memory.filter_bytes(spec) / 1e9,
        "reported_convolution_GB": then.reported_convolution_GB,
        "fourier_GB": memory.fourier_bytes(spec) / 1e9,
        "reported_fourier_GB": then.reported_fourier_GB,
    }
    network, views = on_meta(name, 32)
    row["kept_GB"] = kept_GB(network, views)
    row["kept_plain_GB"] = kept_GB(with_plain_nonlinearities(network), views)
    row["saved_percent"] = 100 * (1 - row["kept_GB"] / row["kept_plain_GB"])
    rows.append(row)
needed = pd.DataFrame(rows)
for column in ("forward_backward", "convolution", "fourier"):
    same = needed[f"{column}_GB"].round(1) == needed[f"reported_{column}_GB"]
    assert same[needed.name != f"{UNDETERMINED}_b"].all()
in_GB = {name: name.removesuffix("_GB") for name in needed if name.endswith("_GB")}
tables.show(
    needed.rename(columns=in_GB),
    "Memory by the three formulas, beside the printed figures, at 32 pairs; what autograd keeps of a "
    "forward pass, as we compute it and with plain Fourier nonlinearities.",
    units=dict.fromkeys(in_GB.values(), "GB"),
    digits=3,
    name="memory",
)

# %% [markdown]
# Every printed digit is reproduced (by candidate `_a`, as it was sought so; `_b` misses one). What a step
# keeps is another matter: more than the "forward/backward" that was reported, as inputs of convolutions
# and nonlinearities are kept as well as outputs of norms, and filters where they are large. Keeping a field
# instead of its samples on the grid, 35 numbers instead of 96, saves the share in the last column.
#
# ### Which way is up
#
# Images and labels are in the frame of the data, (x, y, z), each growing along its axis. escnn takes a
# tensor's axes for (-Z, -Y, X): the data's (x, y, z) is its (z, -y, -x). That is a mirror map M, and no
# rotation undoes a mirror map. An encoder doesn't mind, as $M R M^{-1}$ is a rotation where R is one. But
# an equivariant *head* predicts a function on the sphere, and reads it at six directions: in escnn's
# frame the candidate d lies at M d. The original's head reads it at d. Our heads take `axes="data"`,
# which reads at M d, and `axes="escnn"`, which does as the original.
#
# What the mistake costs needs no training. An equivariant network can't tell the 24 rotated copies of an
# example apart but by permuting its logits. Carried back to the first copy, the correct answer of a
# head in the right axes is always the same; in the wrong ones it varies with the rotation, and the
# best that any weights can do is to answer with the most frequent one.

# %%
mirror = (LABEL_DIRECTIONS @ DATA_TO_ESCNN.T).tolist()
assert round(np.linalg.det(DATA_TO_ESCNN)) == -1
ceilings = pd.DataFrame(
    {
        "axes": axes,
        "best_accuracy": best_possible(axes)[0],
        "lowest_cross_entropy": best_possible(axes)[1],
        "reported_runs_beyond": (
            (reported.reported_raw_accuracy_last_tenth > best_possible(axes)[0])
            | (reported.reported_raw_loss_last_tenth < best_possible(axes)[1])
        ).sum(),
    }
    for axes in ("data", "escnn")
)
print("labels in escnn's frame:", [LABEL_DIRECTIONS.tolist().index(d) for d in mirror])
tables.show(
    ceilings,
    "What no equivariant head can exceed, on poses without preference, and how many of the eight "
    "reported runs do. Guessing has an accuracy of 1/6 and a cross-entropy of ln 6 = 1.792.",
    name="axes-ceiling",
)

# %% [markdown]
# Six of the eight reported runs stay below what a head in escnn's axes could reach; the narrow #2 and #3
# end beyond it, in accuracy and in cross-entropy. So the mirror map can't be all that held
# these runs back, unless their poses had a preference that ours have not. The discussion comes back to
# this after training both heads.
#
# ### The task and the recipe
#
# Views of 15.75 A, 21 voxels of 0.75 A, at a distance of 16.75 A: 1 A lies between the facing sides. Atoms
# are spheres of half a voxel's radius. Poses are random, the neighbor is neither moved nor turned, and
# no structure of validation shares 30 % identity with one of training. Cross-entropy over six labels;
# Adam with a constant learning rate of 0.001; batches of 32 pairs. The original named no seeds, and had
# one run for each network.
#
# Its batch size was never stated: 32 fits all memory figures, 16 fits only under odd assumptions. Its
# "epochs" are 100 to 2,000 steps, scaled to each network's speed, so that epochs can't be compared and
# steps can. Its training code had no learning-rate schedule.


# %%
def views_of(dataset, split, network, resolution_A, batch_size, pairs, seed, device):
    """Batches of views for a network, so many pairs in an epoch."""
    return NeighborViews(
        structures.load(dataset, split),
        layout(network).input_size * resolution_A,
        resolution_A,
        padding_A=1.0,
        noise_A=0.0,
        noise_deg=0.0,
        channels=4,
        batch_size=batch_size,
        epoch_size=pairs,
        seed=seed,
        device=device,
    )


def cross_entropy(module, batch):
    """Of the logits of a batch of views and labels."""
    views, labels = batch
    return functional.cross_entropy(module(views), labels)


def train_network(
    dataset,
    network,
    axes,
    resolution_A,
    batch_size,
    inputs,
    epoch_pairs,
    validation_pairs,
    seed,
):
    """Train one of the architectures on the neighbor-location task."""
    torch.manual_seed(seed)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = architecture(network, axes=axes).to(device)
    task = (network, resolution_A, batch_size)
    training = views_of(dataset, "train", *task, epoch_pairs, seed, device)
    held_out = views_of(dataset, "validation", *task, validation_pairs, 0, device)
    held_out = [held_out.batch(step) for step in range(len(held_out))]

    def validate(module):
        logits = torch.cat([module(views) for views, _ in held_out])
        labels = torch.cat([labels for _, labels in held_out])
        right = (logits.argmax(1) == labels).double().mean()
        return {
            "loss": functional.cross_entropy(logits, labels).item(),
            "accuracy": right.item(),
        }

    recipe = Recipe(inputs, 0.001, weight_decay=0.0, schedule=schedules.constant)
    result = train(
        model,
        training,
        recipe,
        objective=cross_entropy,
        validation=validate,
        checkpoints=Checkpoints.of_trial(),
    )
    return result | {"seed": seed}


# %%
torch.set_num_threads(1)
spawn = multiprocessing.get_context("spawn")
# The smoke profile trains for a step or two: not worth the start of other processes.
pool = (
    None if profile == "smoke" else ProcessPoolExecutor(workers, spawn, torch.set_num_threads, (1,))
)

# %% [markdown]
# A trial is one such training. What is trained where:
#
# - **the nine networks**, at equal steps (50,000, as many as every reported run made) and at equal time
#   (the steps that the reported speeds give in 23 hours, the shortest run): on a GPU, in the full profile;
# - **narrow forms** of #2 and #3, with one field at first, on real structures: what a CPU affords;
# - **the axis question**, on views of 11 voxels of 1.5 A, with a narrow form of #2 and several seeds;
# - in the demo, the last two with 20 and 200 steps on generated chains.

# %%
on_gpu = profile == "full" and torch.cuda.is_available()
trained_here = profile == "full" and structures.at_hand() == "pdb"
on_real, where = (trials.run, {"executor": pool}) if trained_here else (trials.find, {})
AS_REPORTED = {"dataset": "pdb", "axes": "data", "resolution_A": 0.75, "batch_size": 32,
               "epoch_pairs": 32_000, "validation_pairs": 4_096}  # fmt: skip
EQUAL_STEPS, EQUAL_HOURS = 50_000, 23
NINE = [name for name in NETWORKS if not name.endswith("_b")]
CPU = {"dataset": "pdb", "batch_size": 32, "epoch_pairs": 1_600, "validation_pairs": 1_024}
DEMO = {"dataset": "generated", "batch_size": 8, "epoch_pairs": 80, "validation_pairs": 80}
DEMO_INPUTS = 8 if profile == "smoke" else 160
SMOKE = {"epoch_pairs": 8, "validation_pairs": 8} if profile == "smoke" else {}


def rounded_steps(name):
    """Steps that a network makes in EQUAL_HOURS at its reported speed."""
    return round(EQUAL_HOURS * 3600 / seconds_per_step(reported_of(name).reported_speed), -3)


# %% [markdown]
# ## Results
#
# ### The nine networks
#
# Reported curves are smoothed and lie over hours of an unnamed GPU; steps are hours times the mean speed of
# a run, so that a point may be 5 % off. Our hours are those spent in training: what a job waits before it
# is resumed is not in them.
#
# Of the eight reported runs four reached their last epoch, 499 counted from 0. There were 11 logs for
# these 8 jobs. The narrow #3 ended in its epoch 314 with an error of its SQLite database (a row that
# wasn't there), and some died without a message after they had resumed from a checkpoint.

# %%
curves = pd.read_csv("reported/compare_cnns_curves.csv")
last = reported.loc[curves.series]
curves["step"] = curves.elapsed_h * (last.reported_last_step / last.reported_time_h).to_numpy()
narrow = [name for name in reported.index if name == "arch_0" or "width_7" in name]
steps_grid = [
    AS_REPORTED | {"network": name, "inputs": 32 * EQUAL_STEPS, "seed": seed}
    for name in NINE
    for seed in (seeds if name in narrow else seeds[:1])
]
hours_grid = [
    AS_REPORTED | {"network": name, "inputs": int(32 * rounded_steps(name)), "seed": seeds[0]}
    for name in NINE
]
run_nine = trials.run if on_gpu else trials.find
equal_steps = run_nine(train_network, steps_grid, data_digest=data_digest)
equal_hours = run_nine(train_network, hours_grid, data_digest=data_digest)
METRICS = ["validation_accuracy", "validation_loss"]


def averaged(frame, by):
    """Means over seeds, with columns for what no trial has told yet."""
    return tables.over_seeds(
        frame.reindex(columns=[*dict.fromkeys([*frame.columns, *METRICS])]), by, METRICS
    )


final = (
    curves.sort_values("elapsed_h").groupby(["series", "metric"]).last().value_smoothed.unstack()
)
nine = averaged(equal_steps, ["network"]).rename(columns={"network": "name"})
nine["reported_validation_accuracy"] = [
    final.acc.get(name.removesuffix("_a")) for name in nine.name
]
nine["reported_validation_loss"] = [final.loss.get(name.removesuffix("_a")) for name in nine.name]
nine["reported_steps"] = [reported_of(name).reported_last_step for name in nine.name]
nine["reported_last_epoch"] = [reported_of(name).reported_last_epoch for name in nine.name]
nine["reported_time_h"] = [reported_of(name).reported_time_h for name in nine.name]
tables.show(
    nine,
    f"The nine networks at {EQUAL_STEPS:,} steps of 32 pairs on real structures, ours, beside the end "
    "of the reported curves, each at its own number of steps and another data set.",
    columns=["name", *METRICS, "reported_steps", "reported_last_epoch", "reported_time_h"],
    compare={metric: f"reported_{metric}" for metric in METRICS},
    name="nine",
)

# %%
figure, axes = plt.subplots(2, 2, figsize=(9.5, 6), sharex="col", sharey="row")
colors = {name: f"C{number}" for number, name in enumerate(curves.series.unique())}
recorded = {record.key: record.history for record in read_records("compare_cnns")}
for row, (metric, label) in enumerate({"acc": "accuracy", "loss": "cross-entropy"}.items()):
    for column, over in enumerate(("step", "elapsed_h")):
        axis = axes[row, column]
        for name, part in curves[curves.metric == metric].groupby("series", sort=False):
            axis.plot(part[over], part.value_smoothed, "--", color=colors[name], linewidth=1.2,
                      label=name.replace("arch_", "#"))  # fmt: skip
        for trial in equal_steps.to_dict("records"):
            history = recorded.get(trial["key"])
            if history and len(history["validation_inputs"]) > 3:
                seen = np.array(history["validation_inputs"]) / 32
                if over == "elapsed_h":
                    seen = np.array(history["validation_time_s"]) / 3600
                told = history["validation_accuracy" if metric == "acc" else "validation_loss"]
                at_x, mean, deviation = smooth(seen, told)
                color = colors.get(trial["network"].removesuffix("_a"), "black")
                axis.plot(at_x, mean, color=color)
                axis.fill_between(at_x, mean - deviation, mean + deviation, color=color, alpha=0.2)
        axis.axhline(1 / 6 if metric == "acc" else np.log(6), color="#888888", linewidth=1)
        axis.axhline(best_possible("escnn")[metric == "loss"], color="#888888", linestyle=":")
        axis.set(ylabel=f"validation {label}" if not column else "")
axes[1, 0].set(xlabel="steps", ylabel="validation cross-entropy")
axes[1, 1].set(xlabel="elapsed time (h)")
axes[1, 0].set_xscale("log")
axes[1, 0].set_xlim(1e3, 7e5)
axes[1, 1].legend(fontsize="x-small", loc="lower right")
figures.show(
    figure,
    "Reported trajectories (dashed) by steps and by hours, and ours where there are any (smoothed by a "
    "Gaussian process, with its band). Grey lines: guessing; dotted: what a head in escnn's axes can't "
    "exceed.",
    name="trajectories",
    thumbnail=True,
)


# %% [markdown]
# Read at equal steps, the reported curves tell something else than at equal hours. The wide runs ended
# at 50,000 to 100,000 steps; those of #2 and #3 before the narrow network of their family made the jump
# that decides its result.


# %%
def curve_at(name, metric, over, place):
    """A reported curve at a number of steps or hours."""
    part = curves[(curves.series == name) & (curves.metric == metric)].sort_values(over)
    return np.interp(place, part[over], part.value_smoothed)


PAIRS = {
    "#1, kernel 3": ("arch_1_width_14", "arch_1_width_7"),
    "#1, kernel 5": ("arch_1_width_14_kernel_5", "arch_1_width_7_kernel_5"),
    "#2": (UNDETERMINED, "arch_2_width_7_repeats_1"),
    "#3": ("arch_3_width_14_repeats_4", "arch_3_width_7_repeats_1"),
}
rows = []
for pair, (wide, thin) in PAIRS.items():
    for over, unit in (("step", "steps"), ("elapsed_h", "hours")):
        column = "reported_last_step" if over == "step" else "reported_time_h"
        place = min(reported.loc[wide, column], reported.loc[thin, column])
        row = {"architecture": pair, "at equal": f"{place:,.0f} {unit}", "by": unit}
        for which, name in (("wide", wide), ("narrow", thin)):
            row[f"{which}_accuracy"] = curve_at(name, "acc", over, place)
            row[f"{which}_loss"] = curve_at(name, "loss", over, place)
        for metric, sign in (("accuracy", 1), ("loss", -1)):
            gain = sign * (row[f"wide_{metric}"] - row[f"narrow_{metric}"])
            row[f"ahead in {metric}"] = (
                "level" if abs(gain) < 0.01 else "wide" if gain > 0 else "narrow"
            )
        rows.append(row)
reread = pd.DataFrame(rows)
tables.show(
    reread.drop(columns="by"),
    "The reported curves of wide and narrow networks, read at equal steps and at equal hours. Level: "
    "less than 0.01 apart.",
    digits=3,
    name="reread",
)
jumps = []
for name in ("arch_2_width_7_repeats_1", "arch_3_width_7_repeats_1"):
    part = curves[(curves.series == name) & (curves.metric == "loss")].drop_duplicates("step")
    part = part.sort_values("step")
    steepest = (np.diff(part.value_smoothed) / np.diff(part.step)).argmin()
    jumps.append(part.step.iloc[steepest : steepest + 2].mean())
    print(f"The reported loss of {name} falls fastest around step {jumps[-1]:,.0f}.")

# %% [markdown]
# ### Narrow forms on a CPU

# %%
cpu_grid = trials.grid(
    **CPU | {"epoch_pairs": 800, "validation_pairs": 512},
    network=["arch_3_width_1", "arch_2_width_1"], axes="data", resolution_A=0.75, inputs=1_600, seed=0,
)  # fmt: skip
cpu = on_real(train_network, cpu_grid, data_digest=data_digest, **where)
demo_grid = trials.grid(
    **DEMO | SMOKE, network=["arch_2_width_1", "arch_3_width_1"], axes="data", resolution_A=0.75,
    inputs=DEMO_INPUTS, seed=0,
)  # fmt: skip
demo = trials.run(train_network, demo_grid, executor=pool, data_digest=data_digest)
shown = pd.concat([cpu, demo])
shown["accuracy_error"] = (
    1.96
    * np.sqrt(shown.validation_accuracy * (1 - shown.validation_accuracy) / shown.validation_pairs)
    if "validation_accuracy" in shown
    else np.nan
)
shown = shown.reindex(columns=[*dict.fromkeys([*shown.columns, *METRICS])])
tables.show(
    shown.drop(columns=["train_loss", "best_validation_loss", "cpu_time_s"], errors="ignore"),
    "Narrow forms of #2 and #3 on 21 voxels: on real structures, and on generated chains in the demo. "
    "The error is half a 95 % interval from the number of validation pairs.",
    columns=[
        "dataset", "network", "inputs", "outcome", "validation_accuracy", "accuracy_error",
        "validation_loss", "parameters", "wall_time_s",
    ],
    name="narrow-forms",
)  # fmt: skip


# %% [markdown]
# One seed and 1,600 pairs tell that both forms learn on real structures, not which of them is better.
#
# ### The axis question, trained
#
# The same network, the same pairs, the same seeds; only where the head reads its function differs. Views
# of 11 voxels of 1.5 A keep it affordable.

# %%
axis_grid = trials.grid(
    **CPU, network="arch_2_width_1_size_11", axes=["data", "escnn"], resolution_A=1.5,
    inputs=6_400, seed=seeds,
)  # fmt: skip
axis = on_real(train_network, axis_grid, data_digest=data_digest, **where)
demo_axis_grid = trials.grid(
    **DEMO | SMOKE, network="arch_2_width_1_size_11", axes=["data", "escnn"], resolution_A=1.5,
    inputs=DEMO_INPUTS if profile == "smoke" else 1_600, seed=0,
)  # fmt: skip
demo_axis = trials.run(train_network, demo_axis_grid, executor=pool, data_digest=data_digest)
axis_table = pd.concat(
    [averaged(frame, ["dataset", "axes", "inputs"]) for frame in (axis, demo_axis)]
)
axis_table["best_accuracy"] = [best_possible(axes)[0] for axes in axis_table["axes"]]
axis_table["lowest_cross_entropy"] = [best_possible(axes)[1] for axes in axis_table["axes"]]
tables.show(
    axis_table,
    "One network with its head in both axes: mean over seeds, beside what can't be exceeded.",
    columns=[
        "dataset", "axes", "inputs", "validation_accuracy", "best_accuracy", "validation_loss",
        "lowest_cross_entropy",
    ],
    name="axes-trained",
)  # fmt: skip

# %%
recorded = {record.key: record.history for record in read_records("compare_cnns")}
figure, axes = plt.subplots(1, 2, figsize=(9.5, 3.8))
for column, (metric, label) in enumerate(
    {
        "validation_accuracy": "validation accuracy",
        "validation_loss": "validation cross-entropy",
    }.items()
):
    for number, which in enumerate(("data", "escnn")):
        for frame, style in ((axis, "-"), (demo_axis, ":")):
            for trial in frame[frame["axes"] == which].to_dict("records"):
                if history := recorded.get(trial["key"]):
                    axes[column].plot(
                        history["validation_inputs"], history[metric], style, marker="o", markersize=3,
                        color=f"C{number}", alpha=0.8,
                    )  # fmt: skip
        axes[column].plot([], [], color=f"C{number}", label=f'axes="{which}"')
    axes[column].axhline(best_possible("escnn")[column], color="#888888", linestyle=":")
    axes[column].set(xlabel="training pairs seen", ylabel=label)
axes[0].axhline(1 / 6, color="#888888", linewidth=1)
axes[1].axhline(np.log(6), color="#888888", linewidth=1)
axes[1].legend(fontsize="small")
figures.show(
    figure,
    "Both heads in training, a curve for each seed: on real structures (solid lines) and on generated "
    "chains (dotted). Grey: guessing; dotted grey: the bound of a head in escnn's axes.",
    name="axes-trained",
)

# %% [markdown]
# The loss tells the same: with the mirrored head it stays near 1.75 from 1,600 to 6,400 pairs, far from
# its bound of 1.561 still; with the right one it is below 1.25 at the first validation, after 1,600.

# %%
explore.explore(
    axis if axis.outcome.eq("ok").any() else demo_axis,
    histories=recorded,
    caption="Learning curves of both heads, by axes, data set and seed.",
    name="explorer",
)

# %% [markdown]
# ## Discussion
#
# ### The claims, one by one
#
# What the original concluded, beside what its own figures say when they are read again. One run for
# each network, no seeds, other numbers of steps and no test set: none of it can be called significant.

# %%
best = curves[curves.metric == "acc"].groupby("series").value_smoothed.max()
ahead = reread.set_index("by")[["ahead in accuracy", "ahead in loss"]].eq("wide")
ahead = ahead.groupby(level=0).sum()
steps_per_h = reported.reported_last_step / reported.reported_time_h
ratios = [steps_per_h[thin] / steps_per_h[wide] for wide, thin in PAIRS.values()]
heads = models.set_index("name").head_percent
tail = curves[(curves.series == "arch_1_width_7") & (curves.metric == "acc")].value_smoothed
tables.show(
    pd.DataFrame(
        [
            (
                "Architecture #1, without strides, is significantly worse",
                f"at width 7, {best['arch_1_width_7']:.3f} against "
                f"{best['arch_2_width_7_repeats_1']:.3f} and {best['arch_3_width_7_repeats_1']:.3f}; "
                f"at width 14 the best #1 has {best['arch_1_width_14_kernel_5']:.3f}, #2 "
                f"{best[UNDETERMINED]:.3f}, #3 {best['arch_3_width_14_repeats_4']:.3f}",
                "holds at width 7 only",
            ),
            (
                "Very wide and deep networks are not helpful",
                "of 4 wide networks, ahead at equal hours: {} in accuracy, {} in loss; at equal steps: "
                "{} and {}".format(*ahead.loc["hours"], *ahead.loc["steps"]),
                "holds per hour in #2 and #3, not per step",
            ),
            (
                "They got 5 to 10 times fewer steps",
                "narrow to wide, steps per hour: " + ", ".join(f"{ratio:.1f}" for ratio in ratios),
                "holds for #2 and #3",
            ),
            (
                "Architecture #2 may be slightly better than #3",
                f"{best['arch_2_width_7_repeats_1']:.3f} against "
                f"{best['arch_3_width_7_repeats_1']:.3f}, one run each",
                "open",
            ),
            (
                "#2 and #3 benefit from an automatic change of the learning rate",
                f"the losses fall at steps {jumps[0]:,.0f} and {jumps[1]:,.0f}; the published code of "
                "that time has no schedule",
                "none in that code",
            ),
            (
                "Most parameters are in the linear layers",
                f"the head's share is {heads.min():.0f} to {heads.max():.0f} %, above half in "
                f"{(heads > 50).sum()} of {len(heads)} networks",
                "does not hold",
            ),
            (
                "arch_1_width_7 may have loaded a wrong checkpoint at the end",
                f"its last smoothed accuracy is {tail.iloc[-1]:.3f}, its first {tail.iloc[0]:.3f}, its "
                f"best {tail.max():.3f}; 268 points for 253 epochs",
                "most likely restarted from random weights",
            ),
            (
                "arch_1_width_7_kernel_5 ran out of memory",
                f"its last epoch is {reported.reported_last_epoch['arch_1_width_7_kernel_5']:.0f} of "
                "499",
                "it finished",
            ),
        ],
        columns=["claim", "what the reported figures say", "so"],
    ),
    "The claims of the original and its figures.",
    name="claims",
)  # fmt: skip

# %% [markdown]
# ### Notes
#
# **2026-11-22** Per hour and per step are two questions, and the reported curves answer only the first:
# the narrow networks made three to ten times as many steps, and the decisive jumps of the narrow #2 and
# #3 lie beyond the last steps of the wide #2 and #3. Whether those jump too, nobody has seen.
#
# **2026-11-22** A head that is read in escnn's axes while its labels are in the data's can answer one
# label in three at best, whatever its encoder. Trained side by side on real structures, with equal
# weights at the start and equal pairs, a small network answers one label in four with such a head and
# two in three with the right one, with each of three seeds. The axes of the head decide this task.
#
# **2026-11-22** Do they explain the reported accuracies below 0.4? In part. Six of eight reported
# runs end below the bound of a mirrored head, where such heads end. The task is no excuse where pairs
# are like ours: the smallest network here passes every reported run within its first 1,600 pairs. But
# ours are easy (of those of [expt 2](expt:2), drawn from the same structures, a linear rule of the centres
# of mass answers 60 %); the original's may have been harder. And the narrow #2 and #3 end beyond the
# bound, in accuracy and in cross-entropy, which no exactly equivariant network with a mirrored head can
# do on poses without preference. Either the axes of those runs differed from what we could reconstruct,
# or their poses had a preference.
#
# ## Next
#
# - The nine networks at equal steps and at equal time, with the right axes; they want a GPU.
# - Both candidates of the wide #2 beyond 100,000 steps, to see whether a wide network jumps.
# - Width and depth apart from each other, which neither the original nor our list of nine separates.
