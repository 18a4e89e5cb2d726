# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
#   labbook:
#     expt: 8
#     title: Encoders that a hypernetwork has never seen
#     date: '2026-11-27'
#     status: complete
#     tags: [hypernetwork, contrastive, auto-decoding, zero-shot]
#     verdict: >-
#       Which encoders that it has never seen can a hypernetwork reach? Close relatives of known ones: from 8 to 100
#       pairs it gets 57 to 65 % of 320 classes, a connector of their own 1 to 13 %. Looking up the best known
#       connector gets 65 % without any training. Drifted and far ones it does not reach. Five seeds, a small zoo.
# ---

# %% [markdown]
# # Encoders that a hypernetwork has never seen
#
# ## Question
#
# A [hypernetwork for many connectors](expt:4) makes the connector of an image encoder from a condition of a few
# numbers. The original that it follows connects an encoder that the hypernetwork has never seen by training a new
# condition alone, as in auto-decoding <cite data-cite="Park2019"/>. It reports more accuracy than by a connector of its
# own, for a thirteenth of the FLOPs. Its list of what is to be done ends with a hypernetwork that has seen thirty
# encoders, which may need even less data and FLOPs.
#
# Which unseen encoders can be reached by a condition? What does it take, in pairs and steps, and does a hypernetwork
# that was trained on thirty encoders, not twelve, need fewer?
#
# ## Setup
#
# The zoo, the scenes and the connectors are those of [that experiment](expt:4), and so are the records. Three more
# encoders to a width are never shown to a hypernetwork:
#
# - *near*: the first of the width, trained on for a while with other weights of the four attributes;
# - *drifted*: the same with new heads and a higher rate, so that its coordinates turn away;
# - *far*: the same kind of network from a new initialisation.
#
# Each is connected in three ways. *Auto-decoding* trains a condition, all weights of the hypernetwork being frozen. The
# *look-up* takes the connector of the zoo that has the lowest loss on the pairs of the new encoder (on 1,024 of them at
# most). A *connector of its own* is trained for 30 or for 100 steps, whichever is better on the test, in its favour. A
# new condition starts at the *mean* of all known ones, at that of its *family* (those of its width) or at a *random*
# one. Accuracies are means over the three widths.
#
# Two machines made our records, and one seed gives other weights on each. At the start, from the mean of twelve, the
# accuracies of near encoders lie 0.4 to 7.7 points apart between the two (320 classes).

# %%
from typing import Literal

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns

from labbook.data.embeddings import captions, scenes
from labbook.experiments import connectors
from labbook.experiments.connectors import Zoo, costs
from labbook.log import trials
from labbook.show import claims, curves, evidence, figures, tables
from labbook.show.joined import joined

figures.style()

# %% tags=["parameters"]
profile: Literal["smoke", "demo", "full"] = "demo"  # only the full profile trains
workers: int = 2  # trainings at once, each in a process with one thread
seeds: list[int] = [0, 1, 2, 3, 4]  # each has its own zoo and its own data

# %%
DIGITS = {"pairs": 16_384, "zoo_steps": 200, "seed": seeds}
WIDTHS = {"width": list(Zoo.widths)}
TASKS = [f"accuracy_{classes}" for classes in captions.SCENES.tasks]
LOOKED, BEGAN = ([f"{what}_{task}" for task in TASKS] for what in ("look_up", "start"))
PAIRS = ["connectors_conditions", "connectors_encoders", "conditions_encoders"]
ATTRIBUTES = {f"validation_{name}": name for name in scenes.ATTRIBUTES}
HERE = seeds if profile == "full" else []
OWN = {
    "experiment": "hypernetwork_eval",
    "data_digest": connectors.data_digest,
    "metrics": [*TASKS, *LOOKED, *BEGAN, *PAIRS, *ATTRIBUTES, "moved"],
    "executor": workers,
    "execute": lambda point: point["seed"] in HERE,
}
KEPT = OWN | {"with_arrays": profile == "full"}
FOUR, SIX = ([list(kind) for kind in kinds] for kinds in (Zoo.kinds[:4], Zoo.kinds[4:]))


