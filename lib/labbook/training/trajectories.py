"""How a training went, read off noisy points: smooth curves, and values at equal places."""

import warnings
from collections.abc import Sequence

import numpy as np
import pandas as pd


def smooth(x: Sequence[float], y: Sequence[float]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    r"""A Gaussian process through noisy points of a curve.

    The values, standardised, are a process with the kernel
    :math:`\sigma^2 \exp(-(x - x')^2 / 2 \ell^2) + \tau^2 \delta_{xx'}`; the length
    :math:`\ell` starts at ten mean spacings of the points (the whole range, where that is less)
    and is fitted between one spacing and ten times the range, with the noise, by the marginal
    likelihood.

    Arguments:
        x, y: (N,) points of the curve, at least three of them at different x.

    Returns:
        x (evenly from the first to the last), mean and standard deviation of the curve itself,
        without the noise: each (100,).

    Raises:
        ValueError: fewer than three different x.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel

    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    if len(np.unique(x)) < 3:
        raise ValueError(f"a curve is smoothed from three points or more, got {len(np.unique(x))}.")
    span = x.max() - x.min()
    centre, scale = y.mean(), y.std() or 1.0
    spacing = span / (len(x) - 1)
    kernel = ConstantKernel(1.0, (0.01, 100.0)) * RBF(
        min(10 * spacing, span), (spacing, 10 * span)
    ) + WhiteKernel(0.1, (1e-6, 10.0))
    process = GaussianProcessRegressor(kernel, alpha=1e-10, random_state=0)
    with warnings.catch_warnings():
        # A length or noise at its bound is an answer here: the curve is flat, or without noise.
        warnings.simplefilter("ignore", ConvergenceWarning)
        process.fit(x[:, None], (y - centre) / scale)
    grid = np.linspace(x.min(), x.max(), 100)
    mean, deviation = process.predict(grid[:, None], return_std=True)
    noise = process.kernel_.k2.noise_level
    curve = np.sqrt(np.maximum(deviation**2 - noise, 0.0))
    return grid, centre + scale * mean, scale * curve


def smooth_curves(points: pd.DataFrame, over: str, value: str, by: str) -> pd.DataFrame:
    """:func:`smooth` of several curves, with their bands, for a figure.

    Arguments:
        points: one row for each point; those of one ``by`` make one curve.
        over, value, by: columns of points; x and y of the curve, and what tells curves apart.

    Returns:
        The columns by, over and value; for each place three rows: the curve, and one standard
        deviation below and above it. Curves with fewer than three different places are left out.
    """
    parts = []
    for name, curve in points.groupby(by, sort=False):
        if curve[over].nunique() >= 3:
            x, mean, deviation = smooth(curve[over], curve[value])
            parts += [
                pd.DataFrame({by: name, over: x, value: mean + sign * deviation})
                for sign in (0, -1, 1)
            ]
    return pd.concat(parts, ignore_index=True) if parts else points[[by, over, value]][:0]


def read_at(points: pd.DataFrame, over: str, value: str, place: float, by: str) -> pd.Series:
    """Curves in long form, each read at one place, linearly between its points.

    Arguments:
        points: one row for each point, with the columns ``by``, ``over`` and ``value``.
        over, value: what the curves are over, and of.
        place: where they are read, in the unit of ``over``.
        by: tells curves apart.

    Returns:
        The value of each curve by name; NaN where a curve begins after that place or ends before.
    """
    read = {}
    for name, curve in points.groupby(by, sort=False):
        x, y = (curve.sort_values(over)[column].astype(float) for column in (over, value))
        read[name] = np.interp(place, x, y, left=np.nan, right=np.nan)
    return pd.Series(read, dtype=float, name=value)


def common_end(points: pd.DataFrame, over: str, by: str) -> float:
    """The last place that all curves reach: the least of their ends; NaN without curves."""
    return float(points.groupby(by)[over].max().astype(float).min())
