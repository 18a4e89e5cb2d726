"""A log in a temporary folder in which the smallest zoo has been trained."""

import inspect
from pathlib import Path

import pytest
import torch

from labbook.experiments import connectors
from labbook.log import trials

SCALE = {"pairs": 256, "zoo_steps": 8, "seed": 0}
FOUR = [list(kind) for kind in connectors.Zoo.kinds[:4]]
HYPERNET = connectors.usual(12, 3)


@pytest.fixture(scope="session")
def small_log(tmp_path_factory):
    """The root of the log, in which texts, encoders and one hypernetwork are."""
    root = tmp_path_factory.mktemp("connectors")
    (root / "notebooks").mkdir()
    (root / "pyproject.toml").touch()
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        run_all(connectors.write_texts, [{}])
        widths = list(connectors.Zoo.widths)
        run_all(
            connectors.train_encoders, trials.grid(width=widths, kinds=[FOUR], initialisation=0)
        )
        first = trials.grid(width=widths, kinds=[FOUR[:1]], initialisation=1)
        run_all(connectors.train_encoders, first)
        run_all(connectors.tune_encoders, trials.grid(relation=["near", "drifted"]))
        run_all(connectors.train_hypernetwork, [HYPERNET])
    yield root
    torch.set_num_threads(threads)


@pytest.fixture
def in_log(small_log: Path, monkeypatch) -> Path:
    """The same, as the log that the code under test finds."""
    monkeypatch.setenv("LABBOOK_ROOT", str(small_log))
    return small_log


def run_all(function, grid):
    """The trials of a grid at the smallest scale; all of them must end well."""
    taken = inspect.signature(function).parameters
    scale = {name: value for name, value in SCALE.items() if name in taken}
    points = [scale | point for point in grid]
    table = trials.run(
        function,
        points,
        data_digest=connectors.data_digest,
        experiment="hypernetwork_eval",
    )
    assert set(table.outcome) == {"ok"}, table.to_string()
    return table