def encoders(kinds, initialisation):
    """The encoders of each width and seed, of these kinds."""
    grid = trials.grid(**WIDTHS, kinds=[kinds], initialisation=initialisation, **DIGITS)
    return trials.run(connectors.train_encoders, grid, **KEPT)


known, others, far = encoders(FOUR, 0), encoders(SIX, 0), encoders(FOUR[:1], 1)
relatives = trials.grid(relation=["near", "drifted"], **DIGITS)
relatives = trials.run(connectors.tune_encoders, relatives, **KEPT)
sentences = trials.grid(pairs=DIGITS["pairs"], seed=seeds)
trials.run(connectors.write_texts, sentences, **KEPT)
for encoders_known in (12, 30):
    hypernetwork = trials.grid(**connectors.usual(encoders_known, 300), **DIGITS)
    trials.run(connectors.train_hypernetwork, hypernetwork, **KEPT)

# %%
roles = {"first four of each width": known, "other six": others, "far": far}
by_heads = [
    joined(rows, "width", list(ATTRIBUTES), ["cpu_time_s"]).assign(role=role)
    for role, rows in roles.items()
]
by_heads = pd.concat([*by_heads, relatives.assign(role=relatives.relation)])
by_heads.attrs = {"experiment": "hypernetwork_eval"}
zoo = tables.over_seeds(by_heads, "role", [*ATTRIBUTES, "cpu_time_s"])
tables.show(
    zoo.rename(columns=lambda column: column.removeprefix("validation_")),
    "The encoders by their own heads: percent right on unseen handwriting, mean over encoders and "
    "widths, ± its standard deviation over seeds. Drifted ones have lost a quarter of the digits. CPU time is that of all trials of a seed.",
    columns=["role", *ATTRIBUTES.values(), "cpu_time_s"],
    units=dict.fromkeys(ATTRIBUTES.values(), "%"), digits=3, name="zoo",
)  # fmt: skip

# %% [markdown]
# ## Results

# %%
reported = pd.read_csv("reported/hypernetwork_eval_autodecoding.csv").fillna({"start": ""})
tables.show(
    reported,
    "What the original reports of flexivit-384 with its hypernetwork of twelve, by the numbered to-do lists of its log (percent "
    "right). Of the second list item 6 is reported as worse, without numbers, and item 7 was left to be done. On its data we ran nothing.",
    columns={
        "list": "list", "ticked": "ticked", "item": "item", "what": "what", "start": "start", "reported_imagenet_percent": "ImageNet",
        "reported_cifar100_percent": "CIFAR-100", "reported_cifar10_percent": "CIFAR-10",
        "pairs_thousand": "pairs", "reported_gflops": "GFLOP",
    },
    units={"pairs_thousand": "thousand"}, digits=3, name="reported-autodecoding",
)  # fmt: skip

# %% [markdown]
# ### With all pairs

# %%
ALL, FEW = DIGITS["pairs"], [8, 32, 100, 1000]
CONDITION = {"batch_size": 64, "learning_rate": 0.03, "hypernet_steps": 300} | DIGITS
TWO = {"relation": ["near", "drifted"]}
BOTH = {"start": "mean", "num_encoders": [12, 30]} | CONDITION
TWELVE = {"num_pairs": ALL, "num_encoders": 12} | CONDITION
GRID = trials.grid(**TWO, num_pairs=[*FEW, ALL], steps=[10, 100], **BOTH)
GRID += trials.grid(relation="far", start="mean", steps=10, **TWELVE)
GRID += trials.grid(relation="far", num_pairs=ALL, steps=100, **BOTH)
GRID += trials.grid(relation="near", start=["random", "family"], steps=[10, 100], **TWELVE)
aligned = trials.run(connectors.align, GRID, **OWN)
LENGTHS = {"hypernet_steps": 300, "lengths": [[30, 100]]} | DIGITS
GRID = trials.grid(**TWO, num_pairs=[*FEW, ALL], num_encoders=12, **LENGTHS)
GRID += trials.grid(**TWO, num_pairs=[8, 32, ALL], num_encoders=30, **LENGTHS)
GRID += trials.grid(relation="far", num_pairs=ALL, num_encoders=12, **LENGTHS)
otherwise = trials.run(connectors.align_otherwise, GRID, **OWN)
looked_up = otherwise.drop(columns=TASKS).rename(columns=lambda name: name.removeprefix("look_up_"))
ways = pd.concat(
    [
        aligned.assign(way="auto-decoding", width_48=aligned.get("accuracy_320_width_48")),
        otherwise.assign(way="connector of its own", steps=0),
        looked_up.assign(way="look-up", steps=0),
    ]
)
ways.attrs = {"experiment": "hypernetwork_eval"}

