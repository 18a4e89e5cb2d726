"""How a training went, read off noisy points: a smooth curve with its band."""

import warnings
from collections.abc import Sequence

import numpy as np


def smooth(
    x: Sequence[float], y: Sequence[float], points: int = 100
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    r"""A Gaussian process through noisy points of a curve.

    The values, standardised, are a process with the kernel
    :math:`\sigma^2 \exp(-(x - x')^2 / 2 \ell^2) + \tau^2 \delta_{xx'}`; the length
    :math:`\ell` starts at ten mean spacings of the points and is fitted between one of them and
    the whole range, with the noise, by the marginal likelihood.

    Arguments:
        x, y: (N,) points of the curve, at least three of them at different x.
        points: of the smooth curve, evenly from the first x to the last.

    Returns:
        x, mean and standard deviation of the curve itself, without the noise: each (points,).

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
    grid = np.linspace(x.min(), x.max(), points)
    mean, deviation = process.predict(grid[:, None], return_std=True)
    noise = process.kernel_.k2.noise_level
    curve = np.sqrt(np.maximum(deviation**2 - noise, 0.0))
    return grid, centre + scale * mean, scale * curve
