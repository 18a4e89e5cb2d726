"""Modules that are loaded by names, and names that are found by their text, count."""

import pytest
from tests.log.code.edits import NOTEBOOK, make, told

from labbook.log.code.used import code_of_trial


@pytest.mark.parametrize(
    "loaded",
    ["import_module('p.other')",
     "import_module('.other', __package__)", "import_module(f'p.{seed}')",
     "import_module(f'{__package__}.{seed}')", "import_module('.' + seed, package=__package__)",
     "__import__('p.other')", "resolve_name('p.other:a')"],
)  # fmt: skip
def test_module_loaded_by_a_name_that_is_written_out_counts(tmp_path, loaded):
    text = "from importlib import import_module\nfrom pkgutil import resolve_name\n"
    text += f"def train(seed): return {loaded}\n"
    log = make(tmp_path, {"lib/p/other.py": "def a(x): return 2\n", "lib/p/m.py": text})
    assert told(log, "lib/p/other.py", "2", "3")


LOADING = """
from importlib import import_module
from pkgutil import resolve_name
import hydra, pydoc, runpy, sys
def located(path):
    module, _, name = path.rpartition('.')
    return getattr(import_module(module), name)
"""
NAMES = """
NAMES = {0: 'p.nets.a', 1: '.nets.a', 2: 'p.nets.a:Net', 3: {'_target_': 'p.nets.a.Net'}}
PACKAGE = 'p.nets'
"""
NETS = {"lib/p/nets/__init__.py": "", "lib/p/nets/a.py": "class Net: k = 2\nclass Other: k = 5\n"}


@pytest.mark.parametrize(
    "loaded",
    [
        "import_module(NAMES[seed])",
        "import_module(NAMES[seed], __package__)",
        "import_module(f'{PACKAGE}.{seed}')",
        "import_module('.' + seed, 'p.nets')",
        "resolve_name(NAMES[seed])",
        "located(NAMES[seed]['_target_'])",
        "runpy.run_module(NAMES[seed])",
        "runpy.run_module('p.nets.a')",
        "import_module('p.nets.{}'.format(seed))",
        "pydoc.locate(NAMES[seed])",
        "hydra.utils.instantiate(NAMES[seed])",
        "hydra.utils.call(NAMES[seed])",
        "hydra.utils.get_class(NAMES[seed])",
        "sys.modules[NAMES[seed]]",
        "sys.modules.get('p.nets.a')",
    ],
)
def test_module_loaded_by_a_name_that_is_computed_from_texts_counts(tmp_path, loaded):
    log = make(
        tmp_path, NETS | {"lib/p/m.py": f"{LOADING}{NAMES}def train(seed): return {loaded}\n"}
    )
    assert told(log, "lib/p/nets/a.py", "2", "3")


@pytest.mark.parametrize(
    ("named", "returned"),
    [("p.nets.a.Net", "located(NAME)"), ("p.nets.b", "located(NAME)"), ("p.nets.a.Other", "NAME")],
)
def test_what_no_text_names_or_nothing_loads_does_not_count(tmp_path, named, returned):
    text = f"{LOADING}NAME = {named!r}\n"
    log = make(tmp_path, NETS | {"lib/p/m.py": f"{text}def train(seed): return {returned}\n"})
    assert told(log, "lib/p/nets/a.py", "5", "6") == []


@pytest.mark.parametrize(
    "found",
    [
        "globals()[seed]",
        "getattr(sys.modules[__name__], seed)",
        "getattr(sys.modules.get(__name__), seed)",
        "modules[__name__].Net",
        "eval('Net')",
    ],
)
def test_what_a_module_imports_counts_where_it_reads_its_own_names(tmp_path, found):
    text = "import sys\nfrom sys import modules\nfrom p.nets.a import Net\n"
    text += f"def train(seed): return {found}\n"
    log = make(tmp_path, NETS | {"lib/p/m.py": text})
    assert told(log, "lib/p/nets/a.py", "2", "3") == ["p.nets.a.Net changed"]


def test_what_a_module_imports_does_not_count_where_it_loads_another(tmp_path):
    text = "from p.nets.a import Net\ndef train(seed): return __import__('p.other')\n"
    files = {"lib/p/other.py": "", "lib/p/m.py": f"{text}def test(): return Net\n"}
    assert told(make(tmp_path, NETS | files), "lib/p/nets/a.py", "2", "3") == []


def test_modules_of_a_package_that_hands_its_path_around_count(tmp_path):
    load = "import importlib, pkgutil\ndef load(path, name):\n"
    load += "    for m in pkgutil.walk_packages(path, name): importlib.import_module(m.name)\n"
    own = "from p.load import load\nKNOWN = {}\nload(__path__, __name__ + '.')\n"
    train = "from p import nets\ndef train(seed): return nets.KNOWN\n"
    files = {"lib/p/load.py": load, "lib/p/nets/__init__.py": own, "lib/p/m.py": train}
    assert told(make(tmp_path, NETS | files), "lib/p/nets/a.py", "2", "3")


@pytest.mark.parametrize(
    ("where", "imports", "found"),
    [
        ("lib/p/all.py", "from p.nets.a import Net", "getattr(p.all, seed)"),
        ("lib/p/all/__init__.py", "from p.nets.a import Net as N", "getattr(p.all, seed)"),
        ("lib/p/all.py", "from p.nets.a import *", "vars(p.all)[seed]"),
        (
            "lib/p/all.py",
            "from p.nets.a import *\ndef one(n): return globals()[n]",
            "p.all.one(seed)",
        ),
        ("lib/p/all.py", "from p.nets.a import *\ndef one(n): return eval(n)", "p.all.one(seed)"),
    ],
)
def test_what_a_module_that_is_handed_around_imports_counts(tmp_path, where, imports, found):
    train = f"import p.all\ndef train(seed): return {found}\n"
    log = make(tmp_path, NETS | {where: f"{imports}\n", "lib/p/m.py": train})
    assert told(log, "lib/p/nets/a.py", "k = 2", "k = 3")


def test_modules_that_a_module_imports_do_not_count_where_it_is_handed_around(tmp_path):
    files = {"lib/p/all.py": "from p.nets import a\n", "lib/p/m.py": ""}
    files["lib/p/m.py"] = "from p import all\ndef train(seed): return getattr(all, seed)\n"
    assert told(make(tmp_path, NETS | files), "lib/p/nets/a.py", "2", "3") == []


def test_file_of_a_package_that_is_no_python_does_not_keep_the_others_from_counting(tmp_path):
    """As a template, which nothing can import."""
    train = "from p import nets\ndef train(seed): return getattr(nets, seed)\n"
    log = make(
        tmp_path, NETS | {"lib/p/nets/page.py": "{{ name }} = {% 1 %}\n", "lib/p/m.py": train}
    )
    assert told(log, "lib/p/nets/a.py", "k = 2", "k = 3") == ["p.nets.a changed"]


def test_copy_that_jupyterlab_keeps_of_a_module_is_none_of_its_package(tmp_path):
    train = "from p import nets\ndef train(seed): return getattr(nets, seed)\n"
    log = make(tmp_path, NETS | {"lib/p/m.py": train})
    before = code_of_trial(log / NOTEBOOK, "train", log)
    make(log, {"lib/p/nets/.ipynb_checkpoints/a-checkpoint.py": "class Net: k = 1\n"})
    assert code_of_trial(log / NOTEBOOK, "train", log).digests == before.digests
