# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
#   labbook:
#     expt: 4
#     title: One hypernetwork for many connectors
#     date: '2026-11-22'
#     status: complete
#     tags: [hypernetwork, contrastive, zero-shot]
#     verdict: >-
#       What does one hypernetwork save? On scenes nothing at equal cost: connectors trained one by one, with its
#       batch, rate and schedule, end 2.2 points ahead (95 %: 1.9 to 2.5; 320 classes, five seeds). On photographs it
#       leads by 2.6 points (90 classes; experiment 9). Our zoo, not the original's.
# ---

# %% [markdown]
# # One hypernetwork for many connectors
#
# ## Question
#
# A *connector* is an affine map that carries the embeddings of a text encoder into the space of an image encoder, so
# that an image can be named by the nearest prompt. Trained one by one (APE in the tables of the original), a zoo of 30
# image encoders needs 30 trainings. A hypernetwork <cite data-cite="Ha2017"/> can make all 30 connectors from one small
# condition each <cite data-cite="Singh2025"/>. An early log of that work, *the original* below, reports it 2 to 9 points
# behind on ImageNet and CIFAR-100, and level within 2.3 on CIFAR-10. By its figures that takes 1/242 of the FLOPs.
#
# Where does the saving come from: from the hypernetwork, or from the recipe it was trained with? The reported tables
# stand below beside what we measure on a small zoo that is trained here from scratch. Two more pages go on from here:
# [encoders that the hypernetwork has never seen](expt:8), and [the same on CIFAR-10, and with MiniLM](expt:9).

# %%
from typing import Literal

import numpy as np
import pandas as pd

from labbook.data.embeddings import captions
from labbook.experiments import connectors
from labbook.experiments.connectors import Zoo
from labbook.experiments.connectors.recipes import CONSTANT, COSINE, WARM, of_schedule, recipes
from labbook.log import trials
from labbook.log.trials.settings import with_settings
from labbook.show import claims, curves, evidence, figures, tables
from labbook.show.drawings import networks
from labbook.show.joined import joined

figures.style()

# %% tags=["parameters"]
profile: Literal["smoke", "demo", "full"] = "demo"  # only the full profile trains
workers: int = 2  # trainings at once, each in a process with one thread
seeds: list[int] = [0, 1, 2, 3, 4]  # each has its own zoo and its own data

# %% [markdown]
# ## Setup
#
# ### A connector and its loss
#
# For texts $t_i$ and images $x_i$, both of length 1, a connector gives $f(t) = (W t + b) / \lVert W t + b \rVert$. It
# is trained with the symmetric contrastive loss of CLIP <cite data-cite="Radford2021"/> at a constant logit scale of
# 100, on frozen encoders whose embeddings were computed once. A hypernetwork has a condition $e_n$ for each of $N$
# encoders and one, $s_D$, for each image width; an MLP with GELU decodes $e_n + s_D$ to the rows of $W$ and $b$. In a
# step it serves all encoders of one width, and the widths take turns: each encoder sees a third of the steps.

# %%
caption = "A connector by itself, W and b trained; and by a hypernetwork, which makes W and b of a condition."
figures.show(networks.figure_of_connectors(), caption, name="connectors")

