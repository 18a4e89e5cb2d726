# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
#   labbook:
#     expt: 10
#     title: Channels of steerable networks
#     date: '2026-11-22'
#     status: complete
#     tags: [steerable-cnn, structures]
#     verdict: >-
#       What is a channel of a steerable network, and how many does one want? An irrep compares best with the channel
#       of an ordinary network; a field of band limit 2 has 9. Catalogues of motifs suggest 500 to 1,000 irreps in the
#       last layer, as 58 fields have. That is a guide and no law: no training on this page tests it.
# ---

# %% [markdown]
# # Channels of steerable networks
#
# ## Question
#
# What is a channel, where features are representations of SO(3), and how many does a network for protein structures
# want? One can count dimensions, irreps or whole fields; structural motifs, if a channel should stand for one, suggest
# some 500 to 1,000 irreps in the last layer. That is a guide and no law; this page trains nothing.
#
# It is the first part of an earlier log's [comparison of architectures](expt:3), which asks how many channels its
# networks should have. What [other networks](expt:5) have is a page of its own.

# %%
from typing import Literal

import pandas as pd

from labbook.data import structures
from labbook.experiments import motif_boxes
from labbook.log import trials
from labbook.models.neighbor import counting
from labbook.models.neighbor.layers.fields import GROUP, regular_field
from labbook.models.neighbor.planning import fields_nearest, fields_within
from labbook.show import curves, figures, tables
from labbook.show.drawings.kernels import steerable_kernels

figures.style()

# %% tags=["parameters"]
profile: Literal["smoke", "demo", "full"] = "demo"  # full: boxes are measured in real structures

# %% [markdown]
# ## Setup
#
# ### What a channel is
#
# In a steerable network features come in *representations*: groups of numbers that a rotation mixes among themselves
# and no others. Every representation of SO(3) is a direct sum of irreps $\rho_l$ of $2l + 1$ dimensions. So 'channel'
# can mean three things: the dimensions (physical channels, what memory and time depend on), the irreps (logical
# channels, what a weight can tell apart) and the representations themselves. The original finds the last most sensible
# where it describes escnn's example, and counts its own networks in irreps. By Schur's lemma a linear equivariant map
# joins equal irreps only, each pair by one weight: $\sum_l m_l n_l$ weights where a dense map has the product of the
# sizes. That is why shared irreps matter, and why steerable layers have so few parameters for their width.

# %%
field, vector = regular_field(2), GROUP.irrep(1)
matrix = vector.tensor(vector)
LISTED = [
    ("ρ0", GROUP.irrep(0), "scalar"),
    ("ρ1", vector, "vector"),
    ("ρ2", GROUP.irrep(2), "traceless symmetric tensor"),
    ("ρ1⊗ρ1", matrix, "3×3 matrix"),
    ("ρ1⊗ρ1⊗ρ1", matrix.tensor(vector), "3×3×3 tensor"),
    ("functions on the sphere, L = 2", GROUP.bl_sphere_representation(2), "what the head predicts"),
    ("regular, L = 1", regular_field(1), "functions on SO(3)"),
    ("regular, L = 2", field, "the field of all networks below"),
    ("regular, L = 3", regular_field(3), "functions on SO(3)"),
]
rows = [
    {"representation": name, "irreps": counting.irreps_of(rep), "logical_channels": len(rep.irreps),
     "physical_channels": rep.size, "maps_to_itself": counting.linear_maps(rep, rep), "dense_maps": rep.size**2,
     "maps_to_a_field": counting.linear_maps(rep, field), "what": what} for name, rep, what in LISTED
]  # fmt: skip
tables.show(
    pd.DataFrame(rows),
    "Representations, their size, and the free weights of an equivariant linear map: to itself (beside those of a dense "
    "one) and to a regular field of band limit 2. Others use band limits of 2 and 3. Of ρ1⊗ρ1 the original names ρ1 and ρ2, and leaves out ρ0.",
    name="representations",
)  # fmt: skip

# %% [markdown]
# A field of band limit 2 has 35 physical channels, so no power of two is a whole number of fields. The original takes
# as many as fit; in four of the eight rows below one field more would come nearer. A steerable filter is a sum of
# fixed kernels, Gaussian shells times spherical harmonics, each with one weight. How many there are between two fields
# grows far more slowly than the volume of the filter:

# %%
rows = [
    {"channels": 2**n, "fields_that_fit": fields_within(2**n), "reported_fields": then,
     "nearest_fields": fields_nearest(2**n), "physical_channels": field.size * fields_within(2**n),
     "logical_channels": len(field.irreps) * fields_within(2**n)}
    for n, then in enumerate([1, 3, 7, 14, 29, 58, 117, 234], 6)
]  # fmt: skip
tables.show(
    pd.DataFrame(rows), "Fields of band limit 2 for widths that are powers of two.", name="fields"
)
kernels = pd.DataFrame({"kernel_size": [1, 3, 5, 7]})
for name, inputs in (("scalar_to_field", GROUP.irrep(0)), ("field_to_field", field)):
    kernels[name] = [counting.kernel_weights(inputs, field, k) for k in kernels.kernel_size]
kernels["dense_field_to_field"] = field.size**2 * kernels.kernel_size**3
kernels["share_percent"] = (100 * kernels.field_to_field / kernels.dense_field_to_field).round(2)
tables.show(
    kernels,
    "Weights of a steerable filter for one pair of fields, and of a dense one of equal size. Two dense filters of 3 have "
    "fewer weights than one of 5; two steerable ones of 3 have more.",
    name="kernel-weights",
)  # fmt: skip
fixed, titles = steerable_kernels()
figures.tiles(
    fixed, titles, columns=9, name="kernels",
    caption="Kernels of which a filter is a weighted sum, from a scalar to one component of ρ0, ρ1 and ρ2: Gaussian shells of "
    "radius R (in voxels, σ = 0.6) times spherical harmonics. The middle slice of 7 voxels; each scaled to 1.",
)  # fmt: skip

