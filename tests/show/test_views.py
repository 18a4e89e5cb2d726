"""Pairs of views as pictures."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from labbook.show.views import EMPTY, as_picture, draw_pair, figure_of_pairs, side_of


@pytest.mark.parametrize("direction, name", [((0, -1, 0), "−y"), ((0, 0, 1), "+z")])
def test_a_direction_is_called_by_its_axis(direction, name):
    assert side_of(np.array(direction)) == name


def opacity(*arguments, **options) -> np.ndarray:
    return as_picture(*arguments, **options)[..., 3]


def test_an_empty_view_lets_the_page_through_but_for_a_tint():
    assert (opacity(np.zeros((6, 5, 5, 5)), across=0, up=1) == EMPTY).all()


@pytest.mark.parametrize("ground", [0.99, 0.09], ids=["light", "dark"])
@pytest.mark.parametrize("kind", range(5))
def test_an_atom_stands_out_from_the_ground_of_the_page(kind, ground):
    view = np.zeros((6, 5, 5, 5))
    view[kind, 2, 2, 2] = 0.5
    picture = as_picture(view, across=0, up=1, depth=2)
    seen = picture[..., :3] * picture[..., 3:] + ground * (1 - picture[..., 3:])
    assert np.abs(seen[2, 2] - seen[0, 0]).max() > 0.25


@pytest.mark.parametrize("kinds", [4, 6])
def test_all_the_other_kinds_of_atoms_are_not_drawn(kinds):
    view = np.zeros((kinds, 5, 5, 5))
    view[-1, 2, 2, 2] = 1
    assert (opacity(view, across=0, up=1) == EMPTY).all()


def test_an_atom_is_drawn_where_it_lies():
    view = np.zeros((4, 5, 5, 5))
    view[0, 4, 1, 2] = 1  # a carbon at x = 4, y = 1
    drawn = opacity(view, across=0, up=1) > EMPTY
    assert np.argwhere(drawn).tolist() == [[1, 4]]


def test_a_slice_shows_its_own_depth_alone():
    view = np.zeros((4, 5, 5, 5))
    view[0, 4, 1, 2] = 1
    assert (opacity(view, across=0, up=1, depth=3) == EMPTY).all()


@pytest.mark.parametrize("sign, home", [(1, 0), (-1, 1)])
def test_the_neighbor_lies_on_the_side_of_the_true_direction(sign, home):
    figure, axes = plt.subplots(1, 2)
    draw_pair(axes, np.zeros((2, 4, 5, 5, 5)), np.array([sign, 0, 0]), edge_A=5.0)
    titles = [axis.get_title() for axis in axes]
    plt.close(figure)
    assert titles[home].startswith("home →")
    assert titles[1 - home] == "neighbor"


def test_a_figure_has_four_pairs():
    figure = figure_of_pairs(np.zeros((4, 2, 4, 5, 5, 5)), np.eye(3)[[0, 1, 2, 0]], edge_A=5.0)
    plt.close(figure)
    assert len(figure.axes) == 8
