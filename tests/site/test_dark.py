"""Drawings for a dark page: what is light by day is dark, and colours stay colours."""

from itertools import combinations
from math import dist

import pytest

from labbook.show.figures import COLOURS
from labbook.site.page import dark


def linear(colour: str) -> list[float]:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    return [v / 12.92 if v <= 0.03928 else ((v + 0.055) / 1.055) ** 2.4 for v in parts]


def weighed(colour: str, weights: tuple[float, float, float]) -> float:
    return sum(weight * part for weight, part in zip(weights, linear(colour), strict=True))


def luminance(colour: str) -> float:
    return weighed(colour, (0.2126, 0.7152, 0.0722))


def lab(colour: str) -> tuple[float, float, float]:
    """L*, a* and b* of CIE 1976, in which a distance is how unlike two colours look."""
    x = weighed(colour, (0.4339, 0.3762, 0.1899)) ** (1 / 3)
    y = luminance(colour) ** (1 / 3)
    z = weighed(colour, (0.0177, 0.1094, 0.8729)) ** (1 / 3)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def contrast(colour: str, ground: str = "#17181a") -> float:
    bright, dim = sorted((luminance(colour), luminance(ground)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def of(colour: str) -> str:
    return dark.twin(f'<svg><path style="stroke: {colour}"/></svg>').split("stroke: ")[1][:7]


@pytest.mark.parametrize("colour", ["#222222", "#444444", "#6b6b6b", "#000000"])
def test_words_and_axes_stand_out(colour):
    assert contrast(of(colour)) >= 4.5


@pytest.mark.parametrize("colour", ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#440154"])
def test_lines_stand_out(colour):
    assert contrast(of(colour)) >= 3


@pytest.mark.parametrize("tint", ["#fbe0cf", "#e4edf2"])
def test_words_stand_out_on_a_tint(tint):
    assert contrast(of("#000000"), of(tint)) >= 4.5


def test_colours_of_a_scale_keep_their_order():
    viridis = ["#440154", "#3b528b", "#21918c", "#5ec962", "#fde725"]
    seen = [luminance(of(colour)) for colour in viridis]
    assert seen == sorted(seen)


def test_the_light_ground_is_left_out():
    assert "fdfdfb" not in dark.twin('<svg><path style="fill: #fdfdfb"/></svg>')


def test_what_has_no_colour_is_light():
    assert (
        dark.twin("<svg><text>loss</text></svg>")
        == f'<svg fill="{dark.INK}"><text>loss</text></svg>'
    )


def test_cells_of_a_map_stay_as_the_colour_bar_shows_them():
    cells = '<g id="QuadMesh_1"><path style="fill: #053061"/><path style="fill: #f7f7f7"/></g>'
    drawn = dark.twin(f'<svg>{cells}<path style="stroke: #222222"/></svg>')
    assert cells in drawn and "#222222" not in drawn


@pytest.mark.parametrize("shown", [str.lower, of], ids=["light", "dark"])
def test_the_first_five_colours_of_figures_are_told_apart(shown):
    drawn = [lab(shown(colour.lower())) for colour in COLOURS[:5]]
    assert min(dist(one, other) for one, other in combinations(drawn, 2)) > 20
