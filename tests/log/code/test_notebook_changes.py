"""What a notebook changes in what its trials reach is part of their code."""

import pytest
from tests.log.code import edits
from tests.log.code.edits import make, told

from labbook.log.code.library import Library
from labbook.log.code.parts import NOTEBOOK
from labbook.log.code.reach import Reach
from labbook.log.code.reading.module import read_statements
from labbook.log.code.source import parsed

M = """
D = {"a": 1}
K = 1
class Net:
    k = 1
    @classmethod
    def set_k(cls, k): cls.k = k
class Settings:
    def set(self, **values): self.__dict__.update(values)
class Setting:
    def __init__(self, k): D["a"] = k
S = Settings()
def settings(): return S
def set_k(k):
    global K
    K = k
def set_both(k): set_k(k)
def fill(k): D["a"] = k
def helper(x): return x
def other(x): return x
def patched(k):
    D["a"] = k
    yield
class Patched:
    def __init__(self, k): self.k = k
    def __enter__(self):
        k = self.k
        D["a"] = k
def timed(k):
    x = [k]
    yield
def train(seed): return helper(seed), K, D, Net, settings
def plot(x):
    ax = x
    ax.title = 2
def table(): return dict(a=1)
"""


@pytest.mark.parametrize(
    "text",
    [
        "m.K = 2",
        "m.K += 2",
        "m.D['a'] = 2",
        "m.D['a'], x = 2, 3",
        "m.D.update(a=2)",
        "del m.D[2]",
        "m.Net.k = 2",
        "m.new = 2",
        "def f(x): return 2\nm.helper = f",
        "setattr(m, 'K', 2)",
        "setattr(m.Net, 'k', 2)",
        "N = m.Net\nN.k = 2",
        "from p.m import Net\nNet.k = 2",
        "import p.m\np.m.K = 2",
        "if m.K:\n    m.K = 2",
        "for k in range(2):\n    m.Net.k = k",
        "for net in (m.Net, m.Settings):\n    net.k = 2",
        "for net in [m.Net]:\n    setattr(net, 'k', 2)",
        "with open('x') as file:\n    m.D[file] = 2",
        "with m.patched(2):\n    y = m.train(0)",
        "with m.Patched(2) as x:\n    y = m.train(0)",
        "if m.K:\n    m.D['a'], x = 2, 3",
        "for m.Net.k in [2]:\n    pass",
        "if m.K:\n    m.K: int = 2",
        "try:\n    m.set_k(2)\nexcept ValueError:\n    pass",
        "m.set_k(2)",
        "m.set_both(2)",
        "print(m.set_k(2))",
        "m.K and m.set_k(2)",
        "[m.set_k(k) for k in [2]]",
        "assert m.set_k(2) is None",
        "while m.set_k(2):\n    pass",
        "before = m.set_k(2)",
        "m.fill(2)",
        "m.Net.set_k(2)",
        "m.S.set(k=2)",
        "m.settings().set(k=2)",
        "m.settings().k = 2",
        "m.Setting(2)",
        "def change(): m.K = 2\nchange()",
    ],
)
def test_change_of_imported_code_counts(tmp_path, text):
    log = make(tmp_path, {"lib/p/m.py": M, edits.NOTEBOOK: f"from p import m\n{text}\nm.train\n"})
    assert told(log, edits.NOTEBOOK, "2", "3")


@pytest.mark.parametrize(
    "text",
    [
        "C.k = 2",
        "if 1: C.k = 2",
        "for _ in range(2): C.k = C.k + 1",
        "setattr(C, 'k', 2)",
        "def configure(k): C.k = k\nconfigure(2)",
        "if __name__ == '__main__': C.k = 2",
    ],
)
def test_change_of_a_class_of_the_notebook_counts(tmp_path, text):
    text = f"class C: k = 1\n{text}\ndef train(seed): return C.k\n"
    assert told(make(tmp_path, {edits.NOTEBOOK: text}), edits.NOTEBOOK, "2", "3")


