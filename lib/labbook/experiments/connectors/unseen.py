"""Trials that connect an encoder that no hypernetwork has seen.

In three ways: by auto-decoding a condition for it, by looking up which connector of the zoo fits
its pairs best, by training a connector of its own.
"""

import torch

from labbook.data.embeddings.paired import PairBatches, PairedEmbeddings
from labbook.experiments.connectors.encoders import of_several
from labbook.experiments.connectors.inputs import texts_of, unseen_of, zero_shot
from labbook.experiments.connectors.training import trained
from labbook.experiments.connectors.zoo import Zoo, seeded
from labbook.models.hypernet import AutoDecoded, Connector, contrastive_loss
from labbook.training import schedules
from labbook.training.loop import Recipe, train

STARTS = "mean", "family", "random"


def align(
    relation, start, num_pairs, steps, batch_size, learning_rate, num_encoders, hypernet_steps,
    pairs, zoo_steps, seed, zoo="digits", text="tfidf",
):  # fmt: skip
    """Trial: auto-decoding; an unseen encoder of each width gets a connector by its condition.

    Arguments:
        relation: of the encoder, ``near``, ``drifted`` or ``far``.
        start: of the condition: the ``mean`` of all known ones, the mean of its ``family`` (those
            of its width), or ``random``, from a standard normal distribution.
        num_pairs: how many pairs of the encoder are used.
        steps, batch_size, learning_rate: of Adam at a constant rate.
        num_encoders, hypernet_steps: of the hypernetwork, whose arrays must be there.
        pairs, zoo_steps, seed, zoo, text: as of ``train_hypernetwork``.

    Returns:
        The trial's result: ``accuracy_<C>`` in percent by task, the mean over the widths;
        ``start_accuracy_<C>`` before any step.

    Raises:
        ValueError: a start that is none of the three.
    """
    if start not in STARTS:
        raise ValueError(f"start must be one of {', '.join(STARTS)}, got {start!r}.")
    texts, tasks = texts_of(pairs, seed, zoo, text)
    model = trained(num_encoders, hypernet_steps, pairs, zoo_steps, seed, zoo, text)
    results = {}
    for width in Zoo.widths:
        of_pairs, test = unseen_of(relation, width, pairs, zoo_steps, seed, zoo)
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


def align_otherwise(
    relation, num_pairs, lengths, num_encoders, hypernet_steps, pairs, zoo_steps, seed,
    zoo="digits", text="tfidf",
):  # fmt: skip
    """Trial: the same task without auto-decoding, by looking up and by training a connector.

    Looked up is the connector of the hypernetwork, of those of the width, that has the lowest loss
    on the pairs (on 1024 of them at most). Trained is a connector for itself, by Adam at a rate of
    0.01 that falls to zero by a cosine; of several lengths the best by test accuracy counts: in its
    favour.

    Arguments:
        lengths: of the training, in steps.
        relation, num_pairs, num_encoders, hypernet_steps, pairs, zoo_steps, seed, zoo, text: as of
            ``align``.

    Returns:
        The trial's result: ``accuracy_<C>`` of the trained connector and ``look_up_accuracy_<C>``,
        in percent by task, means over the widths; ``best_steps``; ``looked_up_first``, the share of
        widths where the look-up found the first encoder, which is the ancestor of the relatives.
    """
    texts, tasks = texts_of(pairs, seed, zoo, text)
    model = trained(num_encoders, hypernet_steps, pairs, zoo_steps, seed, zoo, text)
    results = {}
    for width in Zoo.widths:
        of_pairs, test = unseen_of(relation, width, pairs, zoo_steps, seed, zoo)
        rows = slice(min(num_pairs, 1024))
        text_rows, image_rows = (torch.from_numpy(a[rows]).float() for a in (texts, of_pairs))
        with torch.no_grad():
            known = [model.connector(number) for number in model.encoders(width)]
            losses = [contrastive_loss(connector(text_rows), image_rows) for connector in known]
            best = int(torch.stack(losses).argmin())
            looked_up = zero_shot(known[best : best + 1], [test], tasks)
        looked_up = {f"look_up_{name}": value for name, value in looked_up.items()}
        embeddings = PairedEmbeddings(texts, {"unseen": of_pairs})
        batches = PairBatches(embeddings, [["unseen"]], min(128, num_pairs), seed, rows=num_pairs)
        candidates = []
        for steps in lengths:
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
                accuracies = zero_shot([connector], [test], tasks)
            result["metrics"] |= accuracies | looked_up
            result["metrics"] |= {"best_steps": steps, "looked_up_first": float(best == 0)}
            candidates.append(result)
        hardest = f"accuracy_{max(tasks)}"
        results[f"width_{width}"] = max(
            candidates, key=lambda result, name=hardest: result["metrics"][name]
        )
    return of_several(results, seed)


def align_as_original(
    optimiser, learning_rate, steps, num_encoders, hypernet_steps, pairs, zoo_steps, seed,
    zoo="digits", text="tfidf",
):  # fmt: skip
    """Trial: auto-decoding as the original did it, of the near encoder of the smallest width.

    Batches of 8 in order; the mapped texts keep the length that the original's decoder gives them
    (W and b of length 1 together, then scaled), which is far below the 1 that the loss expects.

    Arguments:
        optimiser: ``adam`` or ``sgd``.
        learning_rate, steps: of it.
        num_encoders, hypernet_steps, pairs, zoo_steps, seed, zoo, text: as of ``align``.

    Returns:
        The trial's result: ``accuracy_<C>`` and ``start_accuracy_<C>`` in percent by task;
        ``moved``, how far the condition went, as a share of its length.
    """
    texts, tasks = texts_of(pairs, seed, zoo, text)
    width = Zoo.widths[0]
    of_pairs, test = unseen_of("near", width, pairs, zoo_steps, seed, zoo)
    model = trained(num_encoders, hypernet_steps, pairs, zoo_steps, seed, zoo, text)
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
