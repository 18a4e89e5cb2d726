"""The earlier survey's cells against ours: every difference is found and has its reason."""

from pathlib import Path

import pandas as pd
import pytest

from labbook.models.survey.corrections import by_reason, compare_statements, compare_workbook

REPORTED = Path(__file__).parents[2] / "notebooks" / "reported"


@pytest.fixture(scope="module")
def sheets():
    return pd.read_excel(REPORTED / "cnn_models.xlsx", sheet_name=None, dtype=object)


@pytest.fixture(scope="module")
def statements():
    return pd.read_csv(REPORTED / "compare_cnns_statements.csv", keep_default_na=False)


def test_workbook_has_its_14_sheets_in_order(sheets):
    order = "AlexNet VGG-19 MobileNet VoxNet C3D AtomNet Trong2017 DOVE GNINA Derevyanko2018"
    assert list(sheets) == [*order.split(), "Emap2sec", "Ornate", "DeepSite", "Weiler2018"]


def test_every_difference_has_a_reason(sheets):
    assert (compare_workbook(sheets).reason != "").all()


def test_sheets_that_agree_in_every_cell(sheets):
    agreeing = set(sheets) - set(compare_workbook(sheets).sheet)
    assert agreeing == {
        "VoxNet", "Trong2017", "DOVE", "GNINA", "Derevyanko2018", "Ornate", "DeepSite",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("sheet", "row", "column", "workbook", "ours"),
    [
        ("AlexNet", 8, "size", 5, 6), ("VGG-19", 21, "size", 1, 7), ("VGG-19", 21, "kernel", 14, 2),
        ("MobileNet", 3, "padding", 1, 0), ("C3D", 2, "stride", 2, "1×2×2"),
        ("C3D", 13, "size", "?", "1×4×4"), ("Weiler2018", 10, "kernel", 5, None),
    ],
)  # fmt: skip
def test_known_error_is_found(sheets, sheet, row, column, workbook, ours):
    found = compare_workbook({sheet: sheets[sheet]})
    cell = found[(found.row == row) & (found.column == column)].iloc[0]
    assert (cell.workbook, cell.ours) == (workbook, ours)


def test_a_change_of_the_workbook_is_found_and_has_no_reason(sheets):
    changed = sheets["VoxNet"].copy()
    changed.loc[2, "Out Channels"] = 33
    found = compare_workbook({"VoxNet": changed})
    assert found[["row", "column", "workbook", "ours", "reason"]].values.tolist() == [
        [2, "channels", 33, 32, ""]
    ]


def test_a_change_of_a_number_of_fields_is_found(sheets):
    changed = sheets["Weiler2018"].copy()
    changed.loc[3, "ℓ = 1"] = 9
    found = compare_workbook({"Weiler2018": changed})
    assert [3, "fields", 9, 8] in found[["row", "column", "workbook", "ours"]].values.tolist()


def test_cells_of_one_reason_are_told_together(sheets):
    told = by_reason(compare_workbook(sheets)).set_index(["sheet", "column"])
    assert told.rows["MobileNet", "padding"] == ", ".join(map(str, range(3, 28, 2)))


def test_unknown_sheet_is_told(sheets):
    with pytest.raises(KeyError, match="names the sheet 'LeNet'"):
        compare_workbook({"LeNet": sheets["VoxNet"]})


def test_statements_that_differ_are_those_with_a_reason(statements):
    compared = compare_statements(statements)
    differs = compared.reported.astype(str) != compared.ours.astype(str)
    assert (differs == (compared.reason != "")).all()


def test_escnn_example_has_480_channels_at_5_voxels(statements):
    compared = compare_statements(statements).set_index("statement")
    assert compared.ours["channels at 5 x 5 x 5"] == 480
