"""A name of a module stands for all that was bound to it where a trial may have read it."""

import pytest
from tests.log.code.edits import make, told

from labbook.log.code.library import Library
from labbook.log.code.reach import Reach

OPS = {"lib/p/ops.py": "def g(x): return x * 2\n", "lib/p/fast.py": "def g(x): return x * 2\n"}
M = "lib/p/m.py"

# Three functions that reach the same: a registry, a module that is loaded by name, a package.
SHARED = """
    from importlib import import_module
    import numpy
    KINDS = {}
    def register(kind): KINDS[kind.__name__] = kind
    def width(): return import_module("p.loaded").ONE * numpy.pi
    def train(): return width()
    def test(): return register(width)
    def count(): return len(KINDS) + len(int.__subclasses__()) + width()
"""


@pytest.mark.parametrize(
    "text",
    [
        "class Net:\n    norm = staticmethod(norm)\ndef train(seed): return Net.norm(seed)",
        "class Net:\n    def norm(self, by=norm): return by\n"
        "def train(seed): return Net().norm()(seed)",
        "class Net:\n    norm: object = norm\ndef train(seed): return Net.norm(seed)",
        "def train(seed):\n    class Net:\n        norm = norm\n    return Net.norm(seed)",
        "old = norm\ndef norm(x): return old(x)\ndef train(seed): return norm(seed)",
        "by = [norm]\nnorm = None\ndef train(seed): return by[0](seed)",
        "first = norm\nsecond = first\nnorm = first = None\n"
        "def train(seed): return second(seed)",
        "class Net:\n    by = staticmethod(norm)\nnorm = None\n"
        "def train(seed): return Net.by(seed)",
        "norm = max(norm, norm)\ndef train(seed): return norm(seed)",
        "if norm(1) > 1:\n    def norm(x): return x\ndef train(seed): return norm(seed)",
    ],
)  # fmt: skip
def test_what_a_statement_read_before_a_name_was_bound_anew_counts(tmp_path, text):
    log = make(tmp_path, {M: f"def norm(x): return x * 2\n{text}\n"})
    assert told(log, M, "x * 2", "x * 3")


@pytest.mark.parametrize(
    "text",
    [
        "from p.ops import g\ng = min(g, g)",
        "from p.ops import g\n_g = g\ndef g(x): return _g(x)",
        "from p.ops import g\n_g = g\nfrom p.fast import g as other, f as g\ng = _g",
        "from p import ops\ng = ops.g\nops = None",
        "try:\n    from p.ops import g\nexcept ImportError:\n    def g(x): return x",
        "try:\n    from p.fast import g\nexcept ImportError:\n    from p.ops import g",
        "try:\n    from p.ops import g\nexcept ImportError:\n    from p.fast import g",
        "from p.ops import g\ntry:\n    from p.fast import g\nexcept ImportError:\n    pass",
        "if 1:\n    from p.ops import g\nelse:\n    from p.fast import g",
        "TYPE_CHECKING = 0\nif TYPE_CHECKING:\n    from p.fast import g\n"
        "else:\n    from p.ops import g",
        "if __name__ == '__main__':\n    from p.fast import g\nelse:\n    from p.ops import g",
        "def g(x):\n    if x:\n        from p.ops import g\n    else:\n"
        "        from p.fast import g\n    return g(x)",
        "def g(x):\n    if x:\n        from p.fast import g\n    else:\n"
        "        from p.ops import g\n    return g(x)",
        "def g(x):\n    try:\n        from p.ops import g\n    except ImportError:\n"
        "        g = abs\n    return g(x)",
        "def load():\n    global h\n    from p.ops import g as h\n"
        "def g(x):\n    load()\n    return h(x)",
    ],
)  # fmt: skip
def test_each_import_that_a_name_may_stand_for_counts(tmp_path, text):
    log = make(tmp_path, OPS | {M: f"{text}\ndef train(seed): return g(seed)\n"})
    assert told(log, "lib/p/ops.py", "x * 2", "x * 3")


@pytest.mark.parametrize(
    "text",
    [
        "if FAST:\n    from p.fast import g\nelse:\n    from p.ops import g",
        "from p.ops import g\nif FAST:\n    from p.fast import g",
        "g = None\nif FAST:\n    from p.ops import g",
    ],
)
def test_what_chooses_an_import_counts(tmp_path, text):
    log = make(tmp_path, OPS | {M: f"FAST = 0\n{text}\ndef train(seed): return g(seed)\n"})
    assert "p.m.FAST changed" in told(log, M, "FAST = 0", "FAST = 1")


