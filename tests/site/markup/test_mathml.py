"""Commands of LaTeX that authors use are drawn, and none is left as text."""

import re

import pytest

from labbook.site.markup.mathml import mathml, without_markup


@pytest.mark.parametrize(
    ("latex", "text"),
    [(r"\operatorname*{argmin}_x f", "argminxf"), (r"a\!b", "ab"), (r"a\,b", "ab")],
)
def test_a_command_is_drawn_and_leaves_no_letters_of_its_name(latex, text):
    drawn, problem = mathml(latex, "inline")
    assert (re.sub(r"<[^>]*>|\s", "", drawn), problem) == (text, "")


@pytest.mark.parametrize(
    ("title", "plain"),
    [
        (r"How $\alpha$ scales", "How α scales"),
        (r"$x^2$, $10^{-3}$, $x_1^2$", "x², 10⁻³, x₁²"),
        (r"$\mathcal{L}_{ij}$", "ℒ_ij"),
        (r"$\frac{a+b}{2}$ of $\sqrt{n}$", "(a+b)/2 of √n"),
        ("costs $5 or $6", "costs $5 or $6"),
        (r"no \$x\$", r"no \$x\$"),
    ],
)
def test_formulas_of_a_title_are_plain_characters_where_there_is_room_for_these_alone(title, plain):
    assert without_markup(title) == plain
