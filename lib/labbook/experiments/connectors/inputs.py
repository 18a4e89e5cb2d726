"""What a training of connectors starts from: embeddings of texts and of images, and the tasks."""

import numpy as np
import torch

from labbook.data.embeddings.paired import zero_shot_accuracy
from labbook.experiments.connectors.arrays import kept
from labbook.experiments.connectors.encoders import train_encoders, tune_encoders
from labbook.experiments.connectors.zoo import Zoo, drawn


def write_texts(pairs, seed, zoo="digits", text="tfidf"):
    """Trial: captions of the pairs and prompts of the tasks as vectors; labels of the test.

    Arguments:
        pairs, seed, zoo: the pictures, see ``drawn``.
        text: ``tfidf`` or ``minilm``, which makes the vectors; fitted to the captions.

    Returns:
        The trial's result: how many captions differ; arrays ``texts`` (M, d_t) float16 and, for
        each task of C classes, ``prompts_<C>`` (C, d_t) float32 and ``labels_<C>`` (N,).
    """
    wording = Zoo.wordings[zoo]
    written = wording.captions(drawn("pairs", pairs, seed, zoo).attributes, seed)
    encoder = Zoo.text_encoders[text](written, Zoo.text_dim)
    attributes = drawn("test", pairs, seed, zoo).attributes
    arrays = {"texts": encoder(written).astype(np.float16)}
    for classes in wording.tasks:
        arrays[f"prompts_{classes}"] = encoder(wording.prompts(classes))
        arrays[f"labels_{classes}"] = wording.labels(attributes, classes).numpy()
    return {"metrics": {"different_captions": len(set(written))}, "artifacts": arrays}


def texts_of(pairs, seed, zoo, text):
    """What ``write_texts`` has kept: texts (M, d_t), and by task prompts (C, d_t), labels (N,)."""
    arrays = kept(write_texts, pairs=pairs, seed=seed, zoo=zoo, text=text)
    tasks = {
        classes: [torch.from_numpy(arrays[f"{what}_{classes}"]) for what in ("prompts", "labels")]
        for classes in Zoo.wordings[zoo].tasks
    }
    return arrays["texts"], tasks


def family_of(width, members, pairs, zoo_steps, seed, zoo):
    """The embeddings by the first encoders of a width.

    Arguments:
        width: D.
        members: how many encoders, 4 or 10.
        pairs, zoo_steps, seed, zoo: as of ``train_encoders``.

    Returns:
        Those of the pairs, (M, D) float16, by name of the encoder; a list of those of the test
        pictures, (N, D) float32.
    """
    common = {"width": width, "pairs": pairs, "zoo_steps": zoo_steps, "seed": seed, "zoo": zoo}
    of_pairs, of_test = {}, []
    for kinds in (Zoo.kinds[: Zoo.shared], Zoo.kinds[Zoo.shared :]):
        if len(of_pairs) == members:
            break
        arrays = kept(train_encoders, kinds=kinds, initialisation=0, **common)
        for kind, channels in kinds:
            of_pairs[f"{kind}{channels}-{width}"] = arrays[f"{kind}{channels}_pairs"]
            of_test.append(torch.from_numpy(arrays[f"{kind}{channels}_test"]).float())
    return of_pairs, of_test


def unseen_of(relation, width, pairs, zoo_steps, seed, zoo):
    """The embeddings by an encoder that no hypernetwork has seen.

    Arguments:
        relation: ``near``, ``drifted`` or ``far``.
        width, pairs, zoo_steps, seed, zoo: as of ``family_of``.

    Returns:
        Of the pairs (M, D) float16, and of the test pictures (N, D) float32.
    """
    common = {"pairs": pairs, "zoo_steps": zoo_steps, "seed": seed, "zoo": zoo}
    if relation == "far":
        arrays = kept(train_encoders, width=width, kinds=Zoo.kinds[:1], initialisation=1, **common)
        name = "{}{}_".format(*Zoo.kinds[0])
        of_pairs, of_test = arrays[name + "pairs"], arrays[name + "test"]
    else:
        arrays = kept(tune_encoders, relation=relation, **common)
        of_pairs, of_test = arrays[f"pairs_{width}"], arrays[f"test_{width}"]
    return of_pairs, torch.from_numpy(of_test).float()


def zero_shot(connectors, tests, tasks):
    """Zero-shot accuracy: percent of test pictures whose nearest prompt is the right one.

    Arguments:
        connectors: for each encoder, what maps texts (C, d_t) to its image space, (C, D).
        tests: for each encoder, the embeddings of the test pictures, (N, D).
        tasks: by number of classes C, prompts (C, d_t) and labels (N,).

    Returns:
        ``accuracy_<C>``, the mean over the encoders, for each task.
    """
    accuracies = {}
    for classes, (prompts, labels) in tasks.items():
        right = [
            zero_shot_accuracy(connector(prompts), test, labels)
            for connector, test in zip(connectors, tests, strict=True)
        ]
        accuracies[f"accuracy_{classes}"] = 100 * float(np.mean(right))
    return accuracies
