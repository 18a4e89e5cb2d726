"""Small arrays are published with the record that they belong to, and with no other."""

import dataclasses
import shutil

import numpy as np
import pytest
from tests.commands.test_publish import record, yes

from labbook.commands.publish import publish
from labbook.log.records.artifacts import write_artifacts
from labbook.log.records.folder import read_records, write_record
from labbook.log.records.layout import Layout


@pytest.fixture
def log(tmp_path):
    """A log with a good local record and no page."""
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks/toy.py").touch()
    local = Layout(tmp_path).local_records("toy")
    local.mkdir(parents=True)
    write_record(record(2, 0.5), local)
    return tmp_path


@pytest.mark.parametrize(("count", "published"), [(3, True), (100_000, False)])
def test_small_arrays_are_published_with_their_record_and_large_ones_stay(log, count, published):
    array = np.random.default_rng(0).random(count)
    with_array = dataclasses.replace(record(1, 0.25), artifacts=["curve"])
    write_record(with_array, Layout(log).local_records("toy"), {"curve": array})
    publish("toy", log, confirm=yes)
    there = (Layout(log).published_records("toy") / f"{with_array.key}.npz").is_file()
    assert there == published


def test_arrays_of_a_record_that_has_none_are_not_published(log):
    local = Layout(log).local_records("toy")
    weights = dataclasses.replace(record(1, 0.25), artifacts=["network"])
    write_record(weights, local, {"network": {"weight": np.ones(1)}})
    np.savez(local / f"{weights.key}.npz", curve=np.arange(3))  # of an attempt that was killed
    publish("toy", log, confirm=yes)
    assert not list(Layout(log).published_records("toy").glob("*.npz"))


def test_arrays_of_the_record_are_published_though_those_of_a_killed_attempt_lie_there(log):
    local = Layout(log).local_records("toy")
    with_array = dataclasses.replace(record(1, 0.25), artifacts=["curve"])
    write_record(with_array, local, {"curve": np.arange(3)})
    later = "2026-11-22T11:00:00+00:00"
    write_artifacts(local, with_array.key, later, {"curve": np.zeros(3)}, with_array.start)
    publish("toy", log, confirm=yes)
    shutil.rmtree(local)
    found = next(r for r in read_records("toy", root=log) if r.artifacts)
    assert found.load_artifacts()["curve"].tolist() == [0, 1, 2]


def test_published_arrays_are_read_with_the_published_record(log):
    with_array = dataclasses.replace(record(1, 0.25), artifacts=["curve"])
    write_record(with_array, Layout(log).local_records("toy"), {"curve": np.arange(3)})
    publish("toy", log, confirm=yes)
    shutil.rmtree(log / "runs")
    found = next(r for r in read_records("toy", root=log) if r.artifacts)
    assert found.load_artifacts()["curve"].tolist() == [0, 1, 2]


def test_small_arrays_that_are_not_published_yet_are_offered(log):
    with_array = dataclasses.replace(record(1, 0.25), artifacts=["curve"])
    write_record(with_array, Layout(log).local_records("toy"), {"curve": np.arange(3)})
    publish("toy", log, confirm=yes)
    path = Layout(log).published_records("toy") / f"{with_array.key}.npz"
    path.unlink()
    assert publish("toy", log, confirm=yes).changed == [with_array.key] and path.is_file()
