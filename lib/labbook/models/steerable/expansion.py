r"""Weights to filters: :math:`\kappa = \sum_e w_e \kappa_e` for each pair of representations.

Shapes: m output and n input fields of a pair, each of o and i components; p points of a filter.
"""

from typing import NamedTuple

import torch
from escnn.nn.modules.basismanager import basisexpansion_singleblock
from torch import Tensor
from torch.autograd.function import once_differentiable

from labbook.models.building.basis import SparseBasis
from labbook.models.building.block import SparseBlock
from labbook.models.fieldwise.rows import full_precision


class Pair(NamedTuple):
    """All fields of one representation that meet all of another.

    Arguments:
        basis: theirs. weights: their place. fields: (m, n). rows, columns: channels of the
            outputs and of the inputs, slices where they lie side by side.
    """

    basis: SparseBasis
    weights: slice
    fields: tuple[int, int]
    rows: slice | Tensor
    columns: slice | Tensor

    def split(self) -> tuple[int, int, int, int, int]:
        """m, o, p, n, i."""
        _, outputs, inputs, points = self.basis.shape
        return self.fields[0], outputs, points, self.fields[1], inputs

    def part(self, filters: Tensor) -> Tensor:
        """What this pair has of filters (out, points, in), as (m, o, p, n, i)."""
        if isinstance(self.rows, slice):
            part = filters[self.rows, :, self.columns]
        else:
            part = filters[self.rows[:, None], :, self.columns].transpose(1, 2)
        m, o, _, n, i = self.split()
        return part.unflatten(2, (n, i)).unflatten(0, (m, o))

    def put(self, filters: Tensor, made: Tensor) -> None:
        """Write (m, o, p, n, i) to the place of this pair."""
        if isinstance(self.rows, slice):
            self.part(filters).copy_(made)
        else:
            filters[self.rows[:, None], :, self.columns] = made.flatten(3).flatten(0, 1).mT

    def expand(self, weights: Tensor) -> Tensor:
        """Weights (W,) of all pairs to the filters of this one, (m, o, p, n, i)."""
        m, o, p, n, i = self.split()
        by_element = weights[self.weights].view(m * n, -1).t().contiguous()
        made = self.basis.product("opi", "e", by_element).view(o, p, i, m, n)
        return made.permute(3, 0, 1, 4, 2)

    def collect(self, gradient: Tensor) -> Tensor:
        """The gradient of the weights of this pair, flat, from that of its filters."""
        m, _, _, n, _ = self.split()
        part = gradient.permute(1, 2, 4, 0, 3).reshape(-1, m * n)
        return self.basis.product("e", "opi", part).t().flatten()


class PointsLast(Pair):
    """One with a dense basis, whose filters lie in memory with their points last."""

    def expand(self, weights: Tensor) -> Tensor:
        m, o, p, n, i = self.split()
        of_fields = weights[self.weights].view(m * n, -1)
        made = of_fields @ self.basis.matrix("e", "oip", weights)
        return made.view(m, n, o, i, p).permute(0, 2, 4, 1, 3)

    def collect(self, gradient: Tensor) -> Tensor:
        m, _, _, n, _ = self.split()
        part = gradient.permute(0, 3, 1, 4, 2).reshape(m * n, -1)
        return (part @ self.basis.matrix("oip", "e", gradient)).flatten()


class _Expand(torch.autograd.Function):
    """Weights to filters (out, points, in)."""

    @staticmethod
    def forward(ctx, weights: Tensor, expansion: "Expansion") -> Tensor:
        ctx.expansion, ctx.pairs = expansion, expansion.pairs()
        outputs, inputs, points = expansion._output_size, expansion._input_size, expansion.S
        if expansion.channels_last:
            filters = weights.new_zeros(outputs, points, inputs)
        else:
            filters = weights.new_zeros(outputs, inputs, points).transpose(1, 2)
        for pair in ctx.pairs:
            pair.put(filters, pair.expand(weights))
        return filters

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient: Tensor) -> tuple[Tensor, None]:
        ctx.expansion.forget()
        with full_precision(gradient.device):
            found = [pair.collect(pair.part(gradient)) for pair in ctx.pairs]
        return torch.cat(found), None


class _Contract(torch.autograd.Function):
    """The elements of a basis times features (p i, N), for the outputs that they reach."""

    @staticmethod
    def forward(ctx, features: Tensor, basis: SparseBasis) -> Tensor:
        ctx.basis = basis
        return basis.product("r", "pi", features)

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient: Tensor) -> tuple[Tensor, None]:
        with full_precision(gradient.device):
            return ctx.basis.product("pi", "r", gradient.contiguous()), None


