"""The architectures with their nonlinearities in plain form, to count what that would keep."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from labbook.models.steerable.fourier import FourierPointwise
from labbook.models.steerable.rotations.grid import analysis_matrix, sampling_matrix
from labbook.models.steerable.rows import from_rows, to_rows


class PlainPointwise(nn.Module):
    """The Fourier ELU as three plain steps, each of which keeps what its backward pass needs.

    Shapes: (B, 35 w, X, Y, Z) to the same, w fields of band limit 2.
    """

    def forward(self, x: Tensor) -> Tensor:
        sampling, analysis = (
            torch.as_tensor(matrix(2), dtype=x.dtype, device=x.device)
            for matrix in (sampling_matrix, analysis_matrix)
        )
        samples = functional.elu(to_rows(x, sampling.shape[1]) @ sampling.t())
        return from_rows(samples @ analysis.t(), x.shape)


def with_plain_nonlinearities(network: nn.Module) -> nn.Module:
    """The same network, its Fourier nonlinearities exchanged for plain ones, in place."""
    for module in list(network.modules()):
        for name, child in module.named_children():
            if isinstance(child, FourierPointwise):
                setattr(module, name, PlainPointwise())
    return network
