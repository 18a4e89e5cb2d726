"""Commands of LaTeX that authors use are drawn, and none is left as text."""

import re

import pytest

from labbook.site.markup.mathml import mathml


@pytest.mark.parametrize(
    ("latex", "text"),
    [(r"\operatorname*{argmin}_x f", "argminxf"), (r"a\!b", "ab"), (r"a\,b", "ab")],
)
def test_a_command_is_drawn_and_leaves_no_letters_of_its_name(latex, text):
    drawn, problem = mathml(latex, "inline")
    assert (re.sub(r"<[^>]*>|\s", "", drawn), problem) == (text, "")
