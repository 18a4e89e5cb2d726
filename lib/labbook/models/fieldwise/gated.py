"""Nonlinearities that scale whole fields: by a gate of their own, or by their norm."""

from collections.abc import Callable
from functools import partial

import torch
from escnn.nn import GeometricTensor
from torch import Tensor

from labbook.models.fieldwise.remade import Again, note_after, recipe_of
from labbook.models.fieldwise.rows import from_rows, full_precision
from labbook.models.fieldwise.typed import tensor_of


class _ByField:
    """Fields times a factor each, in groups of equal size as escnn has them."""

    def enter(self, made: dict) -> None:
        """Where channels lie: escnn holds a first and a last index of some, and all of others."""
        self._channels = {
            name: range(*indices.tolist()) if self._contiguous[_kind(name)] else indices.tolist()
            for name, indices in self._buffers.items()
        }

    def leave(self, made: dict) -> None:
        """As escnn has it."""
        del self._channels

    def _part(self, x: Tensor, name: str) -> Tensor:
        """Some channels of x, which lie last."""
        channels = self._channels[name]
        if isinstance(channels, range):
            return x[..., channels.start : channels.stop]
        return x.index_select(-1, getattr(self, name))

    def _scaled(self, x: Tensor, before: str, after: str, factors: Callable) -> Tensor:
        """Channels (B, C, ...) times the factors of their fields, channels last.

        Arguments:
            before, after: what escnn calls the indices of the channels, before and after.
            factors: fields (B, ..., f, size) and their places among the factors to (B, ..., f).
        """
        x, made, places, first = x.movedim(1, -1), [], [], 0
        for size in self._order:
            fields = self._part(x, f"{before}_{size}").unflatten(-1, (-1, size))
            last = first + fields.shape[-2]
            made.append((fields * factors(fields, slice(first, last))[..., None]).flatten(-2))
            places += self._channels[f"{after}_{size}"]
            first = last
        if len(made) > 1:
            order = torch.tensor(places, device=x.device).argsort()
            made = [torch.cat(made, -1).index_select(-1, order)]
        return made[0]

    def _of(self, apply: Callable, x: Tensor, *others: Tensor) -> Tensor:
        """Fields (B, C', ...) whose rows are ``apply(x, *others)``; kept is x alone, or what it is
        made of."""
        with full_precision(x.device):
            y = from_rows(Again.apply(x, recipe_of(x, quick=True), apply, *others), x.shape)
        note_after(y, apply, x, *others)
        return y


def _kind(name: str):
    """The size of fields, or "gate", in the name of an index of escnn."""
    return "gate" if "gate" in name else int(name.rpartition("_")[2])


class _Gated(_ByField):
    """y = sigmoid(g - b) x for each field x."""

    def _gated(self, x: Tensor, gates: Tensor, bias: Tensor, before: str, after: str) -> Tensor:
        gates = torch.sigmoid(gates - bias.flatten())  # (B, ..., fields)
        return self._scaled(x, before, after, lambda _, places: gates[..., places])


class GatedTogether(_Gated):
    """``GatedNonLinearity1``: gates and fields come in one tensor."""

    def forward(self, input: GeometricTensor) -> GeometricTensor:
        """Gates and fields (B, C, ...) to fields (B, C', ...)."""
        x = tensor_of(self, input, self.in_type)
        if not self.drop_gates:
            return super().forward(input)
        y = self._of(self._together, x.to(self.bias.dtype), self.bias)
        return GeometricTensor(y, self.out_type, input.coords)

    def _together(self, x: Tensor, bias: Tensor) -> Tensor:
        gates = self._part(x.movedim(1, -1), "gates_indices")
        return self._gated(x, gates, bias, "input_indices", "output_indices")


class GatedApart(_Gated):
    """``GatedNonLinearity2``: gates and fields come in two tensors."""

    def forward(self, gates: GeometricTensor, input: GeometricTensor) -> GeometricTensor:
        """Gates (B, f, ...) and fields (B, C, ...) to fields (B, C, ...)."""
        g, x = (
            tensor_of(self, given, of)
            for given, of in zip((gates, input), self.in_type, strict=True)
        )
        if g[:, 0].shape != x[:, 0].shape:
            raise ValueError(
                f"{type(self).__name__} takes gates and fields of one batch and size, got tensors "
                f"of shape {tuple(g.shape)} and {tuple(x.shape)}."
            )
        g, x = (tensor.to(self.bias.dtype) for tensor in (g, x))
        return GeometricTensor(self._of(self._apart, x, g, self.bias), self.out_type, input.coords)

    def _apart(self, x: Tensor, gates: Tensor, bias: Tensor) -> Tensor:
        return self._gated(x, gates.movedim(1, -1), bias, "indices", "indices")


def squash(norm: Tensor) -> Tensor:
    """escnn's function of this name, which is a lambda there and can't be pickled: x / (1 + x)."""
    return norm / (1 + norm)


class NormScaled(_ByField):
    r"""``NormNonLinearity``: :math:`y = f(|x| - e^b)\, x / |x|` for each field x, 0 at 0."""

    def forward(self, input: GeometricTensor) -> GeometricTensor:
        """Fields (B, C, ...) to the same."""
        x = tensor_of(self, input, self.in_type)
        x = x.float() if x.element_size() < 4 else x
        bias = () if self.log_bias is None else (self.log_bias,)
        return GeometricTensor(self._of(self._by_norm, x, *bias), self.out_type, input.coords)

    def _by_norm(self, x: Tensor, log_bias: Tensor | None = None) -> Tensor:
        factors = partial(self._factors, log_bias)
        return self._scaled(x, "indices", "indices", factors)

    def enter(self, made: dict) -> None:
        """With functions that can be pickled."""
        super().enter(made)
        if self._function.__qualname__.startswith("NormNonLinearity."):
            self._function = squash

    def _factors(self, log_bias: Tensor | None, fields: Tensor, places: slice) -> Tensor:
        norm = torch.linalg.vector_norm(fields, dim=-1)
        shifted = norm if log_bias is None else norm - log_bias.flatten()[places].exp()
        return torch.where(norm > self.eps, self._function(shifted) / norm.clamp(min=self.eps), 0)
