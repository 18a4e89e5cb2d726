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
#     status: in progress
#     tags: [hypernetwork, contrastive, zero-shot]
#     verdict: >-
#       Not run yet.
# ---

# %%
import inspect
import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from typing import Literal

import numpy as np
import torch

from labbook.data import captions, images, scenes
from labbook.data.embeddings import PairBatches, PairedEmbeddings, zero_shot_accuracy
from labbook.data.order import generator
from labbook.data.text import TfidfText
from labbook.log import trials
from labbook.log.freshness import stale_because
from labbook.log.layout import Layout, find_root
from labbook.log.records import read_record, record_key
from labbook.models.encoders import AttributeClassifier, ImageEncoder
from labbook.models.hypernet import AutoDecoded, Connector, HyperNetwork, contrastive_loss
from labbook.site import figures
from labbook.training import schedules
from labbook.training.loop import Recipe, train

figures.style()

# %% tags=["parameters"]
profile: Literal["smoke", "demo", "full"] = "demo"  # how many zoos, encoders and seeds
workers: int = 2  # trainings at once, each in a process with one thread
seeds: list[int] = [0, 1, 2, 3, 4]  # of the full profile: each has its own zoo and its own data


# %%
class Zoo:
    """The image encoders: in each width the same ten kinds; the first four make the twelve."""

    widths = (48, 96, 128)
    text_dim = 96
    max_image_dim = 192
    shared = 4
    kinds = (
        ("patches", 24), ("cnn", 12), ("plain", 12), ("mlp", 24), ("patches", 16),
        ("plain", 8), ("mlp", 32), ("patches", 32), ("mlp", 16), ("cnn", 8),
    )  # fmt: skip
    tasks = (10, 80, 320)
    unseen = ("near", "drifted", "far")


def seeded(*numbers):
    """Seed torch's generator with several numbers, mixed."""
    torch.manual_seed(generator(*numbers).initial_seed())


def drawn(what, pairs, seed):
    """The scenes of a seed: for the connectors, to train encoders, and of unseen handwriting."""
    split, count, number = {
        "pairs": ("train", pairs, 0), "encoders": ("train", pairs, 1), "test": ("test", 3000, 2)
    }[what]  # fmt: skip
    return scenes.make(split, count, 10 * seed + number)


def kept(function, **configuration):
    """The arrays that a trial has kept on this machine, if its code is still what it was."""
    name = f"hypernetwork_eval.{function.__name__}"
    key = record_key(name, configuration, images.digest("digits"))
    folder = Layout(find_root()).local_records("hypernetwork_eval")
    record = read_record(folder / f"{key}.json")
    if record is None:
        raise FileNotFoundError(f"no arrays of {function.__name__} with {configuration}: run it.")
    if reasons := stale_because(record, find_root()):
        raise ValueError(f"the arrays of {function.__name__} are stale: {'; '.join(reasons)}.")
    return record.load_artifacts()


# %%
def write_texts(pairs, seed):
    """Captions of the pairs and prompts of the tasks as vectors; labels of the test scenes."""
    written = captions.captions(drawn("pairs", pairs, seed).attributes, seed)
    encoder = TfidfText(written, Zoo.text_dim)
    shown = drawn("test", pairs, seed).attributes
    arrays = {"texts": encoder(written).astype(np.float16)}
    for classes in Zoo.tasks:
        arrays[f"prompts_{classes}"] = encoder(captions.prompts(classes))
        arrays[f"labels_{classes}"] = captions.labels(shown, classes).numpy()
    return {"metrics": {"different_captions": len(set(written))}, "artifacts": arrays}


class SceneBatches:
    """Batches of 128 scenes with their attributes, drawn by (seed, step)."""

    def __init__(self, drawn_scenes, seed):
        self.scenes, self.seed = drawn_scenes, seed

    def __len__(self):
        return 100

    def seen(self, steps):
        return 128 * steps

    def batch(self, step):
        rows = torch.randint(len(self.scenes), (128,), generator=generator(self.seed, step, 19))
        return self.scenes.pixels_at(rows), self.scenes.attributes[rows]


