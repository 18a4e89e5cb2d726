"""How a mean and its interval are one cell, and three columns of the file."""

import numpy as np
import pandas as pd

from labbook.show import tables
from labbook.show.table import csv_text, markup

FRAME = pd.DataFrame(
    {
        "axes": ["data", "escnn"], "accuracy": [0.7658, 0.2738],
        "accuracy_low": [0.7508, np.nan], "accuracy_high": [0.7808, np.nan],
    }
)  # fmt: skip


def site(frame: pd.DataFrame) -> str:
    return markup.for_site(tables.describe(frame), "t", [])


def test_mean_and_interval_are_one_cell():
    shown = site(FRAME)
    assert "0.7658 <small>[0.7508, 0.7808]</small>" in shown
    assert 'accuracy <span class="lb-unit">[low, high]</span>' in shown
    assert "accuracy low" not in shown


def test_mean_of_one_seed_has_no_interval():
    assert "data-v=0.2738>0.2738</tbody>" in site(FRAME)


def test_column_without_any_interval_speaks_of_none():
    none = FRAME.assign(accuracy_low=np.nan, accuracy_high=np.nan)
    assert "low, high" not in site(none) and "data-v=0.7658>0.7658" in site(none)


def test_interval_keeps_its_row_when_rows_are_sorted():
    shown = markup.for_site(tables.describe(FRAME, sort="accuracy"), "t", [])
    assert shown.index("0.2738") < shown.index("0.7658 <small>[0.7508")


def test_ends_of_an_interval_are_columns_of_the_file():
    header, first, second = csv_text.as_csv(tables.describe(FRAME)).splitlines()
    assert header == "axes,accuracy,accuracy low,accuracy high"
    assert first == "data,0.7658,0.7508,0.7808" and second == "escnn,0.2738,,"
