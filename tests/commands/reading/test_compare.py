"""Two attempts at one trial: equal to the last bit, or what differs."""

import dataclasses

import numpy as np
import pytest

from labbook.commands.reading.compare import compared
from labbook.log.records.folder import read_folder, write_record
from labbook.log.records.key import record_key
from labbook.log.records.record import Record

RECORD = Record(
    key=record_key("toy.train", {}, ""),
    function="toy.train",
    experiment="toy",
    configuration={},
    data_digest="",
    outcome="ok",
    start="2026-11-22T10:00:00+00:00",
    end="2026-11-22T10:00:01+00:00",
    artifacts=["x"],
)


@pytest.mark.parametrize(
    ("was", "is_", "told"),
    [
        ([np.nan, 1.0], [np.nan, 2.0], "1 of 2 elements"),
        ([0.0, 1.0], [-0.0, 1.0], "1 of 2 elements"),
        ([[1, 2], [3, 4]], [[1, 9], [9, 9]], "3 of 4 elements"),
        (["a", "b"], ["a", "c"], "1 of 2 elements"),
        ([np.nan], [np.nan], "equal to the last bit"),
    ],
)
def test_elements_are_counted_by_their_bits(tmp_path, was, is_, told) -> None:
    records = []
    for name, values in (("was", was), ("is", is_)):
        folder = tmp_path / name / "toy"
        folder.mkdir(parents=True)
        write_record(RECORD, folder, {"x": np.array(values)})
        records.append(read_folder(folder, "local").good[RECORD.key])
    same, text = compared(*records)
    assert told in text and same == text.startswith("equal")


@pytest.mark.parametrize(
    ("now", "told"),
    [([1.1, np.nan, 3.0], "at most by nan"), ([np.nan, 2.2, 3.0], "at most by nan")]
    + [([1.1, 2.3, 3.0], "2 of 3 points, from point 1 on, at most by 0.3")],
)
def test_a_curve_that_became_nan_anywhere_is_told(now, told) -> None:
    before = dataclasses.replace(RECORD, artifacts=[], history={"loss": [1.0, 2.0, 3.0]})
    same, text = compared(before, dataclasses.replace(before, history={"loss": now}))
    assert told in text and not same


def test_two_attempts_that_failed_otherwise_are_not_the_same() -> None:
    failed = dataclasses.replace(
        RECORD, artifacts=[], outcome="failed", error={"type": "ValueError", "message": "seven"}
    )
    other = dataclasses.replace(failed, error={"type": "ImportError", "message": "no torch"})
    same, text = compared(failed, other)
    assert not same and "ValueError: seven" in text and "ImportError: no torch" in text
    assert compared(failed, failed) == (True, "equal to the last bit: its outcome.")


@pytest.mark.parametrize(
    ("was", "is_", "row"),
    [
        ({"parameters": 10}, {"parameters": 11}, "model parameters 10 11 +1"),
        ({"metrics": {"loss": 0.5}}, {}, "metric loss 0.5 –"),
        ({"history": {"loss": [1.0, 0.5]}}, {"history": {"loss": [1.0]}},
         "curve loss 2 points 1 points"),
    ],
)  # fmt: skip
def test_what_differs_is_named_with_both_values(was, is_, row) -> None:
    records = (dataclasses.replace(RECORD, artifacts=[], **fields) for fields in (was, is_))
    same, text = compared(*records)
    assert not same and row in [" ".join(line.split()) for line in text.splitlines()]


def test_arrays_that_are_not_at_hand_are_not_called_equal(tmp_path) -> None:
    record = dataclasses.replace(RECORD, folder=tmp_path, metrics={"loss": 0.5})
    told = "equal to the last bit: 1 number (its arrays are not on this machine)."
    assert compared(record, record) == (True, told)


@pytest.mark.parametrize("kept", ["both", "now"])
def test_weights_are_compared_by_their_digest_where_they_are_not_at_hand(tmp_path, kept) -> None:
    records = []
    for number in (1, 2):
        folder = tmp_path / f"{number}" / "toy"
        folder.mkdir(parents=True)
        weights = {"w": {"a": np.full(2, number, np.float32)}, "x": np.zeros(3)}
        write_record(dataclasses.replace(RECORD, artifacts=["w", "x"]), folder, weights)
        records.append(read_folder(folder, "local").good[RECORD.key])
    if kept == "now":
        for path in (tmp_path / "1" / "toy").glob("*.safetensors"):
            path.unlink()  # as of a published record
    same, text = compared(*records)
    assert not same and text.startswith("1 of its results differ")
    (row,) = [line.split() for line in text.splitlines() if line.startswith(("array", "weights"))]
    assert row[:2] == {"both": ["array", "w.a"], "now": ["weights", "w"]}[kept]
    assert compared(records[0], records[0])[0]
