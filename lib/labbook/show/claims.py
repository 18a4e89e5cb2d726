"""Claims as data: what somebody said of two settings, and what our trials say of it.

::

    settings:
      plain: &plain {mixer_at: []}
      mixed: &mixed {mixer_at: [1, 2, 3, 4]}
    claims:
      - {text: Mixers help, whose: the log, metric: validation_loss, of: *mixed, against: *plain}
"""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import yaml

from labbook.log.records.text import settings_text
from labbook.log.trials.settings import need_table, with_settings
from labbook.show.evidence import ONE_SEED, Difference, difference

NOT_RUN = "not run yet"
NO_VALUE = "run, but without a value"


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One claim about the difference d of a metric: that of ``of`` less that of ``against``.

    Attributes:
        text: the claim in words.
        whose: who made it: a document, a section of it, or ourselves.
        metric: the column of the table that is compared.
        of, against: settings that pick trials of the table (columns and values); the trials
            picked may differ in the seed alone. ``against`` may also be a number.
        expect: ``less`` (d < -margin), ``greater`` (d > margin), ``equal within`` (|d| <= margin).
        margin: in the unit of the metric, or in percent where ``relative``.
        relative: d in percent of ``against``; then every value must be above zero.
        paired: trials of the same seed are compared pair by pair (Welch's test otherwise).
        exact: the metric is counted, not measured, and the same with every seed: the difference of
            any two trials tells, and there is nothing to take an interval of.
        over: settings that both sides are completed by, one after the other, for a claim about all
            of them; trials with the same of these and the same seed are compared pair by pair.
        reported: the difference that was reported, in the unit of d; when not given, that of the
            table's column ``reported_<metric>``, where it has one.
        verdict: given where our trials cannot judge: ``not testable here: …``.

    Raises:
        ValueError: ``equal within`` without a margin, a claim that has neither settings to judge
            it by nor a verdict, or one over several settings against a number.
    """

    text: str
    whose: str
    metric: str = ""
    of: Mapping[str, Any] = field(default_factory=dict)
    against: Mapping[str, Any] | float = field(default_factory=dict)
    expect: Literal["less", "greater", "equal within"] = "less"
    margin: float = 0.0
    relative: bool = False
    paired: bool = False
    exact: bool = False
    over: Sequence[Mapping[str, Any]] = ()
    reported: float | str | None = None
    verdict: str = ""

    @property
    def sides(self) -> list[Mapping[str, Any]]:
        """The settings that are compared: one, where ``against`` is a number."""
        return [side for side in (self.of, self.against) if isinstance(side, Mapping)]

    def __post_init__(self) -> None:
        if self.expect not in ("less", "greater", "equal within"):
            raise ValueError(f"{self.text!r} expects {self.expect!r}: less, greater, equal within.")
        if self.expect == "equal within" and self.margin <= 0:
            raise ValueError(f"{self.text!r} expects equality: give the margin within which.")
        if not self.verdict and not (self.metric and self.of):
            raise ValueError(f"{self.text!r} needs metric= and of=, or a verdict of its own.")
        if self.over and not isinstance(self.against, Mapping):
            raise ValueError(
                f"{self.text!r} is over several settings: compare it against settings."
            )


def read(path: str | Path, **common: Any) -> list[Claim]:
    """Claims that a YAML file lists under ``claims``, each with the fields of :class:`Claim`.

    Whatever else stands in the file is left alone: settings that several claims share are written
    once, with a YAML anchor.

    Arguments:
        common: fields that all claims of the file share where they do not say otherwise.

    Raises:
        ValueError: the file is no such list, or a claim in it is none; the sentence names it.
    """
    try:
        entries = yaml.safe_load(Path(path).read_text(encoding="utf-8"))["claims"]
    except (yaml.YAMLError, KeyError, TypeError) as error:
        why = " ".join(str(error).split())
        raise ValueError(f"{path} holds no list of claims under 'claims' ({why}).") from None
    known = [entry.name for entry in dataclasses.fields(Claim)]
    claims = []
    for number, entry in enumerate(entries, 1):
        if not isinstance(entry, dict):
            raise ValueError(f"{path}, claim {number}: {entry!r} is no mapping of fields.")
        if odd := sorted(str(name) for name in entry if name not in known):
            raise ValueError(
                f"{path}, claim {number}: it has no field {odd[0]!r}; there are {', '.join(known)}."
            )
        if missing := [name for name in ("text", "whose") if not entry.get(name)]:
            raise ValueError(f"{path}, claim {number}: it lacks {missing[0]!r}.")
        try:
            claims.append(Claim(**common | entry))
        except ValueError as error:
            raise ValueError(f"{path}, claim {number}: {error}") from None
    return claims


def stand_on(claims: Sequence[Claim], configuration: Mapping[str, Any]) -> bool:
    """Whether any of the claims compares trials of this configuration: more than one seed pays."""
    settings = [
        {**side, **more}
        for claim in claims
        for side in claim.sides
        if side
        for more in claim.over or ({},)
    ]
    return any(
        all(name in configuration and configuration[name] == value for name, value in side.items())
        for side in settings
    )


def judge(claims: Sequence[Claim], table: pd.DataFrame) -> pd.DataFrame:
    """What our trials say of each claim.

    A claim ``holds`` where the whole 95 % interval of the difference lies where the claim
    expects it, ``does not hold`` where the whole of it lies elsewhere, and is ``not decided`` in
    between. Without two seeds on each side it is ``one seed, no evidence``, with seeds that all
    give the same ``no spread between seeds, no evidence``, and where one side has no value ``not
    run yet``, or ``run, but without a value``. Values that are not finite are none.

    Arguments:
        table: tables of trials, joined with ``pandas.concat`` where there are several.

    Returns:
        One row for each claim: ``claim``, ``whose``, ``reported``, ``ours`` (the difference),
        ``ours_low`` and ``ours_high`` (its interval), ``unit`` (``%`` or empty), ``n`` (of each
        side, ``3, 3``; ``2 of 3`` where a trial has ended without a value) and ``verdict``.

    Raises:
        TypeError: this is no list of claims, or no table of trials.
        KeyError: a claim names a column that the table lacks.
        ValueError: settings pick no row of the table, or rows that differ in more than the seed,
            or a relative difference of values that are not above zero, or pairs without seeds, or
            an exact metric that differs between seeds.
    """
    if isinstance(claims, Claim) or not isinstance(claims, Iterable):
        told = "one: write [claim]" if isinstance(claims, Claim) else f"{type(claims).__name__}"
        raise TypeError(f"judge() wants a list of claims, not {told}.")
    claims = list(claims)
    if odd := [claim for claim in claims if not isinstance(claim, Claim)]:
        raise TypeError(f"judge() wants claims, not {odd[0]!r:.80}: write Claim(text=…, whose=…).")
    if not all(claim.verdict for claim in claims):
        need_table(table, "judge()")
    rows = []
    for claim in claims:
        found = None if claim.verdict else _difference(claim, table)
        ended = [] if claim.verdict else [_ended(claim, side, table) for side in claim.sides]
        rows.append(
            {
                "claim": claim.text,
                "whose": claim.whose,
                "reported": _reported(claim, table) if claim.reported is None else claim.reported,
                "ours": np.nan if found is None else found.mean,
                "ours_low": np.nan if found is None else found.low,
                "ours_high": np.nan if found is None else found.high,
                "unit": "%" if claim.relative else "",
                "n": "" if found is None else ", ".join(map(_count, found.n, ended)),
                "verdict": claim.verdict
                or (_missing(claim, table, ended) if found is None else _verdict(claim, found)),
            }
        )
    return pd.DataFrame(rows)


def _ended(claim: Claim, side: Mapping[str, Any], table: pd.DataFrame) -> int:
    """How many trials of one side have come to an end, with a value or without."""
    rows = pd.concat([with_settings(table, {**side, **more}) for more in claim.over or ({},)])
    return rows[rows["outcome"].isin(["ok", "failed"])]["key"].nunique()


def _count(n: int, ended: int) -> str:
    return f"{n} of {ended}" if n < ended else str(n)


def _missing(claim: Claim, table: pd.DataFrame, ended: Sequence[int]) -> str:
    sides = zip(claim.sides, ended, strict=True)
    in_vain = any(n and not len(_all_values(claim, side, table)) for side, n in sides)
    return NO_VALUE if in_vain else NOT_RUN


def _verdict(claim: Claim, found: Difference) -> str:
    if found.evidence:
        return found.evidence
    low, high, margin = found.low, found.high, claim.margin
    holds, fails = {
        "less": (high < -margin, low >= -margin),
        "greater": (low > margin, high <= margin),
        "equal within": (-margin <= low and high <= margin, low > margin or high < -margin),
    }[claim.expect]
    return "holds" if holds else "does not hold" if fails else "not decided"


def _difference(claim: Claim, table: pd.DataFrame) -> Difference | None:
    """The difference of a claim; None where one of its sides has no value yet."""
    one = _all_values(claim, claim.of, table)
    fixed = not isinstance(claim.against, Mapping)
    other = float(claim.against) if fixed else _all_values(claim, claim.against, table)
    paired = claim.paired or bool(claim.over)
    if not len(one) or (not fixed and not len(other)):
        return None
    if paired and not fixed and not len(one.index.intersection(other.index)):
        return None
    if claim.relative:
        if one.min() <= 0 or np.min(other) <= 0:
            raise ValueError(f"{claim.text!r} is relative, and {claim.metric} is not above zero.")
        one, other = np.log(one), np.log(other)
    found = difference(one, other, paired)
    if claim.exact:
        if np.ptp(one) or np.ptp(other):
            raise ValueError(f"{claim.text!r} is exact, and {claim.metric} differs between seeds.")
        found = dataclasses.replace(found, low=found.mean, high=found.mean, p=np.nan, evidence="")
    elif claim.over and len(one.index.intersection(other.index).unique(level="seed")) < 2:
        found = dataclasses.replace(found, low=np.nan, high=np.nan, p=np.nan, evidence=ONE_SEED)
    return _in_percent(found) if claim.relative else found


def _reported(claim: Claim, table: pd.DataFrame) -> float | None:
    """The reported difference of a claim's two sides, where the table has reported figures."""
    column = f"reported_{claim.metric}"
    if claim.verdict or claim.over or column not in table:
        return None
    one, other = (
        with_settings(table, side)[column].astype(float).mean()
        if isinstance(side, Mapping)
        else side
        for side in (claim.of, claim.against)
    )
    return 100 * (one / other - 1) if claim.relative else one - other


def _in_percent(of_logarithms: Difference) -> Difference:
    """The ratio of (geometric) means, less one, from a difference of logarithms."""
    mean, low, high = (
        100 * float(np.expm1(end))
        for end in (of_logarithms.mean, of_logarithms.low, of_logarithms.high)
    )
    return Difference(mean, low, high, of_logarithms.p, of_logarithms.n, of_logarithms.evidence)


def _all_values(claim: Claim, settings: Mapping[str, Any], table: pd.DataFrame) -> pd.Series:
    """The metric of one side of a claim; by setting and seed where it is over several settings."""
    if not claim.over:
        return _values(claim, settings, table)
    found = [_values(claim, {**settings, **more}, table) for more in claim.over]
    return pd.concat(found, keys=range(len(found)), names=["setting", "seed"])


def _values(claim: Claim, settings: Mapping[str, Any], table: pd.DataFrame) -> pd.Series:
    """The metric of the good trials with these settings, by seed where the table has seeds."""
    rows = with_settings(table, settings)
    if not len(rows) and "ok" in set(table["outcome"]):  # where none has ended well, none is named
        raise ValueError(f"{claim.text!r}: no trial of the table has {settings_text(settings)}.")
    for name in table.columns[: table.columns.get_loc("outcome")]:
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
    if "seed" not in rows and (claim.paired or claim.over):
        raise ValueError(f"{claim.text!r} compares seed by seed: the table has no column 'seed'.")
    values = pd.to_numeric(rows[claim.metric]).replace([np.inf, -np.inf], np.nan)
    return (values.set_axis(rows["seed"]) if "seed" in rows else values).dropna()
