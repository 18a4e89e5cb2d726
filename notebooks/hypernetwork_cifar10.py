# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
#   labbook:
#     expt: 9
#     title: Connectors on CIFAR-10, and with MiniLM
#     date: '2026-11-27'
#     status: complete
#     tags: [hypernetwork, contrastive, zero-shot, cifar-10]
#     verdict: >-
#       Does what was found on scenes hold for photographs? In part: at equal cost, where connectors one by one were
#       ahead, the hypernetwork leads by 2.6 points of CIFAR-10's 90 classes (95 %: 1.3 to 4.0, one of 30 claims; three
#       seeds). Close relatives of known encoders are again reached, with 32 pairs; drifted and far ones are not.
# ---

# %% [markdown]
# # Connectors on CIFAR-10, and with MiniLM
#
# ## Question
#
# On scenes of digits and captions by TF-IDF we compared [one hypernetwork with connectors one by
# one](expt:4), and asked which [unseen encoders](expt:8) it can reach. Does what we found there hold for
# real photographs, and for sentences as a language model sees them?
#
# ## Setup
#
# The second zoo learns from CIFAR-10 <cite data-cite="Krizhevsky2009"/>: 10,000 photographs to train the
# encoders, 10,000 others as pairs, 5,000 to test both (from the original training set). Captions name what
# is seen and, now and then, whether the picture is dark or bright and its colours are cold or warm, as
# measured from its pixels. The tasks have 10, 30 and 90 classes. The encoders are those kinds again,
# trained for 600 steps. The full profile trains this zoo where `LABBOOK_DATA` has a folder `cifar10`. In
# the configurations of its trials, the zoo is called `photographs`.
#
# The second text encoder is MiniLM <cite data-cite="Wang2020MiniLM"/>, with the scenes of digits: TF-IDF
# knows words, MiniLM sentences. Its 384 dimensions are projected on the 96 in which the captions are
# longest, so that all sizes stay. Both have three seeds.

# %%
from typing import Literal

import pandas as pd

from labbook.data.embeddings import captions
from labbook.experiments import connectors
from labbook.experiments.connectors import Zoo
from labbook.experiments.connectors.recipes import CONSTANT, COSINE, WARM, of_schedule, recipes
from labbook.log import trials
from labbook.show import claims, curves, evidence, figures, tables
from labbook.show.joined import joined

figures.style()

# %% tags=["parameters"]
profile: Literal["smoke", "demo", "full"] = "demo"  # only the full profile trains
workers: int = 2  # trainings at once, each in a process with one thread
seeds: list[int] = [0, 1, 2]  # each has its own zoo and its own data

# %%
CIFAR10 = {"zoo": "photographs", "pairs": 10_000, "zoo_steps": 600, "seed": seeds}
MINILM = {"text": "minilm", "pairs": 16_384, "zoo_steps": 200, "seed": seeds}
WIDTHS = {"width": list(Zoo.widths)}
OWN = {
    "experiment": "hypernetwork_eval",
    "data_digest": connectors.data_digest,
    "executor": workers,
    "execute": profile == "full",
}
KEPT = OWN | {"with_arrays": profile == "full"}
FOUR = [list(kind) for kind in Zoo.kinds[:4]]


def each(some, of, **axes):
    """A grid of some settings of a zoo, along these axes and over the seeds."""
    return [point for one in some for point in trials.grid(**one, **axes, **of)]


zoo = each(
    [{"kinds": [FOUR], "initialisation": 0}, {"kinds": [FOUR[:1]], "initialisation": 1}],
    CIFAR10,
    **WIDTHS,
)
known = trials.run(connectors.train_encoders, zoo, **KEPT)
relatives = trials.run(
    connectors.tune_encoders, each([{"relation": ["near", "drifted"]}], CIFAR10), **KEPT
)
for of in (CIFAR10, MINILM):
    sentences = trials.grid(**{name: value for name, value in of.items() if name != "zoo_steps"})
    trials.run(connectors.write_texts, sentences, **KEPT)

