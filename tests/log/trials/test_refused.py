"""What can be a trial, and what is refused before anything runs."""

import functools

import pytest
from tests.log.trials.toy import train

from labbook.log import trials


def test_misspelt_parameter_is_refused_with_the_nearest_name(log) -> None:
    with pytest.raises(TypeError, match=r"takes no 'widht'; did you mean 'width'\?"):
        trials.run(train, [{"width": 1}, {"widht": 1}], experiment="t")
    assert log.journal() == []


def test_missing_parameter_is_refused(log) -> None:
    with pytest.raises(TypeError, match="needs 'width'"):
        trials.run(train, [{"depth": 1}], experiment="t")


@pytest.mark.parametrize("function", [lambda width: {}, functools.partial(train, 1), print])
def test_only_functions_made_with_def_are_trials(log, function) -> None:
    with pytest.raises(TypeError, match="needs a function made with def"):
        trials.run(function, [{"width": 1}], experiment="t")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("return {'metrics': {'a': scale}}", "train() reads the variable 'scale' (int)"),
        ("return helper()", "train() uses helper(), which reads the variable 'scale' (int)"),
        ("return Helper().f()", "train() uses Helper.f(), which reads the variable 'scale' (int)"),
        ("return Kept().f", "train() uses Kept.f(), which reads the variable 'scale' (int)"),
        ("return [scale for _ in 'x']", "train() reads the variable 'scale' (int)"),
        ("return part()", "train() reads the variable 'part' (partial)"),
    ],
)
def test_function_that_reads_a_variable_of_its_notebook_is_refused(log, body, message) -> None:
    text = (
        "import functools, math\nfrom labbook.log import trials\nscale = 3\n"
        "def helper():\n    return scale\n"
        "class Helper:\n    def f(self):\n        return scale\n"
        "class Kept:\n    @functools.cached_property\n    def f(self):\n        return scale\n"
        "part = functools.partial(int, 1)\n"
        f"def train(width):\n    {body}\n"
        "try:\n    trials.run(train, [{'width': 1}])\n"
        "except ValueError as error:\n    print(error)\n"
    )
    assert log.run_text("toy", text).stdout.startswith(message)


def test_function_that_uses_functions_classes_and_modules_is_welcome(log) -> None:
    text = (
        "import math\nfrom functools import cache\nfrom typing import Literal\n"
        "from labbook.log import trials\n"
        "class Model:\n    scale = 3\n    def f(self, x):\n"
        "        return math.exp(x) * self.scale\n"
        "@cache\ndef helper(x):\n    return len([y for y in range(x)])\n"
        "def train(width: Literal[1, 2]):\n"
        "    return {'metrics': {'loss': Model().f(helper(width))}}\n"
        "print(trials.run(train, [{'width': 1}])['outcome'][0])\n"
    )
    assert log.run_text("toy", text).stdout == "ok\n"


def test_a_function_of_a_function_has_no_name_of_its_own(log) -> None:
    def logged(function):
        def inner(width):
            return function(width)

        return inner

    with pytest.raises(ValueError, match=r"inner\(\) is defined inside of .*logged\(\), where"):
        trials.run(logged(train), [{"width": 1}], experiment="t")
    assert log.journal() == []


def test_function_that_cannot_be_sent_to_workers_is_refused(log) -> None:
    text = (
        "import threading\nfrom labbook.log import trials\n"
        "class Model:\n    lock = threading.Lock()\n"
        "def train(width):\n    return {'metrics': {'loss': float(len(str(Model)))}}\n"
        "try:\n    trials.run(train, [{'width': 1}], executor=1)\n"
        "except TypeError as error:\n    print(error)\n"
    )
    said = log.run_text("toy", text).stdout
    assert said.startswith("what toy.train uses cannot be sent to worker processes (cannot pickle")


TWO_OF_ONE_NAME = """
import sys
from pathlib import Path
Path("mlp.py").write_text("def train(seed): return {'metrics': {'loss': 1.0}}")
Path("cnn.py").write_text("def train(seed): return {'metrics': {'loss': 2.0}}")
sys.path.insert(0, ".")
import mlp, cnn
from labbook.log import trials
print(trials.run(mlp.train, [{"seed": 0}])["loss"][0])
try:
    trials.run(cnn.train, [{"seed": 0}])
except ValueError as error:
    print(error)
del mlp.train
print(trials.run(cnn.train, [{"seed": 0}], refresh="stale")["loss"][0])
"""


def test_two_functions_of_one_name_share_no_records(log) -> None:
    done = log.run_text("toy", TWO_OF_ONE_NAME, LABBOOK_EXPERIMENT="toy")
    first, error, moved = done.stdout.splitlines()
    assert (first, moved) == ("1.0", "2.0")
    assert error.startswith("mlp and cnn both have a function train(), and in one experiment both")


PATCHED = """
import sys
from pathlib import Path
Path("patched.py").write_text("K = 1\\ndef train(seed): return {'metrics': {'loss': float(K)}}")
sys.path.insert(0, ".")
import patched
from labbook.log import trials
patched.K = 2
try:
    trials.run(patched.train, [{"seed": 0}], 1)
except ValueError as error:
    print(error)
print(trials.run(patched.train, [{"seed": 0}])["loss"][0])
print(trials.run(patched.train, [{"seed": 0}], 1)["loss"][0])
"""


def test_workers_are_not_asked_for_what_a_notebook_changes_in_a_module(log) -> None:
    error, here, found = log.run_text("toy", PATCHED).stdout.splitlines()
    assert error == (
        "train() reaches what the notebook changes in a module ('patched.K = 2'), and worker "
        "processes import the module unchanged: make it an argument of the function, or run with "
        "executor=None."
    )
    assert (here, found) == ("2.0", "2.0")


def test_class_inside_of_a_trial_is_welcome(log) -> None:
    text = (
        "from labbook.log import trials\n"
        "def train(width):\n"
        "    class Model:\n        size = 3\n"
        "        def f(self):\n            return self.size\n"
        "    return {'metrics': {'loss': Model().f() / width}}\n"
        "print(trials.run(train, [{'width': 1}])['loss'][0])\n"
    )
    assert log.run_text("toy", text).stdout == "3.0\n"


def test_notebook_without_a_name_is_one_clear_error(log) -> None:
    text = (
        "import sys\nfrom labbook.log import trials\ndel sys.modules['__main__'].__file__\n"
        "def train(width):\n    return {}\n"
        "try:\n    trials.find(train, [{'width': 1}])\n"
        "except ValueError as error:\n    print(error)\n"
    )
    assert "LABBOOK_EXPERIMENT" in log.run_text("toy", text).stdout