class Expansion:
    """``BlocksBasisExpansion``: filters of sparse bases, kept as long as the weights stay."""

    __eq__, __hash__ = object.__eq__, object.__hash__  # escnn takes equal bases for one module
    _kept = None  # (weights, what gradients they allow, filters)
    channels_last = True

    def forward(self, weights: Tensor) -> Tensor:
        """Weights (W,) to filters (out, in, points); input channels lie last in memory, or points
        if ``channels_last`` is False."""
        gradients = (
            torch.is_grad_enabled() and weights.requires_grad,
            torch.is_inference_mode_enabled(),
        )
        if not self._is_kept(weights, gradients):
            wide = weights.float() if weights.element_size() < 4 else weights
            with full_precision(weights.device):
                filters = _Expand.apply(wide, self).to(weights.dtype)
            self._kept = weights.detach().clone(), gradients, filters
        return self._kept[2].transpose(1, 2)

    def _is_kept(self, weights: Tensor, gradients: tuple[bool, bool]) -> bool:
        if self._kept is None:
            return False
        same, allowed, _ = self._kept
        alike = (same.dtype, same.device, allowed)
        if alike != (weights.dtype, weights.device, gradients):
            return False
        # By their values: a version counter misses what is written to ``.data``.
        return weights.is_meta or torch.equal(same, weights)

    def forget(self) -> None:
        """Make filters anew at the next call."""
        self._kept = None

    def train(self, mode: bool = True):
        """As ever; filters are forgotten where the mode changes."""
        if mode != self.training:
            self.forget()
        return super().train(mode)

    def contracts(self, batch: int) -> bool:
        """Whether a batch times the bases is smaller than the filters that it would fill."""
        return all(
            batch * pair.basis.height("r") < pair.fields[0] * pair.basis.height("oip")
            for pair in self.pairs()
        )

    def contract(self, weights: Tensor, x: Tensor) -> Tensor:
        """Filters times features as large as they (B, points, in), to (B, out); without filters."""
        result = x.new_zeros(self._output_size, len(x))
        for pair in self.pairs():
            m, o, p, n, i = pair.split()
            features = x[:, :, pair.columns].unflatten(2, (n, i)).permute(1, 3, 2, 0)
            made = _Contract.apply(features.reshape(p * i, -1), pair.basis)  # (r, n B)
            of_pair = weights[pair.weights].view(m, n, -1)
            rows = torch.arange(self._output_size, device=x.device)[pair.rows].view(m, o)
            groups = pair.basis.groups
            sizes = [len(elements) * len(outputs) for elements, outputs in groups]
            for (elements, outputs), part in zip(groups, made.split(sizes), strict=True):
                part = part.view(len(elements), len(outputs), n, -1).permute(2, 0, 1, 3)
                linear = of_pair.index_select(2, elements.to(x.device)).flatten(1)
                of_group = linear @ part.reshape(linear.shape[1], -1)  # (m, outputs B)
                places = rows.index_select(1, outputs.to(x.device)).flatten()
                result = result.index_add(0, places, of_group.view(len(places), -1))
        return result.t()

    def pairs(self) -> list[Pair]:
        """The pairs of representations with a basis, in the order of the weights."""
        found = []
        for names in self._representations_pairs:
            rows, columns = (
                getattr(self, f"{side}_indices_{self._escape_pair(names)}")
                for side in ("out", "in")
            )
            basis = getattr(self, f"block_expansion_{self._escape_pair(names)}").used
            fields = self._out_count[names[1]], self._in_count[names[0]]
            if self._contiguous[names]:
                rows, columns = (slice(int(side[0]), int(side[1])) for side in (rows, columns))
            else:  # escnn lists all pairs of a row and a column
                width = fields[1] * basis.shape[2]
                rows, columns = rows[::width], columns[:width]
            kind = Pair if self.channels_last else PointsLast
            found.append(kind(basis, slice(*self._weights_ranges[names]), fields, rows, columns))
        return found

    def enter(self, made: dict) -> None:
        """Sparse bases in the place of dense ones, each made once; escnn forgets the dense ones."""
        for name, block in list(self._modules.items()):
            if not isinstance(block, SparseBlock):
                if id(block) not in made:
                    found = SparseBasis.of(block.basis, block._mask, block.sampled_basis)
                    made[id(block)] = block, found
                    stored = basisexpansion_singleblock._stored_filters
                    for key in [key for key, value in stored.items() if value is block]:
                        del stored[key]
                self.add_module(name, SparseBlock(made[id(block)][1]).to(block.sampled_basis))
        for name, indices in self._buffers.items():  # views, which no checkpoint loads into
            self._buffers[name] = indices.clone(memory_format=torch.contiguous_format)

    def leave(self, made: dict) -> None:
        """Dense bases again."""
        for name in ("_kept", "channels_last"):
            vars(self).pop(name, None)
        for name, block in list(self._modules.items()):
            key = block.used, block._like.dtype, block._like.device
            made[key] = made.get(key) or block.dense()
            self.add_module(name, made[key])

    def _load_from_state_dict(self, *arguments):
        self.forget()
        super()._load_from_state_dict(*arguments)

    def __getstate__(self) -> dict:
        return {**super().__getstate__(), "_kept": None}
