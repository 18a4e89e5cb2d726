"""Each look at the log finds the trial's function, wherever it lies, as the files have it now."""

import pytest
from tests.log.code.edits import NOTEBOOK, make, told

from labbook.log.code.used import SourceUnknown, code_of_trial
from labbook.log.freshness.changes import changes

TRAIN = "from p.nets import Net\ndef train(seed): return Net()\n"


def code(log):
    return code_of_trial(log / NOTEBOOK, "train", log).digests


@pytest.mark.parametrize("imported", ["from p.m import train", "from p import m\nm.train"])
def test_module_of_the_trial_that_is_no_python_is_named(tmp_path, imported):
    log = make(tmp_path, {NOTEBOOK: imported, "lib/p/m.py": "def train(seed) return 1\n"})
    with pytest.raises(SourceUnknown, match=r"^m.py does not parse \(line 1\)$"):
        code(log)


def test_module_that_the_trial_reaches_and_is_no_python_is_named(tmp_path):
    log = make(tmp_path, {"lib/p/m.py": TRAIN, "lib/p/nets.py": "class Net\n"})
    with pytest.raises(SourceUnknown, match=r"^nets.py does not parse \(line 1\)$"):
        code(log)


def test_module_that_is_not_utf8_is_named(tmp_path):
    log = make(tmp_path, {"lib/p/m.py": TRAIN})
    (log / "lib/p/nets.py").write_bytes('"""Größe."""\n'.encode("latin-1"))
    with pytest.raises(SourceUnknown, match=r"nets.py does not parse \(line 1 is not UTF-8"):
        code(log)


def test_expression_that_is_nested_too_deep_to_be_read_is_code_that_is_not_known(tmp_path):
    deep = f"class Net: size = {' + '.join(['1'] * 800)}\n"
    log = make(tmp_path, {"lib/p/m.py": TRAIN, "lib/p/nets.py": deep})
    with pytest.raises(SourceUnknown, match="nested too deep"):
        code(log)


@pytest.mark.parametrize("imported", ["from p.m import *", "from p.all import train"])
def test_trial_that_comes_with_all_names_of_a_module_is_found(tmp_path, imported):
    files = {"lib/p/all.py": "from p.m import *\n", "lib/p/m.py": "def train(seed): return 1\n"}
    assert list(code(make(tmp_path, files | {NOTEBOOK: imported}))) == ["p.m.train"]


def test_module_that_was_made_since_the_last_look_counts(tmp_path):
    choice = "try: from p.fast import g\nexcept ImportError: g = len\n"
    log = make(tmp_path, {"lib/p/m.py": f"{choice}def train(seed): return g(seed)\n"})
    before = code(log)
    (log / "lib/p/fast.py").write_text("def g(seed): return 2\n")
    assert changes(before, code(log))


def test_package_without_init_lies_in_all_folders_of_its_name(tmp_path):
    train = "from shared.b import g\ndef train(seed): return g(seed)\n"
    apart = {"lib/shared/a.py": "", "src/shared/b.py": "def g(x): return x * 2\n"}
    log = make(tmp_path, {**apart, "lib/p/m.py": train})
    assert told(log, "src/shared/b.py", "2", "3") == ["shared.b.g changed"]


def test_package_goes_before_a_folder_of_its_name(tmp_path, monkeypatch):
    """As the folder of the data, with a script in it, beside a package that is called ``nets``."""
    package = {"own/nets/__init__.py": "", "own/nets/b.py": "def g(x): return x * 2\n"}
    train = "from nets.b import g\ndef train(seed): return g(seed)\n"
    log = make(tmp_path, {**package, "nets/script.py": "", "lib/p/m.py": train})
    monkeypatch.syspath_prepend(str(log / "own"))
    assert told(log, "own/nets/b.py", "2", "3") == ["nets.b.g changed"]


@pytest.mark.parametrize("name", ["msgspec", "code"])
def test_folder_of_the_name_of_an_installed_package_or_of_python_is_none_of_its_modules(
    tmp_path, name
):
    """As ``wandb/``, into which W&B copies the code of each run."""
    train = f"import {name}\ndef train(seed): return {name}.x\n"
    log = make(tmp_path, {f"{name}/run-1/copy.py": "", "lib/p/m.py": train})
    used = code_of_trial(log / NOTEBOOK, "train", log)
    assert list(used.digests) == ["p.m.train"]
    assert used.packages == {name} - {"code"}