# %%
BY = ["num_encoders", "relation", "start", "num_pairs", "steps", "batch_size"]
decoded = tables.over_seeds(aligned[aligned.num_pairs == ALL], BY, [*TASKS, *BEGAN])
decoded = costs.with_gflops(decoded, costs.autodecoding)
own = tables.over_seeds(
    otherwise.query("num_pairs == @ALL and num_encoders == 12"), "relation", TASKS
)
decoded["own_connector_320"] = decoded.relation.map(own.set_index("relation").accuracy_320)
of_three = decoded.executed_gflops.max()
of_own = costs.separate({"steps": 100, "batch_size": 128}, "executed") / Zoo.shared / 1e9
tables.show(
    decoded.sort_values("relation", key=lambda names: names.map(Zoo.unseen.index), kind="stable"),
    "Auto-decoding with all pairs: percent right before (at the start) and after training the condition, mean over three widths, ± "
    "its standard deviation over seeds (their number); and by a connector trained for the encoder itself (own). As executed, 100 steps "
    f"of three conditions take {of_three:.2f} GFLOP, 100 steps of three connectors of their own {of_own:.2f}.",
    columns={
        "relation": "relation", "start": "start", "steps": "steps", "num_encoders": "encoders",
        "start_accuracy_320": "320, start", "accuracy_320": "320 classes",
        "own_connector_320": "320, own", "accuracy_10": "10 classes",
    },
    units=dict.fromkeys([*TASKS, *BEGAN, "own_connector_320"], "%")
    | dict.fromkeys(["reported_gflops", "executed_gflops"], "GFLOP"),
    digits=3, name="autodecoding",
)  # fmt: skip

# %% [markdown]
# It saves nothing here. 100 steps of auto-decoding, each of 64 pairs, cost 1.2 times as much as 100 of a connector of
# its own, each of 128 (1.5 times in the original's count). The reported thirteenth is of ten epochs in batches of 16,384.
#
# ### With few pairs

# %%
SHOWN = ways.query("relation != 'far' and num_encoders == 12")
SHOWN = SHOWN[(SHOWN.way != "auto-decoding") | ((SHOWN.steps == 100) & (SHOWN.start == "mean"))]
LINES = {
    "x": "num_pairs", "y": "accuracy_320", "col": "relation", "markers": True, "units": None,
    "estimator": "mean", "err_style": "bars", "errorbar": evidence.interval, "height": 3.6, "lines": {},
    "labels": ("pairs of the new encoder", "zero-shot accuracy, 320 classes (%)"), "log": "x",
}  # fmt: skip
curves.show(
    SHOWN.dropna(subset="accuracy_320").reset_index(drop=True),
    "An unseen encoder with few pairs, by a hypernetwork trained on twelve: mean over three widths, bars are 95 % "
    "intervals over seeds. Auto-decoding takes 100 steps, the look-up none. Near encoders need hardly any pairs; for drifted ones only a connector of their own gets far.",
    hue="way", style="way", dashes=False, name="few-shot", thumbnail=True, **LINES,
)  # fmt: skip

