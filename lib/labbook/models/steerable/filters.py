"""Convolutions and linear maps: filters are no buffers, and kept in evaluation mode."""

import torch
from escnn.nn import GeometricTensor
from torch import Tensor
from torch.nn import functional

from labbook.models.steerable.rows import full_precision
from labbook.models.steerable.typed import tensor_of

MADE = ("filter", "matrix", "expanded_bias")


class Filtered:
    """Modules that make a filter or a matrix of their weights.

    escnn holds it as a buffer from ``eval()`` on. Here the bases keep it as long as the weights
    stay the same, and a state_dict is the same in both modes.
    """

    def expand_parameters(self):
        """Filter or matrix, and bias; in the precision of the weights."""
        with full_precision(self.weights.device):
            return super().expand_parameters()

    def train(self, mode: bool = True):
        """As for any module of torch."""
        return torch.nn.Module.train(self, mode)

    def enter(self, made: dict) -> None:
        """Without the buffers that are made of weights."""
        for name in MADE:
            self._buffers.pop(name, None)
            self.__dict__.pop(name, None)

    def _load_from_state_dict(self, state_dict, prefix, *arguments):
        own = {prefix + name for name in MADE}
        state_dict = {name: value for name, value in state_dict.items() if name not in own}
        super()._load_from_state_dict(state_dict, prefix, *arguments)

    def _evaluated(self, name: str):
        if self.training:
            raise AttributeError(f"{type(self).__name__} has no {name} in training mode.")
        return self.expand_parameters()


class Linear(Filtered):
    """``Linear``: see :class:`Filtered`."""

    @property
    def matrix(self) -> Tensor:
        """(C', C), in evaluation mode."""
        return self._evaluated("matrix")[0]

    @property
    def expanded_bias(self) -> Tensor | None:
        """(C',), in evaluation mode."""
        return self._evaluated("bias")[1]


class TransposedConvolution(Filtered):
    """``R2ConvTransposed``, ``R3ConvTransposed``: see :class:`Filtered`."""

    @property
    def filter(self) -> Tensor:
        """The filter, in evaluation mode."""
        return self._evaluated("filter")[0]

    @property
    def expanded_bias(self) -> Tensor | None:
        """(C',), in evaluation mode."""
        return self._evaluated("bias")[1]


class Convolution(TransposedConvolution):
    """``R2Conv``, ``R3Conv``: channels last in memory; small batches that a filter covers whole
    meet its basis first and the weights then, and the filter is never made."""

    def forward(self, input: GeometricTensor) -> GeometricTensor:
        """Fields (B, C, ...) to (B, C', ...)."""
        x = tensor_of(self, input, self.in_type)
        if (
            x.shape[2:] == (self.kernel_size,) * self.d
            and self._is_unpadded()
            and self._basisexpansion.contracts(len(x))
        ):
            voxels = x.flatten(2).transpose(1, 2).to(self.weights.dtype)
            with full_precision(x.device):
                y = self._basisexpansion.contract(self.weights, voxels)
                y = y if self.bias is None else y + self.bias_expansion @ self.bias
            y = y.view(*y.shape, *(1,) * self.d)
        elif self.kernel_size == 1 and self._is_default("stride", 1) and self._is_unpadded():
            filters, bias = self.expand_parameters()
            y = functional.linear(x.movedim(1, -1), filters.flatten(1), bias).movedim(-1, 1)
        else:
            return super().forward(input)
        return GeometricTensor(y, self.out_type)

    def _is_unpadded(self) -> bool:
        defaults = {"padding": 0, "dilation": 1, "groups": 1}
        return all(self._is_default(name, value) for name, value in defaults.items())

    def _is_default(self, name: str, value: int) -> bool:
        return getattr(self, name) in (value, (value,) * self.d)

    def export(self) -> torch.nn.Module:
        """The convolution of torch, in evaluation mode; its filter is its own."""
        exported = super().export()
        self._basisexpansion.forget()
        return exported
