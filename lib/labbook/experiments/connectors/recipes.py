"""Recipes of training in one table: what they are called, and what they cost."""

import numpy as np
import pandas as pd

from labbook.experiments.connectors import costs

WARM, COSINE, CONSTANT = "warm-up, cosine", "cosine", "constant"


def of_schedule(steps: int, schedule: str) -> dict:
    """The settings of ``train_separate`` that make a schedule.

    Arguments:
        steps: of the training.
        schedule: ``WARM``, with the document's share of warm-up, 500 of 1,163 steps; ``COSINE``
            without; or ``CONSTANT``.
    """
    warmup_steps = 500 * steps // 1163 if schedule == WARM else 0
    constant = {"schedule": "constant"} if schedule == CONSTANT else {}
    return {"steps": steps, "warmup_steps": warmup_steps} | constant


def recipes(apart: pd.DataFrame, *together: pd.DataFrame) -> pd.DataFrame:
    """One row for each recipe and seed of both methods.

    Arguments:
        apart: trials of ``train_separate``, those of all widths joined to one row.
        together: trials of ``train_hypernetwork``.

    Returns:
        The rows of all, with the columns ``method`` (``one by one``, or ``hypernetwork, 12``),
        ``schedule`` in words, ``reported_gflops`` and ``executed_gflops`` for twelve connectors.
    """
    rows = [costs.with_gflops(apart, costs.separate).assign(method="one by one")]
    for table in together:
        method = "hypernetwork, " + table.num_encoders.astype(str)
        rows.append(costs.with_gflops(table, costs.hypernetwork).assign(method=method))
    found = pd.concat(rows, ignore_index=True)
    schedules = [found.schedule == "constant", found.get("warmup_steps") == 0]
    found["schedule"] = np.select(schedules, [CONSTANT, COSINE], WARM)
    found.attrs = {"experiment": apart.attrs["experiment"]} if apart.attrs else {}
    return found
