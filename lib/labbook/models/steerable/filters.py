"""Convolutions and linear maps: filters are no buffers, and kept in evaluation mode."""

from escnn.nn import GeometricTensor
from torch import nn
from torch.nn import functional

from labbook.models.fieldwise.remade import recipe_of
from labbook.models.fieldwise.rows import full_precision, has_autocast, has_channels_last
from labbook.models.fieldwise.typed import tensor_of
from labbook.models.steerable.convolved import Convolved, Mapped, Steps

MADE = ("filter", "matrix", "expanded_bias")


def made_of_weights(name: str, which: int | None = None) -> property:
    """What a module makes of its weights, in evaluation mode, in the place of escnn's buffer."""

    def made(module):
        if module.training:
            raise AttributeError(f"{type(module).__name__} has no {name} in training mode.")
        parameters = module.expand_parameters()
        return parameters if which is None else parameters[which]

    return property(made)


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
        return nn.Module.train(self, mode)

    def enter(self, made: dict) -> None:
        """Without the buffers that are made of weights."""
        for name in MADE:
            self._buffers.pop(name, None)
            self.__dict__.pop(name, None)

    def _load_from_state_dict(self, state_dict, prefix, *arguments):
        own = {prefix + name for name in MADE}
        state_dict = {name: value for name, value in state_dict.items() if name not in own}
        super()._load_from_state_dict(state_dict, prefix, *arguments)


class Linear(Filtered):
    """``Linear``: see :class:`Filtered`."""

    matrix = made_of_weights("matrix", 0)
    expanded_bias = made_of_weights("expanded_bias", 1)


class TransposedConvolution(Filtered):
    """``R2ConvTransposed``, ``R3ConvTransposed``: see :class:`Filtered`."""

    filter = made_of_weights("filter", 0)
    expanded_bias = made_of_weights("expanded_bias", 1)


class Convolution(TransposedConvolution):
    """``R2Conv``, ``R3Conv``: channels last in memory; small batches that a filter covers whole
    meet its basis first and the weights then, and the filter is never made."""

    def forward(self, input: GeometricTensor) -> GeometricTensor:
        """Fields (B, C, ...) to (B, C', ...)."""
        x = tensor_of(self, input, self.in_type)
        one_channel = x.shape[1] == 1
        recipe = None if one_channel or has_autocast(x.device) else recipe_of(x)
        if (
            x.shape[2:] == (self.kernel_size,) * self.d
            and self._has(padding=0, dilation=1, groups=1)
            and self._basisexpansion.contracts(len(x))
        ):
            voxels = x.flatten(2).transpose(1, 2).to(self.weights.dtype)
            with full_precision(x.device):
                y = self._basisexpansion.contract(self.weights, voxels)
                y = y if self.bias is None else y + self.bias_expansion @ self.bias
            y = y.view(*y.shape, *(1,) * self.d)
        elif (
            self.kernel_size == 1
            and self._has(padding=0, dilation=1, groups=1, stride=1)
            and has_channels_last(x)
        ):
            filters, bias = self.expand_parameters()
            if recipe:
                y = Mapped.apply(x, recipe, filters.flatten(1), bias)
            else:
                y = functional.linear(x.movedim(1, -1), filters.flatten(1), bias)
            y = y.movedim(-1, 1)
        elif recipe and self.padding_mode == "zeros":
            filters, bias = self.expand_parameters()
            steps = (getattr(self, name) for name in ("stride", "padding", "dilation"))
            steps = [(step,) * self.d if isinstance(step, int) else tuple(step) for step in steps]
            y = Convolved.apply(x, recipe, filters, bias, Steps(*steps, self.groups))
        else:
            if one_channel and self._basisexpansion.channels_last:
                # One channel lies first as well as last: its stride alone tells torch which.
                x = x.squeeze(1).unsqueeze(-1).movedim(-1, 1)
            return super().forward(GeometricTensor(x, input.type, input.coords))
        return GeometricTensor(y, self.out_type)

    def _has(self, **values: int) -> bool:
        """Whether attributes have these values, along every axis."""
        both = {name: (value, (value,) * self.d) for name, value in values.items()}
        return all(getattr(self, name) in both[name] for name in both)

    def export(self) -> nn.Module:
        """The convolution of torch, in evaluation mode; its filter is its own."""
        exported = super().export()
        self._basisexpansion.forget()
        return exported
