r"""Which way is up: axes of the images against the axes that escnn assumes.

An image is stored as (x, y, z), each growing along its axis, and labels are directions in that
frame. escnn takes the axes of a five-dimensional tensor for (-Z, -Y, X): a data direction (x, y, z)
is its (z, -y, -x). That map M has determinant -1. A network that is equivariant to rotations in
escnn's frame is so in the data frame, too, since M R M⁻¹ is a rotation if R is one. But a *function
on the sphere* that such a network predicts lives in escnn's frame: to read it at the six candidate
directions it must be sampled at M d, not at d. No rotation makes up for the difference.
"""

from collections import Counter
from functools import cache

import numpy as np
from scipy.spatial.transform import Rotation

# Candidates of the neighbor-location task, in the order of their labels, in the frame of the data.
LABEL_DIRECTIONS = np.array(
    [(0, -1, 0), (0, 1, 0), (-1, 0, 0), (1, 0, 0), (0, 0, 1), (0, 0, -1)], dtype=int
)
DATA_TO_ESCNN = np.array([(0, 0, 1), (0, -1, 0), (-1, 0, 0)], dtype=int)


@cache
def cube_rotations() -> np.ndarray:
    """The 24 rotations (24, 3, 3) that map a cube onto itself, exactly."""
    return np.round(Rotation.create_group("O").as_matrix())


def sampling_directions(axes: str) -> np.ndarray:
    """Where a sphere field of escnn is sampled for the six logits, in escnn's frame: (6, 3).

    Arguments:
        axes: "data" samples at M d for each candidate d, which is right for images stored as
            (x, y, z); "escnn" samples at d itself, as the first networks of this kind did.

    Raises:
        ValueError: other axes.
    """
    if axes == "data":
        return LABEL_DIRECTIONS @ DATA_TO_ESCNN.T
    if axes == "escnn":
        return LABEL_DIRECTIONS
    raise ValueError(f'axes must be "data" or "escnn", got {axes!r}.')


def best_possible(axes: str) -> tuple[float, float]:
    r"""Accuracy and cross-entropy that no equivariant head can beat, on poses without preference.

    An equivariant network sees the 24 rotated copies of an example as one: its six logits are those
    of the first copy, permuted. Where the label of a copy, carried back to the first, is always
    the same, all can be answered; where it varies, the best answer is the most frequent one and the
    best loss is the entropy of their distribution,

    .. math:: H = -\sum_i p_i \ln p_i, \qquad
              p = \text{distribution of } g^{-1} S^{-1} M g\, d \text{ over the rotations } g,

    with d the true direction in escnn's frame and S the map from a candidate to where its logit is
    sampled, M for "data" and 1 for "escnn".

    Returns:
        The highest accuracy and the lowest cross-entropy in nats.
    """
    sampled = sampling_directions(axes).tolist()
    candidates = (LABEL_DIRECTIONS @ DATA_TO_ESCNN.T).tolist()
    answers = Counter()
    for rotation in cube_rotations().astype(int):
        label = candidates.index((rotation @ candidates[0]).tolist())
        answers[tuple(rotation.T @ sampled[label])] += 1
    shares = np.array(list(answers.values())) / answers.total()
    return float(shares.max()), float(max(0.0, -(shares * np.log(shares)).sum()))