def untrained(kind, channels, width, weights):
    """An encoder with its heads; ``weights`` tell what each attribute counts in its training."""
    encoder = ImageEncoder(kind, channels, width)
    return AttributeClassifier(encoder, list(scenes.ATTRIBUTES.values()), weights)


def fit_encoder(classifier, learning_rate, steps, of_seed, order):
    """Train an encoder on attributes; then its embeddings of the pairs and of the test scenes.

    ``of_seed`` holds the scenes of a seed, as ``drawn`` gives them; ``order`` seeds the batches.
    """
    test = of_seed["test"]

    def validate(module):
        logits = module(test.pixels_at(slice(None)))
        return {
            name: 100 * (told.argmax(1) == test.attributes[:, column]).double().mean().item()
            for column, (name, told) in enumerate(zip(scenes.ATTRIBUTES, logits, strict=True))
        }

    result = train(
        classifier,
        SceneBatches(of_seed["encoders"], order),
        Recipe(128 * steps, learning_rate, warmup_steps=min(20, steps), log_points=20),
        objective=lambda module, batch: module.loss(*batch),
        validation=validate,
    )
    classifier.eval()
    embeddings = {}
    with torch.no_grad():
        for what in ("pairs", "test"):
            features = [
                classifier.encoder(of_seed[what].pixels_at(slice(start, start + 2048)))
                for start in range(0, len(of_seed[what]), 2048)
            ]
            unit = torch.nn.functional.normalize(torch.cat(features), dim=1)
            embeddings[what] = unit.half().numpy()
    return result, embeddings


def of_several(results, seed):
    """What a trial reports of several trainings, by name: means, and each one's metrics."""
    metrics = {
        name: float(np.mean([result["metrics"][name] for result in results.values()]))
        for name in next(iter(results.values()))["metrics"]
    } | {
        f"{name}_{of}": value
        for of, result in results.items()
        for name, value in result["metrics"].items()
        if name.startswith(("accuracy", "validation_digit"))
    }  # fmt: skip
    first = next(iter(results.values()))
    losses = [loss for r in results.values() for loss in r["fingerprint"]["first_losses"]]
    models = " ".join(result["fingerprint"]["model"] for result in results.values())
    return {
        "metrics": metrics,
        "fingerprint": {"model": models, "first_losses": losses},
        "parameters": sum(result["parameters"] for result in results.values()),
        "training_time_s": sum(result["training_time_s"] for result in results.values()),
        "seed": seed,
    } | {name: first[name] for name in ("threads", "device", "dtype")}


def train_encoders(width, kinds, initialisation, pairs, zoo_steps, seed):
    """Encoders of one width, each trained to tell digit, colour, background and tilt of scenes."""
    of_seed = {what: drawn(what, pairs, seed) for what in ("pairs", "encoders", "test")}
    results, arrays = {}, {}
    for kind, channels in kinds:
        seeded(seed, width, channels, initialisation)
        classifier = untrained(kind, channels, width, [3.0, 1.0, 1.0, 1.0])
        name = f"{kind}{channels}"
        results[name], embeddings = fit_encoder(
            classifier, 0.01, zoo_steps, of_seed, 100 * seed + initialisation
        )
        arrays |= {f"{name}_{what}": array for what, array in embeddings.items()}
        if [kind, channels] == list(Zoo.kinds[0]):
            state = classifier.state_dict().values()
            arrays |= {f"state_{i}": tensor.numpy() for i, tensor in enumerate(state)}
    return of_several(results, seed) | {"artifacts": arrays}


