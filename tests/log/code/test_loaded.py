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
    for output in cell.outputs:
        print(output.text.strip())
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
# %%
path.write_text(text.replace(BEFORE, AFTER))
print(code_of(scale.train, Path.cwd()).digests)
# %%
importlib.reload(scale)
print(code_of(scale.train, Path.cwd()).digests)
"""

EDITS = {
    "a constant": ("RATE = 1", "RATE = 5", "RATE"),
    "a container": ('"a": 1', '"a": 5', "TABLE"),
    "a default": ("k=1", "k=5", "train"),
    "what a class holds": ("width = 2", "width = 5", "Net"),
}


@pytest.mark.parametrize("edit", EDITS)
def test_a_kernel_knows_what_was_edited_after_it_loaded_it(edit, tmp_path):
    before, after, name = EDITS[edit]
    (tmp_path / "lib" / "mine").mkdir(parents=True)
    (tmp_path / "lib" / "mine" / "scale.py").write_text(MODULE)
    cells = CELLS.replace("BEFORE", repr(before)).replace("AFTER", repr(after))
    (tmp_path / "cells.py").write_text(cells)
    done = subprocess.run(
        [sys.executable, "-c", KERNEL],
        cwd=tmp_path,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    loaded, edited, reloaded = map(ast.literal_eval, done.stdout.strip().splitlines())
    assert {*loaded} == {f"mine.scale.{name}" for name in ("RATE", "TABLE", "Net", "train")}
    changed = {key: edited[key] for key in loaded if edited[key] != loaded[key]}
    assert changed == {f"mine.scale.{name}": EDITED}
    anew = [key for key in loaded if reloaded[key] != loaded[key]]
    assert anew == [f"mine.scale.{name}"] and EDITED not in reloaded.values()
