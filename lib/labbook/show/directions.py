"""Six directions along the axes, drawn in perspective."""

import numpy as np

from labbook.show.figures import COLOURS
from labbook.show.views import side_of


def figure_of_labels(panels: dict[str, np.ndarray]):
    """A matplotlib figure: for each panel, six arrows from the centre, with labels and axes.

    Arguments:
        panels: title → directions (6, 3); arrow i is the one of label i, in the same colour
            everywhere.
    """
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(
        1,
        len(panels),
        figsize=(3.6 * len(panels), 3.4),
        squeeze=False,
        subplot_kw={"projection": "3d"},
    )
    for axis, (title, directions) in zip(axes[0], panels.items(), strict=True):
        for label, (direction, colour) in enumerate(zip(directions, COLOURS, strict=False)):
            axis.quiver(0, 0, 0, *direction, color=colour, arrow_length_ratio=0.15)
            text = f"{label} ({side_of(direction)})"
            axis.text(*(1.25 * np.asarray(direction)), text, color=colour, ha="center")
        axis.set(xlim=(-1, 1), ylim=(-1, 1), zlim=(-1, 1))
        axis.set_title(title, y=1.04)  # above the arrow that points up
        axis.set_box_aspect((1, 1, 1), zoom=1.15)
        axis.set_axis_off()
    return figure
