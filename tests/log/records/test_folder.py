"""Records: their keys, their files, and what is said of damaged or unwritable ones."""

import dataclasses
import errno
import json
import os
import stat
from pathlib import Path

import numpy as np
import pytest
from tests.log.records.whole import a_record

from labbook.log import trials
from labbook.log.records.code import recorded_code
from labbook.log.records.files import (
    DamagedRecord,
    RecordsNotWritable,
    in_words,
    not_writable,
)
from labbook.log.records.folder import read_records, write_record
from labbook.log.records.json_file import DamagedFileWarning
from labbook.log.records.key import normalise, record_key
from labbook.log.records.record import Record


@pytest.fixture
def folder(log) -> Path:
    folder = log.folder("toy")
    folder.mkdir(parents=True)
    return folder


def test_key_is_the_first_16_digits_of_sha256_over_canonical_json() -> None:
    # printf '["toy.train",{"depth":2,"rate":0.1},"d"]' | sha256sum
    assert record_key("toy.train", {"rate": 0.1, "depth": 2}, "d") == "86d7a1dd1abf5fc8"


def test_key_ignores_the_order_of_names() -> None:
    assert record_key("f", {"a": 1, "b": 2}, "") == record_key("f", {"b": 2, "a": 1}, "")


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ((1, 2), [1, 2]),
        (np.float64(0.1), 0.1),
        (np.int32(3), 3),
        (np.bool_(True), True),
        (np.str_("relu"), "relu"),
        ({"a": (1, (2, 3))}, {"a": [1, [2, 3]]}),
        (None, None),
        ("größe", "größe"),
    ],
)
def test_configuration_is_made_plain(written, kept) -> None:
    [value] = normalise({"value": written}).values()
    assert value == kept and type(value) is type(kept)


@pytest.mark.parametrize(
    "value",
    [Path("x"), {1, 2}, np.zeros(2), float("nan"), float("inf"), np.float32("nan"), 1j, b"x"]
    + [{1: "one"}, [Path("x")], range(3), "\ud800", {"\ud800": 1}],
)
def test_configuration_that_json_cannot_hold_is_refused_by_name(value) -> None:
    with pytest.raises((TypeError, ValueError), match=r"configuration\['value'\]"):
        normalise({"value": value})


def test_record_survives_json(folder: Path) -> None:
    record = a_record(
        metrics={"loss": float("nan"), "worst": float("inf")}, history={"loss": [1.0, -np.inf]}
    )
    write_record(record, folder)
    [found] = read_records("toy")
    assert repr(found.metrics) == repr(record.metrics) and found.history == record.history


def test_record_with_nan_is_json_for_others(folder: Path) -> None:
    write_record(a_record(metrics={"loss": float("nan")}), folder)
    text = next(folder.glob("*.json")).read_text()
    assert json.loads(text, parse_constant=pytest.fail)["metrics"] == {"loss": "NaN"}


def test_bad_attempt_leaves_the_good_record_and_is_told(folder: Path) -> None:
    write_record(a_record(), folder)
    write_record(a_record(outcome="failed", start="2026-11-23T10:00:00.000000+00:00"), folder)
    [found] = read_records("toy")
    assert found.ok and found.newer_attempt.outcome == "failed"


def test_bad_attempt_is_told_though_the_clock_was_set_back(folder: Path) -> None:
    write_record(a_record(), folder)
    write_record(a_record(outcome="failed", start="2026-11-01T10:00:00.000000+00:00"), folder)
    [found] = read_records("toy")
    assert found.ok and found.newer_attempt.outcome == "failed"


def test_good_record_ends_what_is_told_of_bad_attempts(folder: Path) -> None:
    write_record(a_record(outcome="killed"), folder)
    write_record(a_record(start="2026-11-23T10:00:00.000000+00:00"), folder)
    [found] = read_records("toy")
    assert found.ok and found.newer_attempt is None


