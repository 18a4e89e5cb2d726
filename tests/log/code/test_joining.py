"""What joins a registry or a family of classes in another module is code of who asks there."""

import pytest
from tests.log.code.edits import NOTEBOOK, make, told

from labbook.log.code.used import code_of_trial

REGISTRY = """
class Registry:
    def __init__(self): self.items = {}
    def register(self, f):
        self.items[f.__name__] = f
        return f
NETS = Registry()
def net(f):
    NETS.register(f)
    return f
def named(name):
    def wrap(f):
        NETS.items[name] = f
        return f
    return wrap
"""
TRAIN = "from p import other, reg\ndef train(seed): return reg."


@pytest.mark.parametrize(
    ("registry", "asked", "joins"),
    [
        (REGISTRY, "NETS", "@reg.NETS.register\ndef a(x): return 2"),
        (REGISTRY, "NETS", "@reg.net\ndef a(x): return 2"),
        (REGISTRY, "NETS", "@reg.named('a')\ndef a(x): return 2"),
        (REGISTRY, "NETS", "@reg.net\nclass A: k = 2"),
        ("class B:\n    known = []\n    def __init_subclass__(cls): B.known.append(cls)", "B.known",
         "class A(reg.B): k = 2"),
        ("class B:\n    known = []\n    def __init_subclass__(cls): B.known.append(cls)", "B.known",
         "class A(reg.B): pass\nclass C(A): k = 2"),
        ("class M(type): pass\nclass B(metaclass=M): pass", "B", "class A(reg.B): k = 2"),
        ("class B: pass", "B.__subclasses__()", "class A(reg.B): k = 2"),
        ("import functools\n@functools.singledispatch\ndef f(x): return 0", "f(seed)",
         "@reg.f.register(int)\ndef a(x): return 2"),
    ],
)  # fmt: skip
def test_definition_that_joins_what_is_reached_counts(tmp_path, registry, asked, joins):
    files = {"lib/p/reg.py": registry, "lib/p/other.py": f"from p import reg\n{joins}\n"}
    log = make(tmp_path, {**files, "lib/p/m.py": f"{TRAIN}{asked}\n"})
    assert told(log, "lib/p/other.py", "2", "3")


@pytest.mark.parametrize(
    ("registry", "asked", "joins"),
    [
        ("class B: pass", "B", "class A(reg.B): k = 2"),
        ("LOG = print\ndef timed(f):\n    LOG(f.__name__)\n    return f\n@timed\ndef g(): pass",
         "g()",
         "@reg.timed\ndef a(x): return 2"),
        (REGISTRY + "OTHER = Registry()", "OTHER", "@reg.NETS.register\ndef a(x): return 2"),
    ],
)  # fmt: skip
def test_definition_that_joins_nothing_that_is_reached_does_not_count(
    tmp_path, registry, asked, joins
):
    files = {"lib/p/reg.py": registry, "lib/p/other.py": f"from p import reg\n{joins}\n"}
    log = make(tmp_path, {**files, "lib/p/m.py": f"{TRAIN}{asked}\n"})
    assert told(log, "lib/p/other.py", "2", "3") == []


@pytest.mark.parametrize("maker", ["lambda *a: type(*a)", "type if reg else int"])
def test_class_of_a_metaclass_that_has_no_name_is_read_all_the_same(tmp_path, maker):
    made = f"from p import reg\nB = reg\nclass A(metaclass={maker}): k = 2\nclass C(A): pass\n"
    log = make(tmp_path, {"lib/p/reg.py": "", "lib/p/other.py": made, "lib/p/m.py": f"{TRAIN}x\n"})
    assert told(log, "lib/p/other.py", "2", "3") == []


PATCHED = "class B: pass\nclass C: pass\nOPTIONS = {}\ndef set_k(k): B.k = k\n"


