"""A record is fresh as long as its code and its data are what they were."""

import importlib.metadata
import platform
import shutil
from pathlib import Path

import pytest

from labbook.log.code.library import Library
from labbook.log.code.reach import CodeUsed
from labbook.log.code.used import code_of_definition, code_of_trial
from labbook.log.freshness.stale import Verdicts, aged_because, stale_because
from labbook.log.records.key import record_key
from labbook.log.records.record import Record

TOY_LOG = Path(__file__).parents[1] / "toy_log"


@pytest.fixture
def log(tmp_path):
    """A log with a small library and one notebook."""
    return Path(shutil.copytree(TOY_LOG, tmp_path / "log"))


def edit(log, name, old, new):
    path = log / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def record_of(log, function="train", experiment="toy", code=None, versions=None, **fields):
    """A good record of a function of the notebook, made with the code as it is now."""
    function_id = f"{experiment}.{function}"
    digests = (
        code if code is not None else code_of_trial(log / "notebooks/toy.py", function, log).digests
    )
    return Record(
        key=record_key(function_id, {"seed": 1}, ""),
        function=function_id,
        experiment=experiment,
        configuration={"seed": 1},
        data_digest="",
        outcome="ok",
        start="2026-11-22T10:00:00+00:00",
        end="2026-11-22T10:00:01+00:00",
        provenance={"code": digests, "versions": versions or {}},
        **fields,
    )


def test_record_of_unchanged_code_is_fresh(log):
    assert stale_because(record_of(log), log) == []


def test_docstring_edit_stays_fresh(log):
    record = record_of(log)
    edit(log, "lib/labbook/models/toy.py", "A toy network.", "A toy network, explained.")
    assert stale_because(record, log) == []


def test_unrelated_module_stays_fresh(log):
    record = record_of(log)
    edit(log, "lib/labbook/models/unrelated.py", "3", "4")
    assert stale_because(record, log) == []


def test_changed_line_in_an_imported_module_is_named(log):
    record = record_of(log)
    edit(log, "lib/labbook/models/parts.py", "* 8", "* 9")
    assert stale_because(record, log) == ["labbook.models.parts.width changed"]


def test_changed_function_of_the_notebook_is_named(log):
    record = record_of(log)
    edit(log, "notebooks/toy.py", "power=2", "power=3")
    assert stale_because(record, log) == ["the notebook's train() changed"]


def test_changed_import_of_the_notebook_is_named(log):
    record = record_of(log)
    edit(log, "notebooks/toy.py", "import math", "import cmath as math")
    assert stale_because(record, log) == ["the notebook's scale() changed"]


def test_code_that_is_used_now_and_code_that_is_no_longer_used_are_named(log):
    record = record_of(log)
    edit(log, "lib/labbook/models/parts.py", "from labbook.training import units", "units = 1")
    edit(log, "lib/labbook/models/parts.py", "units.ONE * 8", "units * unrelated.DEPTH")
    edit(log, "lib/labbook/models/parts.py", "def", "from . import unrelated\n\n\ndef")
    assert stale_because(record, log) == [
        "labbook.models.unrelated.DEPTH is used now",
        "labbook.training.units.ONE is no longer used",
        "labbook.models.parts.width changed",
    ]


def test_notebook_that_is_gone_is_named(log):
    record = record_of(log)
    (log / "notebooks/toy.py").unlink()
    assert stale_because(record, log) == ["the notebook toy.py is gone"]


def test_function_that_is_gone_is_named(log):
    record = record_of(log)
    edit(log, "notebooks/toy.py", "def train(", "def fit(")
    assert stale_because(record, log) == ["the notebook has no train() any more"]


def test_notebook_that_does_not_parse_is_named(log):
    record = record_of(log)
    edit(log, "notebooks/toy.py", "def train(", "def (")
    assert stale_because(record, log) == ["the notebook toy.py does not parse (line 33)"]


def test_record_without_code_is_not_called_fresh(log):
    assert stale_because(record_of(log, code={}), log) == ["its code was not recorded"]


def test_live_code_takes_the_place_of_the_files(log):
    record = record_of(log)
    live_code = CodeUsed(record.provenance["code"] | {"notebook.train": "0"})
    assert Verdicts(log, live_code).stale(record) == ["the notebook's train() changed"]


def test_function_of_the_library_is_found_by_the_code_of_its_record(log):
    code = code_of_definition("labbook.models.toy", "Toy", Library(log)).digests
    record = record_of(log, "Toy.fit", "gone", code)
    edit(log, "lib/labbook/models/parts.py", "* 8", "* 9")
    assert stale_because(record, log) == ["labbook.models.parts.width changed"]


def test_function_of_another_module_is_compared_with_that_module(log):
    (log / "jobs.py").write_text("from labbook.models import parts\n\ndef fit(): return 1\n")
    code = code_of_definition("jobs", "fit", Library(log)).digests
    record = record_of(log, "fit", "jobs", code)
    edit(log, "jobs.py", "return 1", "return 2")
    assert stale_because(record, log) == ["jobs.fit changed"]


def test_module_that_is_gone_is_named(log):
    record = record_of(log, "fit", "jobs", {"jobs.fit": "0"})
    assert stale_because(record, log) == ["the module jobs is gone"]


def test_another_version_makes_a_record_aged_and_not_stale(log):
    record = record_of(log, versions={"numpy": "0.1"})
    assert stale_because(record, log) == []
    assert aged_because([record]) == [f"numpy 0.1 → {importlib.metadata.version('numpy')}"]


def test_same_versions_and_what_is_not_installed_here_do_not_age(log):
    versions = {"python": platform.python_version(), "numpy": importlib.metadata.version("numpy")}
    assert aged_because([record_of(log, versions=versions | {"installed-nowhere": "1.0"})]) == []