@pytest.mark.parametrize(
    "around", ["{}def train(x): return g(x)\n", "def train(x):\n{}    return g(x)\n"]
)
def test_branches_of_a_choice_that_change_places_count(tmp_path, around):
    indent = "" if around.startswith("{") else "    "
    choice = "{2}if 1:\n{2}    from p.{0} import g\n{2}else:\n{2}    from p.{1} import g\n"
    one, two = choice.format("ops", "fast", indent), choice.format("fast", "ops", indent)
    log = make(tmp_path, OPS | {M: around.format(one)})
    (log / "lib/p/fast.py").write_text("def g(x): return x * 3\n")
    assert told(log, M, one, two)


@pytest.mark.parametrize(
    "text",
    [
        "K = {}\nL = K\nL['a'] = 2",
        "K = L = {}\nL['a'] = 2",
        "L = K = {}\nL['a'] = 2",
        "K = {}\nL = K\nL2 = L\nL2.update(a=2)",
        "class C: pass\nK = C.table = {}\nL = C.table\nL['a'] = 2",
    ],
)
def test_what_is_changed_by_another_name_of_it_counts(tmp_path, text):
    log = make(tmp_path, {M: f"{text}\ndef train(seed): return K['a']\n"})
    assert told(log, M, "2", "3")


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [
        ("def g(x): return x * 2\ndef g(x): return x\n", "x * 2", "x * 3"),
        ("def h(x): return g(x)\ndef g(x): return x * 2\ndef g(x): return x\n", "x * 2", "x * 3"),
        ("from p.fast import g\nfrom p.ops import g\n", "fast", "fast2"),
        ("try:\n    from p.ops import g\nexcept ImportError: pass\n", "ImportError", "Exception"),
        ("def width(x): return 2\nclass A:\n    @property\n    def width(self): return 1\n"
         "    @width.setter\n    def width(self, x): pass\ndef g(x): return A()\n", "2", "3"),
        ("K = {}\nL = dict(K)\nL['a'] = 2\ndef g(x): return K\n", "2", "3"),
    ],
)  # fmt: skip
def test_what_no_reader_of_a_name_sees_does_not_count(tmp_path, text, old, new):
    log = make(tmp_path, OPS | {M: f"{text}def train(seed): return g(seed)\n"})
    assert told(log, M, old, new) == []


@pytest.mark.parametrize(
    "text",
    [
        "from p.fast import *\nfrom p.ops import *",
        "from p.fast import g\nfrom p.ops import *",
        "def g(x): return x\nfrom p.ops import *",
        "from p.ops import *\nfrom p.none import *",
    ],
)
def test_an_import_of_all_names_binds_those_before_it_anew(tmp_path, text):
    none = {"lib/p/none.py": "from numpy import *\nfrom p.other import *\n", "lib/p/other.py": ""}
    log = make(tmp_path, {**OPS, **none, M: f"{text}\ndef train(seed): return g(seed)\n"})
    assert told(log, "lib/p/ops.py", "x * 2", "x * 3")


def test_the_order_of_imports_of_all_names_counts(tmp_path):
    first, second = "from p.fast import *\n", "from p.ops import *\n"
    log = make(tmp_path, {**OPS, M: f"{first}{second}def train(seed): return g(seed)\n"})
    assert told(log, M, first + second, second + first)


@pytest.mark.parametrize(
    "text",
    [
        *("SIZES = [K := 5, 1]", "print(K := 5)", "A = B = (K := 5)", "assert (K := 5)"),
        *("f = lambda x=(K := 5): x", "def f(x=(K := 5)): pass", "@print(K := 5)\ndef f(): pass"),
        "class A(*(K := [5])): pass",
    ],
)
def test_a_name_that_is_bound_amid_an_expression_counts(tmp_path, text):
    log = make(tmp_path, {M: f"{text}\ndef train(seed): return K\n"})
    assert told(log, M, "5", "6")


def test_those_who_share_a_library_reach_what_each_reaches_alone(tmp_path):
    log = make(tmp_path, {"lib/p/m.py": SHARED, "lib/p/loaded.py": "ONE = 1\n"})
    library = Library(log)
    for name in ("train", "test", "count", "train"):
        assert Reach(library).used("p.m", name) == Reach(Library(log)).used("p.m", name)


@pytest.mark.parametrize("init", ["from . import ops", "from p import ops", "import p.ops as ops"])
@pytest.mark.parametrize(
    "text",
    [
        "from p import ops\ndef train(seed): return ops.g(seed)",
        "import p\ndef train(seed): return p.ops.g(seed)",
        "import p.ops\ndef train(seed): return p.ops.g(seed)",
        "import p\ndef train(seed): return p.G",
    ],
)
def test_module_that_its_package_imports_from_itself_counts(tmp_path, init, text):
    own = {"lib/p/__init__.py": f"{init}\nG = ops.g(1)\n", M: f"{text}\n"}
    assert told(make(tmp_path, OPS | own), "lib/p/ops.py", "x * 2", "x * 3")


