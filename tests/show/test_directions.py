"""Arrows of labels name the axes along which they lie."""

import numpy as np

from labbook.show.directions import figure_of_labels


def test_each_arrow_has_its_label_and_axis():
    directions = np.concatenate([np.eye(3), -np.eye(3)])
    figure = figure_of_labels({"here": directions, "mirrored": -directions})
    assert [text.get_text() for text in figure.axes[1].texts][:2] == ["0 (−x)", "1 (−y)"]


def test_one_panel_is_a_figure_too():
    (axis,) = figure_of_labels({"here": np.eye(3)}).axes
    assert axis.get_title() == "here"
