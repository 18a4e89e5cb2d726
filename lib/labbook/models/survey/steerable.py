r"""Steerable convolutions as the reviewed networks have them: fields of irreps of SO(3).

Features are fields: ``fields[l]`` irreps of degree l, each of 2l + 1 channels; all scalars first,
then all vectors, and so on. A kernel is a sum over shells of radius r = 0, 1, …, h, with
h = (k - 1) / 2 voxels. From irrep a to irrep b lead the degrees :math:`|a-b| \le J \le a+b`, and a
shell carries those up to a cut-off, so that the grid does not alias them. Each (a, b, r, J) has
one weight for every pair of fields:

.. math:: N = \sum_{a,b} m_a n_b \sum_r \#\{J : |a-b| \le J \le \min(a+b, c_r)\} .

On meta tensors only shapes exist; on real ones the kernels are expanded.
"""

import functools
import math
from collections.abc import Callable, Sequence

import torch
from escnn import gspaces
from escnn.nn import FieldType, R3Conv
from torch import Tensor, nn
from torch.nn import functional

from labbook.models.steerable import sparse_bases

# Name → highest degree of the shell of radius r in a kernel of half width h. "compromise" is what
# se3cnn calls so (Weiler 2018), "escnn" the default of escnn's R3Conv (Cesa 2022).
CUTOFFS: dict[str, Callable[[int, int], int]] = {
    "compromise": lambda r, h: 2 * r + 1 if r else 0,
    "escnn": lambda r, h: min(2 * r, h - r + 2),
}


def basis_size(a: int, b: int, kernel_size: int, cutoff: str) -> int:
    """Weights of a steerable kernel from one irrep of degree a to one of degree b."""
    half = kernel_size // 2
    degrees = (min(a + b, CUTOFFS[cutoff](r, half)) - abs(a - b) + 1 for r in range(half + 1))
    return sum(max(0, count) for count in degrees)


def size_of(fields: Sequence[int]) -> int:
    """Channels of fields: the sum of (2l + 1) over all irreps."""
    return sum(count * (2 * degree + 1) for degree, count in enumerate(fields))


class SteerableConv(nn.Module):
    """Steerable convolution between fields of irreps, without bias.

    Arguments:
        inputs, outputs: irreps of degree 0, 1, 2, … before and after.
        kernel_size: k, odd. stride, padding: in voxels.
        cutoff: a name of ``CUTOFFS``.

    Raises:
        ValueError: a kernel that is even or not positive.
    """

    def __init__(
        self,
        inputs: tuple[int, ...],
        outputs: tuple[int, ...],
        kernel_size: int,
        stride: int = 1,
        padding: int = 0,
        cutoff: str = "compromise",
    ):
        super().__init__()
        if kernel_size < 1 or kernel_size % 2 == 0:
            raise ValueError(f"kernel_size is odd and positive here, got {kernel_size}.")
        self.inputs, self.outputs = inputs, outputs
        self.kernel_size, self.stride, self.padding = kernel_size, stride, padding
        self.cutoff = cutoff
        self.in_channels, self.out_channels = size_of(inputs), size_of(outputs)
        self.pairs = [
            (a, b, basis_size(a, b, kernel_size, cutoff))
            for b, n in enumerate(outputs)
            for a, m in enumerate(inputs)
            if m and n
        ]
        count = sum(inputs[a] * outputs[b] * size for a, b, size in self.pairs)
        self.weight = nn.Parameter(torch.empty(count))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Normal weights, scaled so that the variance of the features stays about the same."""
        nn.init.normal_(self.weight, std=1 / math.sqrt(sum(self.inputs)))

    def kernel(self) -> Tensor:
        """The expanded kernel, (outputs, inputs, k, k, k) in channels."""
        k = self.kernel_size
        if self.weight.is_meta:
            return self.weight.new_empty(self.out_channels, self.in_channels, k, k, k)
        sizes = [self.inputs[a] * self.outputs[b] * size for a, b, size in self.pairs]
        rows: dict[int, list[Tensor]] = {}
        for (a, b, size), weight in zip(self.pairs, self.weight.split(sizes), strict=True):
            m, n = self.inputs[a], self.outputs[b]
            shape = (n * (2 * b + 1), m * (2 * a + 1), k, k, k)
            if size == 0:
                rows.setdefault(b, []).append(weight.new_zeros(shape))
                continue
            basis = irrep_basis(a, b, k, self.cutoff).to(weight)
            block = torch.einsum("nmj,jpqxyz->npmqxyz", weight.view(n, m, size), basis)
            rows.setdefault(b, []).append(block.reshape(shape))
        return torch.cat([torch.cat(row, dim=1) for row in rows.values()])

    def forward(self, x: Tensor) -> Tensor:
        """Fields (B, inputs, X, Y, Z) to fields (B, outputs, X', Y', Z')."""
        return functional.conv3d(x, self.kernel(), stride=self.stride, padding=self.padding)


@functools.cache
def irrep_basis(a: int, b: int, kernel_size: int, cutoff: str) -> Tensor:
    """The kernels from irrep a to irrep b, (basis, 2b+1, 2a+1, k, k, k), each of norm 1.

    Those of escnn: Gaussian shells with σ of 0.6 voxels; the shell at 0 is the central voxel alone.
    """
    half, space = kernel_size // 2, gspaces.rot3dOnR3()
    before, after = (FieldType(space, [space.irrep(degree)]) for degree in (a, b))
    with torch.device("cpu"), sparse_bases():
        convolution = R3Conv(
            before, after, kernel_size, sigma=[0.005] + [0.6] * half,
            frequencies_cutoff=lambda radius: CUTOFFS[cutoff](round(radius), half),
            initialize=False,
        )  # fmt: skip
        (block,) = convolution.basisexpansion.children()
        values = block.sampled_basis
    values = values / values.flatten(1).norm(dim=1).view(-1, 1, 1, 1)
    return values.unflatten(-1, (kernel_size,) * 3)


class GatedActivation(nn.Module):
    """ReLU on scalars; every other irrep times the sigmoid of a scalar that comes along.

    Scalars and gates have a bias each. In: the fields, then one gate for each irrep of l > 0.

    Arguments:
        fields: irreps of degree 0, 1, 2, … that come out.
    """

    def __init__(self, fields: tuple[int, ...]):
        super().__init__()
        self.fields = fields
        self.bias = nn.Parameter(torch.zeros(sum(fields)))

    def reset_parameters(self) -> None:
        """No bias."""
        nn.init.zeros_(self.bias)

    def forward(self, x: Tensor) -> Tensor:
        """(B, fields + gates, X, Y, Z) to (B, fields, X, Y, Z)."""
        channels, scalars = size_of(self.fields), self.fields[0]
        bias = self.bias.view(-1, 1, 1, 1)
        parts = [functional.relu(x[:, :scalars] + bias[:scalars])]
        gates = torch.sigmoid(x[:, channels:] + bias[scalars:])
        at, gate = scalars, 0
        for degree, count in enumerate(self.fields[1:], 1):
            dim = 2 * degree + 1
            block = x[:, at : at + count * dim].unflatten(1, (count, dim))
            parts.append((block * gates[:, gate : gate + count].unsqueeze(2)).flatten(1, 2))
            at, gate = at + count * dim, gate + count
        return torch.cat(parts, dim=1)