# %% [markdown]
# | | original | here |
# |:--|:--|:--|
# | pairs | 595,375 captioned web images (CC-595k) | 16,384 captioned scenes |
# | text | sentence-T5, 768 dimensions | TF-IDF and SVD, 96 |
# | image encoders | 30 of timm, widths 384, 768, 1024 | 12 or 30 small ones, widths 48, 96, 128 |
# | rows of the decoder | 1536 | 192 |
# | condition | 32 | 16 |
# | one by one | batch 16,384, 37 steps x 10 epochs, AdamW 0.001, warm-up of 50 steps, cosine | batch 1,024, 370 steps, the same |
# | hypernetwork | batch 512, 1,163 steps, Adam 0.01 | batch 128, 128 to 1,163 steps, the same |
# | its schedule | *linear warm-up then cosine decay*, 500 steps | the same share of warm-up, 43 %; or constant |
# | zero-shot tasks | CIFAR-10, CIFAR-100, ImageNet-1k | 10, 80 and 320 classes |
#
# All widths are an eighth of the original's. It names the warm-up of 500 steps and the cosine as the hypernetwork's
# recipe. But three lines of its list of ablations have *cosine* in their names, and the others have not. In its code
# the runs of the tables had a constant rate. So we train both ways, and the connectors one by one likewise. The
# original's own encoders, pairs and tests cannot be had here.
#
# ### The zoo
#
# A scene is one of scikit-learn's scanned digits <cite data-cite="Alpaydin1998"/>, coloured, tilted and put on a
# background, 16x16 pixels. Its caption is one of six sentences that name some of that. The tasks ask for the digit (10
# classes), for digit and colour (80), for both and the background (320), by prompts such as *a photo of a red seven*.
# The handwriting is none that an encoder was trained with.
#
# Encoders learn to tell digit, colour, background and tilt, on scenes of their own. In each width the first four kinds
# make the zoo of twelve encoders, all ten that of thirty. Three more to a width are never shown to a hypernetwork;
# [their page](expt:8) tells what *near*, *drifted* and *far* are.
#
# One trial trains the encoders of a width, the connectors of its first four encoders, each for itself, or one
# hypernetwork: `labbook.experiments.connectors`. Later trials go on from the arrays of earlier ones, too large to
# publish, so the full profile trains the zoo where they are missing. Ours ran on two machines, where rounding makes
# other weights of the same seed ([how much that does](expt:8)); pairs by seed have the data in common.

# %%
DIGITS = {"pairs": 16_384, "zoo_steps": 200, "seed": seeds}
WIDTHS = {"width": list(Zoo.widths)}
TASKS = [f"accuracy_{classes}" for classes in captions.SCENES.tasks]
OF_WIDTHS = [f"{task}_width_{width}" for task in TASKS for width in Zoo.widths]
OWN = {
    "experiment": "hypernetwork_eval",
    "data_digest": connectors.data_digest,
    "metrics": [*TASKS, *OF_WIDTHS, "unscaled_accuracy_320", "train_loss"],
    "executor": workers,
    "execute": lambda point: profile == "full" and point["seed"] in seeds,
}
KEPT = OWN | {"with_arrays": profile == "full"}
FOUR, SIX = ([list(kind) for kind in kinds] for kinds in (Zoo.kinds[:4], Zoo.kinds[4:]))


def each(some, of=DIGITS, **axes):
    """A grid of some settings, along these axes and over the seeds."""
    return [point for one in some for point in trials.grid(**one, **axes, **of)]


zoo = each([{"kinds": [FOUR]}, {"kinds": [SIX]}], **WIDTHS, initialisation=0)
trials.run(connectors.train_encoders, zoo, **KEPT)
texts = trials.run(connectors.write_texts, trials.grid(pairs=16_384, seed=seeds), **KEPT)

# %%
pictures = connectors.drawn("test", 512, 0, "digits")
sentences = captions.SCENES.captions(pictures.attributes, 0)
figures.image_grid(
    [pictures.pixels[start : start + 12].numpy() for start in (0, 12)],
    caption=f"Scenes of unseen handwriting. The first of them: {'; '.join(sentences[:3])}.",
    name="scenes",
)

# %% [markdown]
# ## Results
#
# ### All connectors at once, or one by one
#
# The original compares big batches for ten epochs with small ones for a third of an epoch. To separate the hypernetwork
# from its recipe, connectors one by one also get its batch, its rate and both schedules, on equal data (a third of its
# steps, so that each encoder sees as many pairs), at equal cost (the same FLOPs, as executed) or for as many steps.

