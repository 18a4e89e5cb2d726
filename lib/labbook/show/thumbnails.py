"""Thumbnails: a figure at the size of a stamp, where words can't be read and shapes can."""

SIZE_INCHES = (2.24, 1.41)
MARGINS = (0.04, 0.06, 0.92, 0.88)  # left, bottom, width, height, as shares of the figure


def reduce(figure) -> None:
    """Turn a matplotlib figure into its thumbnail: its largest axes alone, without words."""
    drawn = _drawn(figure)
    largest = max(drawn, key=_area)
    for axis in drawn:
        axis.set_visible(axis is largest)
    for words in (*figure.legends, *figure.texts, *largest.texts):
        words.set_visible(False)
    if legend := largest.get_legend():
        legend.set_visible(False)
    largest.set(title="", xlabel="", ylabel="")
    largest.set_title("", loc="left")
    largest.tick_params(which="both", length=0, labelleft=False, labelbottom=False)
    for line in largest.get_lines():
        line.set_markersize(0.7 * line.get_markersize())
    figure.suptitle("")
    figure.set_layout_engine("none")
    figure.set_size_inches(SIZE_INCHES)
    largest.set_position(MARGINS)


def is_strip(figure) -> bool:
    """Whether a figure has images alone: it stays whole, as it has no words to lose."""
    return all(axis.images for axis in _drawn(figure))


def _drawn(figure) -> list:
    return [axis for axis in figure.axes if axis.get_visible()]


def _area(axis) -> float:
    box = axis.get_position()
    return 0.0 if axis.get_label() == "<colorbar>" else box.width * box.height
