"""Parameters are typed, and every wrong one gets its sentence."""

from pathlib import Path

import numpy as np
import pytest
import yaml

from labbook.log.notebook import notebooks, parameters
from labbook.log.notebook.parameters import ParameterError

BAD = yaml.safe_load((Path(__file__).parent / "bad_parameters.yaml").read_text(encoding="utf-8"))


def of_cell(cell, later=""):
    """The notebook with a cell of parameters, and one after it."""
    return notebooks.reads(f'# %% tags=["parameters"]\n{cell}\n# %%\n{later}\n')


def one(line):
    """The only parameter of a cell."""
    (parameter,) = parameters.declared(of_cell(line))
    return parameter


def given(line, text):
    """What a text on the command line becomes."""
    name = line.split(":")[0]
    return parameters.parse([one(line)], [(name, text)])[name]


def checked(line, value):
    """What a Python value becomes."""
    name = line.split(":")[0]
    return parameters.check([one(line)], {name: value})[name]


@pytest.mark.parametrize("case", BAD["cases"], ids=lambda case: f"{case['name']}-{case['says']}")
def test_bad_parameter_gets_its_sentence(case):
    declared = parameters.declared(of_cell(BAD["parameters"]))
    with pytest.raises(ParameterError) as error:
        if "text" in case:
            parameters.parse(declared, [(case["name"], case["text"])])
        else:
            value = eval(case["python"], {"np": np, "Path": Path})
            parameters.check(declared, {case["name"]: value})
    assert str(error.value) == case["says"]


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ('name: str = "a"', "\udcff"),  # a byte that is no UTF-8, as a terminal gives it
        ('names: list[str] = ["a"]', "['\\udcff']"),
        ("names: list = []", "['\\udcff']"),
        ("seed: int = 0", "1" * 5000),
        ("rates: list[float] = [0.1]", f"[{'1' * 400}]"),
    ],
)
def test_value_that_no_record_holds_is_refused(line, text):
    with pytest.raises(ParameterError, match="must be|is not"):
        given(line, text)


def test_there_are_at_least_thirty_bad_parameters():
    assert len(BAD["cases"]) >= 30


@pytest.mark.parametrize(
    ("line", "text", "value"),
    [
        ("a: int = 0", "-12", -12),
        ("a: int = 0", "1_000", 1000),
        ("a: float = 0.0", "3", 3.0),
        ("a: float = 0", "1e-3", 0.001),
        ("a: bool = True", "false", False),
        ("a: str = ''", "1", "1"),
        ("a: str = ''", "", ""),
        ("a: str = ''", 'a "quoted"\nλ\\', 'a "quoted"\nλ\\'),
        ("a: list[int] = []", "[1, 2]", [1, 2]),
        ("a: list[int] = []", "(1, 2)", [1, 2]),
        ("a: list[int] = []", "1, 2", [1, 2]),
        ("a: list[str] = []", "[relu, gelu]", ["relu", "gelu"]),
        ("a: list[float] = []", "[1, 2.5]", [1.0, 2.5]),
        ("a: list[list[int]] = []", "[[1], [2, 3]]", [[1], [2, 3]]),
        ("a: Literal[8, 16] = 8", "16", 16),
        ("a: Literal['x', None] = None", "None", None),
        ("a: Optional[int] = None", "none", None),
        ("a: int | None = None", "7", 7),
        ("a: int | str = 0", "7", 7),
        ("a: int | str = 0", "seven", "seven"),
        ("a: typing.Literal['x'] = 'x'", "x", "x"),
        ("a: 'int' = 0", "1", 1),
    ],
)
def test_text_becomes_a_value_of_the_type(line, text, value):
    found = given(line, text)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("line", "value", "plain"),
    [
        ("a: int = 0", np.int64(3), 3),
        ("a: float = 0.0", np.float64(0.5), 0.5),
        ("a: float = 0.0", 2, 2.0),
        ("a: bool = False", np.bool_(True), True),
        ("a: str = ''", np.str_("x"), "x"),
        ("a: list[int] = []", (1, np.int8(2)), [1, 2]),
        ("a: list = []", [1, "x", None], [1, "x", None]),
    ],
)
def test_value_becomes_plain(line, value, plain):
    found = checked(line, value)
    assert (found, type(found)) == (plain, type(plain))


def test_comment_is_the_help():
    assert one("seed: int = 0  # of everything random").help == "of everything random"


