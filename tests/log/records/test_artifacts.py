"""Arrays and weights beside a record: read back as they were, or refused."""

from pathlib import Path

import numpy as np
import pytest
import torch
from tests.training.small_training import Examples, make_module, run

from labbook.log import trials
from labbook.log.records.files import DamagedRecord
from labbook.log.records.folder import read_records
from labbook.log.records.record import Record
from labbook.training.loop import mean_loss


def keeps_weights(seed: int) -> dict:
    weights, report = run()
    return report | {"artifacts": {"network": weights, "curve": np.arange(3), "seed": seed}}


@pytest.fixture
def record(log) -> Record:
    """Of a trial that kept its weights beside other arrays."""
    trials.run(keeps_weights, [{"seed": 0}], experiment="t")
    [record] = read_records("t")
    return record


def test_weights_give_the_validation_loss_of_the_record(record) -> None:
    module = make_module()
    weights = record.load_artifacts()["network"]
    module.load_state_dict({name: torch.from_numpy(array) for name, array in weights.items()})
    module.eval()
    with torch.no_grad():
        measured = mean_loss(Examples().vectors[:20].split(8))(module)
    assert measured["loss"] == record.metrics["validation_loss"]


def test_other_artifacts_lie_beside_the_weights(record) -> None:
    found = record.load_artifacts()
    assert found["curve"].tolist() == [0, 1, 2] and found["seed"].shape == ()


def file_of_weights(record: Record) -> Path:
    [path] = record.folder.glob("*.safetensors")
    return path


def test_flipped_byte_is_refused(record) -> None:
    path = file_of_weights(record)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(DamagedRecord, match=f"{path.name} is not what the trial returned"):
        record.load_artifacts()


def test_weights_that_were_not_kept_are_named(record) -> None:
    file_of_weights(record).unlink()
    with pytest.raises(FileNotFoundError, match="network.*safetensors"):
        record.load_artifacts()


def test_new_weights_take_the_place_of_the_old(log, record) -> None:
    before = file_of_weights(record)
    before.write_bytes(b"old")
    before.rename(before.with_name(f"{record.key}.network.{'0' * 16}.safetensors"))
    trials.run(keeps_weights, [{"seed": 0}], experiment="t", refresh="all")
    [record] = read_records("t")
    assert file_of_weights(record).name.startswith(f"{record.key}.network.")
    assert set(record.load_artifacts()) == {"network", "curve", "seed"}
