"""The arrays that one trial of a table returned: its images, its weights."""

from typing import TYPE_CHECKING, Any

from labbook.log.records.folder import good_records
from labbook.log.records.text import settings_text
from labbook.log.trials.settings import experiment_of, with_settings

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd


def arrays(table: "pd.DataFrame", **settings: Any) -> "dict[str, np.ndarray]":
    """The arrays of the one good trial of a table that has these settings.

    Arguments:
        table: as ``run`` or ``find`` gives it, or some of its rows.
        settings: names and values of columns; lists and tuples are the same.

    Returns:
        What the trial returned as ``artifacts``, by name.

    Raises:
        KeyError: the table has no such column.
        LookupError: no good trial has these settings, or several have.
        FileNotFoundError: the trial's arrays were not kept with its record, or it has none.
        DamagedRecord: the file of arrays cannot be read or belongs to another attempt.
    """
    rows = with_settings(table, settings)
    keys = list(dict.fromkeys(rows["key"][rows["outcome"] == "ok"]))
    trial = f"trial with {settings_text(settings)}" if settings else "trial of the table"
    if not keys:
        raise LookupError(f"there are no arrays of the {trial}: none has ended well.")
    if len(keys) > 1:
        raise LookupError(f"there are {len(keys)} arrays of the {trial}: name more settings.")
    (record,) = good_records(experiment_of(table), keys).values()
    if not record.artifacts:
        raise FileNotFoundError(f"the {trial} returned no arrays (record {record.key}).")
    return record.load_artifacts()
