"""Steerable convolution: an ordinary one whose filter is a sum of steerable kernels."""

import math
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor, nn
from torch.nn import functional

from labbook.models.steerable.constants import constant, full_precision
from labbook.models.steerable.fields import FieldType, field_size
from labbook.models.steerable.kept import Kept
from labbook.models.steerable.rotations.basis import Ring, kernel_basis, rings


@dataclass(frozen=True)
class Block:
    """The weights between all irreps of two degrees in two groups of fields, and their place.

    The weights are (out_count, out_copies, in_count, in_copies, elements); ``out_channels`` and
    ``in_channels`` are where the group starts, the size of its fields and where in a field the
    copies start.
    """

    out_count: int
    out_copies: int
    out_degree: int
    out_channels: tuple[int, int, int]
    in_count: int
    in_copies: int
    in_degree: int
    in_channels: tuple[int, int, int]
    elements: int

    @property
    def weights(self) -> int:
        """How many weights there are."""
        return self.out_count * self.out_copies * self.in_count * self.in_copies * self.elements

    def of(self, filters: Tensor) -> Tensor:
        """The part of filters (out, in, voxels) that the weights make.

        Returns:
            a view (out_count, out_copies, 2 out_degree + 1, in_count, in_copies,
            2 in_degree + 1, voxels).
        """
        place = self.of_inputs(filters.transpose(1, 2))
        place = _part(place, 0, self.out_count, self.out_copies, self.out_degree, self.out_channels)
        return place.permute(0, 1, 2, 4, 5, 6, 3)

    def of_inputs(self, x: Tensor) -> Tensor:
        """The input channels that meet the weights, in the last axis of x: three axes for one."""
        return _part(x, -1, self.in_count, self.in_copies, self.in_degree, self.in_channels)

    def of_outputs(self, y: Tensor) -> Tensor:
        """The output channels that the weights make, in the last axis of y: three axes for one."""
        return _part(y, -1, self.out_count, self.out_copies, self.out_degree, self.out_channels)


def _part(
    x: Tensor, axis: int, count: int, copies: int, degree: int, channels: tuple[int, int, int]
) -> Tensor:
    """A view of one irrep's channels, first or last axis of x, as (count, copies, components)."""
    start, size, offset = channels
    x = x.narrow(axis, start, count * size).unflatten(axis, (count, size))
    inner = 1 if axis == 0 else -1
    x = x.narrow(inner, offset, copies * (2 * degree + 1))
    return x.unflatten(inner, (copies, 2 * degree + 1))


@lru_cache
def blocks(
    in_type: FieldType, out_type: FieldType, kernel_size: int, shells: tuple[Ring, ...]
) -> tuple[Block, ...]:
    """All blocks of weights between two types, in the order in which a parameter holds them."""
    found = []
    for out_count, out_copies, out_degree, out_channels in _irreps(out_type):
        for in_count, in_copies, in_degree, in_channels in _irreps(in_type):
            elements = len(kernel_basis(out_degree, in_degree, kernel_size, shells))
            if elements:
                found.append(
                    Block(
                        out_count,
                        out_copies,
                        out_degree,
                        out_channels,
                        in_count,
                        in_copies,
                        in_degree,
                        in_channels,
                        elements,
                    )
                )
    return tuple(found)


def _irreps(fields: FieldType) -> list[tuple[int, int, int, tuple[int, int, int]]]:
    """(fields, copies, degree, (start of the group, size of a field, offset)) of each irrep."""
    found, start = [], 0
    for count, multiplicities in fields.groups:
        size, offset = field_size(multiplicities), 0
        for degree, copies in enumerate(multiplicities):
            if copies:
                found.append((count, copies, degree, (start, size, offset)))
            offset += copies * (2 * degree + 1)
        start += count * size
    return found


def _kernels(block: Block, kernel_size: int, shells: tuple[Ring, ...]):
    """The basis of a block as a matrix: elements, times (out components, in components, voxels)."""
    basis = kernel_basis(block.out_degree, block.in_degree, kernel_size, shells)
    return basis.reshape(len(basis), -1)


