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
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from labbook.log.trials.settings import need_table, setting_text, with_settings
from labbook.show import planned
from labbook.show.claim import sides
from labbook.show.claim.claim import Claim
from labbook.show.evidence import Difference, difference

NOT_RUN = "not run yet"
NO_VALUE = "run, but without a value"


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
        all(
            name in configuration and setting_text(configuration[name]) == setting_text(value)
            for name, value in side.items()
        )
        for side in settings
    )


def judge(
    claims: Sequence[Claim], table: pd.DataFrame, missing: pd.DataFrame | None = None
) -> pd.DataFrame:
    """What our trials say of each claim.

    A claim ``holds`` where the whole 95 % interval of the difference lies where the claim
    expects it, ``does not hold`` where the whole of it lies elsewhere, and is ``not decided`` in
    between. Without two seeds on each side it is ``one seed, no evidence``, with seeds that all
    give the same ``no spread between seeds, no evidence``, and where one side has no value ``not
    run yet``, or ``run, but without a value``. Values that are not finite are none.

    Each claim is judged by itself, whatever the number of claims: of forty differences that lie
    just where a claim begins to hold, one is said to hold on the average.

    Arguments:
        table: tables of trials, joined with ``pandas.concat`` where there are several.
        missing: the trials of it without a good record and what each would cost, as
            :func:`labbook.show.planned.core_hours` gives them; ``not run yet`` then tells the
            cost, too.

    Returns:
        One row for each claim: ``claim``, ``whose``, ``reported``, ``ours`` (the difference),
        ``ours_low`` and ``ours_high`` (its interval; none of an exact one), ``unit`` (``%``,
        ``points`` or empty), ``n`` (seeds of each side, ``3, 3``; ``2 of 3`` where one that has
        ended has no value, or no partner) and ``verdict``.

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
    return pd.DataFrame([_row(claim, table, missing) for claim in claims])


def _row(claim: Claim, table: pd.DataFrame, missing: pd.DataFrame | None) -> dict[str, Any]:
    told = claim.reported
    row = {
        "claim": claim.text,
        "whose": claim.whose,
        "reported": sides.reported(claim, table) if told is None else told,
        **dict.fromkeys(["ours", "ours_low", "ours_high"], np.nan),
        "unit": "%" if claim.relative else "points" if claim.in_points else "",
        "n": "",
        "verdict": claim.verdict,
    }
    if claim.verdict:
        return row
    found = _difference(claim, table)
    ended = [sides.ended(claim, side, table) for side in claim.sides]
    if found is None:
        return row | {"verdict": _missing(claim, table, ended, missing)}
    row["ours"] = found.mean
    if not claim.exact:
        row |= {"ours_low": found.low, "ours_high": found.high}
    n = ", ".join(map(_count, found.n, ended))
    return row | {"n": n, "verdict": _verdict(claim, found)}


def _count(n: int, ended: int) -> str:
    return f"{n} of {ended}" if n < ended else str(n)


def _missing(
    claim: Claim, table: pd.DataFrame, ended: Sequence[int], missing: pd.DataFrame | None
) -> str:
    both = list(zip(claim.sides, ended, strict=True))
    if any(n and not len(sides.values(claim, side, table)) for side, n in both):
        return NO_VALUE
    if missing is None:
        return NOT_RUN
    wanted = [{**side, **more} for side in claim.sides for more in claim.over or ({},)]
    cost = planned.in_words(pd.concat([with_settings(missing, side) for side in wanted]))
    return f"{NOT_RUN}: {cost}" if cost else NOT_RUN


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
    one = sides.values(claim, claim.of, table)
    fixed = not isinstance(claim.against, Mapping)
    other = float(claim.against) if fixed else sides.values(claim, claim.against, table)
    paired = claim.paired or bool(claim.over)
    if not len(one) or (not fixed and not len(other)):
        return None
    if paired and not fixed and not len(one.index.intersection(other.index)):
        return None
    if claim.relative:
        if one.min() <= 0 or np.min(other) <= 0:
            raise ValueError(f"{claim.text!r} is relative, and {claim.metric} is not above zero.")
        one, other = np.log(one), np.log(other)
    if claim.over:
        one, other = sides.seeds_of_all_settings(claim, one, other)
        if not len(one):
            return None
    found = difference(one, other, paired)
    if claim.exact:
        if np.ptp(one) or np.ptp(other):
            raise ValueError(f"{claim.text!r} is exact, and {claim.metric} differs between seeds.")
        found = dataclasses.replace(found, low=found.mean, high=found.mean, p=np.nan, evidence="")
    return _in_percent(found) if claim.relative else found


def _in_percent(of_logarithms: Difference) -> Difference:
    """The ratio of (geometric) means, less one, from a difference of logarithms."""
    percent = {
        name: 100 * float(np.expm1(getattr(of_logarithms, name)))
        for name in ("mean", "low", "high")
    }
    return dataclasses.replace(of_logarithms, **percent)
