"""Claims: each verdict from a table that asks for it."""

import math

import numpy as np
import pytest
from tests.show.claim.judged import LOSSES, claim, judged, table_of

from labbook.show.claims import Claim, judge, read, stand_on


@pytest.mark.parametrize(
    ("one", "verdict"),
    [
        (claim(expect="less"), "holds"),
        (claim(expect="greater"), "does not hold"),
        (claim("large", "small", expect="greater"), "holds"),
        (claim("large", "small", expect="less"), "does not hold"),
        (claim(expect="less", margin=0.02), "does not hold"),
        (claim(expect="less", margin=0.009), "not decided"),
        (claim(expect="less", margin=0.001), "holds"),
        (claim("alike", "small"), "not decided"),
        (claim("alike", "small", expect="equal within", margin=0.01), "holds"),
        (claim("alike", "small", expect="equal within", margin=0.0001), "not decided"),
        (claim(expect="equal within", margin=0.001), "does not hold"),
        (claim("small", "small", expect="less"), "not decided"),
        (claim("small", "single", expect="greater"), "one seed, no evidence"),
        (claim("single", 0.01), "one seed, no evidence"),
        (claim("small", 0.02), "holds"),
        (claim("small", 0.002), "does not hold"),
        (claim("planned", "small"), "not run yet"),
        (claim("small", "planned"), "not run yet"),
        (claim(verdict="not testable here: no GPU"), "not testable here: no GPU"),
    ],
)  # fmt: skip
def test_verdict(one, verdict) -> None:
    assert judged(one)["verdict"] == verdict


@pytest.mark.parametrize(
    ("cost", "verdict"),
    [
        ({"core_hours": 2.5}, "not run yet: 2.5 core-hours"),
        ({"core_hours": 12.4}, "not run yet: 12 core-hours"),
        ({"core_hours": 2.5, "profile": "full"}, "not run yet: 2.5 core-hours"),
        ({"core_hours": 2.5, "profile": "gpu"}, "not run yet: wants a GPU, or 2.5 core-hours"),
        ({"core_hours": math.nan}, "not run yet"),
    ],
)
def test_a_claim_that_has_not_run_tells_what_it_would_cost(cost, verdict) -> None:
    table = table_of()
    missing = table[table["outcome"] == "planned"].assign(**cost)
    assert judge([claim("planned", "small")], table, missing)["verdict"].iloc[0] == verdict


def test_difference_is_told_with_its_interval_and_both_n() -> None:
    row = judged(claim(reported=-0.009))
    assert row["ours"] == pytest.approx(-0.010) and row["ours_low"] < -0.010 < row["ours_high"] < 0
    assert (row["claim"], row["whose"], row["reported"]) == ("it is so", "us", -0.009)
    assert (row["n"], row["unit"]) == ("3, 3", "")


@pytest.mark.parametrize(("relative", "reported"), [(False, -0.01), (True, -50.0)])
def test_reported_difference_comes_from_reported_figures(relative, reported) -> None:
    table = table_of()
    table["reported_loss"] = table["net"].map({"small": 0.01, "large": 0.02})
    row = judged(claim(relative=relative), table)
    assert row["reported"] == pytest.approx(reported)


def test_relative_difference_is_that_of_geometric_means() -> None:
    row = judged(claim(relative=True))
    ratio = math.prod(LOSSES["small"]) ** (1 / 3) / math.prod(LOSSES["large"]) ** (1 / 3)
    assert row["ours"] == pytest.approx(100 * (ratio - 1)) and row["unit"] == "%"


def test_difference_of_shares_is_told_in_percentage_points() -> None:
    table = table_of({"small": [0.70, 0.71, 0.72], "large": [0.6, 0.61, 0.62]})
    table["reported_loss"] = table["net"].map({"small": 0.8, "large": 0.75})
    row = judged(claim(in_points=True, expect="greater", margin=2), table)
    assert (row["ours"], row["reported"]) == pytest.approx((10, 5))
    assert (row["unit"], row["verdict"]) == ("points", "holds")


def test_seeds_are_paired_where_the_claim_says_so() -> None:
    table = table_of({"small": [1.0, 2.0, 3.0], "large": [1.1, 2.1, 3.11]})
    assert judged(claim(), table)["verdict"] == "not decided"
    assert judged(claim(paired=True), table)["verdict"] == "holds"


def test_seeds_that_change_nothing_judge_nothing() -> None:
    table = table_of({"small": [0.1, 0.1], "large": [0.2, 0.2]})
    assert judged(claim(), table)["verdict"] == "no spread between seeds, no evidence"


def test_a_claim_stands_on_trials_whose_lists_came_as_tuples() -> None:
    one = Claim(text="so", whose="us", metric="loss", of={"at": [2, 3]}, against=1.0)
    assert stand_on([one], {"at": (2, 3), "seed": 0})


def test_what_is_counted_is_judged_without_an_interval() -> None:
    table = table_of({"small": [2.0, 2.0], "large": [3.0]})
    found = judged(claim(exact=True), table)
    assert found["ours"] == -1 and math.isnan(found["ours_low"]) and math.isnan(found["ours_high"])
    assert found["verdict"] == "holds" and found["n"] == "2, 1"
    assert judged(claim(exact=True, expect="greater"), table)["verdict"] == "does not hold"


