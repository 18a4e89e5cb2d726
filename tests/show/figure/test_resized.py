"""Panels below each other, for narrow screens."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import seaborn as sns

from labbook.show import figures
from labbook.show.figure.resized import stack


@pytest.fixture(autouse=True)
def style():
    with plt.rc_context():
        figures.style()
        yield
    plt.close("all")


def panels(rows: int, columns: int, **options):
    figure, axes = plt.subplots(rows, columns, sharey=True, figsize=(3 * columns, 3), **options)
    for axis in np.ravel(axes):
        axis.plot([1, 2, 3], [3.0, 2.0, 1.5], label="loss")
        axis.set(xlabel="step", ylabel="loss")
        axis.label_outer()
    return figure


def columns_of(figure) -> int:
    figure.canvas.draw()
    return len({round(axis.get_position().x0, 2) for axis in figure.axes})


@pytest.mark.parametrize(("rows", "columns", "left"), [(1, 2, 1), (1, 3, 1), (2, 4, 2)])
def test_few_panels_stand_in_one_column_more_in_two(rows, columns, left):
    figure = panels(rows, columns)
    assert stack(figure) and columns_of(figure) == left


def test_order_of_panels_is_kept():
    figure = panels(1, 3)
    stack(figure)
    figure.canvas.draw()
    heights = [axis.get_position().y0 for axis in figure.axes]
    assert heights == sorted(heights, reverse=True)


def test_every_panel_gets_the_numbers_it_shared():
    figure = panels(1, 3)
    stack(figure)
    figure.canvas.draw()
    last = figure.axes[-1]
    assert last.get_ylabel() == "loss" and any(t.get_visible() for t in last.get_yticklabels())


def test_every_panel_of_a_grid_of_seaborn_names_both_its_axes():
    points = pd.DataFrame({"step": [1, 2] * 2, "loss": [3, 2, 4, 1], "kind": [*"aabb"]})
    grid = sns.relplot(points, x="step", y="loss", col="kind", kind="line")
    grid.figure.set_layout_engine("constrained")
    assert stack(grid.figure)
    labels = [label for axis in grid.axes.flat for label in (axis.xaxis.label, axis.yaxis.label)]
    shown = [label.get_text() for label in labels if label.get_visible()]
    assert shown == ["step", "loss"] * 2


def test_one_panel_is_left_as_it_is():
    figure = panels(1, 1)
    assert not stack(figure) and tuple(figure.get_size_inches()) == (3, 3)


def test_one_panel_with_a_legend_beside_it_gets_it_above():
    figure = panels(1, 1)
    figure.legend(*figure.axes[0].get_legend_handles_labels(), loc="outside right upper")
    assert stack(figure)
    figure.canvas.draw()
    assert figure.legends[0].get_window_extent().y0 >= figure.axes[0].get_window_extent().y1


def test_one_column_is_left_as_it_is():
    assert not stack(panels(3, 1))


def test_pictures_stand_in_half_as_many_columns():
    figure, axes = plt.subplots(2, 4)
    for axis in axes.flat:
        axis.imshow(np.zeros((4, 4)))
    assert stack(figure) and columns_of(figure) == 2


def test_legend_lies_within_the_narrow_figure():
    figure = panels(1, 3)
    figure.legend(*figure.axes[0].get_legend_handles_labels(), loc="outside right upper")
    stack(figure)
    figure.canvas.draw()
    extent, (width, height) = figure.legends[0].get_window_extent(), figure.get_size_inches()
    assert extent.x1 <= width * figure.dpi and extent.y1 <= height * figure.dpi
    assert extent.y0 >= max(axis.get_window_extent().y1 for axis in figure.axes)


def test_colour_bars_lie_within_the_narrow_figure():
    figure, axes = plt.subplots(1, 2, figsize=(8, 4))
    for axis in axes:
        figure.colorbar(axis.imshow(np.eye(3)), ax=axis, label="weight")
    figures.as_svg(figure)
    stack(figure)
    figures.as_svg(figure)
    bars = [axis for axis in figure.axes if axis.get_label() == "<colorbar>"]
    assert max(bar.get_tightbbox().x1 for bar in bars) <= figure.bbox.x1


@pytest.mark.parametrize(("columns", "narrow"), [(4, 4), (8, 4)])
def test_pictures_without_axes_keep_up_to_four_columns(columns, narrow, monkeypatch):
    drawn = []
    monkeypatch.setattr(figures, "show", lambda figure, *_, **__: drawn.append(figure))
    figures.tiles(np.eye(16).reshape(16, 4, 4), columns=columns, caption="Weights.")
    assert stack(drawn[0]) == (columns > narrow)
    panels = [axis for axis in drawn[0].axes if axis.get_label() != "<colorbar>"]
    drawn[0].canvas.draw()
    assert len({round(axis.get_position().x0, 2) for axis in panels}) == narrow
