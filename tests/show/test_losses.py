"""Both losses of a training in one table."""

import pytest

from labbook.log import trials
from labbook.show.losses import losses


def learn(width: int, inputs: int = 20) -> dict:
    history = {"inputs": [10, 20], "train_loss": [4.0, 2.0]}
    history |= {"validation_inputs": [20], "validation_loss": [3.0]}
    return {"metrics": {"loss": 1.0}, "history": history if width else {}}


@pytest.fixture
def log(tmp_path, monkeypatch):
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "pyproject.toml").touch()
    monkeypatch.setenv("LABBOOK_ROOT", str(tmp_path))


def test_a_row_for_each_point_of_both_curves(log) -> None:
    table = trials.run(learn, [{"width": 1, "inputs": 20}], experiment="t")
    points = losses(table, net="small")
    assert points[["inputs_seen", "loss", "examples", "net", "width"]].to_numpy().tolist() == [
        [10, 4.0, "training", "small", 1],
        [20, 2.0, "training", "small", 1],
        [20, 3.0, "validation", "small", 1],
    ]


def test_trials_without_these_curves_are_refused(log) -> None:
    table = trials.run(learn, [{"width": 0}], experiment="t")
    with pytest.raises(ValueError, match="curves inputs, train_loss; none has any curve"):
        losses(table)
