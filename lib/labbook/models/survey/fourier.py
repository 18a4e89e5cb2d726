r"""Pointwise nonlinearities on functions over SO(3) or the sphere, and their normalisation.

A field is the Fourier transform of such a function, cut off at the band limit L. On the group it
has 2l + 1 irreps of each degree l, :math:`\sum (2l+1)^2` channels; on the sphere one of each,
:math:`(L+1)^2` channels. Channels are ordered as in ``steerable``: by degree, then by field.
"""

import functools

import numpy as np
import torch
from escnn import gspaces
from escnn.nn import FourierPointwise, QuotientFourierPointwise
from torch import Tensor, nn
from torch.nn import functional


def copies_of(band_limit: int, domain: str) -> tuple[int, ...]:
    """Irreps of degree 0, 1, … L in one field."""
    return tuple(2 * l + 1 if domain == "group" else 1 for l in range(band_limit + 1))  # noqa: E741


class FieldNorm(nn.Module):
    """Batch normalisation of fields: one scale and one shift (of the scalars) for each.

    Arguments:
        copies: irreps of degree 0, 1, … in one field. count: of fields.
    """

    def __init__(self, copies: tuple[int, ...], count: int):
        super().__init__()
        self.copies, self.count = copies, count
        self.weight = nn.Parameter(torch.ones(count))
        self.bias = nn.Parameter(torch.zeros(count))
        self.register_buffer("running_mean", torch.zeros(count))
        self.register_buffer("running_variance", torch.ones(count))

    def reset_parameters(self) -> None:
        """As if nothing had been seen."""
        nn.init.ones_(self.weight)
        nn.init.zeros_(self.bias)
        self.running_mean.zero_()
        self.running_variance.fill_(1)

    def forward(self, x: Tensor) -> Tensor:
        """Fields (B, C, X, Y, Z) to fields of the same shape."""
        values = by_field(x, self.copies, self.count)
        mean, variance = self.running_mean, self.running_variance
        if self.training:
            mean = values[:, :, 0].mean((0, 2, 3, 4))
            power = values.square().mean((0, 2, 3, 4, 5)) - mean.square() / values.shape[2]
            variance = power.clamp_min(0)
            with torch.no_grad():
                self.running_mean.lerp_(mean, 0.1)
                self.running_variance.lerp_(variance, 0.1)
        scalar = torch.zeros(values.shape[2], 1, 1, 1, device=x.device)
        scalar[0] = 1
        column = (1, -1, 1, 1, 1, 1)
        scale = self.weight * (variance + 1e-5).rsqrt()
        values = (values - mean.view(column) * scalar) * scale.view(column)
        return by_degree(values + self.bias.view(column) * scalar, self.copies)


class PointwiseELU(nn.Module):
    """ELU on samples of the functions; then back, or only their mean.

    Arguments:
        band_limit: L. domain: "group" or "sphere". samples: a multiple of 24, as the points are
            orbits under the rotations of a cube, so that those are kept exactly.
        count: of fields. mean: give the mean over the samples instead of fields.
    """

    def __init__(self, band_limit: int, domain: str, samples: int, count: int, mean: bool = False):
        super().__init__()
        self.copies, self.count, self.mean = copies_of(band_limit, domain), count, mean
        self.band_limit, self.domain, self.samples = band_limit, domain, samples

    def matrices(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Samples of a field, (samples, channels), and the pseudo-inverse."""
        channels = sum(c * (2 * degree + 1) for degree, c in enumerate(self.copies))
        if x.is_meta:
            return x.new_empty(self.samples, channels), x.new_empty(channels, self.samples)
        table = sampling_matrix(self.band_limit, self.domain, self.samples)
        return x.new_tensor(table), x.new_tensor(np.linalg.pinv(table))

    def forward(self, x: Tensor) -> Tensor:
        """Fields (B, C, X, Y, Z) to fields of the same shape, or to scalars (B, count, X, Y, Z)."""
        sample, back = self.matrices(x)
        values = by_field(x, self.copies, self.count).movedim(2, -1)
        values = functional.elu(values @ sample.T)
        if self.mean:
            return values.mean(-1)
        return by_degree((values @ back.T).movedim(-1, 2), self.copies)


def by_field(x: Tensor, copies: tuple[int, ...], count: int) -> Tensor:
    """(B, C, X, Y, Z), channels by degree, to (B, count, channels of a field, X, Y, Z)."""
    sizes = [count * c * (2 * degree + 1) for degree, c in enumerate(copies)]
    return torch.cat([part.unflatten(1, (count, -1)) for part in x.split(sizes, dim=1)], dim=2)


def by_degree(x: Tensor, copies: tuple[int, ...]) -> Tensor:
    """The inverse of ``by_field``."""
    sizes = [c * (2 * degree + 1) for degree, c in enumerate(copies)]
    return torch.cat([part.flatten(1, 2) for part in x.split(sizes, dim=2)], dim=1)


@functools.cache
def sampling_matrix(band_limit: int, domain: str, samples: int) -> np.ndarray:
    """Samples of the functions that the channels of a field stand for, (samples, channels).

    Raises:
        ValueError: the number of samples is no multiple of 24.
    """
    if samples % 24:
        raise ValueError(f"samples are orbits of the cube's 24 rotations, got {samples}.")
    space = gspaces.rot3dOnR3()
    group, grid = space.fibergroup, {"type": "thomson_cube", "N": samples // 24}
    irreps = group.bl_irreps(band_limit)
    with torch.device("cpu"):
        if domain == "group":
            sampled = FourierPointwise(space, 1, irreps, normalize=False, **grid)
        else:
            about_z, points = (False, -1), group.sphere_grid(**grid)
            sampled = QuotientFourierPointwise(
                space, about_z, 1, irreps, grid=points, normalize=False
            )
    return sampled.A.double().numpy()