@pytest.mark.parametrize(
    "text",
    [
        "m.other.k = 2",
        "x = m.table()\nx['b'] = 2",
        "m.table().update(b=2)",
        "m.plot(2)",
        "m.train(2)",
        "print(m.train(2))",
        "print(m.Settings(), m.settings()(2))",
        "with m.timed(2): y = m.train(0)",
        "print(m.K + 2)",
        "for net in (m.Net, m.Settings):\n    m.other.k = 2",
        "import math\nmath.k = 2",
        "from p import ops\nops.K = 2",
        "from labbook.log import trials\ntrials.run(m.train, [{'seed': 2}])",
    ],
)
def test_what_changes_nothing_that_is_reached_does_not_count(tmp_path, text):
    files = {"lib/p/m.py": M.replace('D["a"] = k', "pass"), "lib/p/ops.py": "K = 1\n"}
    log = make(tmp_path, {**files, edits.NOTEBOOK: f"from p import m\n{text}\nm.train\n"})
    assert told(log, edits.NOTEBOOK, "2", "3") == []


CHOICE = "try:\n    import numpy as np\nexcept ImportError:\n    np = None"
USED = "class C: k = K"


def code_after(log, *cells):
    """The code of a trial in a kernel in which these cells have run."""
    ran = ["from p import m", "class C: k = 1", *cells, "def train(): return C, m.train"]
    notebook = read_statements(parsed("\n".join(ran)), NOTEBOOK)
    return Reach(Library(log), notebook).used(NOTEBOOK, "train").digests


@pytest.mark.parametrize(
    ("cells", "text"),
    [
        (["m.K = 2", "m.K = 2"], ["m.K = 2"]),
        (["C.k = 2", "C.k = 3"], ["C.k = 3"]),
        ([CHOICE, CHOICE, "class C: k = np"], [CHOICE, "class C: k = np"]),
        (["m.K = 1", "m.K = 2"], ["m.K = 2"]),
        (["m.D['a'] = 1", "m.K = 1", "m.D['a'] = 2"], ["m.K = 1", "m.D['a'] = 2"]),
        (["m.K = 2", "m.D['a'] = [1, 2]"] * 2, ["m.K = 2", "m.D['a'] = [1, 2]"]),
    ],
)
def test_assignment_in_a_cell_that_was_run_again_counts_once(tmp_path, cells, text):
    log = make(tmp_path, {"lib/p/m.py": M})
    assert code_after(log, *cells) == code_after(log, *text)


@pytest.mark.parametrize(
    ("cells", "text"),
    [
        (["m.K = m.K + 2"] * 2, ["m.K = m.K + 2"]),
        (["m.K += 2"] * 2, ["m.K += 2"]),
        (["C.k += 2"] * 2, ["C.k += 2"]),
        (["K = 1", *["if K: K = K + 1"] * 2, USED], ["K = 1", "if K: K = K + 1", USED]),
        (["m.D['a'] = m.other(2)"] * 2, ["m.D['a'] = m.other(2)"]),
        (["m.set_k(2)"] * 2, ["m.set_k(2)"]),
        (["m.D['a'] = 1", "m.D['b'] = 2"], ["m.D['b'] = 2"]),
        (["m.K = 2", "m.D['a'] = m.K", "m.K = 2"], ["m.D['a'] = m.K", "m.K = 2"]),
        (["m.K = 2", "m.set_k(3)", "m.K = 2"], ["m.set_k(3)", "m.K = 2"]),
        (["m.K = 2", "k = m.K", "m.K = k * 3"], ["k = m.K", "m.K = k * 3"]),
        (["k = 'a'", "m.D[k] = 2", "k = 'b'", "m.D[k] = 2"], ["k = 'b'", "m.D[k] = 2"]),
    ],
)
def test_what_a_second_run_of_a_cell_may_change_counts(tmp_path, cells, text):
    log = make(tmp_path, {"lib/p/m.py": M})
    assert code_after(log, *cells) != code_after(log, *text)