# %%
SCHEDULES = ("constant", "linear_warmup_cosine")
BIG = {"batch_size": 1024, "learning_rate": 0.001, "weight_decay": 0.1}
SLOW = {"batch_size": 128, "learning_rate": 0.001, "weight_decay": 0.0}
SMALL = SLOW | {"learning_rate": 0.01}
LONG = DIGITS | {"seed": seeds[:3]}
RECIPES = [BIG | {"steps": 370, "warmup_steps": 50}, SLOW | of_schedule(100, COSINE)]
HOW = (WARM, COSINE, CONSTANT)
RECIPES += [SMALL | of_schedule(n, how) for n in (43, 100, 230, 300) for how in HOW]
LONGER = [SMALL | of_schedule(n, how) for n in (388, 892, 1163) for how in (WARM, CONSTANT)]
GRID = each(RECIPES, **WIDTHS) + each(LONGER, LONG, **WIDTHS)
apart = trials.run(connectors.train_separate, GRID, **OWN)
HYPERNETS = {
    steps: [connectors.usual(12, steps) | {"schedule": schedule} for schedule in SCHEDULES]
    for steps in (128, 300, 1163)
}
GRID = each([*HYPERNETS[128], *HYPERNETS[300], connectors.usual(12, 600)]) + each(
    HYPERNETS[1163], LONG
)
together = trials.run(connectors.train_hypernetwork, GRID, **KEPT)
thirty = trials.run(connectors.train_hypernetwork, each([connectors.usual(30, 300)]), **KEPT)

# %% [markdown]
# FLOPs are counted in two ways. The original's count has two matrices of logits and all rows decoded; what is executed
# here for the same results has one matrix, and the rows that an encoder has. The formulas are those of [the ledger](expt:6).

# %%
runs = recipes(joined(apart, "width", TASKS, ["cpu_time_s"]), together, thirty)
points = trials.curves(apart[apart.batch_size == 1024], *(f"validation_{task}" for task in TASKS))
first = points.drop_duplicates("key").rename(columns=lambda name: name.removeprefix("validation_"))
first.insert(first.columns.get_loc("key"), "outcome", "ok")
first = joined(first.assign(steps=16, cpu_time_s=np.nan), "width", TASKS, ["cpu_time_s"])
epoch = recipes(first).assign(method="one by one, epoch 1")
RECIPE = ["method", "batch_size", "steps", "learning_rate", "schedule", "reported_gflops", "executed_gflops"]  # fmt: skip
MEASURED = [*TASKS[::-1], "cpu_time_s"]
UNITS = dict.fromkeys(TASKS, "%") | {"reported_gflops": "GFLOP", "executed_gflops": "GFLOP"}
HEADERS = {
    "method": "method", "batch_size": "batch", "steps": "steps", "learning_rate": "rate",
    "schedule": "schedule", "accuracy_320": "320 classes", "executed_gflops": "our count",
    "reported_gflops": "original's count", "accuracy_10": "10 classes",
}  # fmt: skip
tables.show(
    tables.over_seeds(
        pd.concat([epoch, runs.query("steps not in (43, 388, 892, 1163)")]), RECIPE, MEASURED
    ),
    "Zero-shot accuracy with 320 and 10 classes, mean over the twelve encoders that all share, ± its standard "
    "deviation over seeds (their number). FLOPs of training twelve connectors, in both counts; of the hypernetwork "
    "for thirty, twelve thirtieths. One by one, 100 small batches at a rate of 0.01 reach what 370 big ones reach: 65 %, for 1/148 of the FLOPs.",
    columns=HEADERS,
    units=UNITS,
    digits=3,
    name="methods",
)