# %%
tables.show(
    tables.over_seeds(otherwise, ["relation", "num_pairs", "num_encoders"], [*TASKS, *LOOKED]),
    "Without auto-decoding: looked up (from 32 pairs on the same connectors are found), or trained for the encoder itself, for "
    "30 or 100 steps, whichever is better on the test.",
    columns={"relation": "relation", "num_pairs": "pairs", "num_encoders": "encoders"}
    | {f"{what}accuracy_{n}": f"{n}, {how}" for n in (320, 10)
       for what, how in (("look_up_", "look-up"), ("", "own"))},
    units=dict.fromkeys([*TASKS, *LOOKED], "%"), digits=3, name="look-up",
)  # fmt: skip

# %% [markdown]
# ### A hypernetwork trained on thirty encoders

# %%
means = aligned.query("start == 'mean' and relation != 'far'").dropna(subset="accuracy_320")
curves.show(
    means.rename(columns={"num_encoders": "encoders seen"}),
    "Auto-decoding by a hypernetwork that has seen 12 or 30 encoders, after 10 and 100 steps, from the "
    "mean of the known conditions; bars are 95 % intervals over seeds. For near encoders twelve are ahead of thirty, most of all after 10 steps.",
    hue="encoders seen", style="steps", palette=["C0", "C1"], name="thirty", **LINES,
)  # fmt: skip

# %% [markdown]
# ### As the original did it
#
# In the original the mapped texts are not normalised in auto-decoding. They are 0.003 to 0.01 long, the logits stay
# near 0, and so does the gradient. Adam does not depend on the size of a gradient; SGD at a rate of 0.00001, which gave
# the second set of reported numbers, does.

# %%
ORIGINAL = {"num_encoders": 12, "hypernet_steps": 300} | DIGITS
GRID = trials.grid(optimiser="adam", learning_rate=0.0001, steps=10_000, **ORIGINAL)
GRID += trials.grid(optimiser="sgd", learning_rate=0.00001, steps=3_000, **ORIGINAL)
original = trials.run(connectors.align_as_original, GRID, **OWN)
original["width_48"], original["moved_percent"] = original.accuracy_320, 100 * original.moved
tables.show(
    tables.over_seeds(original, ["optimiser", "learning_rate", "steps"], [*TASKS, *BEGAN, "moved"]),
    "Auto-decoding as the original did it, of the near encoder of the smallest width: percent right "
    "before and after, and how far the condition moved, as a share of its length.",
    columns={
        "optimiser": "optimiser", "learning_rate": "rate", "steps": "steps",
        "start_accuracy_320": "320, start", "accuracy_320": "320 classes", "moved": "moved",
    },
    units={"start_accuracy_320": "%", "accuracy_320": "%"}, digits=3, name="as-the-original",
)  # fmt: skip

# %% [markdown]
# ### What the hypernetwork has learned
#
# The original compares predicted connectors by CKA <cite data-cite="Kornblith2019"/> and conditions by their cosine.
# Ours: CKA of the 320 prompts as two connectors map them, the cosine of conditions, and the CKA of the encoders
# themselves on unseen scenes. Do like conditions mean like connectors?

# %%
GRID = trials.grid(num_encoders=12, hypernet_steps=300, **DIGITS)
similarities = trials.run(connectors.similarities, GRID, **OWN)
long = similarities.melt(["seed", "key"], PAIRS, "between", "correlation")
long["between"] = long.between.str.replace("_", " and ")
tables.show(
    evidence.summarise(long, "between", "correlation"),
    "Correlation of two similarities over all pairs of the twelve encoders, with its 95 % interval over seeds.",
    columns={"between": "between", "correlation": "correlation", "n": "seeds"}, digits=2, name="similarities",
)  # fmt: skip

