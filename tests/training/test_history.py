"""The curves of a training are in a file as they grow."""

import json

import pytest
from tests.training.small_training import RECIPE, Examples, Interrupted, make_module, run, untimed

from labbook.training.checkpoints import Checkpoints
from labbook.training.history import HistoryFile
from labbook.training.loop import train


@pytest.fixture
def path(tmp_path, monkeypatch):
    """Where the trial of this process has its curves."""
    monkeypatch.setenv("LABBOOK_HISTORY", str(tmp_path / "history"))
    return tmp_path / "history"


def curves_in(path) -> dict[str, list[float]]:
    curves = {}
    for line in path.read_text().splitlines():
        for name, values in json.loads(line).items():
            curves.setdefault(name, []).extend(values)
    return curves


def test_file_holds_what_the_training_reports(path) -> None:
    _, report = run()
    assert curves_in(path) == report["history"]


def test_file_holds_what_an_interrupted_training_had_learnt(path) -> None:
    with pytest.raises(Interrupted):
        run(stop_at=20)
    found = untimed(curves_in(path))
    assert len(found["train_loss"]) == 10
    assert (
        found.items()
        <= {
            name: curve[: len(found[name])] for name, curve in untimed(run()[1]["history"]).items()
        }.items()
    )


def test_file_of_a_resumed_training_holds_all_of_it(path, tmp_path) -> None:
    checkpoints = Checkpoints(tmp_path / "checkpoints", every_s=0)
    with pytest.raises(Interrupted):
        run(checkpoints, stop_at=20)
    _, report = run(checkpoints)
    assert curves_in(path) == report["history"]


def test_file_of_a_training_that_is_interrupted_again_at_once_holds_what_it_had(
    path, tmp_path
) -> None:
    checkpoints = Checkpoints(tmp_path / "checkpoints", every_s=0)
    for _ in range(2):
        with pytest.raises(Interrupted):
            run(checkpoints, stop_at=20)
        assert len(curves_in(path)["train_loss"]) == 10


def test_loss_that_is_no_number_leaves_the_curves_before_it(path) -> None:
    calls = []

    def objective(module, batch):
        calls.append(batch)
        return module(batch).pow(2).mean() * (float("nan") if len(calls) > 10 else 1.0)

    with pytest.raises(FloatingPointError):
        train(make_module(), Examples(), RECIPE, objective=objective)
    assert len(curves_in(path)["train_loss"]) == 5


def test_full_disk_does_not_end_a_training(monkeypatch) -> None:
    monkeypatch.setenv("LABBOOK_HISTORY", "/dev/full")
    assert run()[1]["history"]["train_loss"]


def test_each_point_is_written_once(path) -> None:
    curves = HistoryFile(path)
    curves.add({"loss": [3.0]})
    curves.add({"loss": [3.0, 2.0], "error": [1.0]})
    assert [json.loads(line) for line in path.read_text().splitlines()] == [
        {"loss": [3.0]},
        {"loss": [2.0], "error": [1.0]},
    ]
