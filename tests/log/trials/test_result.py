"""What a trial returned: all that can be kept is kept, what cannot is told and stops the sweep."""

import os

import numpy as np
import pytest

from labbook.log import trials
from labbook.log.records.folder import read_records
from labbook.log.trials.result import ResultError, checked_result

GOOD = {"metrics": {"loss": 0.5}, "history": {"loss": [1.0, 0.5]}}


class Opaque:
    """Something that JSON cannot hold."""


MISFITS = {
    "nothing": ({}, "the trial returned nothing"),
    "None": (None, "a trial returns a dict with its metrics, not NoneType"),
    "a wrong key": (GOOD | {"accuracy": 0.9}, "no place for 'accuracy'"),
    "a part of a parameter": (GOOD | {"parameters": 1.5}, "parameters is 1.5, not a whole number"),
    "fewer than no parameters": (GOOD | {"parameters": -1}, "parameters is -1"),
    "a seed of text": (GOOD | {"seed": "x"}, "seed is 'x' of type str, not a number"),
    "a name twice": (
        GOOD | {"throughput": {1: 2.0, "1": 3.0}},
        "throughput has the name '1' twice",
    ),
    "5,000 digits": (GOOD | {"flops": 10**4999}, "flops is larger than any floating point number"),
    "a surrogate": (GOOD | {"dtype": "\ud800"}, "not valid Unicode text"),
    "a name that is no text": (GOOD | {"fingerprint": {"\ud800": 1}}, "not valid Unicode text"),
    "an object": (GOOD | {"fingerprint": {"model": Opaque()}}, r"fingerprint\['model'\] is"),
    "a curve of texts": (
        {"metrics": {"loss": 0.5}, "history": {"loss": [1.0, 0.5], "lr": ["a"]}},
        r"history\['lr'\]\[0\] is 'a'",
    ),
    "a metric of None": (
        {"metrics": {"loss": 0.5, "rank": None}, "history": {"loss": [1.0, 0.5]}},
        r"metrics\['rank'\] is None",
    ),
}


@pytest.mark.parametrize("what", MISFITS)
def test_what_cannot_be_kept_is_a_sentence(what) -> None:
    returned, told = MISFITS[what]
    with pytest.raises(ResultError, match=told):
        checked_result(returned, {}).check()


@pytest.mark.parametrize("what", [what for what, (got, _) in MISFITS.items() if got])
def test_what_can_be_kept_is_kept(what) -> None:
    result = checked_result(MISFITS[what][0], {})
    assert (result.metrics, result.history) == ({"loss": 0.5}, {"loss": [1.0, 0.5]})


@pytest.mark.parametrize(
    ("dtype", "kept"), [(np.float32, "float32"), (np.dtype("f4"), "float32"), ("bf16", "bf16")]
)
def test_dtype_is_kept_in_words(dtype, kept) -> None:
    assert checked_result(GOOD | {"dtype": dtype}, {}).made_with == {"dtype": kept}


def test_dtype_of_torch_is_kept_in_words() -> None:
    torch = pytest.importorskip("torch")
    result = checked_result(GOOD | {"dtype": torch.float32, "device": torch.device("cpu")}, {})
    assert result.made_with == {"device": "cpu", "dtype": "torch.float32"}


def forgetful(width: int) -> dict:
    with open(os.environ["JOURNAL"], "a") as file:
        file.write(f"{width}\n")
    return {"accuracy": 0.9, "metrics": {"loss": 1.0}, "artifacts": {"filters": np.ones(3)}}


def test_sweep_stops_after_the_first_result_of_a_wrong_shape(log) -> None:
    with pytest.raises(ResultError, match="no place for 'accuracy'.*were not run"):
        trials.run(forgetful, trials.grid(width=[1, 2, 3]), experiment="t")
    assert log.journal() == ["1"]


def test_workers_get_no_trial_after_the_first_result_of_a_wrong_shape(log) -> None:
    with pytest.raises(ResultError, match="no place for 'accuracy'"):
        trials.run(forgetful, trials.grid(width=list(range(9))), executor=1, experiment="t")
    assert len(log.journal()) < 9


def test_record_of_a_wrong_shape_keeps_numbers_and_arrays(log) -> None:
    with pytest.raises(ResultError):
        trials.run(forgetful, [{"width": 1}], experiment="t")
    [record] = read_records("t")
    assert (record.outcome, record.metrics) == ("failed", {"loss": 1.0})
    assert list(record.load_artifacts()["filters"]) == [1.0, 1.0, 1.0]


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
