"""What the trials of the two sides of a claim measured, and what was reported of them."""

from collections.abc import Mapping
from typing import Any, get_args

import numpy as np
import pandas as pd

from labbook.log.records.schemas import Outcome
from labbook.log.records.text import settings_text
from labbook.log.trials.settings import with_settings
from labbook.show.claim.claim import Claim
from labbook.show.table.description import settings_of


def values(claim: Claim, settings: Mapping[str, Any], table: pd.DataFrame) -> pd.Series:
    """The metric of one side of a claim; by setting and seed where it is over several settings."""
    if "seed" not in table and (claim.paired or claim.over):
        raise ValueError(f"{claim.text!r} compares seed by seed: the table has no column 'seed'.")
    if not claim.over:
        return _of_setting(claim, settings, table)
    found = [_of_setting(claim, {**settings, **more}, table) for more in claim.over]
    return pd.concat(found, keys=range(len(found)), names=["setting", "seed"])


def _of_setting(claim: Claim, settings: Mapping[str, Any], table: pd.DataFrame) -> pd.Series:
    """The metric of the good trials with these settings, by seed where the table has seeds."""
    rows = with_settings(table, settings)
    if not len(rows) and "ok" in set(table["outcome"]):  # where none has ended well, none is named
        raise ValueError(f"{claim.text!r}: no trial of the table has {settings_text(settings)}.")
    for name in settings_of(table):
        if name != "seed" and rows[name].map(repr).nunique() > 1:
            raise ValueError(
                f"{claim.text!r}: trials with {settings_text(settings)} differ in {name}: "
                "name it, too."
            )
    rows = rows[rows["outcome"] == "ok"].drop_duplicates("key")
    if not len(rows):
        return pd.Series(dtype=float)
    if claim.metric not in rows:
        raise KeyError(f"{claim.text!r}: the table has no column {claim.metric!r}.")
    values = pd.to_numeric(rows[claim.metric]).replace([np.inf, -np.inf], np.nan)
    values = values * (100 if claim.in_points else 1)
    return (values.set_axis(rows["seed"]) if "seed" in rows else values).dropna()


def seeds_of_all_settings(
    claim: Claim, one: pd.Series, other: pd.Series
) -> tuple[pd.Series, pd.Series]:
    """The mean over its settings for each seed that has all of them on both sides.

    Trials of one seed share their data, so that several settings are no further evidence.
    """
    both = pd.concat([one, other], axis=1, join="inner").groupby(level="seed")
    means = both.mean()[both.size() == len(claim.over)]
    return means.iloc[:, 0], means.iloc[:, 1]


def ended(claim: Claim, side: Mapping[str, Any], table: pd.DataFrame) -> int:
    """How many trials of one side have come to an end, with a value or without.

    Where the claim is over several settings: how many seeds, with all of them.
    """
    several = [with_settings(table, {**side, **more}) for more in claim.over or ({},)]
    counted = "seed" if claim.over else "key"
    ends = get_args(Outcome)
    found = [set(rows.loc[rows["outcome"].isin(ends), counted]) for rows in several]
    return len(set.intersection(*found))


def reported(claim: Claim, table: pd.DataFrame) -> float | None:
    """The reported difference of a claim's two sides, where the table has reported figures."""
    column = f"reported_{claim.metric}"
    if claim.verdict or claim.over or column not in table:
        return None
    one, other = (
        with_settings(table, side)[column].astype(float).mean() * (100 if claim.in_points else 1)
        if isinstance(side, Mapping)
        else side
        for side in (claim.of, claim.against)
    )
    return 100 * (one / other - 1) if claim.relative else one - other
