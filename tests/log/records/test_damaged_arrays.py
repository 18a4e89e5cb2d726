"""Arrays beside a record whose file was changed: refused in a sentence, whichever byte it is."""

import dataclasses

import numpy as np
import pytest
from tests.log.records.whole import START, a_record

from labbook.log.records.files import DamagedRecord
from labbook.log.records.folder import write_record

ARRAY = np.random.default_rng(0).integers(0, 50, 300)


@pytest.fixture
def record(folder):
    """A record with an array."""
    return write_record(a_record(5, artifacts=["x"]), folder, {"x": ARRAY})


def damaged_files(record, step):
    """The file of its arrays with one byte changed, one after the other."""
    path = record.folder / f"{record.key}.npz"
    content = path.read_bytes()
    for place in range(0, len(content), step):
        path.write_bytes(content[:place] + bytes([content[place] ^ 0b101]) + content[place + 1 :])
        yield place


def test_any_changed_byte_gives_the_arrays_as_they_were_or_a_sentence(record, folder) -> None:
    record = dataclasses.replace(record, folder=folder)
    refused = 0
    for _ in damaged_files(record, 3):
        try:
            assert np.array_equal(record.load_artifacts()["x"], ARRAY)
        except DamagedRecord as error:
            assert f"{record.key}.npz" in str(error) and "run the trial again" in str(error)
            refused += 1
    assert refused > 100


def test_a_trial_that_is_run_again_takes_the_place_of_damaged_arrays(record, folder) -> None:
    record = dataclasses.replace(record, folder=folder)
    later = dataclasses.replace(record, start=START.replace("10:00", "11:00"))
    later = dataclasses.replace(later, end=later.start)
    for _ in damaged_files(record, 40):
        write_record(later, folder, {"x": ARRAY})
        assert np.array_equal(later.load_artifacts()["x"], ARRAY)
        write_record(record, folder, {"x": ARRAY})
