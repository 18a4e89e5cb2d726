"""What trials of connectors cost in FLOPs, by the formulas of the ledger and the zoo's sizes."""

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from labbook.experiments.connectors.zoo import Zoo
from labbook.models.hypernet import flops

Row = Mapping[str, Any]


def separate(row: Row, counting: flops.Counting) -> float:
    """FLOPs of training twelve connectors one by one.

    Arguments:
        row: a configuration of ``train_separate``: ``steps``, ``batch_size``.
        counting: ``reported`` or ``executed``, see :mod:`labbook.models.hypernet.flops`.
    """
    run = {"steps": row["steps"], "batch_size": row["batch_size"], "text_dim": Zoo.text_dim}
    each = [flops.ape_run(**run, image_dim=width, counting=counting) for width in Zoo.widths]
    return Zoo.shared * sum(each)


def hypernetwork(row: Row, counting: flops.Counting) -> float:
    """FLOPs of training a hypernetwork, per twelve of its encoders.

    Arguments:
        row: a configuration of ``train_hypernetwork``.
        counting: as of :func:`separate`.
    """
    whole = flops.hypernet_epoch(
        pairs=row["steps"] * row["batch_size"],
        batch_size=row["batch_size"],
        num_encoders=row["num_encoders"],
        image_dims=Zoo.widths,
        text_dim=Zoo.text_dim,
        condition_dim=row["condition_dim"],
        max_image_dim=Zoo.max_image_dim,
        decoders=row["decoders"],
        counting=counting,
    )
    return whole * 12 / row["num_encoders"]


def autodecoding(row: Row, counting: flops.Counting) -> float:
    """FLOPs of auto-decoding one encoder of each width.

    Arguments:
        row: a configuration of ``align``.
        counting: as of :func:`separate`.
    """
    each = [
        flops.autodecode_step(
            batch_size=min(row["batch_size"], row["num_pairs"]),
            image_dim=width,
            text_dim=Zoo.text_dim,
            condition_dim=16,
            max_image_dim=Zoo.max_image_dim,
            decoders="joint",
            counting=counting,
        )
        for width in Zoo.widths
    ]
    return row["steps"] * sum(each)


def with_gflops(table: pd.DataFrame, cost: Callable[[Row, flops.Counting], float]) -> pd.DataFrame:
    """The table with ``reported_gflops`` and ``executed_gflops``, in 10^9.

    Arguments:
        table: its rows are configurations of trials.
        cost: one of the functions above.
    """
    rows = table.to_dict("records")
    return table.assign(
        **{
            f"{counting}_gflops": [cost(row, counting) / 1e9 for row in rows]
            for counting in ("reported", "executed")
        }
    )
