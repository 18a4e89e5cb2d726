"""Trials that train the image encoders of the zoo, and the relatives that no hypernetwork sees.

Encoders learn to tell the attributes of pictures, on pictures of their own. Three more to a width
are never shown to a hypernetwork:

- *near*: the first of the width, trained on for a while with other weights of the attributes;
- *drifted*: the same with new heads and a higher rate, so that its coordinates turn away;
- *far*: the same kind of network from a new initialisation.

The trials keep the embeddings of the pictures: (M, D) float16 of length 1, for M pictures and the
width D of the encoder.
"""

import numpy as np
import torch

from labbook.data.order import generator
from labbook.experiments.connectors.arrays import kept
from labbook.experiments.connectors.zoo import Zoo, drawn, seeded
from labbook.models.hypernet.encoders import AttributeClassifier, ImageEncoder
from labbook.training.loop import Recipe, train


class SceneBatches:
    """Batches of 128 pictures (128, 3, H, W) with attributes (128, A), drawn by (seed, step)."""

    def __init__(self, drawn_scenes, seed):
        self.scenes, self.seed = drawn_scenes, seed

    def __len__(self):
        return 100

    def seen(self, steps):
        return 128 * steps

    def batch(self, step):
        rows = torch.randint(len(self.scenes), (128,), generator=generator(self.seed, step, 19))
        return self.scenes.pixels_at(rows), self.scenes.attributes[rows]


def untrained(kind, channels, width, weights, zoo):
    """An encoder with its heads, untrained.

    Arguments:
        kind, channels: one of ``Zoo.kinds``.
        width: D, of the embedding.
        weights: what each attribute counts in the loss; what lies beyond the zoo's attributes is
            unused.
        zoo: ``digits`` or ``photographs``.

    Returns:
        :class:`labbook.models.hypernet.encoders.AttributeClassifier`.
    """
    choices = list(Zoo.wordings[zoo].attributes.values())
    encoder = ImageEncoder(kind, channels, width, 32 if zoo == "photographs" else 16)
    return AttributeClassifier(encoder, choices, weights[: len(choices)])


def fit_encoder(classifier, learning_rate, steps, of_seed, order, zoo):
    """Train an encoder on attributes; then embed the pairs and the test pictures.

    Arguments:
        classifier: as ``untrained`` gives it; trained in place.
        learning_rate: the highest one; a warm-up of 20 steps, then a cosine.
        steps: of 128 pictures.
        of_seed: the pictures ``pairs``, ``encoders`` and ``test`` of a seed, see ``drawn``.
        order: seed of the batches.
        zoo: ``digits`` or ``photographs``.

    Returns:
        What :func:`labbook.training.loop.train` returns, with the percentage of test pictures whose
        attribute is told right as ``validation_<attribute>``; and the embeddings of ``pairs`` and
        ``test``, (M, D) float16 of length 1.
    """
    test, attributes = of_seed["test"], Zoo.wordings[zoo].attributes

    def validate(module):
        logits = module(test.pixels_at(slice(None)))
        return {
            name: 100 * (scores.argmax(1) == test.attributes[:, column]).double().mean().item()
            for column, (name, scores) in enumerate(zip(attributes, logits, strict=True))
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
    """What a trial reports of several trainings: means, and some metrics of each.

    Arguments:
        results: what :func:`labbook.training.loop.train` returned, by name of the training.
        seed: of the trial.

    Returns:
        The result of the trial: ``metrics`` (means; accuracies of each training as
        ``<metric>_<name>``), ``fingerprint``, ``parameters`` and ``training_time_s`` (sums),
        ``seed``, ``threads``, ``device``, ``dtype``.
    """
    metrics = {
        name: float(np.mean([result["metrics"][name] for result in results.values()]))
        for name in next(iter(results.values()))["metrics"]
    } | {
        f"{name}_{of}": value
        for of, result in results.items()
        for name, value in result["metrics"].items()
        if name.startswith(("accuracy", "validation_digit", "validation_object"))
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


def train_encoders(width, kinds, initialisation, pairs, zoo_steps, seed, zoo="digits"):
    """Trial: encoders of one width, each trained to tell the attributes of pictures.

    Arguments:
        width: D, of the embeddings.
        kinds: a list of ``[kind, channels]``.
        initialisation: 0 for the zoo; 1 for the *far* encoders.
        pairs: pictures that connectors train on; as many others train the encoders.
        zoo_steps: of 128 pictures each.
        seed: of pictures, initialisation and order. Kinds with equal channels begin with the same
            random numbers, and all see the same batches.
        zoo: ``digits`` or ``photographs``.

    Returns:
        The trial's result: percent right by attribute, on the test; and as arrays
        ``<kind><channels>_pairs`` and ``_test``, (M, D), and the weights of the first kind as
        ``state_<i>``.
    """
    of_seed = {what: drawn(what, pairs, seed, zoo) for what in ("pairs", "encoders", "test")}
    results, arrays = {}, {}
    for kind, channels in kinds:
        seeded(seed, width, channels, initialisation)
        classifier = untrained(kind, channels, width, [3.0, 1.0, 1.0, 1.0], zoo)
        name = f"{kind}{channels}"
        results[name], embeddings = fit_encoder(
            classifier, 0.01, zoo_steps, of_seed, 100 * seed + initialisation, zoo
        )
        arrays |= {f"{name}_{what}": array for what, array in embeddings.items()}
        if [kind, channels] == list(Zoo.kinds[0]):
            state = classifier.state_dict().values()
            arrays |= {f"state_{i}": tensor.numpy() for i, tensor in enumerate(state)}
    return of_several(results, seed) | {"artifacts": arrays}


def tune_encoders(relation, pairs, zoo_steps, seed, zoo="digits"):
    """Trial: a relative of the first encoder of each width, trained on with other weights.

    Arguments:
        relation: ``near`` keeps the heads, at a third of the rate; ``drifted`` begins with new
            heads, at the full rate. Both take two fifths of the steps.
        pairs, zoo_steps, seed, zoo: as of ``train_encoders``, whose arrays must be there.

    Returns:
        The trial's result: percent right by attribute; arrays ``pairs_<width>``, ``test_<width>``.

    Raises:
        ValueError: a relation that is neither.
    """
    rates = {"near": 0.003, "drifted": 0.01}
    if relation not in rates:
        raise ValueError(f"relation must be one of {', '.join(rates)}, got {relation!r}.")
    kind, channels = Zoo.kinds[0]
    of_seed = {what: drawn(what, pairs, seed, zoo) for what in ("pairs", "encoders", "test")}
    results, arrays = {}, {}
    for width in Zoo.widths:
        ancestor = kept(
            train_encoders, width=width, kinds=Zoo.kinds[: Zoo.shared], initialisation=0,
            pairs=pairs, zoo_steps=zoo_steps, seed=seed, zoo=zoo,
        )  # fmt: skip
        seeded(seed, width, 7)
        classifier = untrained(kind, channels, width, [1.0, 3.0, 1.0, 3.0], zoo)
        own = classifier.state_dict()
        state = {name: torch.from_numpy(ancestor[f"state_{i}"]) for i, name in enumerate(own)}
        if relation == "drifted":
            state |= {name: tensor for name, tensor in own.items() if "head" in name}
        classifier.load_state_dict(state)
        steps = max(1, 2 * zoo_steps // 5)
        results[f"width_{width}"], embeddings = fit_encoder(
            classifier, rates[relation], steps, of_seed, 100 * seed + 5, zoo
        )
        arrays |= {f"{what}_{width}": array for what, array in embeddings.items()}
    return of_several(results, seed) | {"artifacts": arrays}
