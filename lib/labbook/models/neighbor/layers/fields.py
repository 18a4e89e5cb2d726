"""The fields of the networks here: scalars, functions on SO(3) and on the sphere, of escnn."""

from functools import cache

from escnn import gspaces
from escnn.nn import FieldType

SPACE = gspaces.rot3dOnR3()
GROUP = SPACE.fibergroup
BAND_LIMIT = 2


@cache
def regular_field(band_limit: int = BAND_LIMIT):
    r"""Functions on SO(3) up to a band limit: the irrep of degree l as often as its size 2l + 1.

    Its size is :math:`\sum_l (2l + 1)^2`: 1, 10, 35, 84, ...
    """
    return GROUP.spectral_regular_representation(*GROUP.bl_irreps(band_limit), name=None)


def regular(count: int) -> FieldType:
    """Regular fields of band limit 2, 35 channels each."""
    return FieldType(SPACE, [regular_field()] * count)


def scalars(count: int) -> FieldType:
    """Fields that a rotation leaves alone, one channel each."""
    return FieldType(SPACE, [SPACE.trivial_repr] * count)
