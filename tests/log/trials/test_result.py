"""Whatever a trial returns or raises is recorded, in plain numbers and texts."""

import numpy as np
import pytest

from labbook.log import trials
from labbook.log.records.folder import read_records
from labbook.log.trials.result import checked_result


class Wordless(Exception):
    """An exception that has no text."""

    def __str__(self) -> str:
        raise RuntimeError("no text")


ERRORS = {
    "surrogate": ValueError("\ud800"),
    "wordless": Wordless(),
    "long": ValueError("x" * 20_000_000),
}


def raises(what: str) -> dict:
    raise ERRORS[what]


@pytest.mark.parametrize("what", ERRORS)
def test_whatever_a_trial_raises_is_recorded(what, log) -> None:
    trials.run(raises, [{"what": what}], experiment="t")
    [record] = read_records("t")
    assert record.outcome == "failed" and record.error["type"] == type(ERRORS[what]).__name__
    assert len(record.error["message"]) < 30_000


def test_numbers_of_numpy_become_plain_ones() -> None:
    one, two = np.float32(1), np.array(2.0)
    returned = {
        "metrics": {"a": one, "b": two},
        "history": {"c": [one, two]},
        "fingerprint": {
            "model": np.int64(3),
            "first_losses": np.ones(2),
            "sums": [one, two],
        },
    }
    measured = checked_result(returned, {}).measured
    assert (measured["metrics"], measured["history"]) == ({"a": 1.0, "b": 2.0}, {"c": [1.0, 2.0]})
    assert measured["fingerprint"] == {"model": 3, "first_losses": [1.0, 1.0], "sums": [1.0, 2.0]}
