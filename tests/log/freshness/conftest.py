"""A log with one experiment that was run."""

import shutil
from pathlib import Path

import pytest
from tests.log.freshness.toy_experiment import write

from labbook.log.runs.run import run_notebook


@pytest.fixture(scope="module")
def tried_once(tmp_path_factory):
    root = write(tmp_path_factory.mktemp("tried"))
    assert run_notebook("toy", profile="demo", root=root).outcome == "ok"
    return root


@pytest.fixture
def tried(tried_once, tmp_path):
    """The same log after a run of its three trials, of which one failed; two more are looked up."""
    return Path(shutil.copytree(tried_once, tmp_path / "log"))
