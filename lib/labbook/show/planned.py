"""What the trials that have no record yet would cost."""

import pandas as pd


def core_hours(
    found: pd.DataFrame, *, by: str, work: str, timed: pd.DataFrame | None = None
) -> pd.DataFrame:
    """The trials of a table that have no good record, each with its estimated ``core_hours``.

    Processor time grows with the work: that of the good trials of a kind, per unit of work, is
    averaged, and the trials that are missing take as much. Setting up counts, so short trials
    make an estimate that is too high rather than too low.

    Arguments:
        found: a table of trials.
        by: the column that tells kinds of equal cost apart, for instance ``parameters``.
        work: the setting that counts the work, for instance ``inputs``.
        timed: short trials of kinds of which ``found`` has none that ended well.

    Returns:
        Rows of ``found``; ``core_hours`` is NaN for a kind of which no trial has ended well.
    """
    known = found if timed is None else pd.concat([found, timed])
    known = known[known["outcome"] == "ok"]
    hours = (known["cpu_time_s"] / known[work] / 3600).groupby(known[by]).mean()
    missing = found[found["outcome"] != "ok"]
    return missing.assign(core_hours=missing[work] * missing[by].map(hours))