# %%
names = [f"{kind}{channels} {width}" for width in Zoo.widths for kind, channels in Zoo.kinds[:4]]
if (similarities.outcome == "ok").any():
    figure, axes = plt.subplots(1, 3, figsize=(10.5, 4.4))
    alike = trials.arrays(similarities, seed=seeds[0])
    for axis, (what, values) in zip(axes, alike.items(), strict=True):
        how, low, colours = (
            ("CKA", 0, "viridis") if what != "conditions" else ("cosine", -1, "RdBu_r")
        )
        labels = names if what == "connectors" else False
        sns.heatmap(values, vmin=low, vmax=1, cmap=colours, square=True, ax=axis, cbar_kws={"shrink": 0.6},
                    xticklabels=labels, yticklabels=labels)  # fmt: skip
        axis.set(title=f"{what} ({how})", xlabel="encoder", ylabel="encoder")
    tables_of = {what: pd.DataFrame(values, names, names) for what, values in alike.items()}
    figures.show(
        figure,
        "Similarities among the twelve encoders (kind, channels, width), first seed. All connectors are alike (0.91 and more), "
        "whatever their conditions; the encoders of kind mlp stand apart from the others (0.27 to 0.55).",
        name="similarities",
        data=pd.concat(tables_of).reset_index(),
    )

# %% [markdown]
# ## Discussion
#
# ### The claims, in numbers
#
# Each is judged by itself. By Bonferroni's correction for all 36, seven of the 18 decided ones still are: near encoders with 8, 32 and 100 pairs, drifted and far ones with all, 1,000 pairs against all, and SGD. None of the 16 on item 7 is among them; counted alone, one of these stands: 1,000 pairs and 100 steps (p is 0.002).

# %%
CLAIMS = claims.read("reported/hypernetwork_unseen_claims.yaml", paired=True)
judged = claims.judge(CLAIMS, pd.concat([ways, original.assign(way="as the original")]))
settings = pd.DataFrame([claim.of for claim in CLAIMS])[["relation", "num_pairs", "steps"]]
judged = judged.join(settings.astype({"num_pairs": "Int64", "steps": "Int64"}))
judged["ahead"] = judged.verdict.replace({"holds": "yes", "does not hold": "no"})
of_thirty, SEEDS = judged.whose.str.contains("item 7"), {"n": "seeds"}
tables.show(
    judged[~of_thirty], "Claims of the original and of ours, in points of accuracy with 320 classes, where none other are named (the last "
    "in percent); where a claim names a number (10 %, 1 %), the difference from it. Intervals of 95 % over seeds (paired by seed).",
    columns={"claim": "claim", "ours": "ours", "verdict": "verdict", "whose": "whose", "reported": "reported"} | SEEDS,
    digits=3, name="claims",
)  # fmt: skip
tables.show(
    judged[of_thirty], "Item 7 of the original's list, its 'maybe': a hypernetwork trained on thirty encoders less one trained on "
    "twelve, in points of accuracy with 320 classes. Is the one of thirty ahead? Six of the sixteen compare records of two machines, "
    "whose pairs have the data in common; Welch's test, without pairs, gives these six the same verdicts.",
    columns={"relation": "relation", "num_pairs": "pairs", "steps": "steps", "ours": "difference"} | SEEDS | {"ahead": "ahead"},
    digits=3, name="claims-thirty",
)  # fmt: skip