def _projection(block: Block, kernel_size: int, shells: tuple[Ring, ...]):
    """The basis of a block as a matrix: (voxels, in components), (elements, out components)."""
    basis = kernel_basis(block.out_degree, block.in_degree, kernel_size, shells)
    return basis.transpose(3, 2, 0, 1).reshape(-1, basis.shape[0] * basis.shape[1])


class _Expand(torch.autograd.Function):
    """Weights to filters (out, in, voxels), one small matrix product for each pair of degrees."""

    @staticmethod
    def forward(ctx, weights: Tensor, layout: tuple) -> Tensor:
        in_type, out_type, kernel_size, shells = ctx.layout = layout
        filters = weights.new_zeros(out_type.size, in_type.size, kernel_size**3)
        start = 0
        for block in blocks(*layout):
            part = weights[start : start + block.weights].view(-1, block.elements)
            start += block.weights
            basis = constant(_kernels, (block, kernel_size, shells), weights.dtype, weights.device)
            place = block.of(filters)
            o, m, rows, i, n, columns, _ = place.shape
            made = (part @ basis).view(o, m, i, n, rows, columns, -1)
            place.copy_(made.permute(0, 1, 4, 2, 3, 5, 6))
        return filters

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[Tensor, None]:
        _, _, kernel_size, shells = ctx.layout
        gradient, parts = gradient.contiguous(), []
        for block in blocks(*ctx.layout):
            arguments = (block, kernel_size, shells)
            basis = constant(_kernels, arguments, gradient.dtype, gradient.device)
            place = block.of(gradient).permute(0, 1, 3, 4, 2, 5, 6)
            parts.append((place.reshape(-1, basis.shape[1]) @ basis.t()).flatten())
        return torch.cat(parts), None


