"""Headers and values of cells, as words."""

import pytest

from labbook.show.table import cell_text


@pytest.mark.parametrize(
    ("name", "label", "unit"),
    [
        ("wall_time_s", "wall time", "s"),
        ("peak_memory_bytes", "peak memory", "MiB"),
        ("length_A", "length", "Å"),
        ("throughput", "throughput", "examples/s"),
        ("loss", "loss", ""),
        ("_s", " s", ""),
    ],
)
def test_header_tells_the_unit(name, label, unit):
    assert cell_text.label_and_unit(name) == (label, unit)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("kernel_size", 3, "kernel size 3"),
        ("radius_A", 4.0, "radius 4 Å"),
        ("buffer_bytes", 2**21, "buffer 2 MiB"),
        ("radius_A", None, "radius –"),
    ],
)
def test_setting_is_told_with_its_unit(name, value, told):
    assert " ".join(cell_text.named(name, value)) == told


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (33617, "33,617"),
        (-1.5, "−1.5"),
        (2.3e-7, "2.3e-07"),
        (None, "–"),
        ([], "–"),
        ([2, 3, 4], "2, 3, 4"),
        (True, "yes"),
        (0.0, "0"),
        ("text", "text"),
        (float("nan"), "–"),
        (float("inf"), "inf"),
        ([1.0, float("-inf")], "1, −inf"),
    ],
)
def test_value_reads(value, text):
    assert cell_text.show_value(value) == text


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([1.234e-12, 5.678e-12], ["1.234e-12", "5.678e-12"]),
        ([2.345e-9, 3.4567e-9], ["2.345e-09", "3.457e-09"]),
        ([1.2345e20, 3.4e20], ["1.234e+20", "3.4e+20"]),
        ([1100.23, 1234.56, 0.6678], ["1,100.23", "1,234.56", "0.67"]),
        ([12345.678, 2.5], ["12,345.7", "2.5"]),
        ([0.01052, 0.01061], ["0.01052", "0.01061"]),
    ],
)
def test_column_shows_figures_of_all_its_numbers(values, texts):
    places = cell_text.decimals(values)
    assert [cell_text.show_number(value, places) for value in values] == texts


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [(0.15, 0, "0.1"), (-0.3, 0, "−0.3"), (0.0003697, 2, "0.0004"), (-1e-17, 2, "0.00")],
)
def test_no_number_but_zero_reads_zero(value, places, text):
    assert cell_text.show_number(value, places) == text