# %%
drawn = runs.query("learning_rate == 0.01 or batch_size == 1024").copy()
drawn["recipe"] = drawn.method + drawn.batch_size.map({1024: ", batch 1024", 128: ", "})
drawn["recipe"] += drawn.schedule.where(drawn.batch_size == 128, "")
drawn = drawn.rename(
    columns={"reported_gflops": "FLOPs as reported", "executed_gflops": "FLOPs as executed"}
)
points = drawn.melt(
    ["recipe", "accuracy_320"], ["FLOPs as reported", "FLOPs as executed"], "counting", "gflops"
).dropna()
curves.show(
    points,
    "Accuracy against training FLOPs, counted as the original does and as executed; lines join lengths of training, bars "
    "are 95 % intervals over seeds. For the same FLOPs and schedule, connectors one by one in small batches are ahead; not decided is the longest pair at a constant rate. Left "
    "out below: the first epoch of one by one in big batches, 0.3 %.",
    x="gflops", y="accuracy_320", hue="recipe", style="recipe", col="counting", markers=True, dashes=False,
    units=None, estimator="mean", err_style="bars", errorbar=evidence.interval, height=3.6, aspect=1.1, lines={},
    labels=("training operations of 12 connectors (GFLOP)", "zero-shot accuracy, 320 classes (%)"), log="x",
    name="accuracy-flops", thumbnail=True,
)  # fmt: skip

# %%
listed = claims.read("reported/hypernetwork_eval_matched.yaml", paired=True)
matched = claims.judge(listed, runs).drop(columns=["whose", "reported", "unit"])
sides = [
    [with_settings(runs, side).executed_gflops.mean() for side in (c.of, c.against)] for c in listed
]
matched["ahead"] = matched.verdict.replace({"holds": "yes", "does not hold": "no"})
matched["times_the_flops"] = [one / other for one, other in sides]
tables.show(
    matched,
    "The hypernetwork less connectors one by one (their steps in brackets), with the same batch, rate and "
    "schedule: points of accuracy with 320 classes, 95 % interval (paired by seed). Is the hypernetwork ahead?",
    columns={
        "claim": "hypernetwork", "ours": "difference", "n": "seeds",
        "ahead": "ahead", "times_the_flops": "times the FLOPs",
    },
    digits=3,
    name="matched",
)  # fmt: skip

# %% [markdown]
# The same by width, beside the reported bench. The tasks differ, so no difference is given: what can be compared is how
# far the hypernetwork lies from connectors one by one. On the original's own data nothing was run.

# %%
made = together[together.steps == 300]
made = pd.concat(
    made.assign(width=w, **{task: made[f"{task}_width_{w}"] for task in TASKS}) for w in Zoo.widths
)
big = tables.over_seeds(apart[apart.batch_size == 1024], "width", TASKS).assign(method="APE")
made = tables.over_seeds(made, ["width", "schedule"], TASKS).assign(method="H-net")
bench = pd.read_csv("reported/hypernetwork_eval_bench.csv")
bench = bench.assign(width=bench.image_dim // 8).merge(
    pd.concat([big, made]), on=["method", "width"]
)
bench["method"] = bench.method.map({"APE": "one by one", "H-net": "hypernetwork"})
bench["schedule"] = bench.schedule.map({"constant": CONSTANT}).fillna(WARM)
tables.show(
    bench.rename(columns=lambda name: name.replace("accuracy", "ours")),
    "The reported classification bench, and right of each column ours on an eighth of the widths: 320, 80 "
    "and ten classes in the roles of ImageNet-1k, CIFAR-100 and CIFAR-10. At a constant rate our hypernetwork is behind in all nine cells, the original's in eight.",
    columns={
        "method": "method", "encoder": "encoder", "schedule": "our schedule",
        "reported_imagenet_percent": "ImageNet", "ours_320": "ours, 320",
        "reported_cifar100_percent": "CIFAR-100", "ours_80": "ours, 80",
        "reported_cifar10_percent": "CIFAR-10", "ours_10": "ours, 10",
    },
    units={"reported_tflops": "TFLOP", "ours_320": "%", "ours_80": "%", "ours_10": "%"},
    digits=3,
    name="bench",
)  # fmt: skip