# %%
ATTRIBUTES = {f"validation_{name}": name for name in captions.PHOTOGRAPHS.attributes}
by_heads = joined(known, "width", list(ATTRIBUTES), ["cpu_time_s"])
by_heads["role"] = by_heads.initialisation.map({0: "first four of each width", 1: "far"})
by_heads = pd.concat([by_heads, relatives.assign(role=relatives.relation)])
by_heads.attrs = {"experiment": "hypernetwork_eval"}
tables.show(
    tables.over_seeds(by_heads, "role", [*ATTRIBUTES, "cpu_time_s"]).rename(
        columns=lambda column: column.removeprefix("validation_")
    ),
    "The encoders of CIFAR-10 by their own heads: percent right on the test, mean over encoders and widths, "
    "and the spread of seeds. CPU time is that of all trials of a seed.",
    columns=["role", *ATTRIBUTES.values(), "cpu_time_s"],
    units=dict.fromkeys(ATTRIBUTES.values(), "%"),
    digits=3,
    name="photograph-zoo",
)

# %% [markdown]
# ## Results
#
# ### All connectors at once, or one by one
#
# As [on scenes](expt:4) connectors one by one are trained on equal data, at equal cost and for as many steps.
# Cost is the FLOPs of training twelve connectors, as executed here: 230 steps one by one take 28.7 GFLOP, 300
# steps of the hypernetwork 28.8. In the original's count the two are 45.1 and 54.1.

# %%
BIG = {
    "batch_size": 1024,
    "learning_rate": 0.001,
    "weight_decay": 0.1,
    "steps": 370,
    "warmup_steps": 50,
}
SMALL = {"batch_size": 128, "learning_rate": 0.01, "weight_decay": 0.0}
RECIPES = [BIG] + [
    SMALL | of_schedule(n, how) for n in (100, 230, 300) for how in (WARM, COSINE, CONSTANT)
]
HYPERNETS = [
    connectors.usual(12, 300) | {"schedule": s} for s in ("constant", "linear_warmup_cosine")
]


def both_methods(of, tasks):
    """The main recipes of both methods, of a zoo or with a text encoder."""
    apart = trials.run(connectors.train_separate, each(RECIPES, of, **WIDTHS), **OWN)
    together = trials.run(connectors.train_hypernetwork, each(HYPERNETS, of), **KEPT)
    return recipes(joined(apart, "width", tasks, ["cpu_time_s"]), together)


PHOTO_TASKS = [f"accuracy_{classes}" for classes in captions.PHOTOGRAPHS.tasks]
TASKS = [f"accuracy_{classes}" for classes in captions.SCENES.tasks]
on_photographs, by_minilm = both_methods(CIFAR10, PHOTO_TASKS), both_methods(MINILM, TASKS)
COSTS = ["reported_gflops", "executed_gflops"]
RECIPE = ["method", "batch_size", "steps", "schedule", *COSTS]
UNITS = dict.fromkeys([*TASKS, *PHOTO_TASKS], "%") | dict.fromkeys(COSTS, "GFLOP")
HEADERS = {"method": "method", "batch_size": "batch", "steps": "steps", "schedule": "schedule"}


def show_recipes(rows, tasks, caption, name):
    """A table of recipes: what twelve connectors cost, the hardest task and the easiest."""
    of_tasks = {task: f"{task.removeprefix('accuracy_')} classes" for task in tasks[::-2]}
    table = tables.over_seeds(rows, RECIPE, [*tasks, "cpu_time_s"])
    columns = HEADERS | of_tasks | {"executed_gflops": "FLOPs"}
    tables.show(table, caption, columns=columns, units=UNITS, digits=3, name=name)


# %%
show_recipes(
    on_photographs,
    PHOTO_TASKS,
    "CIFAR-10: zero-shot accuracy by number of classes, mean over twelve encoders, ± its standard deviation "
    "over seeds (their number). FLOPs of training twelve connectors, as executed: the cost that we hold equal. "
    "The hypernetwork with warm-up and cosine leads with 90 classes, not with 10.",
    "photograph-methods",
)

