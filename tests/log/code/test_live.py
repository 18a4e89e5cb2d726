"""Functions that live in a process have the code that runs, not the code of a file edited since."""

import ast
import functools
import os
import shutil
import subprocess
import sys
from pathlib import Path
from unittest import mock

import pytest
from IPython.core.inputtransformer2 import TransformerManager

from labbook.log.code.live import edited_since_loaded, functions_in, statements_of_main
from labbook.log.code.used import code_of_trial

LIBRARY = Path(__file__).parents[3] / "lib" / "labbook"
TOY_LOG = Path(__file__).parents[1] / "toy_log"

KERNEL = """
import json, sys, jupytext, nbformat
from nbclient import NotebookClient
from pathlib import Path
from unittest import mock
notebook = jupytext.read("notebooks/toy.py")
digest = "from labbook.log.code.used import code_of\\nprint(code_of(train, Path.cwd()).digests)"
cells = [
    digest,
    "raise ValueError\\ndef scale(x):\\n    return x\\n",
    digest,
    "open('lib/labbook/models/parts.py', 'a').write('# a comment')",
    digest,
    "def scale(x):\\n    return x\\n",
    digest,
    "path = Path('lib/labbook/models/parts.py')\\npath.write_text('def width(): return 3')",
    digest,
]
notebook.cells += map(nbformat.v4.new_code_cell, ["from pathlib import Path", *cells])
for cell in notebook.cells:
    if cell.source.startswith("raise"):
        cell.metadata.tags = ["raises-exception"]
NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
for cell in notebook.cells:
    if "print(" in cell.source:
        print(cell.outputs[0].text.strip())
"""


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    """Digests in one kernel that runs the notebook, at different moments; the static ones last.

    At the start; after a cell that broke off before it defined scale(); after a comment in a
    loaded module; after scale() was defined anew; after an edit of a loaded module.
    """
    log = Path(shutil.copytree(TOY_LOG, tmp_path_factory.mktemp("live") / "log"))
    shutil.rmtree(log / "lib/labbook/log")
    shutil.copytree(LIBRARY / "log", log / "lib/labbook/log")
    shutil.copy(TOY_LOG / "lib/labbook/log/layout.py", log / "lib/labbook/log")
    static_before = code_of_trial(log / "notebooks/toy.py", "train", log).digests
    done = subprocess.run(
        [sys.executable, "-c", KERNEL],
        cwd=log,
        env=os.environ | {"PYTHONPATH": str(log / "lib"), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    lines = done.stdout.strip().splitlines()
    in_kernel = [ast.literal_eval(line) for line in lines]
    names = ("start", "broken", "comment", "defined anew", "edited")
    return dict(zip(names, in_kernel, strict=True)) | {"static": static_before}


def test_live_function_in_a_kernel_has_the_digest_of_the_text(live):
    assert live["start"] == live["static"] and "labbook.training.units.ONE" in live["start"]


def test_definition_in_a_cell_that_broke_off_does_not_count(live):
    assert live["broken"] == live["start"]


def test_comment_in_a_loaded_module_changes_nothing(live):
    assert live["comment"] == live["start"]


def test_live_function_that_was_defined_anew_has_another_digest(live):
    start, anew = live["start"], live["defined anew"]
    assert [key for key in start if start[key] != anew.get(key)] == ["notebook.scale"]


def test_function_edited_after_the_kernel_loaded_it_is_not_vouched_for(live):
    assert live["edited"]["labbook.models.parts.width"] == "edited after it was loaded"


def test_no_module_of_an_unedited_library_is_called_edited():
    import labbook.log.trials  # noqa: F401  it loads most of the room

    names = [name for name in sys.modules if name.startswith("labbook.")]
    edited = {
        name: edited_since_loaded(name, set(vars(module)), Path(module.__file__))
        for name in names
        for module in [sys.modules[name]]
    }
    assert {name: found for name, found in edited.items() if found} == {}


class Parts:
    anything = mock.call  # answers to any name, with another of its kind

    def method(self): ...
    @property
    def value(self): ...
    @staticmethod
    def static(): ...
    @classmethod
    def of(cls): ...
    @value.setter
    def value_set(self, x): ...
    @functools.cached_property
    def once(self): ...

    part = functools.partialmethod(method)

    @functools.singledispatchmethod
    def by_type(self, x): ...
    @functools.cache  # noqa: B019 - nothing calls it
    def kept(self): ...

    class Inner:
        def deep(self): ...


def test_what_is_wrapped_by_itself_is_looked_through_once():
    def alone():
        return 1

    def other():
        return 2

    alone.__wrapped__ = alone
    assert list(functions_in(alone)) == [alone]
    other.__wrapped__, alone.__wrapped__ = alone, other
    assert list(functions_in(alone)) in ([alone], [other])


def test_functions_in_a_class_are_found_and_objects_that_answer_to_any_name_are_none():
    found = {function.__name__ for function in functions_in(Parts)}
    in_properties = {"value", "value_set", "once", "by_type"}
    assert found == {"method", "static", "of", "kept", "deep"} | in_properties


@pytest.mark.parametrize(
    ("cell", "defined"),
    [
        ("%%time\ndef f(): return 2", ["f"]),
        ("%%capture out\n%%time\ndef f(): return 2", ["f"]),
        ("%%time\n%matplotlib inline\ndef f(): return 2", ["f"]),
        ("%%bash\ndef f(): return 2", []),
        ("%%time\nno python", []),
    ],
)
def test_what_a_cell_defines_below_a_magic_is_known(cell, defined):
    magics = TransformerManager()
    kernel = mock.Mock(transform_cell=magics.transform_cell)
    kernel.user_ns = {"In": ["", magics.transform_cell(cell)]}
    with mock.patch("labbook.log.code.live.shell", return_value=kernel):
        statements = statements_of_main()
    assert [s.name for s in statements if isinstance(s, ast.FunctionDef)] == defined