# %% [markdown]
# ### Ablations
#
# The reported list was measured after one epoch on ViT-S/16. Its first line is a connector by itself after 37 steps,
# all of them inside the warm-up of 50 (ours after 16: 0.3 %); the others have had 1,163 steps at ten times the rate.
# Its pairs with and without `norm` are equal, or nearly so, because they are the same configuration: the flag was
# parsed so that any text, also `False`, switched it on. The list comes from code with two decoders, one for the weights
# and one for the bias; the bench from later code with one, as ours has.

# %%
tables.show(
    pd.read_csv("reported/hypernetwork_eval_ablations.csv"),
    "The reported ablations: ImageNet-1k top-1 of ViT-S/16 after one epoch.",
    columns={"name": "name", "what": "what", "reported_imagenet_percent": "ImageNet"},
    name="reported-ablations",
)
CHANGES = {
    "none": {},
    "norm off": {"norm": False},
    "cosine": {"schedule": "linear_warmup_cosine"},
    "init: last layer / 10": {"init": 10.0},
    "two decoders": {"decoders": "separate"},
}
changed = each(connectors.usual(12, 128) | change for change in CHANGES.values())
ablations = trials.run(connectors.train_hypernetwork, changed, **OWN)
ablations["name"] = np.repeat([*CHANGES], len(seeds))
unchanged = ablations[ablations.name == "none"].set_index("seed").train_loss
ablations["change_of_loss"] = (ablations.train_loss - ablations.seed.map(unchanged)).abs()
by_name = ablations.groupby("name")
changes = tables.over_seeds(ablations, "name", [*TASKS, "unscaled_accuracy_320", "train_loss"])
changes["least_change_of_loss"] = changes.name.map(by_name.change_of_loss.min())
flags = by_name.inert.agg(lambda names: ", ".join(sorted({*names} - {""})) or "none")
changes["flagged_inert"] = changes.name.map(flags)
tables.show(
    changes,
    "Ours, after one epoch (128 steps), mean over twelve encoders. None is inert: the training loss of each "
    "seed changed, by no less than the column tells; unscaled are connectors that are stored without the "
    "scaling of the bias, as the original stored them.",
    columns={
        "name": "change", "accuracy_320": "320 classes", "unscaled_accuracy_320": "320, unscaled",
        "least_change_of_loss": "least change of loss", "accuracy_80": "80 classes",
        "accuracy_10": "10 classes", "flagged_inert": "flagged inert",
    },
    units=UNITS | {"unscaled_accuracy_320": "%"},
    digits=3,
    name="ablations",
)  # fmt: skip
assert not (changes.least_change_of_loss.iloc[1:] <= 0).any()

# %% [markdown]
# ## Discussion
#
# ### The claims, in numbers
#
# Each is judged by itself. All of the 17 that need an interval are decided, by Bonferroni's correction 13 of them. The
# others: 10 classes against big batches, the 1.3 points on equal data against connectors at a constant rate (p is
# 0.012), and of the ablations `norm` and the last layer.

# %%
ablations["unscaled_less_scaled_320"] = ablations.unscaled_accuracy_320 - ablations.accuracy_320
changed = recipes(first, ablations).query("method != 'one by one'")
listed = claims.read("reported/hypernetwork_eval_claims.yaml", paired=True)
judged = claims.judge(listed, pd.concat([epoch, runs, changed]))
COLUMNS = ["claim", "ours", "verdict", "whose"]
tables.show(
    judged[judged.unit != "%"],
    "Claims of the original and of ours: differences in points of accuracy with 320 classes, where none other are named; "
    "where a claim names a number (below 5 %), the difference from it. Intervals of 95 % over seeds (paired by seed). In the first rows the original reports three "
    "differences: of ViT-S, B and L.", columns=[*COLUMNS, "reported", "n"], digits=3, name="claims",
)  # fmt: skip
tables.show(judged[judged.unit == "%"], "Claims about FLOPs, which are counted: the difference in percent (6,400 % more are 65 times as many).", columns=COLUMNS, name="claims-flops")  # fmt: skip