# %% [markdown]
# ## Results
#
# ### How many motifs are there, and do they fit into a view?
#
# Filters as large as a structural motif might want a channel for each, or fewer where channels mix. TERMs <cite
# data-cite="Mackenzie2016"/> are one to ten segments in contact, of five residues each: 625 TERMs cover half of the PDB,
# some 9,000 cover 70 %; the number grows exponentially with the share. New structures still bring new ones, but seem to leave those as they are. BriX <cite data-cite="Vanhee2011"/> classes segments of 4 to
# 14 residues, some 1,000 to 3,000 for each length; the lengths can't be added up, since a helix of eight residues is
# made of those of four. From TERMs the original takes 500 to 1,000 channels for its last layer; from BriX about 1,000,
# which it trusts less. Counted in irreps, its networks end near that: with 58 fields of 9 in #3 and the narrow #2
# (522), 117 in #1 (1,053), 50 in #0 (450).
#
# Must the last layer be a single voxel? The original argues that a view is about as large as a motif, so it should hold a
# single entity. Several voxels could be flattened into a linear layer, but (its update of 2024-01-12) that is not
# equivariant. The table below supports the argument for small motifs only.
#
# Whether a motif fits into a view of 21 voxels of 0.75 Å, 15.75 Å, is a question of its box. The original pools the
# edges of boxes along x, y and z, of one folder of TERMs. It finds most of them 10 to 20 Å long (65 % by
# its curve), roughly as long as its view, and takes that for support. We cut motifs from whole structures: segments, and for every
# residue its segment of five with those of the residues that it touches (Cβ within 8 Å).

# %%
MOTIFS = trials.grid(split="validation", segments=1, length=[5, 10, 14], count=100)
MOTIFS += trials.grid(split="validation", segments=[2, 3, 4, 5], length=5, count=100)
here = profile == "full" and structures.at_hand() == "pdb"
digest = {"data_digest": motif_boxes.data_digest}
boxes = trials.run(motif_boxes.measure_motifs, MOTIFS, execute=here, **digest)
boxes["kind"] = [motif_boxes.kind_of(*row) for row in boxes[["segments", "length"]].to_numpy()]
reported_boxes = pd.read_csv("reported/compare_cnns_term_boxes.csv")
terms = {"kind": "TERMs, reported", "outcome": "reported"}
terms |= motif_boxes.quantiles_of_density(reported_boxes.side_A, reported_boxes.density)
shown = pd.concat([pd.DataFrame([terms]), boxes])
QUANTILES = ["motifs", "p5_A", "median_A", "p95_A", "pooled_below_view"]
shown = shown.reindex(
    columns=["kind", "outcome", *QUANTILES, "whole_in_view", "turned_in_view", "key"]
)
shown["if_axes_were_independent"] = shown.pooled_below_view**3
tables.show(
    shown,
    "Edges of the boxes around motifs, x, y and z pooled; the share of edges below 15.75 Å; and the share of motifs that "
    "fit a cube of 15.75 Å as a whole: as they lie in their file, and turned the best of 60 ways.",
    columns=["kind", "motifs", "pooled_below_view", "if_axes_were_independent", "whole_in_view", "turned_in_view", *QUANTILES[1:4]],
    digits=3, name="motif-boxes",
)  # fmt: skip
densities = trials.curves(boxes, "edge_A", "density").assign(whose="ours")
densities["kind"] = densities.key.map(boxes.set_index("key").kind)
terms = reported_boxes.rename(columns={"side_A": "edge_A"})
terms = terms.assign(kind="TERMs, reported", whose="reported", key="reported")
curves.show(
    pd.concat([terms, densities]), "Sizes of motifs: TERMs as reported (dashed), and those that we cut from the first 100 "
    "validation structures (4,402 to 24,869 motifs of a kind; each curve of 4,000 edges). A view is 15.75 Å.",
    x="edge_A", y="density", hue="kind", style="whose", style_order=["ours", "reported"], lines={}, height=3.8, aspect=1.6,
    labels=("edge of the box (Å), x, y and z pooled", "density (1/Å)"), name="motif-boxes", thumbnail=True,
)  # fmt: skip

# %% [markdown]
# The quantiles of the reported edges come nearest to those of segments of 14 residues. Pooled edges flatter the view: a motif
# of long segments fits as a whole far less often than one of its edges does, and less often than if its three edges
# were independent. One of five residues nearly always fits. Turned the best of 60 ways, a lower bound, many more would
# fit, but a network doesn't choose how a motif lies.
#
# ## Discussion
#
# The channel of an ordinary network compares best with an irrep, which is what a weight can tell apart. Dimensions are what
# memory and time depend on, fields are what a nonlinearity acts on. So a width that is taken from a network for images
# is one in irreps. What the motifs say of the last layer is rough. Fewer channels may do where they mix; TERMs are
# chosen to cover the PDB sparingly; and a view holds a small motif whole but a large one in part.
#
# ### Notes
#
# **2026-11-29** Three corrections. The reported edges were said to spread more widely than those of any one number of
# segments, which segments of 14 residues do not bear out. This page said that nobody has trained the other widths, which we can't know. And its
# verdict gave the 22 % of motifs that fit as they lie without the 82 % that fit when turned the best way.
#
# ## Next
#
# - Networks of band limit 3, whose fields have 84 dimensions and 16 irreps.
# - Filters of 5 voxels, which in steerable form have 1.8 times the weights of those of 3, and in dense form 4.6 times.