def test_local_record_takes_precedence_over_the_published_one(log, folder: Path) -> None:
    published = log.root / "docs" / "records" / "toy"
    published.mkdir(parents=True)
    write_record(a_record(metrics={"loss": 1.0}), published)
    assert [r.origin for r in read_records("toy")] == ["published"]
    write_record(a_record(metrics={"loss": 2.0}), folder)
    assert [(r.origin, r.metrics["loss"]) for r in read_records("toy")] == [("local", 2.0)]


def test_other_files_beside_records_are_no_records(folder: Path) -> None:
    for name in ("plan.json", "accepted.json", "notes.txt"):
        (folder / name).write_text("{}")
    assert read_records("toy") == []


def whole_record() -> str:
    return json.dumps(a_record().to_json())


@pytest.mark.parametrize(
    "damaged",
    [
        "",
        whole_record()[:100],
        "[]",
        "null",
        "{}",
        whole_record().replace('"width": 3', '"width": 4'),
        whole_record().replace('"schema": 1', '"schema": 99'),
        whole_record().replace('"ok"', '"fine"'),
        whole_record().replace('"experiment"', '"experimint"'),
        "[" * 100_000,
    ],
)
def test_damaged_record_is_named_and_left_aside(folder: Path, damaged: str) -> None:
    path = folder / f"{a_record().key}.json"
    path.write_text(damaged)
    with pytest.warns(DamagedFileWarning, match=str(path)):
        assert read_records("toy") == []


def test_damaged_local_record_gives_way_to_the_published_one(log, folder: Path) -> None:
    published = log.root / "docs" / "records" / "toy"
    published.mkdir(parents=True)
    write_record(a_record(), published)
    (folder / f"{a_record().key}.json").write_text("")
    with pytest.warns(DamagedFileWarning):
        assert [r.origin for r in read_records("toy")] == ["published"]


def test_artifacts_are_read_back(folder: Path) -> None:
    arrays = {"filters": np.arange(6.0).reshape(2, 3)}
    write_record(a_record(artifacts=["filters"]), folder, arrays)
    [found] = read_records("toy")
    assert np.array_equal(found.load_artifacts()["filters"], arrays["filters"])


def test_artifacts_of_another_attempt_are_refused(folder: Path) -> None:
    record = a_record(artifacts=["filters"])
    write_record(record, folder, {"filters": np.zeros(2)})
    later = dataclasses.replace(record, start="2026-11-24T10:00:00.000000+00:00", folder=folder)
    with pytest.raises(DamagedRecord, match="another attempt"):
        later.load_artifacts()


def test_arrays_stay_with_their_record_where_the_next_one_could_not_be_written(
    folder: Path, monkeypatch
) -> None:
    write_record(a_record(artifacts=["filters"]), folder, {"filters": np.zeros(2)})
    later = a_record(artifacts=["filters"], start="2026-11-24T10:00:00.000000+00:00")
    whole = dataclasses.replace(later, metrics={"loss": object()})  # what JSON cannot hold
    with pytest.raises(TypeError):
        write_record(whole, folder, {"filters": np.ones(2)})
    [found] = read_records("toy")
    assert found.load_artifacts()["filters"].tolist() == [0, 0]
    write_record(later, folder, {"filters": np.ones(2)})
    [found] = read_records("toy")
    assert found.load_artifacts()["filters"].tolist() == [1, 1]
    assert not list(folder.glob("*.before.*"))


@pytest.mark.parametrize("outcome", ["ok", "failed"])
@pytest.mark.parametrize("weights", [{}, {"network": {"weight": np.ones(1)}}])
def test_arrays_go_with_the_attempt_that_made_them(folder: Path, outcome, weights) -> None:
    write_record(a_record(outcome=outcome, artifacts=["filters"]), folder, {"filters": np.zeros(2)})
    later = a_record(
        outcome=outcome, start="2026-11-24T10:00:00.000000+00:00", artifacts=list(weights)
    )
    write_record(later, folder, weights)
    assert not list(folder.glob("*.npz"))
    assert read_records("toy")[0].load_artifacts().keys() == weights.keys()


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP])
def test_file_system_without_locks_is_told_as_such(folder: Path, number: int) -> None:
    error = OSError(number, os.strerror(number))
    for sentence in (str(not_writable(folder, error)), in_words(error)):
        assert "mounted with locks" in sentence and "writable" not in sentence.replace(
            "cannot be written", ""
        )


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut short"])
def test_damaged_artifacts_are_named(folder: Path, content: bytes) -> None:
    record = a_record(artifacts=["filters"])
    write_record(record, folder, {"filters": np.zeros(2)})
    (folder / f"{record.key}.npz").write_bytes(content)
    with pytest.raises(DamagedRecord, match=r"\.npz cannot be read"):
        read_records("toy")[0].load_artifacts()