# %%
show_recipes(
    by_minilm,
    TASKS,
    "Scenes with MiniLM: zero-shot accuracy by number of classes, in the same way. "
    "Here connectors one by one lead for the same FLOPs, as with TF-IDF.",
    "texts",
)


# %%
def show_matched(file, runs, what, name):
    """The hypernetwork against connectors one by one with its batch, rate and schedule."""
    judged = claims.judge(claims.read(file, paired=True), runs).drop(
        columns=["whose", "reported", "unit"]
    )
    columns = {"claim": "hypernetwork", "ours": "difference"}
    columns |= {"n": "seeds", "ahead": "ahead"}
    judged["ahead"] = judged.verdict.replace({"holds": "yes", "does not hold": "no"})
    told = "the hypernetwork less connectors one by one, in points, with its 95 % interval (paired by seed)"
    tables.show(
        judged,
        f"{what}: {told}. Steps of the connectors in brackets.",
        columns=columns,
        digits=3,
        name=name,
    )


show_matched(
    "reported/hypernetwork_cifar10_matched.yaml", on_photographs, "CIFAR-10, 90 classes", "matched"
)
show_matched(
    "reported/hypernetwork_eval_matched_minilm.yaml",
    by_minilm,
    "Scenes with MiniLM, 320 classes",
    "matched-minilm",
)

# %% [markdown]
# ### Encoders that were never seen

# %%
FEW = {"num_pairs": [32, CIFAR10["pairs"]], "num_encoders": 12, "hypernet_steps": 300}
RELATIONS = {"relation": list(Zoo.unseen)}
CONDITION = {"start": "mean", "steps": 100, "batch_size": 64, "learning_rate": 0.03}
aligned = trials.run(connectors.align, each([FEW | CONDITION], CIFAR10, **RELATIONS), **OWN)
OTHER = each([FEW | {"lengths": [[30, 100]]}], CIFAR10, **RELATIONS)
otherwise = trials.run(connectors.align_otherwise, OTHER, **OWN)
BY = ["relation", "num_pairs"]
LOOKED = [f"look_up_{task}" for task in PHOTO_TASKS]
apart = tables.over_seeds(otherwise, BY, [*PHOTO_TASKS, *LOOKED]).drop(columns=["key", "n"])
apart = apart.rename(
    columns=lambda name: (
        name.replace("accuracy", "own_accuracy", 1) if name.startswith("accuracy") else name
    )
)
unseen = tables.over_seeds(aligned, BY, PHOTO_TASKS).merge(apart, on=BY)
tables.show(
    unseen,
    "CIFAR-10: encoders that were never seen, by auto-decoding, by look-up and by a connector of their "
    "own (the best of two lengths). Percent right, mean over three widths. 32 pairs do as much as all for "
    "auto-decoding and look-up; drifted and far ones need a connector of their own.",
    columns={"relation": "relation", "num_pairs": "pairs"}
    | {f"{what}accuracy_{n}": f"{n}, {how}" for n in (90, 10)
       for what, how in (("", "auto-decoding"), ("look_up_", "look-up"), ("own_", "own"))},
    units=dict.fromkeys([name for name in unseen if "accuracy" in name], "%"),
    digits=3,
    name="photograph-unseen",
)  # fmt: skip

# %%
looked_up = otherwise.drop(columns=PHOTO_TASKS, errors="ignore")
ways = pd.concat(
    [
        aligned.assign(way="auto-decoding"),
        otherwise.assign(way="connector of its own"),
        looked_up.rename(columns=lambda n: n.removeprefix("look_up_")).assign(way="look-up"),
    ]
)
if "accuracy_90" in ways:
    curves.show(
        ways.dropna(subset="accuracy_90").reset_index(drop=True),
        "CIFAR-10: three ways to connect an encoder that was never seen, mean over seeds with its 95 % interval.",
        x="num_pairs", y="accuracy_90", hue="way", style="way", col="relation", markers=True, dashes=False, units=None,
        estimator="mean", err_style="bars", errorbar=evidence.interval, aspect=0.8, lines={}, log="x",
        labels=("pairs of the new encoder", "zero-shot accuracy, 90 classes (%)"), name="photograph-unseen", thumbnail=True,
    )  # fmt: skip

