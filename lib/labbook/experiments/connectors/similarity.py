"""A trial that asks what a hypernetwork has learned: which of its encoders it takes for alike."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cosine_similarity

from labbook.experiments.connectors.inputs import family_of, texts_of
from labbook.experiments.connectors.training import trained
from labbook.experiments.connectors.zoo import Zoo

TEST_PICTURES = 1000


def similarities(
    num_encoders: int,
    hypernet_steps: int,
    pairs: int,
    zoo_steps: int,
    seed: int,
    zoo: str = "digits",
    text: str = "tfidf",
) -> dict:
    """Trial: how alike the twelve encoders are, their conditions, and their connectors.

    Connectors are compared by the CKA of the prompts of the hardest task, as both map them;
    conditions by their cosine; the encoders themselves by the CKA of test pictures.

    Arguments:
        num_encoders, hypernet_steps: of the hypernetwork, whose arrays must be there.
        pairs, zoo_steps, seed, zoo, text: as of ``train_hypernetwork``.

    Returns:
        The trial's result: arrays ``connectors``, ``conditions`` and ``encoders``, (12, 12), in the
        order of the widths and of ``Zoo.kinds``; and the correlations of their entries off the
        diagonal, as ``<one>_<other>``.
    """
    of_zoo = {"pairs": pairs, "zoo_steps": zoo_steps, "seed": seed, "zoo": zoo}
    model = trained(num_encoders, hypernet_steps, **of_zoo, text=text)
    tasks = texts_of(pairs, seed, zoo, text)[1]
    prompts = tasks[max(tasks)][0]
    shared = [number for w in Zoo.widths for number in list(model.encoders(w))[: Zoo.shared]]
    with torch.no_grad():
        mapped = [model.connector(number)(prompts) for number in shared]
        conditions = [model.conditions[number] for number in shared]
        tests = [
            test[:TEST_PICTURES]
            for width in Zoo.widths
            for test in family_of(width, Zoo.shared, **of_zoo)[1]
        ]
        alike = {
            "connectors": _each_with_each(mapped, linear_cka),
            "conditions": _each_with_each(conditions, _cosine),
            "encoders": _each_with_each(tests, linear_cka),
        }
    off = ~np.eye(len(shared), dtype=bool)
    metrics = {
        f"{one}_{other}": float(np.corrcoef(alike[one][off], alike[other][off])[0, 1])
        for one, other in (
            ("connectors", "conditions"),
            ("connectors", "encoders"),
            ("conditions", "encoders"),
        )
    }
    return {"metrics": metrics, "artifacts": alike, "seed": seed}


def linear_cka(one: Tensor, other: Tensor) -> float:
    r"""Linear CKA of two sets of features of the same examples, from 0 to 1.

    .. math:: \frac{\lVert X^T Y \rVert_F^2}{\lVert X^T X \rVert_F \, \lVert Y^T Y \rVert_F}

    with the columns of X and Y centred. Unrelated features do not come to 0 but to about
    :math:`\sqrt{D D'} / (M + \sqrt{D D'})`: 0.13 for 320 examples of 48 numbers, 0.29 of 128.
    Source: Kornblith et al. 2019, Similarity of Neural Network Representations Revisited.

    Arguments:
        one, other: X (M, D) and Y (M, D'), of M examples.
    """
    one, other = (features - features.mean(0) for features in (one, other))
    cross = (one.T @ other).square().sum()
    return (cross / ((one.T @ one).norm() * (other.T @ other).norm())).item()


def _cosine(one: Tensor, other: Tensor) -> float:
    return cosine_similarity(one, other, dim=0).item()


def _each_with_each(
    items: Sequence[Tensor], measure: Callable[[Tensor, Tensor], float]
) -> np.ndarray:
    """A measure of all pairs of n items, (n, n)."""
    return np.array([[measure(one, other) for other in items] for one in items])
