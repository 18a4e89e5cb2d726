r"""Bases of steerable kernels: radial Gaussians times spherical harmonics.

A kernel :math:`\kappa: \mathbb{R}^3 \to \mathbb{R}^{o \times i}` between irreps of degrees
:math:`l_o` and :math:`l_i` is steerable, :math:`\kappa(R x) = D^{l_o}(R) \kappa(x) D^{l_i}(R)^T`,
exactly if it is a sum of

.. math:: \exp\Big(-\frac{(|x| - \rho)^2}{2 \sigma^2}\Big) \sum_M C_{oiM} Y_{JM}(x),
          \qquad |l_o - l_i| \le J \le l_o + l_i,

with a ring of radius :math:`\rho` and width :math:`\sigma`, and :math:`C` the Clebsch-Gordan
coefficients. Sampled on the voxels of a kernel, each element is scaled so that the squares in one
row of its matrix sum to 1 on average. These are the elements of escnn's ``R3Conv``.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from labbook.models.steerable.rotations.harmonics import Array, clebsch_gordan, spherical_harmonics


@dataclass(frozen=True)
class Ring:
    """A Gaussian shell of a kernel; lengths in voxels, ``band_limit`` the largest J on it."""

    radius: float
    width: float
    band_limit: int


@lru_cache
def rings(kernel_size: int) -> tuple[Ring, ...]:
    """The rings of escnn's defaults: radii 0, 1, ..., (k - 1) / 2.

    The centre is one voxel wide, the outermost ring has the width 0.4 and those between 0.6; the
    band limit is min(2 radius, k // 2 - radius + 2).
    """
    if kernel_size < 1:
        raise ValueError(f"kernel_size must be positive, got {kernel_size}.")
    outermost = (kernel_size - 1) // 2
    widths = [0.005, *[0.6] * (outermost - 1), *[0.4] * (outermost > 0)]
    return tuple(
        Ring(radius, width, min(2 * radius, kernel_size // 2 - radius + 2))
        for radius, width in enumerate(widths)
    )


def voxels(kernel_size: int) -> Array:
    """Where the voxels of a kernel lie, (k^3, 3) as x, y, z, in the order of a flattened filter.

    A tensor (..., Z, Y, X) is read as escnn reads it: x grows along the last axis, y and z shrink
    along theirs.
    """
    offsets = np.arange(kernel_size) - (kernel_size - 1) / 2
    z, y, x = np.meshgrid(-offsets, -offsets, offsets, indexing="ij")
    return np.stack((x, y, z), -1).reshape(-1, 3)


@lru_cache
def kernel_basis(
    out_degree: int, in_degree: int, kernel_size: int, shells: tuple[Ring, ...]
) -> Array:
    """The steerable kernels between two irreps.

    Returns:
        (elements, 2 out_degree + 1, 2 in_degree + 1, k^3). Elements that vanish on the voxels are
        left out, as those of the centre of an even kernel.
    """
    points = voxels(kernel_size)
    length = np.linalg.norm(points, axis=1)
    elements = []
    for degree in range(abs(out_degree - in_degree), out_degree + in_degree + 1):
        angular = np.einsum(
            "oim,pm->oip",
            clebsch_gordan(out_degree, in_degree, degree),
            spherical_harmonics(degree, points),
        )
        for ring in shells:
            if degree <= ring.band_limit:
                radial = np.exp(-(((length - ring.radius) / ring.width) ** 2) / 2)
                kernel = angular * radial
                norm = np.sqrt((kernel**2).sum() / (2 * out_degree + 1))
                if norm > 1e-6:
                    elements.append(kernel / norm)
    return np.reshape(elements, (-1, 2 * out_degree + 1, 2 * in_degree + 1, kernel_size**3))
