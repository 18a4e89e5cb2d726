"""The few torch modules that networks are joined with and torch has no name for."""

import torch
from torch import Tensor, nn
from torch.nn import functional


class Concatenated(nn.Module):
    """Chains of layers on the same input; their outputs are concatenated along the channels."""

    def __init__(self, chains: list[nn.Module]):
        super().__init__()
        self.chains = nn.ModuleList(chains)

    def join(self, outputs: list[Tensor]) -> Tensor:
        """What the chains gave, (B, C_i, …) each, to (B, sum of C_i, …)."""
        return torch.cat(outputs, dim=1)

    def forward(self, x: Tensor) -> Tensor:
        return self.join([chain(x) for chain in self.chains])


class Summed(nn.Module):
    """Two chains of layers on the same input; their outputs are added, then ReLU (or nothing)."""

    def __init__(self, body: nn.Module, shortcut: nn.Module, activation: bool = True):
        super().__init__()
        self.chains = nn.ModuleList([body, shortcut])
        self.activation = activation

    def join(self, outputs: list[Tensor]) -> Tensor:
        """What body and shortcut gave, (B, C, …) each, to one of the same shape."""
        total = outputs[0] + outputs[1]
        return functional.relu(total) if self.activation else total

    def forward(self, x: Tensor) -> Tensor:
        return self.join([chain(x) for chain in self.chains])


class PaddedChannels(nn.Module):
    """The shortcut without parameters: every s-th position, the channels filled up with zeros.

    Arguments:
        channels: of the output (B, C, …). stride: one number for each axis.
    """

    kernel_size = 1
    padding = 0

    def __init__(self, channels: int, stride: tuple[int, ...]):
        super().__init__()
        self.channels = channels
        self.stride = stride

    def forward(self, x: Tensor) -> Tensor:
        strided = x[(slice(None), slice(None), *(slice(None, None, s) for s in self.stride))]
        missing = self.channels - x.shape[1]
        return functional.pad(strided, (0, 0) * len(self.stride) + (0, missing))


class GaussianBlur(nn.Module):
    """Each channel convolved with a Gaussian of σ = k / 9 voxels, normalised to a sum of 1.

    Arguments:
        kernel_size: k, odd. stride, padding: as of a convolution.
    """

    def __init__(self, kernel_size: int, stride: int, padding: int):
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = stride
        self.padding = padding

    def forward(self, x: Tensor) -> Tensor:
        half, sigma = self.kernel_size // 2, self.kernel_size / 9
        line = torch.arange(-half, half + 1, dtype=x.dtype, device=x.device)
        line = torch.exp(-(line**2) / (2 * sigma**2))
        line = line / line.sum()
        cube = torch.einsum("x,y,z->xyz", line, line, line)
        weight = cube.expand(x.shape[1], 1, *cube.shape)
        return functional.conv3d(
            x, weight, stride=self.stride, padding=self.padding, groups=x.shape[1]
        )