@pytest.mark.parametrize(
    "change", ["reg.B.k = 2", "setattr(reg.B, 'k', 2)", "reg.set_k(2)", "reg.B.k = [2]"]
)
def test_change_that_another_module_of_the_notebook_makes_counts(tmp_path, change):
    other = {"lib/p/other.py": f"from p import reg\n{change}\n"}
    notebook = {"notebooks/toy.py": "from p import m, other\n\nm.train\n"}
    train = {"lib/p/m.py": "from p import reg\ndef train(seed): return reg.B.k\n"}
    log = make(tmp_path, {"lib/p/reg.py": PATCHED, **train, **other, **notebook})
    assert told(log, "lib/p/other.py", "2", "3")


def test_change_of_something_else_in_another_module_of_the_notebook_does_not_count(tmp_path):
    other = {"lib/p/other.py": "from p import reg\nreg.C.k = 2\n"}
    notebook = {"notebooks/toy.py": "from p import m, other\n\nm.train\n"}
    train = {"lib/p/m.py": "from p import reg\ndef train(seed): return reg.B.k\n"}
    log = make(tmp_path, {"lib/p/reg.py": PATCHED, **train, **other, **notebook})
    assert told(log, "lib/p/other.py", "2", "3") == []


@pytest.mark.parametrize(("importing", "unseen"), [("", ("reg.B.k = 2",)), (", other", ())])
def test_change_that_worker_processes_do_not_see_is_told(tmp_path, importing, unseen):
    other = {"lib/p/other.py": "from p import reg\nreg.B.k = 2\n"}
    notebook = {"notebooks/toy.py": "from p import m, other\n\nm.train\n"}
    train = {"lib/p/m.py": f"from p import reg{importing}\ndef train(seed): return reg.B.k\n"}
    log = make(tmp_path, {"lib/p/reg.py": PATCHED, **train, **other, **notebook})
    assert code_of_trial(log / NOTEBOOK, "train", log).patches == unseen


@pytest.mark.parametrize(
    "family",
    [
        "class B:\n    def __init_subclass__(cls): reg.KNOWN['a'] = cls",
        "class B:\n    def __init_subclass__(cls, **k): reg.KNOWN.setdefault('a', cls)",
        "class M(type):\n    def __new__(m, n, b, d):\n        c = type.__new__(m, n, b, d)\n"
        "        reg.KNOWN[n] = c\n        return c\nclass B(metaclass=M): pass",
        "class M(type):\n    def __init__(c, n, *_): reg.KNOWN[n] = c\nclass B(metaclass=M): pass",
    ],
)
def test_class_whose_family_hands_it_on_to_another_module_counts(tmp_path, family):
    files = {
        "lib/p/reg.py": "KNOWN = {}\n",
        "lib/p/family.py": f"from p import reg\n{family}\n",
        "lib/p/other.py": "from p.family import B\nclass A(B): k = 2\n",
        "lib/p/m.py": f"{TRAIN}KNOWN\n",
    }
    assert told(make(tmp_path, files), "lib/p/other.py", "2", "3")


def test_class_of_a_metaclass_that_is_asked_for_its_classes_counts(tmp_path):
    family = "class M(type):\n    def __init__(c, n, b, d): c.known[n] = c\nM.known = {}\n"
    files = {
        "lib/p/reg.py": f"{family}class B(metaclass=M): pass\n",
        "lib/p/other.py": "from p.reg import B\nclass A(B): k = 2\n",
        "lib/p/m.py": f"{TRAIN}M.known\n",
    }
    assert told(make(tmp_path, files), "lib/p/other.py", "2", "3")


@pytest.mark.parametrize(
    ("asked", "joins"),
    [
        ("reg.NETS", "@reg.net\ndef a(x): return 2"),
        ("reg.OPTIONS", "reg.OPTIONS['k'] = 2"),
        ("reg.B.k", "reg.B.k = 2"),
    ],
)
def test_what_a_module_joins_that_the_inside_of_a_function_imports_counts(tmp_path, asked, joins):
    train = "def load():\n    import p.other\ndef train(seed):\n    load()\n"
    files = {
        "lib/p/reg.py": f"{REGISTRY}OPTIONS = {{}}\nclass B: pass\n",
        "lib/p/other.py": f"from p import reg\n{joins}\n",
        "lib/p/m.py": f"from p import reg\n{train}    return {asked}\n",
    }
    assert told(make(tmp_path, files), "lib/p/other.py", "2", "3")


