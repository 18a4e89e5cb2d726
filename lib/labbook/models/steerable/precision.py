"""Convolutions in half precision, everything else in that of the parameters."""

from functools import partial

import torch
from escnn import nn as enn

CONVOLUTIONS = (enn.R2Conv, enn.R3Conv, enn.R2ConvTransposed, enn.R3ConvTransposed)


def convolve_in(module: torch.nn.Module, dtype: torch.dtype) -> torch.nn.Module:
    """Let the convolutions of a network, and they alone, multiply in another type, in place.

    Fields and filters are rounded to ``dtype`` on the way into a convolution, forwards and
    backwards, and sums come out in the type of the parameters. Filters are expanded, and norms,
    nonlinearities and tensor products computed, as before. A kernel as large as its input, which
    :func:`accelerate` does not make, is contracted in full precision. It is faster where a
    processor multiplies ``dtype`` faster (AVX-512 BF16, AMX, a GPU).

    Arguments:
        module: of escnn's modules, accelerated or not.
        dtype: ``torch.bfloat16`` or, on a GPU, ``torch.float16``.

    Returns:
        The module.
    """
    for part in module.modules():
        if isinstance(part, CONVOLUTIONS):
            part.forward = partial(_convolve_in, part, dtype)
    return module


def _convolve_in(part: torch.nn.Module, dtype: torch.dtype, x: enn.GeometricTensor):
    with torch.autocast(x.tensor.device.type, dtype):
        y = type(part).forward(part, x)
    return enn.GeometricTensor(y.tensor.to(part.weights.dtype), y.type)