@pytest.mark.parametrize("expect", ["less", "greater"])
def test_what_is_counted_and_equal_is_neither_less_nor_greater(expect) -> None:
    table = table_of({"small": [2.0, 2.0], "large": [2.0]})
    assert judged(claim(exact=True, expect=expect), table)["verdict"] == "does not hold"


def test_what_is_counted_does_not_differ_between_seeds() -> None:
    with pytest.raises(ValueError, match="is exact, and loss differs between seeds"):
        judged(claim(exact=True), table_of())


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_seeds_that_came_to_no_value_are_counted(value) -> None:
    table = table_of({"small": [0.1, 0.11, value], "large": [0.5, 0.51, 0.52]})
    assert judged(claim(), table)[["n", "verdict"]].tolist() == ["2 of 3, 3", "holds"]
    assert judged(claim(against=1.0), table)["n"] == "2 of 3"
    for outcome in ("failed", "killed", "timeout", "cancelled"):
        table.loc[2, "outcome"] = outcome
        assert judged(claim(), table)["n"] == "2 of 3, 3"
    table.loc[2, "outcome"] = "planned"
    assert judged(claim(), table)["n"] == "2, 3"


def test_trials_that_were_all_killed_have_run() -> None:
    table = table_of({"small": [math.nan, math.nan], "large": [0.5, 0.51, 0.52]})
    table.loc[table["net"] == "small", "outcome"] = "killed"
    assert judged(claim(), table)["verdict"] == "run, but without a value"


def test_settings_of_which_no_seed_came_to_a_value_have_been_run() -> None:
    table = table_of({"small": [math.nan, math.nan], "large": [0.5, 0.51, 0.52]})
    assert judged(claim(), table)["verdict"] == "run, but without a value"


def test_pairs_without_seeds_are_refused() -> None:
    with pytest.raises(ValueError, match="seed by seed: the table has no column 'seed'"):
        judged(claim(paired=True), table_of().drop(columns="seed"))


def test_means_are_compared_without_seeds() -> None:
    assert judged(claim(), table_of().drop(columns="seed"))["verdict"] == "holds"


def test_pairs_of_which_none_is_whole_are_not_run_yet() -> None:
    table = table_of({"small": [math.nan, 0.2], "large": [0.1]})
    assert judged(claim(paired=True), table)["verdict"] == "not run yet"


def test_one_seed_tells_its_difference_without_an_interval() -> None:
    row = judged(claim("single"))
    assert row["ours"] == pytest.approx(-0.016) and np.isnan(row["ours_low"]) and row["n"] == "1, 3"


def test_lists_are_settings() -> None:
    one = Claim(text="c", whose="w", metric="loss", of={"net": "small", "at": (2, 3)}, against=1.0)
    assert judged(one)["n"] == "3"


def test_settings_that_no_trial_has_are_refused() -> None:
    with pytest.raises(ValueError, match="'it is so': no trial of the table has net=smal"):
        judged(claim("smal"))


def test_trials_of_two_settings_are_refused_and_not_pooled() -> None:
    table = table_of({"small": [0.1, 0.2], "large": [0.3, 0.4]})
    one = Claim(text="c", whose="w", metric="loss", of={"at": [2, 3]}, against=1.0)
    with pytest.raises(ValueError, match="differ in net: name it, too"):
        judged(one, table[table["outcome"] == "ok"])


def test_a_metric_that_the_table_does_not_have_is_refused() -> None:
    with pytest.raises(KeyError, match="no column 'lss'"):
        judged(Claim(text="c", whose="w", metric="lss", of={"net": "small"}, against=1.0))


def test_relative_difference_needs_values_above_zero() -> None:
    with pytest.raises(ValueError, match="relative, and loss is not above zero"):
        judged(claim(relative=True, against=0.0))


FILE = """
settings:
  small: &small {net: small}
claims:
  - {text: it is so, whose: us, of: *small, against: {net: large}}
  - {text: nobody knows, whose: them, verdict: "not testable here: no GPU", metric: other}
"""


def file_of(tmp_path, text=FILE):
    path = tmp_path / "claims.yaml"
    path.write_text(text)
    return path


def test_claims_of_a_file_share_what_is_common(tmp_path) -> None:
    found = read(file_of(tmp_path), metric="loss")
    assert found[0] == claim() and found[1].metric == "other"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("- 1", "holds no list of claims"),
        ("claims: [", "holds no list of claims"),
        ("claims: [1]", "claim 1: 1 is no mapping"),
        (
            "claims: [{text: a, whose: b, versus: {}}]",
            "claim 1: it has no field 'versus'; there are text",
        ),
        ("claims: [{text: a}]", "claim 1: it lacks 'whose'"),
        ("claims: [{text: a, whose: b}]", "claim 1: 'a' needs metric= and of="),
    ],
)
def test_a_file_that_holds_no_claims_is_refused(tmp_path, text, sentence) -> None:
    with pytest.raises(ValueError, match=sentence):
        read(file_of(tmp_path, text))


@pytest.mark.parametrize(
    ("configuration", "stands"),
    [
        ({"net": "small", "depth": 3}, True),
        ({"net": "large"}, True),
        ({"net": "other"}, False),
        ({}, False),
    ],
)
def test_claims_stand_on_the_trials_that_they_compare(configuration, stands) -> None:
    judged_by = [claim(), claim(against=0.5), claim(verdict="not testable here: no GPU")]
    assert stand_on(judged_by, configuration) == stands