KEPT = """
ALL = []
K = 1
def set_k(k):
    global K
    before, K = K, 5
    K = k
    return before
TABLE = {}
class Item:
    def __init__(self, k): self.k = ALL.append(self)
class Field:
    def __set_name__(self, owner, name): TABLE[name] = owner
class Other:
    def __init__(self, k): self.k = k
def register(name, kind):
    TABLE[name] = kind
    return kind
def asked(name): return TABLE.get(name)
"""


@pytest.mark.parametrize(
    ("asked", "joins"),
    [
        ("TABLE", "net = reg.register('a', lambda x: 2)"),
        ("TABLE", "nets = [reg.register(n, lambda x: 2) for n in 'ab']"),
        ("TABLE", "class A:\n    net = reg.register('a', lambda x: 2)"),
        ("TABLE", "class A:\n    k = 2\n    field = reg.Field()"),
        ("TABLE", "before = reg.TABLE.setdefault('a', 2)"),
        ("ALL", "item = reg.Item(2)"),
        ("K", "before = reg.set_k(2)"),
    ],
)
def test_what_is_kept_and_joins_all_the_same_counts(tmp_path, asked, joins):
    files = {"lib/p/reg.py": KEPT, "lib/p/other.py": f"from p import reg\n{joins}\n"}
    log = make(tmp_path, {**files, "lib/p/m.py": f"{TRAIN}{asked}\n"})
    assert told(log, "lib/p/other.py", "2", "3")


@pytest.mark.parametrize(
    "kept", ["item = reg.Other(2)", "net = reg.asked(2)", "net = reg.TABLE.get(2)"]
)
def test_what_is_kept_and_joins_nothing_does_not_count(tmp_path, kept):
    files = {"lib/p/reg.py": KEPT, "lib/p/other.py": f"from p import reg\n{kept}\n"}
    log = make(tmp_path, {**files, "lib/p/m.py": f"{TRAIN}TABLE\n"})
    assert told(log, "lib/p/other.py", "2", "3") == []


def test_definition_that_joined_before_its_name_was_bound_anew_counts(tmp_path):
    """As the functions of a singledispatch are, all called ``_``."""
    generic = "import functools\n@functools.singledispatch\ndef f(x): return 0\n"
    joins = "@reg.f.register\ndef _(x: int): return 2\n@reg.f.register\ndef _(x: str): return 5\n"
    files = {"lib/p/reg.py": generic, "lib/p/other.py": f"from p import reg\n{joins}"}
    log = make(tmp_path, {**files, "lib/p/m.py": f"{TRAIN}f(seed)\n"})
    assert told(log, "lib/p/other.py", "2", "3")


@pytest.mark.parametrize(
    ("asked", "joins"),
    [
        ("timm.create_model('a')", "@timm.models.register_model\ndef a(): return 2"),
        ("timm.create_model('a')", "@timm.NETS.register_module(name='a')\nclass A: k = 2"),
        ("torch.ops.p.a(seed)", "@torch.library.custom_op('p::a')\ndef a(x): return 2"),
    ],
)
def test_definition_that_joins_a_registry_of_an_installed_package_counts(tmp_path, asked, joins):
    imports = "import timm, torch\n"
    train = f"{imports}from p import other\ndef train(seed): return {asked}\n"
    log = make(tmp_path, {"lib/p/other.py": f"{imports}{joins}\n", "lib/p/m.py": train})
    assert told(log, "lib/p/other.py", "2", "3")


@pytest.mark.parametrize("joins", ["@torch.no_grad()", "@timm.models.register_model"])
def test_definition_that_joins_nothing_of_a_package_in_use_does_not_count(tmp_path, joins):
    train = "import torch\nfrom p import other\ndef train(seed): return torch.ones(seed)\n"
    other = f"import timm, torch\n{joins}\ndef a(): return 2\n"
    log = make(tmp_path, {"lib/p/other.py": other, "lib/p/m.py": train})
    assert told(log, "lib/p/other.py", "2", "3") == []
