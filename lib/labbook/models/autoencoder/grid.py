r"""Convolution over a small grid, computed as products in the frequency domain.

A mixer convolves over 16 patches or 64 features: grids so small that a direct convolution spends
its time on padding and rearrangement. On a grid of :math:`n` positions per axis, "same"-padded
cross-correlation

.. math:: y_q(p) = b_q + \sum_{t} \sum_{c} w_{qc}(t)\, x_c(p + t - h), \qquad h = (k - 1) / 2

is a circular one of length :math:`m = n + r`, with :math:`r = \min(h, n - 1)` the farthest tap
that can touch data. Its discrete Fourier transform turns it into one small matrix product per
frequency, :math:`Y(\omega) = W(\omega) X(\omega)`; the transforms themselves are products with
constant matrices. All of it is matrix multiplication, forwards and backwards.
"""

import math

import torch
from torch import Tensor, nn


class GridConvolution(nn.Module):
    """A "same"-padded convolution over a grid of one or two equal axes.

    Equal to ``nn.Conv1d`` or ``nn.Conv2d`` with ``padding=(kernel_size - 1) // 2``, with the same
    parameters and the same initialisation (uniform within ``1 / sqrt(fan_in)``), for inputs whose
    layout is grid first and batch last.

    Arguments:
        channels: Q, input and output channels.
        size: n, positions along each axis of the grid.
        dimensions: d, 1 or 2 axes.
        kernel_size: k, odd.

    Shapes: input and output are (n^d, Q, B), B the batch.

    Raises:
        ValueError: a kernel size that is even or below 1.
    """

    def __init__(self, channels: int, size: int, dimensions: int, kernel_size: int):
        super().__init__()
        if kernel_size < 1 or kernel_size % 2 == 0:
            raise ValueError(
                f"kernel_size must be an odd positive number so that the grid keeps its size, "
                f"got {kernel_size}."
            )
        self.channels = channels
        self.size = size
        self.dimensions = dimensions
        self.kernel_size = kernel_size
        taps = (kernel_size,) * dimensions
        bound = 1 / math.sqrt(channels * kernel_size**dimensions)
        self.weight = nn.Parameter(torch.empty(channels, channels, *taps).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(channels).uniform_(-bound, bound))
        if kernel_size > 1:
            to_spectrum, kernel_spectrum, from_spectrum = _transforms(size, dimensions, self.reach)
            self.register_buffer("to_spectrum", to_spectrum, persistent=False)
            self.register_buffer("kernel_spectrum", kernel_spectrum, persistent=False)
            self.register_buffer("from_spectrum", from_spectrum, persistent=False)

    @property
    def reach(self) -> int:
        """The farthest tap from the centre that can touch data: min((k - 1) / 2, n - 1)."""
        return min((self.kernel_size - 1) // 2, self.size - 1)

    def forward(self, x: Tensor) -> Tensor:
        if self.kernel_size == 1:
            return self._pointwise(x)
        _, channels, batch = x.shape
        # Weights that reach past the grid never meet data (their gradient is exactly zero).
        dead = (self.kernel_size - 1) // 2 - self.reach
        live = slice(dead, self.kernel_size - dead)
        weight = self.weight[(..., *(live,) * self.dimensions)].reshape(channels**2, -1)
        # A complex product as a real one: [[Re, -Im], [Im, Re]] acts on the stacked parts of x.
        parts = (self.kernel_spectrum @ weight.t()).view(-1, 2, 2, channels, channels)
        product = parts.transpose(2, 3).reshape(-1, 2 * channels, 2 * channels)
        spectrum = (self.to_spectrum @ x.flatten(1)).view(-1, 2 * channels, batch)
        spectrum = torch.bmm(product, spectrum).view(-1, channels * batch)
        bias = self.bias.repeat_interleave(batch)
        return torch.addmm(bias, self.from_spectrum, spectrum).view(x.shape)

    def _pointwise(self, x: Tensor) -> Tensor:
        """With one tap the grid does not matter: a product with the (Q, Q) matrix of weights."""
        positions, channels, batch = x.shape
        by_channel = x.transpose(0, 1).reshape(channels, -1)
        y = torch.addmm(self.bias[:, None], self.weight.view(channels, channels), by_channel)
        return y.view(channels, positions, batch).transpose(0, 1)

    def extra_repr(self) -> str:
        grid = " x ".join([str(self.size)] * self.dimensions)
        return f"{self.channels}, grid={grid}, kernel_size={self.kernel_size}"


def _transforms(size: int, dimensions: int, reach: int) -> tuple[Tensor, Tensor, Tensor]:
    """The constant matrices of the real Fourier transform on a padded grid.

    Returns, with n = size, r = reach, m = n + r, d = dimensions and M the number of frequencies
    that a real signal leaves independent (half of the last axis):

    - to_spectrum (2M, n^d), rows alternate real and imaginary part of a frequency;
    - kernel_spectrum (4M, (2r + 1)^d), rows run over frequency and the entries of
      [[Re, -Im], [Im, Re]];
    - from_spectrum (n^d, 2M), columns as the rows of to_spectrum.
    """
    length = size + reach
    half = torch.arange(length // 2 + 1)
    axes = [torch.arange(length)] * (dimensions - 1) + [half]
    frequencies = torch.cartesian_prod(*axes).view(-1, dimensions).double()
    weight = torch.full((len(half),), 2.0, dtype=torch.double)
    weight[0] = 1
    if length % 2 == 0:
        weight[-1] = 1
    multiplicity = weight.repeat(length ** (dimensions - 1)) / length**dimensions

    def angles(coordinates: Tensor) -> Tensor:
        points = torch.cartesian_prod(*[coordinates] * dimensions).view(-1, dimensions).double()
        return 2 * math.pi / length * frequencies @ points.t()  # (M, points)

    grid = angles(torch.arange(size))
    taps = angles(torch.arange(-reach, reach + 1))
    interleaved = torch.stack((grid.cos(), -grid.sin()), 1).flatten(0, 1)
    back = torch.stack((grid.cos(), -grid.sin()), 1) * multiplicity[:, None, None]
    kernel = torch.stack((taps.cos(), -taps.sin(), taps.sin(), taps.cos()), 1).flatten(0, 1)
    return interleaved.float(), kernel.float(), back.flatten(0, 1).t().contiguous().float()