# %% [markdown]
# ### When auto-decoding works
#
# A condition of 16 numbers, or 32, picks from the connectors that the decoder has learned to make. An encoder whose
# coordinates are those of a known one is within reach. One that learned the same from another initialisation has its
# coordinates turned at random. Descent from the mean of the known conditions, all that we tried, found no condition for
# it: it ends at 0.5 % of 320 classes, where chance is 0.3 %. On ten classes the hypernetwork of thirty ends at chance
# (10.1 %); whether that of twelve does is not decided (11.7 %; 9.3 to 14.0).
#
# Where auto-decoding works, so does looking up the known connector that fits best, without any training. A connector of
# the encoder's own is about as good at 1,000 pairs (64 %) and ahead of both with all (70 %). The original's
# flexivit-384 was reported at more than its own connector reached. A plot of a later revision has the same procedure on
# visformer-tiny: 0.12 % of ImageNet, where chance is 0.1 % and its own connector reached 2.16 %.
#
# ### Flaws of the original that affect its numbers
#
# - *Not normalised.* Auto-decoding left out the normalisation of the mapped texts; with SGD the condition then stays
#   where it began. So the second numbers, which it prints after a dash (76.6, 32.7, 14.6), are in all likelihood
#   those of the mean of the known conditions. That is our reading, not checked on its weights.
# - *Families.* The mean over an encoder's own family was reported as the worse start. Here, for near encoders, it
#   begins behind the mean of all (14 % against 17 %), is behind after 10 steps (40 %, 47 %) and level after 100 (65
#   %). Five seeds decide neither of the first two differences.
# - *Small batches, low rates.* The original found them best for auto-decoding. Ours, with batches of 64, a rate of
#   0.03 and normalised texts, gets 67 % with the near encoder of the smallest width after 100 steps. The original's
#   batches of 8 at 0.0001 get 64 % after 10,000. Five seeds do not decide the difference, and we did not separate
#   the three changes.
# - *Steps.* The numbers after the dash belong to 12,904 steps, not to the 10,000 (24,200 GFLOPs) that stand beside
#   them.
#
# ### Notes
#
# **2026-11-22** Near encoders are connected by a condition alone from 32 pairs on, where a connector of their own
# learns next to nothing. With all pairs their own connector is better by about five points, more than the two that we
# had set as a mark. Looking up the ancestor's connector does as well as auto-decoding at any number of pairs.
#
# **2026-11-22** Drifted encoders keep what they see (wrong: see below) and lose their coordinates; auto-decoding
# recovers little of it. Far encoders stay at chance. A hypernetwork trained on thirty encoders serves twelve of them as
# well as one trained on these alone. With all pairs and 100 steps its auto-decoding ends within two points of that,
# from a worse mean (near: 4.0 % against 17.2 %). Whether it needs fewer pairs or steps, which item 7 of the list asks,
# was not tried.
#
# **2026-11-27** Item 7 is answered for our zoo: a hypernetwork that has seen thirty encoders needs more steps, not
# fewer. For near encoders it is some 23 points behind one that has seen twelve after 10 steps, with any number of
# pairs. After 100 steps it is behind by 4.7 with 8 pairs, 3.6 with 32, 2.8 with 1,000; with all pairs it is not
# decided. It begins further away: the mean of thirty conditions connects near encoders with 4 %. For drifted ones no
# difference is decided. Both hypernetworks had 300 steps.
#
# **2026-11-27** Two corrections. Drifted encoders do not keep what they see: by their own heads they tell 60 % of the
# digits, near ones 81 %. And with 32 pairs the look-up is 1.6 points ahead of auto-decoding for near encoders (0.5 to
# 2.8), with 8 pairs more; only with all pairs do they agree.
#
# **2026-11-27** Like conditions do not mean like connectors: over five seeds the correlation is 0.04 (-0.11 to 0.19).
# Connectors are rather alike where their encoders are (0.24; 0.05 to 0.43). This page had one seed before.
#
# **2026-11-29** Three corrections. Auto-decoding is ahead of a connector of the encoder's own from 8 pairs on (57 %
# against 1 %), not only from 32. The look-up is at least as good as auto-decoding, but not as a connector of its own,
# which is ahead of both with all pairs. And that no condition leads to far encoders was not shown: we descended from
# one start.
#
# **2026-11-29** Two more corrections. The first claim named the original as the author of "at most 2 points behind",
# which is our mark; the original's is "ahead". And what auto-decoding costs beside a connector of the encoder's own was
# not told.
#
# ## Next
#
# - The original's own encoders and pairs: flexivit-384 with hypernetworks trained on twelve and on thirty, on a GPU.
# - Thirty encoders for longer, so that each condition is trained for as long as with twelve.
