"""What several seeds tell: means with 95 % intervals, and differences with their significance.

Intervals and tests are Student's t (scipy): they take the values of a setting over seeds for
independent and roughly normal. One seed tells nothing of its own spread: ``ONE_SEED``. Nor do
seeds with one and the same value, as of a seed that changes nothing: ``NO_SPREAD``; nor seeds of
which one ended at infinity: ``NOT_FINITE``.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from labbook.show.table.description import need_columns
from labbook.show.table.groups import groups, summary

ONE_SEED = "one seed, no evidence"
NO_SPREAD = "no spread between seeds, no evidence"
NOT_FINITE = "a value that is not finite, no evidence"
LEVEL = 0.95
# Values closer to each other than this share of their size differ by rounding alone.
ROUNDING = 1e-12


def summarise(table: pd.DataFrame, by: str | Sequence[str], metric: str) -> pd.DataFrame:
    """One row for each setting: how many values there are, their mean and its 95 % interval.

    The interval is mean ± t s / √n, with s the sample standard deviation and t the 97.5 %
    quantile of Student's distribution with n - 1 degrees of freedom.

    Arguments:
        table: a table of trials; those without a value of the metric are not counted, and one that
            stands in it twice (by its key) counts once.
        by: the columns that tell settings apart (not the seed). Lists and dicts count as values.
        metric: the column that is summarised.

    Returns:
        The columns of ``by``; ``n``; the mean under the name of the metric, the ends of the
        interval as ``<metric>_low`` and ``<metric>_high``; ``evidence``, which says why there is
        no interval (``one seed, no evidence``) and is empty otherwise; and ``key`` (the list of
        keys, also of trials that were joined to a row) where the table has keys. The attributes of
        the table are kept.

    Raises:
        KeyError: the table lacks one of the columns.
        ValueError: a column of ``by`` is called as one of the others.
    """
    by = [by] if isinstance(by, str) else list(by)
    need_columns(table, [*by, metric], "summarise")
    rows = []
    for setting, group, keys in groups(table, by, [metric]):
        found = _mean(pd.to_numeric(group[metric]).dropna())
        rows.append(
            setting
            | {"n": found.n[0], metric: found.mean, f"{metric}_low": found.low}
            | {f"{metric}_high": found.high, "evidence": found.evidence, "key": keys}
        )
    columns = [*by, "n", metric, f"{metric}_low", f"{metric}_high", "evidence"]
    return summary(rows, [*columns, *(["key"] if "key" in table else [])], table)


def interval(values: Sequence[float]) -> tuple[float, float]:
    """The ends of the 95 % interval of the mean of some values.

    NaN where there are under two values, all are equal (but for rounding), or one is infinite.
    """
    found = _mean(values)
    return found.low, found.high


def pooled_spread(table: pd.DataFrame, by: str | Sequence[str], metric: str) -> tuple[float, int]:
    """How much one training of a setting differs from another: a relative standard deviation.

    √(Σ (nᵢ - 1) (sᵢ / mᵢ)² / Σ (nᵢ - 1)) over the settings i with nᵢ > 1 values, of mean mᵢ and
    sample standard deviation sᵢ. What ended at infinity has no such deviation and is left out.

    Arguments:
        table, by, metric: as of :func:`summarise`.

    Returns:
        The spread (NaN where no setting has two values), and how many settings it comes from.

    Raises:
        KeyError: the table lacks one of the columns.
    """
    by = [by] if isinstance(by, str) else list(by)
    need_columns(table, [*by, metric], "pooled_spread")
    of_settings = (pd.to_numeric(rows[metric]) for _, rows, _ in groups(table, by, [metric]))
    several = [found for values in of_settings if len(found := values[np.isfinite(values)]) > 1]
    if not several:
        return float("nan"), 0
    squares = [(values.std() / values.mean()) ** 2 for values in several]
    weights = [len(values) - 1 for values in several]
    return float(np.sqrt(np.average(squares, weights=weights))), len(several)


@dataclass(frozen=True)
class Difference:
    """A difference of means, its 95 % interval and the p value of "they are equal".

    Attributes:
        mean: mean of the first values less that of the others, in their unit.
        low, high: ends of the interval; NaN where one of the two has a single value, a value is
            infinite, or the values do not scatter at all.
        p: of a two-sided test; NaN where there is no interval.
        n: how many values each side has; None for a side that is a given number.
        evidence: why there is no interval (``one seed, no evidence``), else empty.
    """

    mean: float
    low: float
    high: float
    p: float
    n: tuple[int, int | None]
    evidence: str = ""


def difference(
    a: "pd.Series | Sequence[float]",
    b: "pd.Series | Sequence[float] | float",
    paired: bool = False,
) -> Difference:
    """The difference of two means, a - b, with its 95 % interval and p.

    Welch's test (unequal variances), or with ``paired`` the test of the differences pair by
    pair; against one given number the test of a alone.

    Arguments:
        a, b: values over seeds, of which NaN is none; b may also be one number that is taken for
            exact.
        paired: two Series are paired by their index (the seed; what only one of them has is left
            out), other sequences in their order.

    Raises:
        ValueError: a side has no value, or sequences that are to be paired differ in length.
    """
    from scipy import stats

    fixed = np.ndim(b) == 0
    if paired and not fixed:
        a, b = _pairs(a, b)
    a, b = (np.asarray(side, dtype=float) for side in (a, b))
    a, b = (side[~np.isnan(side)] for side in (a, b))
    if not a.size or not b.size:
        raise ValueError("a difference needs at least one value on each side.")
    n = len(a), None if fixed else len(b)
    told = Difference(float(a.mean()) - float(b.mean()), np.nan, np.nan, np.nan, n)
    if 1 in n:
        return replace(told, evidence=ONE_SEED)
    size = np.max(np.abs([*a, *b]))
    if np.isinf(size):
        return replace(told, evidence=NOT_FINITE)
    of_one = paired or fixed
    scattered = [a - b] if of_one else [a, b]
    if all(np.ptp(values) <= ROUNDING * size for values in scattered):  # t would be x / 0
        return replace(told, evidence=NO_SPREAD)
    test = stats.ttest_1samp(a - b, 0.0) if of_one else stats.ttest_ind(a, b, equal_var=False)
    ends = test.confidence_interval(LEVEL)
    return replace(told, low=float(ends.low), high=float(ends.high), p=float(test.pvalue))


def _mean(values: pd.Series | Sequence[float]) -> Difference:
    """A mean with its interval: its difference from zero; of no values, NaN."""
    none = Difference(np.nan, np.nan, np.nan, np.nan, (0, None))
    return difference(values, 0.0) if len(values) else none


def _pairs(a, b) -> tuple[np.ndarray, np.ndarray]:
    if isinstance(a, pd.Series) and isinstance(b, pd.Series):
        for side in (a, b):
            if not side.index.is_unique:
                twice = side.index[side.index.duplicated()][0]
                raise ValueError(f"values to be paired have the index {twice} twice.")
        both = pd.concat([a, b], axis=1, join="inner").dropna()
        return both.iloc[:, 0].to_numpy(), both.iloc[:, 1].to_numpy()
    if len(a) != len(b):
        raise ValueError(f"{len(a)} and {len(b)} values can't be paired one by one.")
    pairs = np.array([a, b], dtype=float)
    return tuple(pairs[:, ~np.isnan(pairs).any(axis=0)])
