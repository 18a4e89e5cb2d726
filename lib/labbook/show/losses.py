"""Learning curves of trials that trained a network: both losses in one table."""

import pandas as pd

from labbook.log import trials


def losses(table: pd.DataFrame, **labels: object) -> pd.DataFrame:
    """Training and validation loss of the good trials of a table, in long form for seaborn.

    Arguments:
        table: of trials that return what ``labbook.training.loop.train`` reports.
        labels: columns to add, the same in every row.

    Returns:
        One row for each trial and point: the table's settings and ``key`` as of
        :func:`labbook.log.trials.curves`, ``inputs_seen`` (training examples),
        ``loss``, ``examples`` (``training`` or ``validation``), and the labels.

    Raises:
        ValueError: no good trial has these curves.
    """
    parts = []
    for examples, x, y in (
        ("training", "inputs", "train_loss"),
        ("validation", "validation_inputs", "validation_loss"),
    ):
        points = trials.curves(table, x, y)
        points.columns = [*points.columns[:-2], "inputs_seen", "loss"]
        parts.append(points.assign(examples=examples))
    return pd.concat(parts, ignore_index=True).assign(**labels)
