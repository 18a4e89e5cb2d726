"""Claims over several settings: the seed is the unit, whatever the number of settings."""

import math

import pandas as pd
import pytest
from tests.show.claim.judged import claim, judged, table_of

from labbook.show import evidence
from labbook.show.claims import stand_on

OVER = [{"width": 1}, {"width": 2}]


def by_width(*losses: dict[str, list[float]]) -> pd.DataFrame:
    """Trials of several widths, from 1 on, each with losses of its own."""
    tables = []
    for width, one in enumerate(losses, 1):
        table = table_of(one).assign(key=lambda table, width=width: table.key + str(width))
        table.insert(0, "width", width)
        tables.append(table)
    return pd.concat(tables)


def test_a_claim_over_several_settings_compares_within_each_seed_by_seed() -> None:
    losses = [{"small": [0.1 * w, 0.2], "large": [0.1 * w + 0.01, 0.2101]} for w in (1, 2, 3)]
    table = by_width(*losses)
    found = judged(claim(over=OVER), table)
    assert (found["n"], found["verdict"]) == ("2, 2", "holds")
    assert found["ours"] == pytest.approx(-0.01005)
    low, high = evidence.interval([-0.01, -0.0101])
    assert (found["ours_low"], found["ours_high"]) == pytest.approx((low, high))
    assert stand_on([claim(over=OVER)], {"net": "large", "width": 2})
    assert not stand_on([claim(over=OVER)], {"net": "large", "width": 3})


def test_a_seed_that_lacks_one_of_several_settings_is_left_out() -> None:
    table = by_width(*({"small": [0.1] * seeds, "large": [0.2] * 3} for seeds in (2, 1)))
    found = judged(claim(over=OVER), table)
    assert (found["n"], found["verdict"]) == ("1, 1 of 3", "one seed, no evidence")


def test_one_seed_of_several_settings_is_no_evidence() -> None:
    table = by_width({"small": [0.1], "large": [0.111]}, {"small": [0.2], "large": [0.212]})
    for relative in (False, True):
        found = judged(claim(over=OVER, relative=relative), table)
        assert found["verdict"] == "one seed, no evidence" and math.isnan(found["ours_low"])


def test_a_table_without_seeds_is_refused() -> None:
    table = by_width({"small": [0.1], "large": [0.2]}, {"small": [0.1], "large": [0.2]})
    with pytest.raises(ValueError, match="seed by seed: the table has no column 'seed'"):
        judged(claim(over=OVER), table.drop(columns="seed"))
