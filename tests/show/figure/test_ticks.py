"""Numbers at the ticks of a figure's axes."""

import matplotlib.pyplot as plt
import pytest

from labbook.show import figures


@pytest.fixture(autouse=True)
def style():
    with plt.rc_context():
        figures.style()
        yield
    plt.close("all")


def drawn(x, y, **scales):
    """The axes of a drawn figure."""
    figure, axes = plt.subplots()
    axes.plot(x, y)
    axes.set(**scales)
    figures.as_svg(figure)
    return axes


def numbers(axis) -> list[str]:
    """The numbers within the range of an axis."""
    low, high = axis.get_view_interval()
    ticks = zip(axis.get_ticklocs(), axis.get_ticklabels(), strict=True)
    return [label.get_text() for at, label in ticks if low <= at <= high]


def test_large_numbers_stand_at_their_ticks_without_a_common_factor():
    axis = drawn([0, 1e6], [0, 1]).xaxis
    assert numbers(axis) == ["0", "200k", "400k", "600k", "800k", "1M"]
    assert axis.get_offset_text().get_text() == ""


def test_large_numbers_that_hardly_differ_can_be_told_apart():
    told = numbers(drawn([1e6, 1e6 + 5], [0, 1]).xaxis)
    assert len(set(told)) == len(told)


def test_small_numbers_stay_as_matplotlib_writes_them():
    assert numbers(drawn([0, 1000], [0, 1]).xaxis) == ["0", "200", "400", "600", "800", "1000"]


def test_a_logarithmic_axis_has_ticks_that_can_be_read():
    axis = drawn([2e5, 3e6], [5, 90], xscale="log").xaxis
    assert numbers(axis) == ["200k", "500k", "1M", "2M"]


@pytest.mark.parametrize("ends", [(0.0062, 0.0164), (0.21, 0.34), (3.0, 90.0), (32.0, 1e4)])
def test_a_logarithmic_axis_has_a_few_ticks(ends):
    assert 2 <= len(numbers(drawn([1, 2], ends, yscale="log").yaxis)) <= 7


def test_a_logarithmic_axis_far_below_one_keeps_powers_of_ten():
    assert r"$\mathdefault{10^{-6}}$" in numbers(drawn([1, 2], [1e-7, 1], yscale="log").yaxis)


def test_ticks_that_were_chosen_stay():
    axis = drawn([0, 1e6], [0, 1], xticks=[0, 1e6], xticklabels=["none", "all"]).xaxis
    assert numbers(axis) == ["none", "all"]
