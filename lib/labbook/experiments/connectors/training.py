"""Trials that train the connectors of known encoders: one by one, or by one hypernetwork."""

import numpy as np
import torch

from labbook.data.embeddings.paired import PairBatches, PairedEmbeddings
from labbook.experiments.connectors.arrays import kept
from labbook.experiments.connectors.inputs import family_of, texts_of, zero_shot
from labbook.experiments.connectors.zoo import Zoo, seeded
from labbook.models.hypernet import Connector, HyperNetwork, contrastive_loss
from labbook.training import schedules
from labbook.training.loop import Recipe, train


def renamed(result):
    """The result of a training, its metrics called ``accuracy``, not ``validation_accuracy``."""
    metrics = {name.removeprefix("validation_"): v for name, v in result["metrics"].items()}
    return result | {"metrics": metrics}


def train_separate(
    width, batch_size, steps, learning_rate, warmup_steps, weight_decay, pairs, zoo_steps, seed,
    zoo="digits", text="tfidf", schedule="linear_warmup_cosine",
):  # fmt: skip
    """Trial: connectors of the first four encoders of a width, each trained for itself.

    They train side by side: the loss is the sum of theirs, and Adam treats every weight alone, so
    no connector knows of the others but for the order of the pairs, which they share.

    Arguments:
        width: D, of the encoders.
        batch_size, steps: pairs in a step, steps.
        learning_rate: the highest one.
        warmup_steps: of the schedule.
        weight_decay: of AdamW.
        pairs, zoo_steps, seed, zoo, text: of the zoo and of the texts, whose arrays must be there.
        schedule: ``constant`` or ``linear_warmup_cosine``, see :mod:`labbook.training.schedules`.

    Returns:
        The trial's result: ``accuracy_<C>`` in percent, the mean over the four, by task; its
        history after each epoch.
    """
    texts, tasks = texts_of(pairs, seed, zoo, text)
    of_pairs, of_test = family_of(width, Zoo.shared, pairs, zoo_steps, seed, zoo)
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
        schedule=schedules.named(schedule), log_points=20,
    )  # fmt: skip
    result = train(
        connectors, batches, recipe, objective=objective,
        validation=lambda module: zero_shot(module, of_test, tasks),
    )  # fmt: skip
    return renamed(result) | {"seed": seed}


def hypernetwork(num_encoders, condition_dim, decoders="joint", norm=True, init=None):
    """An untrained hypernetwork of the zoo's sizes.

    Arguments:
        num_encoders, condition_dim, decoders, norm, init: see
            :class:`labbook.models.hypernet.HyperNetwork`.
    """
    return HyperNetwork(
        num_encoders, Zoo.widths, Zoo.text_dim, condition_dim, Zoo.max_image_dim,
        decoders=decoders, norm=norm, init=init,
    )  # fmt: skip


def train_hypernetwork(
    num_encoders, condition_dim, steps, batch_size, learning_rate, schedule, decoders, norm, init,
    pairs, zoo_steps, seed, zoo="digits", text="tfidf",
):  # fmt: skip
    """Trial: one hypernetwork for the connectors of all encoders of the zoo.

    Arguments:
        num_encoders: 12 or 30.
        condition_dim, decoders, norm, init: see :class:`labbook.models.hypernet.HyperNetwork`.
        steps, batch_size: steps; pairs in a step, which serves all encoders of one width.
        learning_rate: the highest one.
        schedule: ``constant``, or ``linear_warmup_cosine`` with the document's share of warm-up,
            500 of 1,163 steps.
        pairs, zoo_steps, seed, zoo, text: of the zoo and of the texts, whose arrays must be there.

    Returns:
        The trial's result: ``accuracy_<C>`` in percent by task, the mean over the twelve encoders
        that all zoos share, and ``accuracy_<C>_width_<D>``; ``unscaled_accuracy_<C>``, of
        connectors stored without the scaling of the bias; the array ``weights``.
    """
    texts, tasks = texts_of(pairs, seed, zoo, text)
    members = num_encoders // len(Zoo.widths)
    of_pairs, tests, families = {}, {}, []
    for width in Zoo.widths:
        of_family, tests[width] = family_of(width, members, pairs, zoo_steps, seed, zoo)
        of_pairs |= of_family
        families.append(list(of_family))
    batches = PairBatches(PairedEmbeddings(texts, of_pairs), families, batch_size, seed)
    seeded(seed, num_encoders, 4)
    model = hypernetwork(num_encoders, condition_dim, decoders, norm, init)

    def by_width(module, scale_bias=1.0):
        scores = {}
        for width in Zoo.widths:
            connectors = [module.connector(number) for number in module.encoders(width)]
            for connector in connectors:
                connector.affine.bias.data *= scale_bias
            scores[width] = zero_shot(connectors[: Zoo.shared], tests[width][: Zoo.shared], tasks)
        return scores

    def validate(module):
        scores = by_width(module)
        mean = {name: float(np.mean([t[name] for t in scores.values()])) for name in scores[48]}
        return mean | {f"{n}_width_{w}": v for w, t in scores.items() for n, v in t.items()}

    warmup_steps = 500 * steps // 1163 if schedule == "linear_warmup_cosine" else 0
    recipe = Recipe(
        batches.seen(steps), learning_rate, warmup_steps=warmup_steps, weight_decay=0.0,
        schedule=schedules.named(schedule), log_points=20,
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
        f"unscaled_{name}": float(np.mean([scores[name] for scores in unscaled]))
        for name in map("accuracy_{}".format, tasks)
    }
    weights = torch.nn.utils.parameters_to_vector(model.parameters()).detach().numpy()
    return result | {"seed": seed, "artifacts": {"weights": weights}}


def usual(num_encoders, steps):
    """The configuration of a hypernetwork at a constant rate.

    Conditions have 16 numbers (32 in the document), batches 128 pairs (512); widths of texts and
    images are an eighth of the document's, see :class:`.zoo.Zoo`.
    """
    return {
        "num_encoders": num_encoders, "condition_dim": 16, "steps": steps, "batch_size": 128,
        "learning_rate": 0.01, "schedule": "constant", "decoders": "joint", "norm": True,
        "init": None,
    }  # fmt: skip


def trained(num_encoders, steps, pairs, zoo_steps, seed, zoo, text):
    """The hypernetwork that ``train_hypernetwork`` has kept, of the configuration ``usual``."""
    configuration = usual(num_encoders, steps)
    common = {"pairs": pairs, "zoo_steps": zoo_steps, "seed": seed, "zoo": zoo, "text": text}
    weights = kept(train_hypernetwork, **configuration, **common)["weights"]
    model = hypernetwork(num_encoders, configuration["condition_dim"])
    torch.nn.utils.vector_to_parameters(torch.from_numpy(weights), model.parameters())
    return model