# %% [markdown]
# ### What is batch and passes, and what is the hypernetwork
#
# Against connectors in big batches, as the original compares (there 2.1 to 8.6 behind), the hypernetwork is 5.7 points
# behind at a constant rate and 1.4 ahead (1.0 to 1.9) with warm-up and cosine, for a 64th of the FLOPs. The original's
# ratio, 242, is one of two recipes. Of a step with a big batch 98 % are logits; [thirty connectors with the
# hypernetwork's batch and data](expt:6) cost 42 % of it in the original's count, 53 % as executed here.
#
# What the hypernetwork adds depends on what is held equal, on the schedule and on the length. On equal data, both with
# warm-up and cosine, it is ahead by 14.3 points after 128 steps and by 2.3 after 300. But connectors one by one do best
# at a constant rate there, and then are behind by 5.2 and 1.3. After 1,163 nothing is decided (0.3; -0.3 to 1.0). With
# its decoder it takes 2.3 times the FLOPs. Spent on more steps, these put connectors one by one ahead, by 7.9, 2.2 and
# 1.3 points. Thirty encoders cost it at most 0.6 points against twelve (300 steps, constant rate).
#
# ### Flaws of the original that affect its numbers
#
# Its list of ablations compares a warm-up with a whole training, and one configuration with itself (see above). And
# it trains with the bias scaled against W by the root of the text width, but stored the connectors for its tests
# without. Ours lose 5.7 points by that after one epoch. [Another page](expt:8) tells the flaws of its auto-decoding.

# %% [markdown]
# ### Notes
#
# **2026-11-22** On our zoo the hypernetwork with the original's recipe (constant rate, 300 steps) costs a sixty-fifth of
# connectors one by one in big batches and is some five points behind them. Most of that is the rate: with warm-up and a
# cosine it is level with them at the same cost. The original found the cosine to cost 0.7 points.
#
# **2026-11-22** On scenes plain connectors with the hypernetwork's batch, rate and data cost less than half of the
# hypernetwork and are better than it at the constant rate. With as many steps as it, at 1.1 times its cost (1.3 as
# executed), they are the best of all rows. So it is the recipe that saves, not the hypernetwork.
#
# **2026-11-27** These notes set a hypernetwork at a constant rate against connectors with a cosine, and call a constant
# rate the original's recipe. The original prints a linear warm-up of 500 steps and a cosine. Now both methods have
# both. With warm-up and cosine and 300 steps the hypernetwork is 2.3 points ahead on equal data (1.7 to 2.8) and 2.2
# behind at equal cost (1.9 to 2.5). At a constant rate it is behind both ways, by 5.5 and 6.8. For as many steps, which
# gives connectors one by one three times the data, they are ahead by 3.5 and 6.8.
#
# **2026-11-28** With 1,163 steps and cosine, three seeds, it is level on equal data and 1.3 behind at equal cost (1.2
# to 1.4). A correction: at a constant rate the differences of 300 steps are 5.9 and 7.2, not 5.5 and 6.8.
#
# **2026-11-29** Five corrections. That nothing is saved at equal cost holds for scenes, not for [photographs](expt:9).
# Thirty connectors with the hypernetwork's batch and data cost 53 % of it as executed, not less than half. "At most 2
# points behind" is our mark, not a claim of the original. The leads on equal data were given over connectors with the
# hypernetwork's schedule alone, not over their best; and a difference that three seeds do not decide was called none.
#
# **2026-11-30** A correction of the first note: it is 5.7 points behind big batches, not some five, and with warm-up and
# cosine not level with them, but 1.4 ahead.
#
# ## Next
#
# - The original's own encoders, pairs and tests (`labbook.data.embeddings.extract`), on a GPU.
