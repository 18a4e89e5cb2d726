"""Torch modules out of the language of ``layers``."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from labbook.models.survey import layers as spec
from labbook.models.survey.fourier import FieldNorm, PointwiseELU, copies_of
from labbook.models.survey.modules import Concatenated, GaussianBlur, PaddedChannels, Summed
from labbook.models.survey.steerable import GatedActivation, SteerableConv
from labbook.models.survey.trace import View, follow


def assemble(network: spec.Network) -> nn.Sequential:
    """The module of a network on the default device: one child for each row of its table.

    Its form is found with meta tensors, where layers have shapes but no values, so that no layer
    needs to be told what comes in. On another device the parameters get torch's usual random
    values afterwards.
    """
    device = torch.get_default_device()
    with torch.device("meta"):
        builder = _Builder(network)
        module = builder.chain(network.layers)
    if device.type == "meta":
        return module
    module.to_empty(device=device)
    for part in module.modules():
        if hasattr(part, "reset_parameters"):
            part.reset_parameters()
    return module


class _Builder:
    """Walks through the layers with the tensor that reaches them."""

    def __init__(self, network: spec.Network):
        self.x: Tensor = torch.empty(1, network.channels, *network.size)
        self.fields: tuple[int, ...] = (network.channels,)
        self.dims = len(network.size)
        self.view = View((1,) * self.dims, (1,) * self.dims)

    def chain(self, layers: Iterable[spec.Layer]) -> nn.Sequential:
        return nn.Sequential(*[self.layer(layer) for layer in layers])

    def layer(self, layer: spec.Layer) -> nn.Module:
        if isinstance(layer, spec.Block):
            return self.chain(layer.layers)
        if isinstance(layer, spec.Branches | spec.Shortcut):
            return self._joined(layer)
        module = getattr(self, f"_{type(layer).__name__.lower()}")(layer).eval()
        self.x, _ = follow(module, self.x, self.view)
        return module

    def _joined(self, layer: spec.Branches | spec.Shortcut) -> nn.Module:
        start, fields = self.x, self.fields
        chains = layer.chains if isinstance(layer, spec.Branches) else (layer.shortcut, layer.body)
        made, outputs = [], []
        for chain in chains:
            self.x, self.fields = start, fields
            made.append(self.chain(chain))
            outputs.append(self.x)
        if isinstance(layer, spec.Branches):
            joined: nn.Module = Concatenated(made)
        else:
            # The body comes second, so that its fields are those that come out.
            joined = Summed(made[1], made[0], layer.activation)
        self.x = joined.join(outputs)
        return joined

    def _of_dims(self, name: str) -> type[nn.Module]:
        return getattr(nn, f"{name}{self.dims}d")

    def _conv(self, layer: spec.Conv) -> nn.Sequential:
        bias = not layer.norm if layer.bias is None else layer.bias
        conv = self._of_dims("Conv")(
            self.x.shape[1], layer.channels, layer.kernel, layer.stride, layer.padding,
            groups=layer.groups, bias=bias,
        )  # fmt: skip
        norm = [self._of_dims("BatchNorm")(layer.channels)] if layer.norm else []
        return nn.Sequential(conv, *norm, *([nn.ReLU()] if layer.activation else []))

    def _depthwise(self, layer: spec.Depthwise) -> nn.Sequential:
        channels = self.x.shape[1]
        return self._conv(
            spec.Conv(
                channels, layer.kernel, layer.stride, layer.padding, groups=channels, norm=True
            )
        )

    def _pool(self, layer: spec.Pool) -> nn.Module:
        pool = self._of_dims("MaxPool" if layer.kind == "max" else "AvgPool")
        return pool(layer.kernel, layer.stride, layer.padding, ceil_mode=layer.ceil)

    def _globalpool(self, layer: spec.GlobalPool) -> nn.Module:
        return self._of_dims("AdaptiveAvgPool")(1)

    def _norm(self, layer: spec.Norm) -> nn.Sequential:
        norm = self._of_dims("BatchNorm")(self.x.shape[1])
        return nn.Sequential(norm, *([nn.ReLU()] if layer.activation else []))

    def _linear(self, layer: spec.Linear) -> nn.Sequential:
        bias = not layer.norm if layer.bias is None else layer.bias
        linear = nn.Linear(self.x.flatten(1).shape[1], layer.features, bias=bias)
        norm = [nn.BatchNorm1d(layer.features)] if layer.norm else []
        activation = [nn.ReLU()] if layer.activation else []
        return nn.Sequential(nn.Flatten(), linear, *norm, *activation)

    def _padchannels(self, layer: spec.PadChannels) -> nn.Module:
        stride = (layer.stride,) * self.dims if isinstance(layer.stride, int) else layer.stride
        return PaddedChannels(layer.channels, stride)

    def _steerable(self, layer: spec.Steerable) -> nn.Module:
        window = (layer.kernel, layer.stride, layer.padding, layer.cutoff)
        conv: nn.Module = SteerableConv(self.fields, layer.fields, *window)
        gates = sum(layer.fields[1:])
        if layer.gated and gates:
            # Gates are scalars of their own, after all other channels.
            conv = Concatenated([conv, SteerableConv(self.fields, (gates,), *window)])
        self.fields = layer.fields
        return nn.Sequential(conv, GatedActivation(layer.fields)) if layer.gated else conv

    def _fourierelu(self, layer: spec.FourierELU) -> nn.Sequential:
        copies = copies_of(layer.band_limit, layer.domain)
        count = self.fields[0]
        parts: list[nn.Module] = [FieldNorm(copies, count)] if layer.norm else []
        parts.append(PointwiseELU(layer.band_limit, layer.domain, layer.samples, count, layer.mean))
        if layer.mean:
            self.fields = (count,)
        return nn.Sequential(*parts)

    def _blur(self, layer: spec.Blur) -> nn.Module:
        return GaussianBlur(layer.kernel, layer.stride, layer.padding)
