r"""Tensor products of fields with themselves, and a learned map of the result.

.. math:: y_k = \sum_{i, j} M_{kij}\, v_i v_j = \sum_{i \le j} F_{kij}\, v_i v_j

Since :math:`v_i v_j = v_j v_i`, the n^2 products are n (n + 1) / 2 different ones (1225 are 630 for
a regular field of band limit 2), and M acts through :math:`F_{kij} = M_{kij} + M_{kji}` alone, half
of that where i = j. Most of F is zero for any M: a product meets few components of the result. So
the products are sorted into groups that meet the same, each with a small dense matrix.

Shapes: C fields, n components before and K after, P products, V voxels.
"""

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

import torch
from escnn.nn import GeometricTensor
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from labbook.models.building.basis import SparseBasis
from labbook.models.building.exported import Quadratic
from labbook.models.fieldwise.remade import Recipe, keep, kept, note_after, recipe_of
from labbook.models.fieldwise.rows import from_rows, full_precision, over_parts, to_rows
from labbook.models.fieldwise.typed import tensor_of
from labbook.models.steerable.filters import Filtered, made_of_weights

CALL = 700  # so many multiplications for each voxel cost as much as another product of matrices


class Groups(NamedTuple):
    """The different products, and which components of the result they meet.

    Arguments:
        first, second: i and j of each product (P,). place: of the product of any i and j (n^2,).
        parts: the components that some products meet, and the slice of these products.
    """

    first: Tensor
    second: Tensor
    place: Tensor
    parts: list[tuple[Tensor, slice]]

    def numbers(self, rows: Tensor) -> int:
        """How many are made of a voxel of rows (V, C, n), to find the size of a part: half of them,
        so that parts are larger than the cache; each costs tens of calls."""
        return rows.shape[1] * len(self.first) // 2

    def folded(self, matrix: Tensor) -> Tensor:
        """F (C, K, P) of a map M (C, K, n^2)."""
        size = round(matrix.shape[2] ** 0.5)
        folded = matrix.index_select(2, self.first * size + self.second)
        folded += matrix.index_select(2, self.second * size + self.first)
        return torch.where(self.first == self.second, folded / 2, folded)


def grouped(basis: SparseBasis, device: torch.device) -> Groups:
    """The groups of a basis whose elements are maps (K, n^2)."""
    size = round(basis.shape[2] ** 0.5)
    met = basis.support().unflatten(1, (size, size))
    met = met | met.transpose(1, 2)
    first, second = torch.triu_indices(size, size)
    alike: dict[bytes, tuple[Tensor, list[int]]] = {}
    for product, rows in enumerate(met[:, first, second].t()):
        alike.setdefault(rows.numpy().tobytes(), (rows, []))[1].append(product)
    groups = list(alike.values())
    while pair := _cheapest(groups):
        (rows, products), (more, others) = (groups.pop(at) for at in sorted(pair)[::-1])
        groups.append((rows | more, products + others))
    order = torch.tensor([product for _, products in groups for product in products])
    first, second = first[order], second[order]
    place = torch.empty(size, size, dtype=torch.long)
    place[first, second] = place[second, first] = torch.arange(len(order))
    found, start = [], 0
    for rows, products in groups:
        found.append((rows.nonzero()[:, 0].to(device), slice(start, start + len(products))))
        start += len(products)
    return Groups(first.to(device), second.to(device), place.flatten().to(device), found)


def _cheapest(groups: list) -> tuple[int, int] | None:
    """Two groups of products that cost less as one, the best two; None where there are none."""
    costs = {}
    for a, (rows, products) in enumerate(groups):
        for b, (more, others) in enumerate(groups[:a]):
            together = (rows | more).sum() * (len(products) + len(others))
            apart = rows.sum() * len(products) + more.sum() * len(others) + CALL
            costs[a, b] = int(together - apart)
    best = min(costs, key=costs.get, default=None)
    return best if best and costs[best] < 0 else None


def _fields(x: Tensor, matrix: Tensor) -> Tensor:
    """Fields (B, C n, ...) as (V, C, n), for a map (C, K, n^2)."""
    return to_rows(x, x.shape[1]).unflatten(1, (len(matrix), -1))


