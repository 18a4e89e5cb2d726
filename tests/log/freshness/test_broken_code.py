"""Code that does not parse, as between two sides of a merge, is told as that and nothing else."""

import os
import re
import shutil
from pathlib import Path

import pytest
from tests.log.freshness.toy_experiment import NOTEBOOK, write

from labbook.log.freshness.standing import standings
from labbook.log.runs.run import run_notebook

MODULE = "def double(x):\n    return 2 * x\n"
MARKERS = "<<<<<<< HEAD\n"


@pytest.fixture(scope="module")
def run_once(tmp_path_factory):
    text = NOTEBOOK.replace("import trials\n", "import trials\nfrom mylib import double\n", 1)
    root = write(tmp_path_factory.mktemp("log"), text.replace("seed / depth", "double(seed)"))
    (root / "lib").mkdir()
    (root / "lib/mylib.py").write_text(MODULE)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PYTHONPATH", f"{root / 'lib'}", prepend=os.pathsep)
        run = run_notebook("toy", root=root)
    assert run.outcome == "ok", run.error
    return root


@pytest.fixture
def root(run_once, tmp_path):
    return Path(shutil.copytree(run_once, tmp_path / "log"))


@pytest.mark.parametrize("place", ["def train", "grid = ["])
def test_notebook_with_merge_markers(root, place):
    path = root / "notebooks/toy.py"
    path.write_text(path.read_text().replace(place, MARKERS + place))
    (reason,) = standings(root)[0].because
    assert re.fullmatch(r"the notebook toy.py does not parse \(line \d+\)", reason)


def test_module_with_merge_markers(root):
    (root / "lib/mylib.py").write_text(MARKERS + MODULE)
    (reason,) = standings(root)[0].because
    assert re.fullmatch(r"\S*mylib\.?\S* does not parse \(line 1\)", reason)


def test_cell_that_may_hold_anything_hides_no_other_change(root):
    path = root / "notebooks/toy.py"
    odd = '# %% tags=["skip-execution"]\nthis is no Python\n'
    path.write_text(path.read_text().replace("double(seed)", "double(seed + 1)") + odd)
    assert "the notebook's code changed" in standings(root)[0].because