# %% [markdown]
# ## Discussion
#
# ### The claims, in numbers
#
# Each is judged by itself, and with three seeds intervals are wide. By Bonferroni's correction for all 30, six of the 26
# decided ones still are: the leads of 6.7 points on equal data (90 classes, warm-up and cosine) and of 1.6 for as many
# steps (90 classes, against a cosine), that it is behind a constant rate at equal cost (10 classes), and that drifted
# (90 classes) and far encoders (both tasks) are not reached.

# %%
every = pd.concat([ways, on_photographs.assign(data="CIFAR-10"), by_minilm.assign(data="MiniLM")])
tables.show(
    claims.judge(claims.read("reported/hypernetwork_cifar10_claims.yaml", paired=True), every),
    "What we found on scenes with TF-IDF, asked again, in points of accuracy; intervals of 95 % over seeds "
    "(paired by seed).",
    columns={
        "claim": "claim",
        "ours": "ours",
        "n": "seeds",
        "verdict": "verdict",
    },
    digits=3,
    name="claims",
)

# %% [markdown]
# ### Equal data, equal cost
#
# What the hypernetwork gains depends on the data. On 90 classes of photographs it is ahead with warm-up and cosine, its
# better schedule. Connectors one by one with the same schedule are behind by 6.7 points on equal data, 4.7 at equal
# cost, 3.9 for as many steps. But that schedule is their worst here. Against the best of their three the lead is 4.4
# points on equal data (constant rate; 1.6 to 7.2). At equal cost it is 2.6 (cosine; 1.3 to 4.0), and for as many steps
# 1.6 (cosine; 1.5 to 1.7). The schedules were chosen by the test, of three for connectors one by one and of two
# for the hypernetwork. And 2.6 is one of 30 claims on this page, with three seeds: not corrected for that, p is 0.014.
# Both at a constant rate are not told apart. Against connectors in big batches, as the original compares, the
# hypernetwork is ahead by 7.6 points even at a constant rate (4.1 to 11.0); on scenes it was behind.
#
# On 10 classes nothing is won at equal cost. Against connectors with its own schedule, which is their best there, the
# hypernetwork is behind by 1.2 points (0.0 to 2.4). Against connectors at a constant rate it is behind by
# 0.8 (0.7 to 0.9). On equal data it is ahead of these by 1.1 (0.2 to 1.9).
#
# On scenes with MiniLM it is as with TF-IDF. The hypernetwork is ahead by 2.6 on equal data, or by 1.5 (0.8 to 2.2)
# where connectors have a constant rate, their best there. It is behind by 1.8 at equal cost, where warm-up and cosine is
# the best of both methods.
#
# ### Notes
#
# **2026-11-29** A correction: this page gave the lead at equal cost on 90 classes as 4.8 points. That is against
# connectors one by one with the hypernetwork's schedule, their worst of three. With 230 steps they come to 30.6 % with
# warm-up and cosine, to 32.7 % with a cosine alone, to 32.6 % at a constant rate. Against their best it is 2.7 points.
#
# **2026-11-30** The 127 trials whose records told no commit (91 of CIFAR-10, 36 of MiniLM) were made again, on a processor
# of AMD in place of Intel's. That rounds otherwise, and one accuracy may differ by four points. The lead at equal cost is
# 2.6 where it was 2.7, that over big batches 7.6 (8.9); drifted encoders are 16.2 behind (19.0; 90 classes). Four
# differences that were not decided are: a lead of 1.6 for as many steps (90 classes), and three by which it is behind on
# 10 classes. They lie near the edge, where rounding alone may decide with three seeds; 1.5 to 1.7 is narrow by luck.
#
# ## Next
#
# Why does the hypernetwork lead on photographs? Among the 10,000 captions no more than 335 to 339 differ (by seed; of
# 16,384 on scenes about 3,600), so batches hold duplicates, which count as wrong pairs. Big batches, with the most of
# them, come out worst (23.5 %). A decoder that twelve encoders share may average that noise away. Scenes with as few
# different captions would tell.
