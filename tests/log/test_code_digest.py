"""Digests of code change when what a trial computes can change, and only then."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from labbook.log.freshness import notebook_code_digest
from labbook.log.loaded import edited_since_loaded
from labbook.log.trial_code import notebook_code_used

LIBRARY = Path(__file__).parents[2] / "lib" / "labbook"
TOY_LOG = Path(__file__).parent / "toy_log"


@pytest.fixture
def log(tmp_path):
    """A log with a small library and one notebook."""
    return Path(shutil.copytree(TOY_LOG, tmp_path / "log"))


def edit(log, name, old, new):
    path = log / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def code(log, function="train"):
    """The static digests, with the library of the log."""
    return notebook_code_used(log / "notebooks/toy.py", function, log / "lib/labbook").digests


def changed(log, name, old, new):
    """Keys of the code that differ after an edit."""
    before = code(log)
    edit(log, name, old, new)
    after = code(log)
    return sorted(key for key in before | after if before.get(key) != after.get(key))


def test_code_names_the_parts_of_the_notebook_and_the_modules_reached(log):
    assert sorted(code(log)) == [
        "labbook",
        "labbook.models",
        "labbook.models.parts",
        "labbook.models.toy",
        "labbook.training",
        "labbook.training.units",
        "notebook imports",
        "notebook.Loss",
        "notebook.scale",
        "notebook.train",
    ]


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("lib/labbook/models/toy.py", '"""A toy."""', '"""Another docstring."""'),
        ("lib/labbook/models/toy.py", '"""A toy network."""', ""),
        ("lib/labbook/models/toy.py", "# a comment", "# another"),
        ("lib/labbook/models/parts.py", '"""A width."""\n', '"""A width.\n\n    Long."""\n\n\n'),
        ("lib/labbook/models/unrelated.py", "3", "4"),
        ("lib/labbook/log/layout.py", "unrelated", "toy"),
        ("notebooks/toy.py", '"""Train a toy."""', '"""Train."""'),
        ("notebooks/toy.py", "# # A toy", "# # A better toy"),
        ("notebooks/toy.py", "return layout", "return 1"),
        ("notebooks/toy.py", "seed: int = 0", "seed: int = 1"),
        ("notebooks/toy.py", "import math\n", "import math\nimport os\n"),
    ],
    ids=lambda text: text.strip()[:24],
)
def test_edit_that_computes_the_same_changes_nothing(log, name, old, new):
    assert changed(log, name, old, new) == []


@pytest.mark.parametrize(
    ("name", "old", "new", "key"),
    [
        ("lib/labbook/models/toy.py", "width = parts", "height = parts", "labbook.models.toy"),
        ("lib/labbook/models/parts.py", "* 8", "* 9", "labbook.models.parts"),
        ("lib/labbook/training/units.py", "1", "2", "labbook.training.units"),
        ("lib/labbook/training/units.py", "1", "None", "labbook.training.units"),
        ("lib/labbook/training/units.py", "1", "1.0", "labbook.training.units"),
        ("notebooks/toy.py", "power=2", "power=3", "notebook.train"),
        ("notebooks/toy.py", "math.sqrt(x)", "math.cbrt(x)", "notebook.scale"),
        ("notebooks/toy.py", "return scale(seed)", "return -scale(seed)", "notebook.Loss"),
        ("notebooks/toy.py", "import math", "import cmath as math", "notebook imports"),
        ("lib/labbook/models/toy.py", "class Toy:", "class Toy", "labbook.models.toy"),
    ],
    ids=lambda text: text.strip()[:24],
)
def test_edit_of_used_code_is_named(log, name, old, new, key):
    assert key in changed(log, name, old, new)


def test_local_variable_of_the_same_name_is_no_use_of_a_function(log):
    edit(log, "notebooks/toy.py", "loss = Loss()", "unused = Loss(); loss = unused")
    assert "notebook.unused" not in code(log)


def test_last_definition_counts(log):
    with (log / "notebooks/toy.py").open("a") as file:
        file.write("\n\ndef scale(x):\n    return x\n")
    before = code(log)
    edit(log, "notebooks/toy.py", "math.sqrt(x)", "math.cbrt(x)")
    assert code(log) == before


def test_digest_is_one_digest_of_all_parts(log):
    digests = set()
    for power in "234":
        edit(log, "notebooks/toy.py", "power=", f"power={power} + 0 * ")
        digests.add(notebook_code_digest(log / "notebooks/toy.py", "train")[0])
    assert len(digests) == 3


KERNEL = """
import json, sys, jupytext, nbformat
from nbclient import NotebookClient
from pathlib import Path
from labbook.log.freshness import notebook_code_digest
notebook = jupytext.read("notebooks/toy.py")
digest = "from labbook.log.freshness import code_digest\\nprint(*code_digest(train))"
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
print(*notebook_code_digest(Path("notebooks/toy.py"), "train"))
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
    static_before = notebook_code_used(
        log / "notebooks/toy.py", "train", log / "lib/labbook"
    ).digests
    done = subprocess.run(
        [sys.executable, "-c", KERNEL],
        cwd=log,
        env=os.environ | {"PYTHONPATH": str(log / "lib"), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    lines = done.stdout.strip().splitlines()
    _, *in_kernel = [ast.literal_eval(line.partition(" ")[2]) for line in lines]
    names = ("start", "broken", "comment", "defined anew", "edited")
    return dict(zip(names, in_kernel, strict=True)) | {"static": static_before}


def test_live_function_in_a_kernel_has_the_digest_of_the_text(live):
    assert live["start"] == live["static"] and "labbook.training.units" in live["start"]


def test_definition_in_a_cell_that_broke_off_does_not_count(live):
    assert live["broken"] == live["start"]


def test_comment_in_a_loaded_module_changes_nothing(live):
    assert live["comment"] == live["start"]


def test_live_function_that_was_defined_anew_has_another_digest(live):
    start, anew = live["start"], live["defined anew"]
    assert [key for key in start if start[key] != anew.get(key)] == [
        "notebook.scale",
        "notebook imports",
    ]


def test_module_edited_after_the_kernel_loaded_it_is_not_vouched_for(live):
    assert live["edited"]["labbook.models.parts"] == "edited after it was loaded"


def test_no_module_of_an_unedited_library_is_called_edited():
    import labbook.log.trials  # noqa: F401  it loads most of the room

    names = [name for name in sys.modules if name.startswith("labbook.")]
    files = {name: Path(sys.modules[name].__file__) for name in names}
    assert [name for name in names if edited_since_loaded(name, files[name])] == []
