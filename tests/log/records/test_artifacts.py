"""Arrays and weights beside a record: read back as they were, or refused."""

from pathlib import Path

import numpy as np
import pytest
import torch
from tests.training.small_training import Examples, make_module, run

from labbook.log import trials
from labbook.log.records.files import DamagedRecord, lock_path, path_of_good
from labbook.log.records.folder import read_records, settle_abandoned
from labbook.log.records.locks import TrialLock
from labbook.log.records.record import Record
from labbook.log.trials.result import UnrecordableResult
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


def returns(kind: str, alone: bool = False) -> dict:
    """One tensor or array of a kind that NumPy or the format of weights lacks."""
    ones = torch.ones(2, dtype=torch.complex64)
    array = {
        "sparse": lambda: torch.eye(2).to_sparse(),
        "quantised": lambda: torch.quantize_per_tensor(torch.ones(2), 0.5, 0, torch.qint8),
        "without data": lambda: torch.ones(2, device="meta"),
        "conjugate": lambda: (ones * 1j).conj(),
        "of two lengths": lambda: [[1], [1, 2]],
        "complex128": lambda: np.ones(2, complex),
        "texts": lambda: np.array(["a"]),
    }.get(kind, lambda: torch.tensor([1.5, -2], dtype=getattr(torch, kind, None)))()
    return {"metrics": {}, "artifacts": {"h": array} if alone else {"w": {"h": array}}}


@pytest.mark.parametrize("alone", [False, True])
@pytest.mark.parametrize("kind", ["bfloat16", "float8_e4m3fn", "float8_e5m2"])
def test_short_numbers_that_numpy_lacks_are_kept_as_float32(log, kind, alone) -> None:
    trials.run(returns, [{"kind": kind, "alone": alone}], experiment="t")
    found = read_records("t")[0].load_artifacts()
    array = found["h"] if alone else found["w"]["h"]
    assert (array.dtype, array.tolist()) == (np.float32, [1.5, -2.0])


def test_a_conjugate_view_is_kept_as_what_it_shows(log) -> None:
    trials.run(returns, [{"kind": "conjugate"}], experiment="t")
    assert read_records("t")[0].load_artifacts()["w"]["h"].tolist() == [-1j, -1j]


@pytest.mark.parametrize("kind", ["complex128", "texts"])
def test_arrays_by_themselves_may_be_of_more_kinds_than_those_of_a_dict(log, kind) -> None:
    trials.run(returns, [{"kind": kind, "alone": True}], experiment="t")
    assert len(read_records("t")[0].load_artifacts()["h"])
    with pytest.raises(UnrecordableResult, match=r"\['w'\]\['h'\] is of type .* a name of its own"):
        trials.run(returns, [{"kind": kind}], experiment="t")


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("sparse", r"a tensor of torch.float32, .*Use Tensor.to_dense\(\)"),
        ("quantised", r"a tensor of torch.qint8, .*return its .dequantize\(\)"),
        ("without data", r"a tensor of torch.float32, .*no data"),
        ("of two lengths", "of type list, of which NumPy makes no array"),
    ],
)
def test_what_is_no_array_is_told_with_its_place(log, kind, told) -> None:
    with pytest.raises(UnrecordableResult, match=rf"artifacts\['w'\]\['h'\] is {told}"):
        trials.run(returns, [{"kind": kind}], experiment="t")
    assert read_records("t")[0].outcome == "failed"


def test_what_an_attempt_left_that_was_killed_before_its_record_goes(log, record) -> None:
    path_of_good(record.folder, record.key).unlink()
    lock = TrialLock.take(lock_path(record.folder, record.key))
    holder = {"pid": 1, "host": "there", "timeout_s": None, "submission": ""}
    lock.write(holder | {"record": record.to_json() | {"outcome": "killed", "artifacts": []}})
    lock.abandon()
    settle_abandoned(record.folder)
    assert [r.outcome for r in read_records("t")] == ["killed"]
    assert not [*record.folder.glob("*.safetensors"), *record.folder.glob("*.npz")]
