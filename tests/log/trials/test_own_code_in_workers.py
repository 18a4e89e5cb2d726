"""Code of a log of one's own in the workers of a cluster, which import it once."""

import importlib

import pytest
from tests.log.trials.pooled import GRID

from labbook.log import trials
from labbook.log.records.folder import read_records


def test_workers_of_a_scheduler_find_the_own_code_of_the_log(log, scheduler, monkeypatch) -> None:
    (log.root / "lib").mkdir()
    text = "def train(width):\n    return {'metrics': {'loss': 1 / width}}\n"
    (log.root / "lib" / "code_of_this_log.py").write_text(text)
    monkeypatch.syspath_prepend(log.root / "lib")
    own = importlib.import_module("code_of_this_log")
    table = trials.run(own.train, GRID, executor=scheduler, experiment="t")
    assert list(table["outcome"]) == ["ok"] * len(table)


@pytest.mark.parametrize("after", ["2 / width", "K / width"])
def test_workers_of_a_scheduler_refuse_code_that_was_changed_since_they_loaded_it(
    log, scheduler, monkeypatch, after
):
    name = f"changing_{'K' in after}"
    file = log.root / "lib" / f"{name}.py"
    file.parent.mkdir(exist_ok=True)
    text = f"K = 1\ndef train(width):\n    return {{'metrics': {{'loss': {after}}}}}\n"
    file.write_text(text)
    monkeypatch.syspath_prepend(file.parent)
    own = importlib.import_module(name)
    first = trials.run(own.train, GRID[:2], executor=scheduler, experiment="t")
    assert set(first["outcome"]) == {"ok"}
    file.write_text(text.replace("2 /", "3 /").replace("K = 1", "K = 10"))
    own = importlib.reload(own)
    trials.run(own.train, GRID[:2], executor=scheduler, experiment="t", refresh="stale")
    attempts = [record.newer_attempt for record in read_records("t", root=log.root)]
    assert ["restart the workers" in one.error["message"] for one in attempts] == [True] * 2
