"""Building blocks that commute with rotations of space.

- :mod:`accelerated`: any network of escnn modules, faster and in less memory
- :mod:`rotations`: harmonics, Wigner matrices, representations, grids and bases of kernels
- :mod:`fields`, :mod:`rows`: what the channels of a tensor are
- :mod:`convolution`: the convolution with steerable kernels
- :mod:`batch_norm`: one scale and one variance a field
- :mod:`functions`, :mod:`fourier`: pointwise functions on SO(3)
- :mod:`tensor_product`, :mod:`gates`: nonlinearities that commute with every rotation exactly
- :mod:`pooling`: the extreme of each window, among samples on SO(3)
- :mod:`blocks`: residual blocks
- :mod:`widths`: how many fields a layer has
"""

from labbook.models.steerable.batch_norm import IIDBatchNorm
from labbook.models.steerable.blocks import ResidualBlock
from labbook.models.steerable.convolution import SteerableConv
from labbook.models.steerable.fields import FieldType, regular, scalars, sphere
from labbook.models.steerable.fourier import FourierPointwise
from labbook.models.steerable.gates import Gated, NormNonlinearity
from labbook.models.steerable.pooling import FourierExtremePool
from labbook.models.steerable.rotations.representations import regular_field_size
from labbook.models.steerable.tensor_product import TensorProduct
from labbook.models.steerable.widths import plan_widths

__all__ = [
    "FieldType",
    "FourierExtremePool",
    "FourierPointwise",
    "Gated",
    "IIDBatchNorm",
    "NormNonlinearity",
    "ResidualBlock",
    "SteerableConv",
    "TensorProduct",
    "plan_widths",
    "regular",
    "regular_field_size",
    "scalars",
    "sphere",
]
