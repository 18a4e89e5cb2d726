"""The architectures with their nonlinearities in plain form, to count what that would keep."""

from torch import nn

from labbook.models.neighbor.layers.functions import FourierFunction
from labbook.models.steerable import plain


def with_plain_nonlinearities(network: nn.Module) -> nn.Module:
    """The same network, its Fourier nonlinearities escnn's own, which keep samples; in place."""
    for module in network.modules():
        if isinstance(module, FourierFunction):
            plain(module)
    return network
