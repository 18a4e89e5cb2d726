"""Code of a log of one's own in workers, which import it once, and while it is changed."""

import importlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
from tests.log.trials.pooled import GRID

from labbook.log import trials
from labbook.log.processes.outdated import Outdated
from labbook.log.processes.workers import end_kept_workers
from labbook.log.records.folder import read_records

K = "K = 1\n"
TRAIN = """
import os, signal
from pathlib import Path
import {inner}

def train(width):
    if width == 1:
        Path({inner}.__file__).write_text("K = 2")
    if width == 2 and "DIES" in os.environ:
        os.kill(os.getpid(), signal.SIGKILL)
    return {{"metrics": {{"K": {inner}.K}}}}
"""
LATE = """
from pathlib import Path

def train(width):
    (Path(__file__).parent / "{inner}.py").write_text("K = 2")
    import {inner}
    return {{"metrics": {{"K": {inner}.K}}}}
"""


@pytest.fixture
def own(log, monkeypatch) -> Iterator[Callable[..., ModuleType]]:
    """Imports a module of the log's own of which the text is given."""
    lib = log.root / "lib"
    lib.mkdir()
    monkeypatch.syspath_prepend(lib)

    def imported(name: str, text: str, **others: str) -> ModuleType:
        for other, its_text in {name: text, **others}.items():
            (lib / f"{other}.py").write_text(its_text)
        return importlib.import_module(name)

    yield imported
    end_kept_workers()


def test_workers_of_a_scheduler_find_the_own_code_of_the_log(own, scheduler) -> None:
    text = "def train(width):\n    return {'metrics': {'loss': 1 / width}}\n"
    module = own("code_of_this_log", text)
    table = trials.run(module.train, GRID, executor=scheduler, experiment="t")
    assert list(table["outcome"]) == ["ok"] * len(table)


@pytest.mark.parametrize("after", ["2 / width", "K / width"])
def test_workers_of_a_scheduler_refuse_code_that_was_changed_since_they_loaded_it(
    own, log, scheduler, after
):
    text = f"K = 1\ndef train(width):\n    return {{'metrics': {{'loss': {after}}}}}\n"
    module = own(f"changing_{'K' in after}", text)
    first = trials.run(module.train, GRID[:2], executor=scheduler, experiment="t")
    assert set(first["outcome"]) == {"ok"}
    Path(module.__file__).write_text(text.replace("2 /", "3 /").replace("K = 1", "K = 10"))
    module = importlib.reload(module)
    with pytest.raises(Outdated, match=f"has loaded {module.__name__} as it .* restart the worker"):
        trials.run(module.train, GRID[:2], executor=scheduler, experiment="t", refresh="stale")
    assert [r.newer_attempt for r in read_records("t", root=log.root)] == [None] * 2


def test_workers_of_a_scheduler_go_on_when_a_comment_was_changed(own, scheduler) -> None:
    text = "def train(width):\n    return {'metrics': {'loss': 1 / width}}\n"
    module = own("commented", text)
    trials.run(module.train, GRID[:2], executor=scheduler, experiment="t")
    Path(module.__file__).write_text(f"# Said.\n{text}")
    module = importlib.reload(module)
    table = trials.run(module.train, GRID, executor=scheduler, experiment="t")
    assert set(table["outcome"]) == {"ok"}


def test_own_workers_load_code_again_that_was_changed_between_two_calls(own) -> None:
    text = "def train(width):\n    return {'metrics': {'loss': 1 / width}}\n"
    module = own("changed_between", text)
    trials.run(module.train, GRID[:1], executor=1, experiment="t")
    Path(module.__file__).write_text(text.replace("1 /", "3 /"))
    module = importlib.reload(module)
    table = trials.run(module.train, GRID[:1], executor=1, experiment="t", refresh="stale")
    assert list(table["loss"]) == [3.0]


@pytest.mark.parametrize("executor", [None, 1])
def test_sweep_goes_on_with_the_code_that_it_began_with(own, executor) -> None:
    inner = f"inner_{executor}"
    module = own(f"edited_{executor}", TRAIN.format(inner=inner), **{inner: K})
    table = trials.run(module.train, GRID, executor=executor, experiment="t")
    assert (set(table["K"]), set(table["freshness"])) == ({1}, {"fresh"})


def test_worker_in_place_of_a_killed_one_never_computes_with_code_changed_since(
    own, monkeypatch
) -> None:
    monkeypatch.setenv("DIES", "1")
    module = own("dies", TRAIN.format(inner="inner_dies"), inner_dies=K)
    with pytest.raises(Outdated, match="inner_dies was changed after the trial was planned"):
        trials.run(module.train, GRID, executor=1, experiment="t")
    table = trials.find(module.train, GRID, experiment="t")
    assert list(table["outcome"]) == ["ok", "killed", "planned", "planned"]


@pytest.mark.parametrize("executor", [None, 1])
def test_module_that_a_trial_itself_imports_is_never_one_changed_since(own, log, executor) -> None:
    inner = f"late_inner_{executor}"
    module = own(f"late_{executor}", LATE.format(inner=inner), **{inner: K})
    with pytest.raises(Outdated, match=f"{inner} was changed after the trial was planned"):
        trials.run(module.train, GRID[:1], executor=executor, experiment="t")
    assert [path.name for path in log.folder("t").iterdir()] == ["code"]


def test_workers_that_were_kept_never_compute_code_that_is_not_known(log) -> None:
    text = """
import importlib, mine
from pathlib import Path
from labbook.log import trials

def train(width):
    return {"metrics": {"K": mine.K}}

trials.run(train, [{"width": 1}], executor=1, experiment="t")
Path(mine.__file__).write_text("K = 20")
importlib.reload(mine)
print(*trials.run(train, [{"width": 2}], executor=1, experiment="t")["K"])
"""
    (log.root / "lib").mkdir()
    (log.root / "lib" / "mine.py").write_text(K)
    path = os.pathsep.join([str(log.root / "lib"), *sys.path])
    typed = {"input": text, "env": os.environ | {"PYTHONPATH": path}, "text": True}
    done = subprocess.run([sys.executable, "-"], stdout=subprocess.PIPE, check=True, **typed)
    assert done.stdout == "20\n"
