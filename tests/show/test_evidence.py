"""Means and differences over seeds, against formulas of textbooks."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from labbook.show import tables
from labbook.show.evidence import (
    NO_SPREAD,
    NOT_FINITE,
    ONE_SEED,
    difference,
    interval,
    pooled_spread,
    summarise,
)

TRIALS = pd.DataFrame(
    {
        "at": [[1, 2], [1, 2], [1, 2], [], []],
        "seed": [0, 1, 2, 0, 1],
        "loss": [1.0, 2.0, 3.0, 5.0, np.nan],
        "key": list("abcde"),
    }
)
# Student's t: 97.5 % quantile with 2 degrees of freedom.
T_2 = 4.302652729749464


def test_mean_and_interval_of_three_seeds() -> None:
    row = summarise(TRIALS, "at", "loss").iloc[0]
    half = T_2 * 1 / math.sqrt(3)
    assert (row["n"], row["loss"], row["evidence"]) == (3, 2.0, "")
    assert (row["loss_low"], row["loss_high"]) == pytest.approx((2 - half, 2 + half))


def test_one_seed_has_a_mean_and_no_interval() -> None:
    row = summarise(TRIALS, "at", "loss").iloc[1]
    assert (row["n"], row["loss"], row["evidence"]) == (1, 5.0, ONE_SEED)
    assert math.isnan(row["loss_low"]) and math.isnan(row["loss_high"])


def test_a_setting_without_a_value_has_n_0() -> None:
    row = summarise(TRIALS.iloc[[4]], "at", "loss").iloc[0]
    assert row["n"] == 0 and math.isnan(row["loss"]) and row["evidence"] == ""


def test_rows_keep_settings_keys_and_attributes() -> None:
    table = TRIALS.copy()
    table.attrs["experiment"] = "t"
    summary = summarise(table, ["at"], "loss")
    assert summary["at"].tolist() == [[1, 2], []] and summary.attrs == {"experiment": "t"}
    assert summary["key"].tolist() == [["a", "b", "c"], ["d", "e"]]


def test_settings_may_be_lists_of_lists_and_dicts() -> None:
    table = TRIALS.assign(kinds=[[["cnn", 12]]] * 3 + [[{"cnn": 12}]] * 2)
    assert summarise(table, "kinds", "loss")["n"].tolist() == [3, 1]  # one has no loss
    assert tables.over_seeds(table, "kinds", "loss")["n"].tolist() == [3, 2]


def test_a_trial_that_stands_twice_counts_once() -> None:
    twice = pd.concat([TRIALS, TRIALS])
    pd.testing.assert_frame_equal(summarise(twice, "at", "loss"), summarise(TRIALS, "at", "loss"))
    assert tables.over_seeds(twice, "at", "loss")["n"].tolist() == [3, 2]
    nets = twice.assign(net=twice["at"].map(str))
    assert pooled_spread(nets, "net", "loss") == pooled_spread(nets.iloc[:5], "net", "loss")


def test_rows_of_one_trial_with_other_values_all_count() -> None:
    points = pd.concat([TRIALS, TRIALS.assign(loss=TRIALS["loss"] + 1)])
    assert summarise(points, "at", "loss")["n"].tolist() == [6, 2]


def test_seeds_with_one_value_have_no_interval() -> None:
    summary = summarise(TRIALS.assign(loss=0.5), "at", "loss")
    assert summary["evidence"].tolist() == [NO_SPREAD] * 2 and summary["loss_low"].isna().all()


def test_no_trials_give_no_rows_and_all_columns() -> None:
    summary = summarise(TRIALS.iloc[:0], "at", "loss")
    assert not len(summary) and {"at", "n", "loss", "loss_low", "key"} <= set(summary)


def test_a_missing_column_is_named() -> None:
    with pytest.raises(
        KeyError, match="'los', which the table doesn't have; it has at, seed, loss"
    ):
        summarise(TRIALS, "at", "los")


def test_interval_of_one_value_is_none() -> None:
    assert all(math.isnan(end) for end in interval([1.0]))


def test_spread_is_pooled_over_settings_with_several_seeds() -> None:
    table = pd.DataFrame({"net": list("aaabbc"), "loss": [9, 10, 11, 18, 22, 5]})
    # Relative variances 1/100 with two degrees of freedom, 8/400 with one.
    spread, settings = pooled_spread(table, "net", "loss")
    assert spread == pytest.approx(math.sqrt((2 * 0.01 + 0.02) / 3)) and settings == 2


def test_spread_leaves_a_training_that_diverged_aside():
    table = pd.DataFrame({"net": list("aaab"), "loss": [9, 11, math.inf, 5]})
    assert pooled_spread(table, "net", "loss") == pooled_spread(table.iloc[:2], "net", "loss")


def test_spread_takes_settings_that_are_missing_or_lists() -> None:
    loss = [9, 10, 11, 18, 22, 5]
    of_names = pooled_spread(pd.DataFrame({"net": list("aaabbc"), "loss": loss}), "net", "loss")
    for a, b in ((None, "b"), (np.nan, 1.0), ([1], [2])):
        table = pd.DataFrame({"net": [a, a, a, b, b, "c"], "loss": loss})
        assert pooled_spread(table, "net", "loss") == pytest.approx(of_names)


def test_spread_of_single_seeds_is_unknown() -> None:
    spread, settings = pooled_spread(TRIALS.iloc[[0]].assign(net="a"), "net", "loss")
    assert math.isnan(spread) and settings == 0


def test_welch() -> None:
    # Variances 1 and 4 of three values each; degrees of freedom by Welch and Satterthwaite.
    error, freedom = math.sqrt(5 / 3), (5 / 3) ** 2 / ((1 / 3) ** 2 / 2 + (4 / 3) ** 2 / 2)
    found = difference([1, 2, 3], [3, 5, 7])
    half = stats.t.ppf(0.975, freedom) * error
    assert found.mean == -3 and found.n == (3, 3)
    assert (found.low, found.high) == pytest.approx((-3 - half, -3 + half))
    assert found.p == pytest.approx(2 * stats.t.sf(3 / error, freedom))


def test_paired_by_the_index_of_both() -> None:
    a = pd.Series([1.0, 2.0, 4.0], index=[0, 1, 2])
    b = pd.Series([9.0, 3.0, 1.5], index=[7, 2, 1])
    found = difference(a, b, paired=True)  # 2 - 1.5 and 4 - 3
    assert (found.mean, found.n) == (0.75, (2, 2))
    half = 12.706204736432095 * 0.25  # t with one degree of freedom, standard error 0.5/2
    assert (found.low, found.high) == pytest.approx((0.75 - half, 0.75 + half))


def test_against_a_given_number() -> None:
    found = difference([1, 2, 3], 5.0)
    half = T_2 / math.sqrt(3)
    assert found.mean == -3 and found.n == (3, None)
    assert (found.low, found.high) == pytest.approx((-3 - half, -3 + half))


def test_one_seed_is_no_evidence() -> None:
    found = difference([1, 2, 3], [4])
    assert found.mean == -2 and found.evidence == ONE_SEED and math.isnan(found.p)


@pytest.mark.parametrize("other", [1.0, 2.0])
@pytest.mark.parametrize("paired", [False, True])
def test_seeds_that_change_nothing_are_no_evidence(other, paired) -> None:
    found = difference([1.0, 1.0], [other, other], paired)
    assert found.mean == 1 - other and found.evidence == NO_SPREAD
    assert all(math.isnan(value) for value in (found.low, found.high, found.p))


@pytest.mark.parametrize(
    ("a", "b", "paired"),
    [
        ([0.3, 0.7], [0.1, 0.5], True),  # both 0.2 apart, and 3e-17 more or less
        ([0.3, 0.1 + 0.2], [0.1, 0.3 - 0.2], False),
        ([0.3, 0.1 + 0.2], 0.1, False),
    ],
)
def test_what_rounding_makes_unequal_is_no_evidence(a, b, paired) -> None:
    found = difference(a, b, paired)
    assert found.mean == pytest.approx(0.2) and found.evidence == NO_SPREAD


@pytest.mark.parametrize("end", [math.inf, -math.inf])
@pytest.mark.parametrize("paired", [False, True])
def test_a_seed_that_diverged_is_not_taken_for_one_without_effect(end, paired) -> None:
    found = difference([end, 1.0], [1.0, 2.0], paired)
    assert (found.mean, found.evidence) == (end, NOT_FINITE) and math.isnan(found.p)
    summary = summarise(TRIALS.assign(loss=[end, 1.0, 2.0, 5.0, np.nan]), "at", "loss")
    assert summary["evidence"].tolist() == [NOT_FINITE, ONE_SEED]
    assert summary["loss"].tolist() == [end, 5.0] and summary["loss_low"].isna().all()


def test_interval_of_what_rounding_makes_unequal_is_none() -> None:
    assert all(math.isnan(end) for end in interval([0.3, 0.1 + 0.2]))
    table = pd.DataFrame({"net": "a", "loss": [0.3, 0.1 + 0.2]})
    assert summarise(table, "net", "loss")["evidence"].tolist() == [NO_SPREAD]


@pytest.mark.parametrize("make", [list, pd.Series])
def test_a_missing_value_is_none(make) -> None:
    a, b = [1.0, 2.0, 4.0, np.nan], [2.0, np.nan, 9.0, 5.0]
    assert difference(make(a), make(b)) == difference([1.0, 2.0, 4.0], [2.0, 9.0, 5.0])
    assert difference(make(a), make(b), paired=True) == difference([1, 4], [2, 9], paired=True)
    assert difference(make(a), 1.0).n == (3, None)


def test_no_value_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one value"):
        difference([], [1.0])


def test_sequences_of_two_lengths_cannot_be_paired() -> None:
    with pytest.raises(ValueError, match="3 and 2 values"):
        difference([1, 2, 3], [1, 2], paired=True)


def test_a_seed_that_stands_twice_cannot_be_paired() -> None:
    with pytest.raises(ValueError, match="the index 0 twice"):
        difference(pd.Series([1.0, 2.0], index=[0, 0]), pd.Series([1.0]), paired=True)
