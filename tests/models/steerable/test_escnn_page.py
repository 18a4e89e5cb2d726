"""The code of the page for users of escnn runs, and what it asserts holds."""

import re
import textwrap
from pathlib import Path

PAGE = Path(__file__).parents[3] / "docs" / "escnn.rst"


def blocks():
    """The python of the page, block by block, each with the line where it begins."""
    text = PAGE.read_text()
    for found in re.finditer(r"^\.\. code-block:: python\n\n((?:   .*\n|\n)+)", text, re.MULTILINE):
        line = text.count("\n", 0, found.start(1))
        yield "\n" * line + textwrap.dedent(found[1])


def test_the_code_of_the_page_runs():
    names = {}
    for block in blocks():
        exec(compile(block, PAGE, "exec"), names)
    assert "on_the_sphere" in names
