"""Records as one table: columns of one type, whatever numbers settings hold."""

import json

from labbook.commands.export.records import records_table
from labbook.log import trials


def draws(seed: int) -> dict:
    return {"metrics": {"loss": 0.5}}


def test_whole_numbers_of_many_bits_keep_all_their_digits(log) -> None:
    seeds = [1, 2**63, 2**127 + 1]  # the latter as numpy.random.SeedSequence().entropy gives them
    trials.run(draws, trials.grid(seed=seeds), experiment="t")
    column = records_table(log.root, ["t"])["configuration.seed"]
    assert sorted(map(json.loads, column)) == seeds


def test_smaller_ones_are_numbers(log) -> None:
    trials.run(draws, trials.grid(seed=[2**63 - 1, 3]), experiment="t")
    column = records_table(log.root, ["t"])["configuration.seed"]
    assert column.dtype == "Int64" and sorted(column) == [3, 2**63 - 1]