def test_artifacts_that_were_not_kept_are_named(folder: Path) -> None:
    write_record(a_record(artifacts=["filters"]), folder)
    with pytest.raises(FileNotFoundError, match=r"\.npz"):
        read_records("toy")[0].load_artifacts()


def bulky_trial(index: int) -> dict:
    """Leaves some 20 kB."""
    with open(os.environ["JOURNAL"], "a") as file:
        file.write(f"{index}\n")
    return {
        "metrics": {"loss": float(index)},
        "history": {"loss": [0.123456] * 2000},
        "artifacts": {"index": [index], "network": {"weight": np.full(3, index)}},
    }


def test_full_disk_is_one_clear_error_and_nothing_is_lost(log, small_disk) -> None:
    grid = trials.grid(index=list(range(10)))
    with pytest.raises(RecordsNotWritable, match="disk is full.*free some space") as error:
        trials.run(bulky_trial, grid, experiment="bulky")
    assert "\n" not in str(error.value)
    log.assert_all_readable("bulky")
    kept = {r.configuration["index"] for r in read_records("bulky")}
    assert 0 < len(kept) < 10
    small_disk("remount,size=4m")
    begun = len(log.journal())
    table = trials.run(bulky_trial, grid, experiment="bulky")
    assert list(table["outcome"]) == ["ok"] * 10
    assert set(map(int, log.journal()[begun:])) == set(range(10)) - kept


def test_record_that_finds_no_room_is_kept_elsewhere(log, small_disk) -> None:
    with pytest.raises(RecordsNotWritable, match="is kept in ") as error:
        trials.run(bulky_trial, trials.grid(index=list(range(10))), experiment="bulky")
    place = Path(str(error.value).split("is kept in ")[1].split(";")[0])
    record = Record.from_json(json.loads(place.read_text()), folder=place.parent)
    artifacts, index = record.load_artifacts(), record.configuration["index"]
    assert record.ok and artifacts["index"] == [index] and recorded_code(record)
    assert artifacts["network"]["weight"].tolist() == [index] * 3


def test_no_other_user_can_have_made_the_place_of_a_record_that_found_no_room(
    log, small_disk
) -> None:
    places = []
    for _ in range(2):
        with pytest.raises(RecordsNotWritable, match="is kept in ") as error:
            trials.run(bulky_trial, trials.grid(index=list(range(10))), experiment="bulky")
        places.append(Path(str(error.value).split("is kept in ")[1].split(";")[0]).parents[1])
    assert places[0] != places[1]
    assert [stat.S_IMODE(place.stat().st_mode) for place in places] == [0o700, 0o700]


def test_read_only_folder_is_one_clear_error_before_anything_runs(log, small_disk) -> None:
    small_disk("remount,ro")
    with pytest.raises(RecordsNotWritable, match="make the folder writable"):
        trials.run(bulky_trial, [{"index": 0}], experiment="bulky")
    assert log.journal() == []


def test_read_only_folder_is_still_read(log, small_disk) -> None:
    trials.run(bulky_trial, [{"index": 0}], experiment="bulky")
    small_disk("remount,ro")
    assert list(trials.run(bulky_trial, [{"index": 0}], experiment="bulky")["outcome"]) == ["ok"]


def test_records_can_be_read_by_others(folder: Path) -> None:
    write_record(a_record(), folder)
    assert next(folder.glob("*.json")).stat().st_mode & stat.S_IRGRP
