"""Figures: the same bytes from the same numbers, labelled, with their numbers beside them."""

import re

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest

from labbook.show import figures, mime
from labbook.show.figure import strip

matplotlib.use("Agg")


@pytest.fixture(autouse=True)
def clean():
    with matplotlib.rc_context():
        figures.style()
        yield
    plt.close("all")


@pytest.fixture
def displayed(monkeypatch) -> list[dict]:
    """What the notebook was given to show."""
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda bundle, raw: shown.append(bundle))
    return shown


def curve(label: str = "loss"):
    figure, axis = plt.subplots()
    axis.plot([1, 2, 3], [3.0, 2.0, 1.5], label="cnn")
    axis.set(xlabel="step", ylabel=label)
    return figure


def test_equal_figures_are_equal_bytes():
    assert figures.as_svg(curve()) == figures.as_svg(curve())


def test_no_date_in_a_figure():
    assert "date" not in figures.as_svg(curve()).lower()


def test_ground_is_opaque():
    assert figures.STYLE["figure.facecolor"] in figures.as_svg(curve())


def test_axis_without_label_is_refused():
    with pytest.raises(ValueError, match="y axis of axes 1"):
        figures.show(curve(label=""), "A curve.")


def test_caption_stands_for_the_figure(displayed):
    figures.show(curve(), "A curve falls.")
    assert displayed[0][figures.mime.FIGURE]["alt"] == "A curve falls."


def test_numbers_of_lines_are_offered(displayed):
    figures.show(curve(), "A curve.")
    assert displayed[0][figures.mime.FIGURE]["csv"].splitlines()[1] == (
        "axes 1,cnn,x: step; y: loss,1.0,3.0"
    )


def test_label_that_a_spreadsheet_would_run_is_text_in_the_numbers(displayed):
    figure, axis = plt.subplots()
    axis.plot([1], [-0.5], label='=HYPERLINK("x")')
    axis.set(xlabel="step", ylabel="loss")
    figures.show(figure, "A curve.")
    told = """axes 1,"'=HYPERLINK(""x"")",x: step; y: loss,1.0,-0.5"""
    assert displayed[0][mime.FIGURE]["csv"].splitlines()[1] == told


def test_shown_figure_is_closed(displayed):
    figures.show(curve(), "A curve.")
    assert plt.get_fignums() == []


@pytest.mark.parametrize("shape", [(3, 8, 8), (3, 1, 8, 8), (3, 3, 8, 8), (3, 8, 8, 3)])
def test_strips_take_images_of_any_layout(shape, displayed):
    figures.image_grid([np.zeros(shape)], ["zeros"], caption="Nothing.")
    assert "<image" in displayed[0]["image/svg+xml"]


def test_gaps_between_images_let_the_ground_through():
    alpha = strip.strip(np.ones((2, 4, 4, 3)))[..., 3]
    assert alpha[0].tolist() == [1, 1, 1, 1, 0, 0, 1, 1, 1, 1]


def test_strip_refuses_what_is_no_image():
    with pytest.raises(ValueError, match=r"\(4, 5, 8, 8\)"):
        figures.image_grid([np.zeros((4, 5, 8, 8))], caption="No.")


def test_bytes_and_unit_interval_are_the_same_image():
    white = figures._images(np.full((1, 2, 2), 255, dtype=np.uint8))
    assert np.array_equal(white, figures._images(np.ones((1, 2, 2))))


def test_tiles_share_a_scale(displayed):
    figures.tiles(np.stack([np.zeros((4, 4)), np.full((4, 4), 2.0)]), caption="Weights.")
    assert "weight" in displayed[0]["image/svg+xml"]


@pytest.mark.parametrize(
    ("shape", "told"),
    [
        ((0, 3, 3), "there is no number in one of"),
        ((2, 0, 3), "there is no number in one of"),
        ((3,), "these are"),
    ],
)
def test_tiles_of_nothing_are_a_sentence(shape, told):
    with pytest.raises(ValueError, match=rf"\(N, H, W\); {told} {re.escape(str(shape))}\."):
        figures.tiles(np.zeros(shape), caption="None.")


def test_thumbnail_has_the_largest_axes_and_no_words(displayed):
    figure, (small, large) = plt.subplots(1, 2, width_ratios=(1, 3))
    for axis in (small, large):
        axis.plot([0, 1], [1, 2], label="a line")
        axis.set(xlabel="steps", ylabel="loss", title="some words")
        axis.legend()
    figures.show(figure, "Loss.", thumbnail=True)
    whole, stamp = displayed[0]["image/svg+xml"], displayed[0][mime.FIGURE]["thumbnail_svg"]
    width, height = map(float, re.search(r'viewBox="0 0 (\S+) (\S+)"', stamp).groups())
    assert (width, height) == pytest.approx((161.28, 101.52))
    assert len(re.findall("axes_", whole)) == 2 and len(re.findall("axes_", stamp)) == 1
    assert "text_" in whole and "text_" not in stamp


def test_only_a_figure_that_is_asked_for_has_a_thumbnail(displayed):
    figures.show(plt.figure(), "Nothing.")
    assert "thumbnail_svg" not in displayed[0][mime.FIGURE]


def test_thumbnail_of_strips_is_all_of_them(displayed):
    figures.image_grid([np.zeros((3, 4, 4))] * 2, caption="Strips.", thumbnail=True)
    assert displayed[0][mime.FIGURE]["thumbnail_svg"].count("<image") == 2
