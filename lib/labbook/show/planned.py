"""What the trials that have no record yet would cost."""

import pandas as pd


def core_hours(found: pd.DataFrame, *, by: str, work: str) -> pd.DataFrame:
    """The trials of a table that have no good record, each with its ``core_hours``.

    Processor time grows with the work: that of the good trials of a kind, per unit of work, is
    averaged, and the trials that are missing take as much. Kinds of which none has ended well
    take what the table's column ``estimated_core_hours`` says, where it has one.

    Arguments:
        found: a table of trials.
        by: the column that tells kinds of equal cost apart, for instance ``parameters``.
        work: the setting that counts the work, for instance ``inputs``.

    Returns:
        Rows of ``found`` with ``core_hours``, NaN where nothing tells.
    """
    known = found[found["outcome"] == "ok"]
    hours = (known["cpu_time_s"] / known[work] / 3600).groupby(known[by]).mean()
    missing = found[found["outcome"] != "ok"]
    measured = missing[work] * missing[by].map(hours)
    estimated = missing.get("estimated_core_hours", float("nan"))
    return missing.assign(core_hours=measured.fillna(estimated))
