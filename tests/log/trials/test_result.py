"""Whatever a trial raises is recorded, in a text of bounded length that UTF-8 can hold."""

import pytest

from labbook.log import trials
from labbook.log.records.folder import read_records


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
