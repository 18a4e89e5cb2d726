"""What a kernel loaded is compared with its file as a whole, constants and defaults included."""

import ast
import os
import subprocess
import sys

import pytest

from labbook.log.code.live import EDITED

KERNEL = """
import nbformat
from nbclient import NotebookClient
cells = open("cells.py").read().split("# %%\\n")
notebook = nbformat.v4.new_notebook(cells=[*map(nbformat.v4.new_code_cell, cells)])
NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
for cell in notebook.cells:
    print("".join(output.text for output in cell.outputs), end="")
"""

MODULE = '''"""A module."""
RATE = 1
TABLE = {"a": 1}
OTHER = 1


class Net:
    width = 2


def train(seed, k=1):
    """Train."""
    return {"metrics": {"loss": RATE * 10 + k + TABLE["a"] + Net.width}}
'''

CELLS = """import importlib, sys
from pathlib import Path
sys.path.insert(0, "lib")
from labbook.log import trials
from labbook.log.code.used import code_of
# %%
from mine import scale
path = Path("lib/mine/scale.py")
text = path.read_text()
# %%
path.write_text(text.replace("Train.", "Train it.").replace("OTHER = 1", "OTHER = 2  # no one's"))
print(code_of(scale.train, Path.cwd()).digests)
"""

CELLS_OF_AN_EDIT = """# %%
path.write_text(text.replace(BEFORE, AFTER))
print(code_of(scale.train, Path.cwd()).digests)
# %%
importlib.reload(scale)
print(code_of(scale.train, Path.cwd()).digests)
# %%
path.write_text(text)
scale = importlib.reload(scale)
"""

EDITS = {
    "a constant": ("RATE = 1", "RATE = 5", "RATE"),
    "a container": ('"a": 1', '"a": 5', "TABLE"),
    "a default": ("k=1", "k=5", "train"),
    "what a class holds": ("width = 2", "width = 5", "Net"),
}


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """The digests that a kernel gives: as loaded; for each edit, before and after a reload."""
    root = tmp_path_factory.mktemp("log")
    (root / "lib" / "mine").mkdir(parents=True)
    (root / "lib" / "mine" / "scale.py").write_text(MODULE)
    cells = [
        CELLS_OF_AN_EDIT.replace("BEFORE", repr(before)).replace("AFTER", repr(after))
        for before, after, _ in EDITS.values()
    ]
    (root / "cells.py").write_text(CELLS + "".join(cells))
    done = subprocess.run(
        [sys.executable, "-c", KERNEL],
        cwd=root,
        # Edits of equal length within a second would be taken for what was compiled before them.
        env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    loaded, *others = map(ast.literal_eval, done.stdout.strip().splitlines())
    return loaded, dict(zip(EDITS, zip(others[::2], others[1::2], strict=True), strict=True))


@pytest.mark.parametrize("edit", EDITS)
def test_a_kernel_knows_what_was_edited_after_it_loaded_it(edit, told):
    loaded, (edited, reloaded), name = told[0], told[1][edit], EDITS[edit][2]
    assert {*loaded} == {f"mine.scale.{name}" for name in ("RATE", "TABLE", "Net", "train")}
    changed = {key: edited[key] for key in loaded if edited[key] != loaded[key]}
    assert changed == {f"mine.scale.{name}": EDITED}
    anew = [key for key in loaded if reloaded[key] != loaded[key]]
    assert anew == [f"mine.scale.{name}"] and EDITED not in reloaded.values()
