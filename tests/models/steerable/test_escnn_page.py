"""The code of the page for users of escnn runs, and what it asserts holds."""

import re
import subprocess
import sys
import textwrap
from pathlib import Path

PAGE = Path(__file__).parents[3] / "docs" / "escnn.rst"
BLOCK = re.compile(r"^\.\. code-block:: python\n\n((?:   .*\n|\n)+)", re.MULTILINE)


def blocks():
    """The python of the page, block by block."""
    for found in BLOCK.finditer(PAGE.read_text()):
        yield textwrap.dedent(found[1])


def test_the_code_of_the_page_runs(tmp_path):
    """In a python of its own, as for who reads the page: plain escnn shares the bases of all
    networks of a process, so that one turned to float64 elsewhere changes those of the page."""
    code = tmp_path / "page.py"
    code.write_text("\n".join(blocks()) + "\nassert 'on_the_sphere' in globals()\n")
    done = subprocess.run([sys.executable, code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
