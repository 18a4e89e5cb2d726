"""Nonlinearities that scale whole fields: by a gate of their own, or by their norm."""

import torch
from torch import Tensor, nn

from labbook.models.steerable.fields import field_size, regular
from labbook.models.steerable.rows import from_rows


class Gated(nn.Module):
    r"""Each regular field times a number between 0 and 1: :math:`y_f = \sigma(g_f - b_f)\, x_f`.

    The gates are scalars, first in the channels, and dropped from the output. Exactly equivariant
    under every rotation. The biases start from a normal distribution of mean 0 and deviation 1.

    Arguments:
        fields: how many regular fields. band_limit: of the fields.

    Shapes: (B, fields (1 + n), Z, Y, X) to (B, fields n, Z, Y, X), with n the size of a field.
    """

    def __init__(self, fields: int, band_limit: int = 2):
        super().__init__()
        self.fields = fields
        ((_, multiplicities),) = regular(fields, band_limit).groups
        self.size = field_size(multiplicities)
        self.bias = nn.Parameter(torch.randn(fields))

    def forward(self, x: Tensor) -> Tensor:
        channels = x.permute(0, 2, 3, 4, 1)
        gates = torch.sigmoid(channels[..., : self.fields] - self.bias)
        fields = channels[..., self.fields :].unflatten(-1, (self.fields, self.size))
        return from_rows(fields * gates[..., None], (len(x), -1, *x.shape[2:]))


class NormNonlinearity(nn.Module):
    r"""A shrunk norm for each regular field: :math:`y = \max(|x| - e^b, 0)\, x / |x|`.

    Exactly equivariant under every rotation. b starts at 0.

    Arguments:
        fields: how many regular fields. band_limit: of the fields.

    Shapes: (B, C, Z, Y, X) to the same.
    """

    def __init__(self, fields: int, band_limit: int = 2):
        super().__init__()
        ((_, multiplicities),) = regular(fields, band_limit).groups
        self.fields, self.size = fields, field_size(multiplicities)
        self.log_bias = nn.Parameter(torch.zeros(fields))

    def forward(self, x: Tensor) -> Tensor:
        rows = x.permute(0, 2, 3, 4, 1).unflatten(-1, (self.fields, self.size))
        norm = torch.linalg.vector_norm(rows, dim=-1).clamp(min=1e-10)
        factor = torch.relu(norm - self.log_bias.exp()) / norm
        return from_rows(rows * factor[..., None], x.shape)
