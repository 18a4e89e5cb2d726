"""Drawings show what they say: the inputs of a mixer, a kernel, a frame for each slice."""

import numpy as np
import pytest

from labbook.show import figures, views
from labbook.show.drawings.flow import figure_of_cubes, figure_of_flow
from labbook.show.drawings.kernels import steerable_kernels
from labbook.show.drawings.mixers import figure_of_mixers, inputs_of_mixers
from labbook.show.drawings.slices import show_slices

WEIGHED = {"cnn": (16 * 3, 0), "cnnf": (16 * 3, 3 * 64), "cnn2d": (16 * 9, 0)}
WEIGHED |= {"cnn2df": (16 * 9, 9 * 64), "mlp": (16 * 64, 0)}


@pytest.mark.parametrize("kind", WEIGHED)
def test_mixer_weighs_as_many_inputs_as_its_kernel_has(kind):
    first, second = inputs_of_mixers(16, 64, 3)[kind]
    assert (first.sum(), second.sum()) == WEIGHED[kind]


def test_scalar_kernel_is_the_same_in_every_direction():
    kernels, _ = steerable_kernels()
    assert np.allclose(kernels[0], np.rot90(kernels[0]))


def test_vector_kernel_changes_sign_when_turned_over():
    kernels, titles = steerable_kernels()
    assert titles[3] == "ρ1, R = 1" and np.allclose(kernels[3], -kernels[3][::-1])


def test_pair_has_a_frame_for_each_slice():
    pair = np.random.default_rng(0).random((2, 6, 11, 11, 11)) / 10
    assert views.slices_of_pair(pair, np.array([0.0, -1.0, 0.0])).shape == (11, 11, 24, 4)


def test_frames_of_another_shape_are_refused():
    with pytest.raises(ValueError, match=r"shows \(N, H, W, 3 or 4\); these are \(2, 3\)"):
        show_slices(np.zeros((2, 3)), "Nothing.")


def test_boxes_name_what_flows():
    figure = figure_of_flow({"encoder": ["image", "head"]}, skips={"encoder": [(1, 1)]})
    assert {"encoder", "image", "head", "+"} <= {text.get_text() for text in figure.axes[0].texts}


@pytest.mark.parametrize(
    "figure", [figure_of_mixers, lambda: figure_of_cubes([15, 7, 1], ["15³", "7³", "1"])]
)
def test_equal_drawings_are_equal_bytes(figure):
    assert figures.as_svg(figure()) == figures.as_svg(figure())
