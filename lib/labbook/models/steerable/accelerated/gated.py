"""Nonlinearities that scale whole fields: by a gate of their own, or by their norm."""

from collections.abc import Callable

import torch
from escnn.nn import GeometricTensor
from torch import Tensor

from labbook.models.steerable.accelerated.typed import tensor_of


def _part(x: Tensor, indices: Tensor, contiguous: bool) -> Tensor:
    """Some channels of x, which lie last; escnn holds a first and a last index, or all."""
    return x[..., slice(*indices.tolist())] if contiguous else x.index_select(-1, indices)


def _joined(parts: list[Tensor], indices: list[Tensor], contiguous: list[bool]) -> Tensor:
    """The parts of some channels, last, put in the order of their indices."""
    if len(parts) == 1:
        return parts[0]
    order = [
        torch.arange(*where.tolist(), device=part.device) if ranges else where
        for part, where, ranges in zip(parts, indices, contiguous, strict=True)
    ]
    return torch.cat(parts, -1).index_select(-1, torch.cat(order).argsort())


class _ByField:
    """Fields times a factor each, in groups of equal size as escnn has them."""

    def _scaled(self, x: Tensor, names: tuple[str, str], factors: Callable) -> Tensor:
        """Channels (B, C, ...) times the factors of their fields.

        Arguments:
            names: what the indices of the channels are called, before and after.
            factors: fields (B, ..., f, size) and the place of the first among the factors to
                (B, ..., f).
        """
        x, made, places, first = x.movedim(1, -1), [], [], 0
        ranges = [self._contiguous[size] for size in self._order]
        for size, contiguous in zip(self._order, ranges, strict=True):
            fields = _part(x, getattr(self, f"{names[0]}_{size}"), contiguous)
            fields = fields.unflatten(-1, (-1, size))
            made.append((fields * factors(fields, first)[..., None]).flatten(-2))
            places.append(getattr(self, f"{names[1]}_{size}"))
            first += fields.shape[-2]
        return _joined(made, places, ranges).movedim(-1, 1)


class Gated(_ByField):
    """``GatedNonLinearity1``, ``GatedNonLinearity2``: y = sigmoid(g - b) x for each field x."""

    def _gated(self, x: Tensor, gates: Tensor, names: tuple[str, str]) -> Tensor:
        gates = torch.sigmoid(gates - self.bias.flatten())  # (B, ..., fields)
        return self._scaled(
            x, names, lambda fields, first: gates[..., first : first + fields.shape[-2]]
        )


class GatedTogether(Gated):
    """``GatedNonLinearity1``: gates and fields come in one tensor."""

    def forward(self, input: GeometricTensor) -> GeometricTensor:
        """Gates and fields (B, C, ...) to fields (B, C', ...)."""
        x = tensor_of(self, input, self.in_type)
        if not self.drop_gates:
            return super().forward(input)
        gates = _part(x.movedim(1, -1), self.gates_indices, self._contiguous["gate"])
        y = self._gated(x, gates, ("input_indices", "output_indices"))
        return GeometricTensor(y, self.out_type, input.coords)


class GatedApart(Gated):
    """``GatedNonLinearity2``: gates and fields come in two tensors."""

    def forward(self, gates: GeometricTensor, input: GeometricTensor) -> GeometricTensor:
        """Gates (B, f, ...) and fields (B, C, ...) to fields (B, C, ...)."""
        g = tensor_of(self, gates, self.in_type[0]).movedim(1, -1)
        x = tensor_of(self, input, self.in_type[1])
        y = self._gated(x, g, ("indices", "indices"))
        return GeometricTensor(y, self.out_type, input.coords)


def squash(norm: Tensor) -> Tensor:
    """escnn's function of this name, which is a lambda there and can't be pickled: x / (1 + x)."""
    return norm / (1 + norm)


class NormScaled(_ByField):
    r"""``NormNonLinearity``: :math:`y = f(|x| - e^b)\, x / |x|` for each field x, 0 at 0."""

    def forward(self, input: GeometricTensor) -> GeometricTensor:
        """Fields (B, C, ...) to the same."""
        x = tensor_of(self, input, self.in_type)
        y = self._scaled(x, ("indices", "indices"), self._factors)
        return GeometricTensor(y, self.out_type, input.coords)

    def enter(self, made: dict) -> None:
        """With functions that can be pickled."""
        if self._function.__qualname__.startswith("NormNonLinearity."):
            self._function = squash

    def _factors(self, fields: Tensor, first: int) -> Tensor:
        norm = torch.linalg.vector_norm(fields, dim=-1)
        shifted = norm
        if self.log_bias is not None:
            shifted = norm - self.log_bias.flatten()[first : first + fields.shape[-2]].exp()
        factor = self._function(shifted) / norm.clamp(min=self.eps)
        return torch.where(norm > self.eps, factor, 0)