def _multiplied(x: Tensor, matrix: Tensor, groups: Groups) -> Tensor:
    """Fields (B, C n, ...) and a map M (C, K, n^2) to rows (V, C, K); products are made of some
    voxels at a time, each once, and not kept."""
    rows = _fields(x, matrix)
    folded = groups.folded(matrix)
    maps = [folded[:, met, products] for met, products in groups.parts]
    result = rows.new_empty(*rows.shape[:2], matrix.shape[1])

    def apply(share: list[slice]) -> None:
        for part, products, _, _ in _in_parts(rows, groups, share):
            total = rows.new_zeros(rows.shape[1], matrix.shape[1], products.shape[2])
            for (met, some), linear in zip(groups.parts, maps, strict=True):
                total.index_add_(1, met, torch.bmm(linear, products[:, some]))
            result[part] = total.permute(2, 0, 1)

    with full_precision(x.device):
        over_parts(rows, groups.numbers(rows), apply)
    return result


class _Quadratic(torch.autograd.Function):
    """:func:`_multiplied`; keeps x, or what it is made of."""

    @staticmethod
    def forward(ctx, x: Tensor, recipe: Recipe | None, matrix: Tensor, groups: Groups) -> Tensor:
        keep(ctx, x, recipe, matrix)
        ctx.groups = groups
        return _multiplied(x, matrix, groups)

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient: Tensor) -> tuple[Tensor, None, Tensor, None]:
        matrix, x = kept(ctx, 1)
        rows = _fields(x, matrix)
        groups, size = ctx.groups, rows.shape[2]
        folded = groups.folded(matrix)
        maps = [folded[:, met, products].mT.contiguous() for met, products in groups.parts]
        result, diagonal = torch.empty_like(rows), groups.place[:: size + 1]

        def apply(share: list[slice]) -> list[Tensor]:
            of_maps = [torch.zeros_like(linear) for linear in maps]
            for part, products, of_products, v in _in_parts(rows, groups, share):
                upstream = gradient[part].permute(1, 2, 0).contiguous()
                for (met, some), linear, of_map in zip(groups.parts, maps, of_maps, strict=True):
                    of_result = upstream.index_select(1, met)
                    of_map.baddbmm_(products[:, some], of_result.mT)
                    of_products[:, some] = torch.bmm(linear, of_result)
                # Of v_i: the sum over j of what comes to the product of i and j, times v_j.
                of_pairs = of_products.index_select(1, groups.place).unflatten(1, (size, size))
                of_v = of_pairs.mul_(v[:, None]).sum(2)
                of_v.addcmul_(of_products.index_select(1, diagonal), v)
                result[part] = of_v.permute(2, 0, 1)
            return of_maps

        with full_precision(rows.device):
            of_shares = over_parts(rows, groups.numbers(rows), apply)
        of_maps = [sum(others, first) for first, *others in zip(*of_shares, strict=True)]
        of_folded = torch.zeros_like(folded)
        for (met, some), of_map in zip(groups.parts, of_maps, strict=True):
            of_folded[:, met, some] = of_map.mT
        of_matrix = of_folded.index_select(2, groups.place)
        return from_rows(result, x.shape), None, of_matrix, None


def _in_parts(
    rows: Tensor, groups: Groups, share: list[slice]
) -> Iterator[tuple[slice, Tensor, Tensor, Tensor]]:
    """Slices of voxels (V, C, n), their products (C, P, V), as much room, and the fields (C, n, V);
    the memory is used again for the next voxels."""
    room = None
    for part in share:
        v = rows[part].permute(1, 2, 0).contiguous()
        shape = (len(v), len(groups.first), v.shape[2])
        if room is None or room[0].shape != shape:
            room = v.new_empty(shape), v.new_empty(shape)
        torch.index_select(v, 1, groups.first, out=room[0])
        torch.index_select(v, 1, groups.second, out=room[1])
        yield part, room[0].mul_(room[1]), room[1], v


class Product(Filtered):
    """``TensorProductModule``: products are never kept, and each is made once."""

    matrix = made_of_weights("matrix")  # (C', n^2)

    def forward(self, input: GeometricTensor) -> GeometricTensor:
        """Fields (B, C, ...) to (B, C', ...)."""
        x = tensor_of(self, input, self.in_type)
        size = self.in_type.representations[0].size
        matrix = self.expand_parameters().view(len(self.in_type), -1, size**2)
        ((basis, *_),) = self._basisexpansion.pairs()
        groups = basis.kept(("groups", x.device), lambda: grouped(basis, x.device))
        with full_precision(x.device):
            x = x.to(matrix.dtype)
            rows = _Quadratic.apply(x, recipe_of(x, quick=True), matrix, groups)
            y = from_rows(rows, x.shape)
            note_after(y, partial(_multiplied, groups=groups), x, matrix)
        return GeometricTensor(y, self.out_type, input.coords)

    def export(self) -> nn.Module:
        """A module of torch, in evaluation mode."""
        self.eval()
        size = self.in_type.representations[0].size
        matrix = self.expand_parameters().view(len(self.in_type), -1, size, size)
        return Quadratic(matrix).eval()