class SteerableConv(nn.Module):
    r"""A convolution that commutes with rotations: :math:`y = \kappa \star x + b`.

    The filter is :math:`\kappa = \sum_b w_b \kappa_b` with the elements of
    :mod:`labbook.models.steerable.rotations.basis`, for every pair of irreps in the two types. It
    is made anew at each call with gradients, and else kept until a weight changes. A kernel as
    large
    as the input meets it element by element and is never made.

    Arguments:
        in_type, out_type: the fields of input and output.
        kernel_size: k, edge of the filter in voxels. stride, padding: in voxels; padding is zeros.
        bias: add a learned scalar to each invariant channel of the output; starts at 0.
        rings: the shells of the kernels; by default those of :func:`basis.rings`.

    Weights start from a normal distribution with the standard deviation
    :math:`1 / \sqrt{n\, b}`: n degrees of input meet an irrep of the output, and b basis elements
    lead to it from all inputs of the same degree (He initialisation of escnn).

    Between regular fields of band limit 2 each pair has 35, 214, 179, 393 and 627 weights for k =
    1, 3, 4, 5 and 7; from a scalar to such a field 1, 10, 9, 19 and 28.

    Shapes: (B, C, Z, Y, X) to (B, C', Z', Y', X'), with the channels C and C' of the two types.
    """

    def __init__(
        self,
        in_type: FieldType,
        out_type: FieldType,
        kernel_size: int,
        *,
        stride: int = 1,
        padding: int = 0,
        bias: bool = False,
        rings: tuple[Ring, ...] | None = None,
    ):
        super().__init__()
        shells = default_rings(kernel_size) if rings is None else tuple(rings)
        self.in_type, self.out_type = in_type, out_type
        self.kernel_size, self.stride, self.padding = kernel_size, stride, padding
        self.layout = (in_type, out_type, kernel_size, shells)
        scale = constant(_initial_scale, self.layout, torch.float64, "cpu")
        if not len(scale):
            raise ValueError(
                f"no steerable kernel of size {kernel_size} leads from {in_type} to {out_type}; "
                "it needs rings with a larger band limit."
            )
        dtype = torch.get_default_dtype()
        self.weights = nn.Parameter(torch.randn(len(scale)) * scale.to(dtype))
        self.bias = nn.Parameter(torch.zeros(len(out_type.invariants))) if bias else None
        self._kept = Kept()

    def train(self, mode: bool = True):
        """As ever; what was kept is forgotten, also where ``.data`` was written to."""
        self._kept.forget()
        return super().train(mode)

    def filters(self) -> Tensor:
        """The filter (C', C, k, k, k), channels last in memory; kept without gradients."""
        return self._expanded()[0]

    def forward(self, x: Tensor) -> Tensor:
        if self.padding == 0 and x.shape[2:] == (self.kernel_size,) * 3:
            return self._contracted(x)
        filters, bias = self._expanded()
        return functional.conv3d(x, filters, bias, self.stride, self.padding)

    def _contracted(self, x: Tensor) -> Tensor:
        """The one voxel that a kernel as large as the input leaves.

        The input meets the basis first and the weights then, so that the large filter, the one
        product of a large kernel with few inputs, is never made.
        """
        _, _, kernel_size, shells = self.layout
        voxels = x.permute(0, 2, 3, 4, 1).flatten(1, 3)  # (B, k^3, C)
        result, start = x.new_zeros(len(x), 1, self.out_type.size), 0
        for block in blocks(*self.layout):
            weights = self.weights[start : start + block.weights]
            start += block.weights
            basis = constant(_projection, (block, kernel_size, shells), x.dtype, x.device)
            part = block.of_inputs(voxels).permute(0, 2, 3, 1, 4)  # (B, fields, copies, k^3, m)
            projected = part.flatten(3) @ basis  # (B, fields, copies, elements * out components)
            projected = projected.unflatten(3, (block.elements, -1)).flatten(1, 3)
            weights = weights.view(block.out_count * block.out_copies, -1)
            made = weights @ projected  # (B, out fields * copies, out components)
            place = block.of_outputs(result)
            place += made.view(place.shape)
        if self.bias is not None:
            result = result + self._spread_bias()
        return result.transpose(1, 2)[..., None, None]

    def _expanded(self) -> tuple[Tensor, Tensor | None]:
        return self._kept.get(self.parameters(), self._expand)

    def _expand(self) -> tuple[Tensor, Tensor | None]:
        with full_precision(self.weights.device):
            filters = _Expand.apply(self.weights, self.layout)
        filters = filters.unflatten(2, (self.kernel_size,) * 3)
        filters = filters.contiguous(memory_format=torch.channels_last_3d)
        return filters, None if self.bias is None else self._spread_bias()

    def _spread_bias(self) -> Tensor:
        """The bias of every channel, 0 where no invariant is."""
        places = torch.tensor(self.out_type.invariants, device=self.bias.device)
        return self.bias.new_zeros(self.out_type.size).index_copy(0, places, self.bias)

    def extra_repr(self) -> str:
        return (
            f"{self.in_type} -> {self.out_type}, kernel_size={self.kernel_size}, "
            f"stride={self.stride}, padding={self.padding}, bias={self.bias is not None}"
        )


default_rings = rings


def _initial_scale(
    in_type: FieldType, out_type: FieldType, kernel_size: int, shells: tuple[Ring, ...]
) -> Tensor:
    """The standard deviation at which each weight starts."""
    found = blocks(in_type, out_type, kernel_size, shells)
    elements: dict[tuple, int] = {}  # from all irreps of one degree to one irrep of the output
    for block in found:
        key = (block.out_channels, block.in_degree)
        count = block.in_count * block.in_copies * block.elements
        elements[key] = elements.get(key, 0) + count
    scales = []
    for block in found:
        degrees = sum(place == block.out_channels for place, _ in elements)
        of_degree = elements[block.out_channels, block.in_degree]
        scales.append(
            torch.full((block.weights,), 1 / math.sqrt(degrees * of_degree), dtype=torch.float64)
        )
    return torch.cat(scales) if scales else torch.empty(0, dtype=torch.float64)
