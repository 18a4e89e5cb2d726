"""Records as one table: columns of one type, whatever numbers settings hold."""

import json

import pandas as pd
import pytest
from click.testing import CliRunner

from labbook.cli import main
from labbook.commands.export.records import records_table
from labbook.log import trials


def draws(seed: int) -> dict:
    return {"metrics": {"loss": 0.5}}


def test_whole_numbers_of_many_bits_keep_all_their_digits(log) -> None:
    seeds = [1, 2**63, 2**127 + 1]  # the latter as numpy.random.SeedSequence().entropy gives them
    trials.run(draws, trials.grid(seed=seeds), experiment="t")
    column = records_table(log.root, ["t"])["configuration.seed"]
    assert sorted(map(json.loads, column)) == seeds


def test_the_command_says_how_many_it_has_written(log) -> None:
    trials.run(draws, trials.grid(seed=[1]), experiment="t")
    (log.root / "notebooks" / "t.py").touch()
    file = log.root / "records.parquet"
    said = CliRunner().invoke(main, ["export", "t", "--parquet", str(file)]).output
    assert said == f"{file}: 1 record\n" and len(pd.read_parquet(file)) == 1


def test_smaller_ones_are_numbers(log) -> None:
    trials.run(draws, trials.grid(seed=[2**63 - 1, 3]), experiment="t")
    column = records_table(log.root, ["t"])["configuration.seed"]
    assert column.dtype == "Int64" and sorted(column) == [3, 2**63 - 1]


def takes(setting: object = None) -> dict:
    return {"metrics": {"loss": 0.5}}


@pytest.mark.parametrize(
    ("values", "kind", "kept"),
    [
        ([True, None], "boolean", [True, None]),
        ([1, 0.5], "float64", [1.0, 0.5]),
        (["a", None], "string", ["a", None]),
        ([1, "a"], "string", ["1", '"a"']),
        ([1, True], "string", ["1", "true"]),
        ([[1, 2], {"a": 3}], "string", ["[1, 2]", '{"a": 3}']),
    ],
)
def test_a_column_is_of_one_type_and_of_json_where_its_values_are_not(
    log, values, kind, kept
) -> None:
    trials.run(takes, [{"setting": value} for value in values], experiment="t")
    column = records_table(log.root, ["t"])["configuration.setting"]
    assert column.dtype == kind
    assert [None if pd.isna(value) else value for value in column] == kept
