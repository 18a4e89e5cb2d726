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


def in_words(missing: pd.DataFrame) -> str:
    """What trials without a record would cost, in words; empty where nothing tells.

    Arguments:
        missing: of :func:`core_hours`. Where it has a column ``profile``, the smallest profile of
            each trial, those of ``gpu`` are said to need one.
    """
    hours = missing["core_hours"].sum(min_count=1)
    if pd.isna(hours):
        return ""
    cost = f"{hours:,.1f} core-hours" if hours < 10 else f"{hours:,.0f} core-hours"
    on_gpu = "profile" in missing and bool((missing["profile"] == "gpu").any())
    return f"wants a GPU, or {cost}" if on_gpu else cost