def test_comment_behind_a_long_value_is_its_help():
    assert one("a: list[int] = [\n    1,\n    2,\n]  # two of them").help == "two of them"


def test_hash_in_a_text_is_no_comment():
    assert one('a: str = "# no"').help == ""


def test_unannotated_parameter_has_the_type_of_its_default():
    assert str(one("a = [1, 2]").type) == "list of int"


def test_imports_may_stand_among_the_parameters():
    assert one("from typing import Literal\na: Literal['x'] = 'x'").name == "a"


def test_notebook_without_parameters_declares_none():
    assert parameters.declared(notebooks.reads("# %%\n1\n")) == []


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ("a: int = 'x'", "the default of a must be an int; 'x' is not."),
        ("a: int = 2 * 3", "the default of a, 2 * 3, is no literal"),
        ("a: int", "line 1 of the cell of parameters, 'a: int', is no parameter"),
        ("a = b = 1", "line 1 of the cell of parameters, 'a = b = 1', is no parameter"),
        ("print(1)", "line 1 of the cell of parameters, 'print(1)', is no parameter"),
        ("a: dict = {}", "parameter a: dict is not a type that a parameter can have"),
        ("a: tuple[int, int] = (1, 2)", "tuple[int, int] is not a type that a parameter"),
        ("a: Literal[A, 'b'] = 'b'", "parameter a: Literal[A, 'b'] is not a type that a parameter"),
        ("a: 'int |' = 1", "parameter a: 'int |' is not a type that a parameter can have"),
        ("a = (1, 2)", "parameter a: the tuple (1, 2) is nothing that a parameter can be"),
        ("a: int = 1\na: int = 2", "parameter a is declared twice."),
        ("a: int = (", "line 1 of the cell of parameters is no Python: '(' was never closed."),
    ],
)
def test_bad_declaration_gets_its_sentence(cell, says):
    with pytest.raises(ParameterError) as error:
        parameters.declared(of_cell(cell))
    assert says in str(error.value)


def test_two_cells_of_parameters_are_refused():
    text = '# %% tags=["parameters"]\na: int = 1\n# %% tags=["parameters"]\nb: int = 1\n'
    with pytest.raises(ParameterError, match="2 cells are tagged parameters; exactly one can be"):
        parameters.declared(notebooks.reads(text))


def test_parameter_given_twice_is_refused():
    with pytest.raises(ParameterError, match="a is given twice; give it once"):
        parameters.parse([one("a: int = 0")], [("a", "1"), ("a", "2")])


@pytest.mark.parametrize(
    "later",
    [
        "print(a)",
        "f'{a}'",
        "def f():\n    return a",
        "[a for _ in range(3)]",
        "class C:\n    x = a",
        "# %matplotlib inline\nprint(a)",
    ],
)
def test_parameter_that_is_read_is_accepted(later):
    notebook = of_cell("a: int = 1", later)
    parameters.check_read(notebook, parameters.declared(notebook))


@pytest.mark.parametrize(
    "later",
    [
        "print('a')",
        "# a",
        "def f(a):\n    return a",
        "[a for a in range(3)]",
        "train(a=1)",
        "x.a",
        "a = 2",
    ],
)
def test_parameter_that_is_not_read_is_an_error(later):
    notebook = of_cell("a: int = 1", later)
    with pytest.raises(ParameterError, match="a is declared as parameter but read by no later"):
        parameters.check_read(notebook, parameters.declared(notebook))


def test_help_lists_name_type_default_and_comment():
    text = parameters.help_text(parameters.declared(of_cell("seed: int = 0  # which\nb = 'x'")))
    assert text.splitlines()[2:] == ["seed       int   0        which", "b          str   'x'"]


@pytest.mark.parametrize("name", ["time", "run", "precision"])
def test_parameter_that_ipython_would_take_for_a_magic_is_refused(name):
    notebook = notebooks.reads(f'# %% tags=["parameters"]\n{name}: str = "a"\n')
    with pytest.raises(ParameterError, match=f"{name} is alone in its cell.*a magic of IPython"):
        parameters.declared(notebook)


def test_parameter_named_like_a_magic_is_welcome_below_a_comment():
    notebook = notebooks.reads('# %% tags=["parameters"]\n# How long.\ntime: str = "a"\n')
    assert [parameter.name for parameter in parameters.declared(notebook)] == ["time"]