@pytest.mark.parametrize(
    "text",
    [
        "@dataclass\nclass Config:\n    net: 'Net' = None\n",
        "@dataclass\nclass Config:\n    net: 'Net | None' = None\n",
        "@dataclass\nclass Config:\n    nets: dict[str, 'Net'] = None\n",
        "@built\ndef Config(net: 'Net'): pass\n",
        "@built\ndef Config() -> 'Net': pass\n",
    ],
)
def test_class_that_an_annotation_names_in_a_text_counts(tmp_path, text):
    around = "from dataclasses import dataclass\ndef built(f): return f\n"
    text = f"{around}{text}class Net: k = 2\ndef train(seed): return Config\n"
    assert told(make(tmp_path, {M: text}), M, "k = 2", "k = 3")


@pytest.mark.parametrize("annotation", ["Net", "'Net'"])
@pytest.mark.parametrize(
    "read",
    [
        "typing.get_type_hints(f)",
        "hints(f)",
        "inspect.get_annotations(f)",
        "f.__annotations__",
        "inspect.signature(f).parameters['x'].annotation",
        "asked(f)",
    ],
)
def test_class_that_an_annotation_names_counts_where_annotations_are_read(
    tmp_path, read, annotation
):
    text = "import inspect, typing\nfrom typing import get_type_hints as hints\n"
    text += f"def asked(f): return hints(f)\nclass Net: k = 2\ndef f(x: {annotation}): pass\n"
    log = make(tmp_path, {M: f"{text}def train(seed): return {read}\n"})
    assert told(log, M, "k = 2", "k = 3") == ["p.m.Net changed"]


@pytest.mark.parametrize("read", ["f(seed)", "inspect.signature(f).parameters"])
def test_annotations_that_nothing_reads_do_not_count(tmp_path, read):
    text = "import inspect\ndef hints(f): return inspect.get_annotations(f)\n"
    log = make(tmp_path, {M: f"{text}def f(x): return x\ndef train(seed): return {read}\n"})
    assert told(log, M, "f(x)", "f(x: int)") == []


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [
        ("return {0: ops.g, 1: fast.g}[seed]", "0: ops.g, 1: fast.g", "0: fast.g, 1: ops.g"),
        ("return [ops.g, fast.g, ops.g]", "ops.g]", "fast.g]"),
        ("return max(ops.max(seed))", "max(ops.max(seed))", "ops.max(max(seed))"),
        ("import p.ops as ours\n    return g, ours.g", "g, ours.g", "ours.g, g"),
    ],
)
def test_which_of_two_definitions_of_one_name_is_meant_counts(tmp_path, text, old, new):
    """Their modules do not enter the text, for either may be moved."""
    own = "from p import fast, ops\ndef g(x): return x\n"
    files = {"lib/p/ops.py": "def g(x): return x * 2\ndef max(x): return x\n", M: own}
    log = make(tmp_path, OPS | files | {M: f"{own}def train(seed):\n    {text}\n"})
    assert told(log, M, old, new) == ["p.m.train changed"]


def test_module_that_is_renamed_beside_another_with_a_definition_of_one_name_is_no_change(tmp_path):
    text = "from p import fast, ops\ndef train(seed): return fast.g, ops.g\n"
    log = make(tmp_path, OPS | {M: text, "lib/p/slow.py": OPS["lib/p/ops.py"]})
    assert told(log, M, "ops", "slow") == []


@pytest.mark.parametrize("used", ["Net.g(seed)", "Net().norm(seed)"])
def test_what_the_body_of_a_class_imports_counts(tmp_path, used):
    net = "class Net:\n    from p.ops import g\n    def norm(self, x): return self.g(x)\n"
    log = make(tmp_path, OPS | {M: f"{net}def train(seed): return {used}\n"})
    assert told(log, "lib/p/ops.py", "x * 2", "x * 3") == ["p.ops.g changed"]


def test_which_name_the_body_of_a_class_gives_to_an_import_counts(tmp_path):
    net = "class Net:\n    from math import sin as f, cos as g\n"
    log = make(tmp_path, {M: f"{net}def train(seed): return Net.f(seed)\n"})
    assert told(log, M, "sin as f, cos as g", "sin as g, cos as f") == ["p.m.Net changed"]
