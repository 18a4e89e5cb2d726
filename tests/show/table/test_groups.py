"""Rows of one setting: what counts as one value, and which trials they are."""

import numpy as np
import pandas as pd
import pytest

from labbook.show.table.groups import groups


def keys_by(values: list) -> list[list[str]]:
    table = pd.DataFrame(
        {"at": pd.Series(values, dtype=object), "key": list("abcdef")[: len(values)]}
    )
    return [keys for _, _, keys in groups(table, ["at"])]


@pytest.mark.parametrize(
    "values",
    [[1, 1.0], [None, np.nan, pd.NA], [[1], [1]], [([1],), ([1],)], [{"a": 1}, {"a": 1}]],
)
def test_one_setting(values: list) -> None:
    assert keys_by(values) == [list("abcdef")[: len(values)]]


@pytest.mark.parametrize("values", [[1, True], [[1], "[1]"], [1, "1"], [None, "None"], [(1,), 1]])
def test_two_settings(values: list) -> None:
    assert keys_by(values) == [["a"], ["b"]]


def test_settings_stand_in_the_order_of_the_table() -> None:
    assert keys_by(["b", "a", "b"]) == [["a", "c"], ["b"]]


def test_without_columns_all_rows_are_of_one_setting() -> None:
    table = pd.DataFrame({"loss": [1.0, 2.0]})
    ((values, rows, keys),) = groups(table, [])
    assert (values, keys) == ({}, []) and rows.equals(table)


def test_keys_of_joined_trials_are_flat() -> None:
    table = pd.DataFrame({"net": ["a", "a", "a"], "key": [("k", "l"), ["m"], "n"]})
    assert [keys for _, _, keys in groups(table, ["net"])] == [["k", "l", "m", "n"]]