def tune_encoders(relation, pairs, zoo_steps, seed):
    """A relative of the first encoder of each width: trained on, with other weights.

    ``near`` keeps the heads, at a third of the rate; ``drifted`` begins with new heads, at the full
    rate. Both take two fifths of the steps.
    """
    kind, channels = Zoo.kinds[0]
    of_seed = {what: drawn(what, pairs, seed) for what in ("pairs", "encoders", "test")}
    results, arrays = {}, {}
    for width in Zoo.widths:
        ancestor = kept(
            train_encoders, width=width, kinds=Zoo.kinds[: Zoo.shared], initialisation=0,
            pairs=pairs, zoo_steps=zoo_steps, seed=seed,
        )  # fmt: skip
        seeded(seed, width, 7)
        classifier = untrained(kind, channels, width, [1.0, 3.0, 1.0, 3.0])
        own = classifier.state_dict()
        state = {name: torch.from_numpy(ancestor[f"state_{i}"]) for i, name in enumerate(own)}
        if relation == "drifted":
            state |= {name: tensor for name, tensor in own.items() if "head" in name}
        classifier.load_state_dict(state)
        rate = {"near": 0.003, "drifted": 0.01}[relation]
        steps = max(1, 2 * zoo_steps // 5)
        results[f"width_{width}"], embeddings = fit_encoder(
            classifier, rate, steps, of_seed, 100 * seed + 5
        )
        arrays |= {f"{what}_{width}": array for what, array in embeddings.items()}
    return of_several(results, seed) | {"artifacts": arrays}


# %%
def texts_of(pairs, seed):
    """Text embeddings of the pairs, and of each task its prompts and the labels of the test."""
    arrays = kept(write_texts, pairs=pairs, seed=seed)
    tasks = {
        classes: [torch.from_numpy(arrays[f"{what}_{classes}"]) for what in ("prompts", "labels")]
        for classes in Zoo.tasks
    }
    return arrays["texts"], tasks


def family_of(width, members, pairs, zoo_steps, seed):
    """Embeddings of the first encoders of a width: of the pairs, by name, and of the test."""
    common = {"width": width, "pairs": pairs, "zoo_steps": zoo_steps, "seed": seed}
    of_pairs, of_test = {}, []
    for kinds in (Zoo.kinds[: Zoo.shared], Zoo.kinds[Zoo.shared :]):
        if len(of_pairs) == members:
            break
        arrays = kept(train_encoders, kinds=kinds, initialisation=0, **common)
        for kind, channels in kinds:
            of_pairs[f"{kind}{channels}-{width}"] = arrays[f"{kind}{channels}_pairs"]
            of_test.append(torch.from_numpy(arrays[f"{kind}{channels}_test"]).float())
    return of_pairs, of_test


def unseen_of(relation, width, pairs, zoo_steps, seed):
    """The embeddings of an encoder that no hypernetwork has seen: of the pairs and of the test."""
    common = {"pairs": pairs, "zoo_steps": zoo_steps, "seed": seed}
    if relation == "far":
        arrays = kept(train_encoders, width=width, kinds=Zoo.kinds[:1], initialisation=1, **common)
        name = "{}{}_".format(*Zoo.kinds[0])
        of_pairs, of_test = arrays[name + "pairs"], arrays[name + "test"]
    else:
        arrays = kept(tune_encoders, relation=relation, **common)
        of_pairs, of_test = arrays[f"pairs_{width}"], arrays[f"test_{width}"]
    return of_pairs, torch.from_numpy(of_test).float()


def zero_shot(connectors, tests, tasks):
    """Percent of test scenes told right by prompts alone, by task: mean over encoders.

    Arguments:
        connectors: for each encoder, what maps texts (C, d_t) to its image space, (C, D).
        tests: for each encoder, the embeddings of the test scenes.
    """
    told = {}
    for classes, (prompts, labels) in tasks.items():
        right = [
            zero_shot_accuracy(connector(prompts), test, labels)
            for connector, test in zip(connectors, tests, strict=True)
        ]
        told[f"accuracy_{classes}"] = 100 * float(np.mean(right))
    return told


def renamed(result):
    """A result whose metrics are called accuracy, not validation_accuracy."""
    metrics = {name.removeprefix("validation_"): v for name, v in result["metrics"].items()}
    return result | {"metrics": metrics}


# %%
def train_separate(
    width, batch_size, steps, learning_rate, warmup_steps, weight_decay, pairs, zoo_steps, seed
):
    """Connectors of the first four encoders of a width, each trained for itself, side by side.

    The loss is the sum of theirs, and Adam treats every weight alone: no connector knows of the
    others but for the order of the pairs, which they share.
    """
    texts, tasks = texts_of(pairs, seed)
    of_pairs, of_test = family_of(width, Zoo.shared, pairs, zoo_steps, seed)
    batches = PairBatches(PairedEmbeddings(texts, of_pairs), [list(of_pairs)], batch_size, seed)
    seeded(seed, width, 3)
    connectors = torch.nn.ModuleList(Connector(Zoo.text_dim, width) for _ in of_pairs)

    def objective(module, batch):
        losses = [
            contrastive_loss(connector(batch[0]), seen)
            for connector, seen in zip(module, batch[1], strict=True)
        ]
        return torch.stack(losses).sum()

    recipe = Recipe(
        batches.seen(steps), learning_rate, warmup_steps=warmup_steps, weight_decay=weight_decay,
        schedule=schedules.linear_warmup_cosine, log_points=20,
    )  # fmt: skip
    result = train(
        connectors, batches, recipe, objective=objective,
        validation=lambda module: zero_shot(module, of_test, tasks),
    )  # fmt: skip
    return renamed(result) | {"seed": seed}


def hypernetwork(num_encoders, condition_dim, decoders="joint", norm=True, init=None):
    """An untrained hypernetwork of the zoo's sizes."""
    return HyperNetwork(
        num_encoders, Zoo.widths, Zoo.text_dim, condition_dim, Zoo.max_image_dim,
        decoders=decoders, norm=norm, init=init,
    )  # fmt: skip


def train_hypernetwork(
    num_encoders, condition_dim, steps, batch_size, learning_rate, schedule, decoders, norm, init,
    pairs, zoo_steps, seed,
):  # fmt: skip
    """One hypernetwork for all; accuracies are means over the twelve encoders that all share."""
    texts, tasks = texts_of(pairs, seed)
    members = num_encoders // len(Zoo.widths)
    of_pairs, tests, families = {}, {}, []
    for width in Zoo.widths:
        of_family, tests[width] = family_of(width, members, pairs, zoo_steps, seed)
        of_pairs |= of_family
        families.append(list(of_family))
    batches = PairBatches(PairedEmbeddings(texts, of_pairs), families, batch_size, seed)
    seeded(seed, num_encoders, 4)
    model = hypernetwork(num_encoders, condition_dim, decoders, norm, init)

    def by_width(module, scale_bias=1.0):
        told = {}
        for width in Zoo.widths:
            connectors = [module.connector(number) for number in module.encoders(width)]
            for connector in connectors:
                connector.affine.bias.data *= scale_bias
            told[width] = zero_shot(connectors[: Zoo.shared], tests[width][: Zoo.shared], tasks)
        return told

    def validate(module):
        told = by_width(module)
        mean = {name: float(np.mean([t[name] for t in told.values()])) for name in told[48]}
        return mean | {f"{n}_width_{w}": v for w, t in told.items() for n, v in t.items()}

    warmup_steps = 500 * steps // 1163 if schedule == "linear_warmup_cosine" else 0
    recipe = Recipe(
        batches.seen(steps), learning_rate, warmup_steps=warmup_steps, weight_decay=0.0,
        schedule=getattr(schedules, schedule), log_points=20,
    )  # fmt: skip
    result = renamed(
        train(
            model, batches, recipe, validation=validate,
            objective=lambda module, batch: contrastive_loss(
                module(batch[0], batch[1].shape[-1]), batch[1]
            ).mean(),
        )
    )  # fmt: skip
    # The original scaled the bias in training, and not in the connectors that it stored.
    unscaled = by_width(model, Zoo.text_dim**-0.5 if norm else 1.0).values()
    result["metrics"] |= {
        f"unscaled_{name}": float(np.mean([told[name] for told in unscaled]))
        for name in map("accuracy_{}".format, Zoo.tasks)
    }
    weights = torch.nn.utils.parameters_to_vector(model.parameters()).detach().numpy()
    return result | {"seed": seed, "artifacts": {"weights": weights}}


# %%
def usual(num_encoders, steps):
    """The configuration of a hypernetwork, as the document's, scaled to the zoo."""
    return {
        "num_encoders": num_encoders, "condition_dim": 16, "steps": steps, "batch_size": 128,
        "learning_rate": 0.01, "schedule": "constant", "decoders": "joint", "norm": True,
        "init": None,
    }  # fmt: skip


def trained(num_encoders, steps, pairs, zoo_steps, seed):
    """A trained hypernetwork, as a trial has kept it."""
    configuration = usual(num_encoders, steps)
    common = {"pairs": pairs, "zoo_steps": zoo_steps, "seed": seed}
    weights = kept(train_hypernetwork, **configuration, **common)["weights"]
    model = hypernetwork(num_encoders, configuration["condition_dim"])
    torch.nn.utils.vector_to_parameters(torch.from_numpy(weights), model.parameters())
    return model


def align(
    relation, start, num_pairs, steps, batch_size, learning_rate, num_encoders, hypernet_steps,
    pairs, zoo_steps, seed,
):  # fmt: skip
    """Auto-decoding: an unseen encoder of each width gets a connector by its condition alone."""
    texts, tasks = texts_of(pairs, seed)
    model = trained(num_encoders, hypernet_steps, pairs, zoo_steps, seed)
    results = {}
    for width in Zoo.widths:
        of_pairs, test = unseen_of(relation, width, pairs, zoo_steps, seed)
        embeddings = PairedEmbeddings(texts, {"unseen": of_pairs})
        batches = PairBatches(
            embeddings, [["unseen"]], min(batch_size, num_pairs), seed, rows=num_pairs
        )
        seeded(seed, width, 5)
        known = {"mean": model.conditions, "family": model.family_conditions(width)}
        condition = (
            known[start].mean(0) if start in known else torch.randn_like(model.conditions[0])
        )
        module = AutoDecoded(model, condition.detach()[None], width)
        with torch.no_grad():
            before = zero_shot(module.connectors(), [test], tasks)
        result = train(
            module, batches,
            Recipe(
                batches.seen(steps), learning_rate, weight_decay=0.0,
                schedule=schedules.constant, log_points=1,
            ),
            objective=lambda module, batch: contrastive_loss(module(batch[0]), batch[1]).mean(),
        )  # fmt: skip
        with torch.no_grad():
            metrics = result["metrics"] | zero_shot(module.connectors(), [test], tasks)
        result["metrics"] = metrics | {f"start_{name}": value for name, value in before.items()}
        results[f"width_{width}"] = result
    return of_several(results, seed)


def align_otherwise(relation, num_pairs, num_encoders, hypernet_steps, pairs, zoo_steps, seed):
    """The same task without auto-decoding: by looking up, and by training a connector.

    Looked up is the connector of the hypernetwork, of those of the width, that has the lowest loss
    on the pairs (on 1024 of them at most). Trained is a connector for itself; of 30, 100 and 300
    steps the best by test accuracy counts: in its favour.
    """
    texts, tasks = texts_of(pairs, seed)
    model = trained(num_encoders, hypernet_steps, pairs, zoo_steps, seed)
    results = {}
    for width in Zoo.widths:
        of_pairs, test = unseen_of(relation, width, pairs, zoo_steps, seed)
        rows = slice(min(num_pairs, 1024))
        shown, seen = (torch.from_numpy(a[rows]).float() for a in (texts, of_pairs))
        with torch.no_grad():
            known = [model.connector(number) for number in model.encoders(width)]
            losses = [contrastive_loss(connector(shown), seen) for connector in known]
            best = int(torch.stack(losses).argmin())
            looked_up = zero_shot(known[best : best + 1], [test], tasks)
        looked_up = {f"look_up_{name}": value for name, value in looked_up.items()}
        embeddings = PairedEmbeddings(texts, {"unseen": of_pairs})
        batches = PairBatches(embeddings, [["unseen"]], min(128, num_pairs), seed, rows=num_pairs)
        candidates = []
        for steps in (30, 100, 300):
            seeded(seed, width, 6)
            connector = Connector(Zoo.text_dim, width)
            result = train(
                connector, batches,
                Recipe(
                    batches.seen(steps), 0.01, weight_decay=0.0,
                    schedule=schedules.linear_warmup_cosine, log_points=1,
                ),
                objective=lambda module, batch: contrastive_loss(module(batch[0]), batch[1][0]),
            )  # fmt: skip
            with torch.no_grad():
                told = zero_shot([connector], [test], tasks)
            result["metrics"] |= told | looked_up
            result["metrics"] |= {"best_steps": steps, "looked_up_first": float(best == 0)}
            candidates.append(result)
        results[f"width_{width}"] = max(
            candidates, key=lambda result: result["metrics"]["accuracy_320"]
        )
    return of_several(results, seed)


def align_as_original(
    optimiser, learning_rate, steps, num_encoders, hypernet_steps, pairs, zoo_steps, seed
):
    """Auto-decoding as the original did it, of the near encoder of the smallest width.

    Batches of 8 in order; the mapped texts keep the length that the original's decoder gives them
    (W and b of length 1 together, then scaled), which is about 0.01, where the loss expects 1.
    """
    texts, tasks = texts_of(pairs, seed)
    width = Zoo.widths[0]
    of_pairs, test = unseen_of("near", width, pairs, zoo_steps, seed)
    model = trained(num_encoders, hypernet_steps, pairs, zoo_steps, seed)
    start = model.conditions.detach().mean(0, keepdim=True)
    module = AutoDecoded(model, start, width)
    kinds = {"adam": torch.optim.Adam, "sgd": torch.optim.SGD}
    update = kinds[optimiser]([module.conditions], lr=learning_rate)
    texts, seen = (torch.from_numpy(a).float() for a in (texts, of_pairs))
    with torch.no_grad():
        before = zero_shot(module.connectors(), [test], tasks)
    for step in range(steps):
        rows = torch.arange(8 * step, 8 * step + 8) % len(texts)
        weights, biases = module.hypernetwork.decode(module.conditions, width)
        raw = torch.cat([weights[0], biases[0, :, None] / Zoo.text_dim**0.5], dim=1)
        scale = 1 / (raw.norm() * (width * Zoo.text_dim) ** 0.5)
        mapped = (texts[rows] @ weights[0].T + biases[0]) * scale
        update.zero_grad()
        contrastive_loss(mapped, seen[rows]).backward()
        update.step()
    with torch.no_grad():
        metrics = zero_shot(module.connectors(), [test], tasks)
        moved = (module.conditions - start).norm() / start.norm()
    metrics |= {f"start_{name}": value for name, value in before.items()}
    return {"metrics": metrics | {"moved": moved.item()}, "parameters": 16, "seed": seed}


# %%
pool = ProcessPoolExecutor(
    workers, multiprocessing.get_context("spawn"), torch.set_num_threads, (1,)
)
DIGITS = images.digest("digits")
SMOKE = profile == "smoke"
SCALE = {"pairs": 512, "zoo_steps": 2} if SMOKE else {"pairs": 16384, "zoo_steps": 200}
ALL = SCALE["pairs"]


def here(point):
    """Whether the profile trains a point of a grid; the others are found where published."""
    few = point["seed"] == 0 and point.get("num_encoders", 12) == 12
    return profile == "full" or few


def over_all(function, grid):
    """A grid for each seed, all of the same scale."""
    taken = inspect.signature(function).parameters
    scale = {name: value for name, value in SCALE.items() if name in taken}
    own_seeds = seeds[:1] if SMOKE else seeds
    return [point | scale | {"seed": seed} for seed in own_seeds for point in grid]


def measured(function, grid):
    """The table of a grid: what belongs to the profile is trained, the rest is looked for."""
    grid = over_all(function, grid)
    trials.run(function, [p for p in grid if here(p)], executor=pool, data_digest=DIGITS)
    return trials.find(function, grid, data_digest=DIGITS)


def with_arrays(function, grid):
    """As ``measured``, with arrays on this machine that today's code has made.

    Published records come without their arrays; what lacks them is trained again.
    """
    grid = over_all(function, grid)
    own = [point for point in grid if here(point)]
    asked = {"missing": "stale"}.get(os.environ.get("LABBOOK_REFRESH", "missing"))
    found = trials.run(function, own, executor=pool, data_digest=DIGITS, refresh=asked)
    folder = Layout(find_root()).local_records("hypernetwork_eval")
    lacking = [
        point
        for point, key in zip(own, found.key, strict=True)
        if not (folder / f"{key}.npz").exists()
    ]
    trials.run(function, lacking, executor=pool, data_digest=DIGITS, refresh="all")
    return trials.find(function, grid, data_digest=DIGITS)


# %%
texts = with_arrays(write_texts, [{}])
first_four, others = [list(map(list, kinds)) for kinds in (Zoo.kinds[:4], Zoo.kinds[4:])]
grid = trials.grid(width=list(Zoo.widths), kinds=[first_four], initialisation=0)
grid += trials.grid(width=list(Zoo.widths), kinds=[first_four[:1]], initialisation=1)
known = with_arrays(train_encoders, grid)
relatives = with_arrays(tune_encoders, trials.grid(relation=["near", "drifted"]))

# %%
STEPS = [2, 3, 4] if SMOKE else [128, 300, 600]
by_steps = with_arrays(train_hypernetwork, [usual(12, steps) for steps in STEPS])
USUAL = usual(12, STEPS[1])
ABLATIONS = {
    "norm off": {"norm": False}, "cosine": {"schedule": "linear_warmup_cosine"},
    "init 10": {"init": 10.0}, "two decoders": {"decoders": "separate"},
}  # fmt: skip
ablations = measured(
    train_hypernetwork, [USUAL, *(USUAL | change for change in ABLATIONS.values())]
)


# %%
def recipe(batch_size, steps, learning_rate, warmup_steps=0, weight_decay=0.0):
    """One recipe of separate training, for each width."""
    steps = 3 if SMOKE else steps
    return trials.grid(
        width=list(Zoo.widths), batch_size=min(batch_size, ALL), steps=steps,
        learning_rate=learning_rate, warmup_steps=warmup_steps, weight_decay=weight_decay,
    )  # fmt: skip


SMALL = [(128, 100, 0.001), (128, 100, 0.01), (64, 100, 0.01), (128, 300, 0.01)]
small = measured(train_separate, [point for own in SMALL for point in recipe(*own)])

# %%
AUTO = {"num_encoders": 12, "hypernet_steps": STEPS[1]}
FAST, SLOW = (1, 2) if SMOKE else (10, 100)
FEW = [32, 100] if SMOKE else [32, 100, 1000, ALL]
grid = trials.grid(
    **AUTO, relation=list(Zoo.unseen), start="mean", num_pairs=ALL, steps=[FAST, SLOW],
    batch_size=64, learning_rate=0.03,
)  # fmt: skip
grid += trials.grid(
    **AUTO, relation="near", start=["random", "family"], num_pairs=ALL, steps=[FAST, SLOW],
    batch_size=64, learning_rate=0.03,
)  # fmt: skip
grid += trials.grid(
    **AUTO, relation=["near", "drifted"], start="mean", num_pairs=FEW[:-1], steps=SLOW,
    batch_size=64, learning_rate=0.03,
)  # fmt: skip
aligned = measured(align, grid)
otherwise = measured(
    align_otherwise,
    trials.grid(**AUTO, relation=["near", "drifted"], num_pairs=FEW)
    + trials.grid(**AUTO, relation="far", num_pairs=[ALL]),
)

# %%
big = measured(train_separate, recipe(1024, 370, 0.001, 50, 0.1))

# %%
original = measured(
    align_as_original,
    [
        AUTO | {"optimiser": optimiser, "learning_rate": rate, "steps": 5 if SMOKE else steps}
        for optimiser, rate, steps in (("adam", 0.0001, 10_000), ("sgd", 0.00001, 3_000))
    ],
)

# %%
thirty = [[usual(30, STEPS[1])], trials.grid(
    relation=list(Zoo.unseen), start="mean", num_pairs=ALL, steps=SLOW, batch_size=64,
    learning_rate=0.03, num_encoders=30, hypernet_steps=STEPS[1],
)]  # fmt: skip
grid = trials.grid(width=list(Zoo.widths), kinds=[others], initialisation=0)
if profile == "full":
    more = with_arrays(train_encoders, grid)
    thirty_table = with_arrays(train_hypernetwork, thirty[0])
else:
    more = trials.find(train_encoders, over_all(train_encoders, grid), data_digest=DIGITS)
    thirty_table = measured(train_hypernetwork, thirty[0])
thirty_aligned = measured(align, thirty[1])
