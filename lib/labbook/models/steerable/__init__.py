"""Building blocks that commute with rotations of space.

- :mod:`harmonics`: spherical harmonics, Wigner matrices, Clebsch-Gordan coefficients
- :mod:`fields`: what the channels of a tensor are
- :mod:`basis`, :mod:`convolution`: steerable kernels and the convolution with them
- :mod:`batch_norm`: one scale and one variance a field
- :mod:`grid`, :mod:`functions`, :mod:`fourier`: pointwise functions on SO(3)
"""

from labbook.models.steerable.batch_norm import IIDBatchNorm
from labbook.models.steerable.convolution import SteerableConv
from labbook.models.steerable.fields import FieldType, regular, scalars, sphere
from labbook.models.steerable.fourier import FourierPointwise

__all__ = [
    "FieldType",
    "FourierPointwise",
    "IIDBatchNorm",
    "SteerableConv",
    "regular",
    "scalars",
    "sphere",
]
