"""Small image encoders of several kinds: the members of a zoo that connectors are trained for."""

import math

import torch
from torch import Tensor, nn

KINDS = ("cnn", "plain", "patches", "mlp")


class ImageEncoder(nn.Module):
    """An image in, a feature of ``width`` numbers out.

    - ``cnn``: two convolutions of stride 2 with batch norm, all places joined by a linear layer;
    - ``plain``: the same without batch norm;
    - ``patches``: patches of 4x4 pixels, two linear layers with batch norm for each, all joined by
      another;
    - ``mlp``: two linear layers, the hidden one 8 times ``channels`` wide.

    A ReLU follows each layer (each norm, where there is one) but the last.

    Arguments:
        kind: one of ``KINDS``.
        channels: of the first convolution, or of a patch; the second has twice as many.
        width: D, of the feature.
        edge_px: height and width of an image, a multiple of 4.

    Raises:
        ValueError: an unknown kind, or an edge that is no multiple of 4.
    """

    def __init__(self, kind: str, channels: int, width: int, edge_px: int = 16):
        super().__init__()
        if kind not in KINDS:
            raise ValueError(f"no kind of encoder {kind!r}; there are {', '.join(KINDS)}.")
        if edge_px % 4:
            raise ValueError(f"edge_px is {edge_px}; two strides of 2 need a multiple of 4.")
        self.width = width
        if kind == "mlp":
            hidden = 8 * channels
            self.layers = nn.Sequential(
                nn.Flatten(), nn.Linear(3 * edge_px**2, hidden), nn.ReLU(), nn.Linear(hidden, width)
            )
            return
        normed = kind != "plain"
        if kind == "patches":
            first, second = (3, channels, 4, 4), (channels, 2 * channels, 1, 1)
        else:
            first, second = (3, channels, 3, 2), (channels, 2 * channels, 3, 2)
        places = (edge_px // 4) ** 2
        self.layers = nn.Sequential(
            *_convolution(*first, normed),
            *_convolution(*second, normed),
            nn.Flatten(),
            nn.Linear(2 * channels * places, width),
        )

    def forward(self, images: Tensor) -> Tensor:
        """Features (B, D) of images (B, 3, H, W)."""
        return self.layers(images)


def _convolution(inputs: int, outputs: int, size: int, stride: int, normed: bool) -> list:
    norm = [nn.BatchNorm2d(outputs)] if normed else []
    padding = (size - 1) // 2 if stride < size else 0
    convolution = nn.Conv2d(inputs, outputs, size, stride, padding, bias=not normed)
    return [convolution, *norm, nn.ReLU()]


class AttributeClassifier(nn.Module):
    """An encoder with a linear head for each of several attributes, as it is trained.

    .. math:: L = \\sum_a w_a \\, \\mathrm{CE}(H_a \\, \\mathrm{relu}(f(x)), y_a) / \\log n_a

    Each attribute's cross entropy is divided by that of a guess among its n choices.

    Arguments:
        encoder: an image encoder with a ``width``.
        choices: n_a, how many values each attribute has, 2 or more.
        weights: w_a, what each attribute counts; equal when not given.

    Raises:
        ValueError: another number of weights than of attributes.
    """

    def __init__(self, encoder: nn.Module, choices: list[int], weights: list[float] | None = None):
        super().__init__()
        weights = [1.0] * len(choices) if weights is None else weights
        if len(weights) != len(choices):
            raise ValueError(f"{len(choices)} attributes need as many weights, not {len(weights)}.")
        self.encoder = encoder
        self.head = nn.Linear(encoder.width, sum(choices))
        self.choices = list(choices)
        self.scales = [w / math.log(n) for w, n in zip(weights, choices, strict=True)]

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """Logits (B, n_a) of each attribute."""
        return self.head(self.encoder(images).relu()).split(self.choices, dim=1)

    def loss(self, images: Tensor, attributes: Tensor) -> Tensor:
        """The loss above; ``attributes`` (B, number of attributes) int64."""
        losses = [
            scale * nn.functional.cross_entropy(logits, attributes[:, column])
            for column, (scale, logits) in enumerate(zip(self.scales, self(images), strict=True))
        ]
        return torch.stack(losses).sum()
