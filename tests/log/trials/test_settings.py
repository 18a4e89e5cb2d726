"""Which rows of a table have given settings: values that are equal, whatever their type."""

import numpy as np
import pandas as pd
import pytest

from labbook.log.trials.settings import setting_text, with_settings


@pytest.mark.parametrize(
    "one, other",
    [
        (1, 1.0),
        (3, np.int64(3)),
        (0.5, np.float32(0.5)),
        ([2, 3], (2, 3)),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        (None, float("nan")),
        (float("inf"), np.float64("inf")),
    ],
)
def test_equal_settings_have_one_text(one, other) -> None:
    assert setting_text(one) == setting_text(other)


@pytest.mark.parametrize(
    "one, other",
    [(0.003, 0.001), (0, 0.5), (-1, 1), (1, "1"), (1, True), (None, "missing"), ([2, 3], [3, 2])],
)
def test_other_settings_have_another_text(one, other) -> None:
    assert setting_text(one) != setting_text(other)


def test_rows_of_a_rate_are_those_of_no_other() -> None:
    table = pd.DataFrame({"rate": [0.001, 0.003, 0.01, 0.003], "seed": [0, 0, 0, 1]})
    assert list(with_settings(table, {"rate": 0.003})["seed"]) == [0, 1]
