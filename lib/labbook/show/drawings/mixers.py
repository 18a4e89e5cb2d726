"""What one value of a mixer's output is made from: the five kinds of mixers of an autoencoder."""

import numpy as np

from labbook.show.figures import COLOURS


def inputs_of_mixers(
    patches: int, features: int, kernel: int
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """For each kind of mixer, the inputs that one output value weighs.

    Arguments:
        patches, features: square numbers. kernel: odd.

    Returns:
        Kind → two masks (patches, features): the inputs of the first convolution (or of the linear
        map), and those of the second one, which has none in cnn, cnn2d and mlp. The output value is
        that of a patch and a feature near the middle.
    """
    shape = patches, features
    patch, feature = _middle(patches), _middle(features)
    everywhere, nowhere = np.ones(shape, bool), np.zeros(shape, bool)
    along = everywhere & _line(features, feature, kernel)
    over = everywhere & _square(features, feature, kernel)
    between = everywhere & _line(patches, patch, kernel)[:, None]
    around = everywhere & _square(patches, patch, kernel)[:, None]
    return {
        "cnn": (along, nowhere),
        "cnnf": (along, between),
        "cnn2d": (over, nowhere),
        "cnn2df": (over, around),
        "mlp": (everywhere, nowhere),
    }


def figure_of_mixers():
    """A matplotlib figure of :func:`inputs_of_mixers`: a panel for each kind."""
    import matplotlib.pyplot as plt

    patches, features = 16, 64
    weighed = inputs_of_mixers(patches, features, kernel=3)
    figure, axes = plt.subplots(len(weighed), 1, figsize=(7.4, 6.2), sharex=True)
    for axis, (kind, (first, second)) in zip(axes, weighed.items(), strict=True):
        axis.set_facecolor("#eceae4")
        masks = (first & ~second, second & ~first, first & second)
        for mask, colour in zip(masks, (COLOURS[0], COLOURS[1], COLOURS[3]), strict=True):
            _fill(axis, mask, colour)
        axis.plot(_middle(features) + 0.5, _middle(patches) + 0.5, "o", color="#222222", ms=4)
        axis.set_title(kind, fontsize="medium")
        axis.set(ylabel="patch", yticks=[0.5, patches - 0.5], yticklabels=[1, patches])
        axis.set(xlim=(0, features), ylim=(patches, 0))
        axis.grid(False)
    axes[-1].set(xlabel="feature", xticks=[0.5, features - 0.5], xticklabels=[1, features])
    return figure


def _fill(axis, mask: np.ndarray, colour: str) -> None:
    """Bars over the cells of a mask, one for each run of neighbours in a row."""
    for row, cells in enumerate(mask):
        edges = np.flatnonzero(np.diff(np.concatenate([[0], cells.astype(int), [0]])))
        runs = [(start, end - start) for start, end in edges.reshape(-1, 2)]
        if runs:
            axis.broken_barh(runs, (row + 0.06, 0.88), color=colour, lw=0)


def _middle(count: int) -> int:
    side = round(count**0.5)
    return side * (side // 2) + side // 2


def _line(count: int, centre: int, kernel: int) -> np.ndarray:
    return np.abs(np.arange(count) - centre) <= kernel // 2


def _square(count: int, centre: int, kernel: int) -> np.ndarray:
    side = round(count**0.5)
    rows, columns = np.divmod(np.arange(count), side)
    row, column = divmod(centre, side)
    return (np.abs(rows - row) <= kernel // 2) & (np.abs(columns - column) <= kernel // 2)
