"""The hypernetwork of connectors as the original wrote it: the plain form that ours is compared to.

All rows of a connector are decoded, then the first are kept; the outputs of the decoders are
normalised to length 1 and scaled; the encoders of a step are mapped and weighed one after the
other, with a matrix of logits for each direction.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, normalize


def plain_loss(mapped: Tensor, images: Tensor, logit_scale: float = 100.0) -> Tensor:
    """Symmetric InfoNCE of one encoder, (B, D) both, with both matrices of logits."""
    per_image = logit_scale * images @ mapped.T
    per_text = logit_scale * mapped @ images.T
    labels = torch.arange(len(images), device=images.device)
    return (cross_entropy(per_image, labels) + cross_entropy(per_text, labels)) / 2


class PlainHyperNetwork(nn.Module):
    """Arguments as those of :class:`labbook.models.hypernet.HyperNetwork`.

    ``own_length``: separate decoders are normalised over the rows of the encoder, as ours are;
    the original normalises over all rows.
    """

    def __init__(
        self,
        num_encoders: int,
        image_dims: Sequence[int] = (384, 768, 1024),
        text_dim: int = 768,
        condition_dim: int = 32,
        max_image_dim: int = 1536,
        hidden_factors: Sequence[int] = (4, 16),
        decoders: str = "joint",
        norm: bool = True,
        own_length: bool = False,
    ):
        super().__init__()
        self.image_dims, self.text_dim = tuple(image_dims), text_dim
        self.max_image_dim, self.decoders = max_image_dim, decoders
        self.norm, self.own_length = norm, own_length
        self.each = num_encoders // len(image_dims)
        self.conditions = nn.Embedding(num_encoders, condition_dim)
        self.shapes = nn.Embedding(len(image_dims), condition_dim)
        widths = [condition_dim, *(factor * condition_dim for factor in hidden_factors)]

        def decoder(outputs: int) -> nn.Sequential:
            layers: list[nn.Module] = []
            for before, after in zip(widths, widths[1:], strict=False):
                layers += [nn.Linear(before, after), nn.GELU()]
            return nn.Sequential(*layers, nn.Linear(widths[-1], outputs))

        size = max_image_dim * text_dim
        if decoders == "joint":
            self.decoder = decoder(size + max_image_dim)
        else:
            self.decoder, self.bias_decoder = decoder(size), decoder(max_image_dim)

    def decode(self, conditions: Tensor, image_dim: int) -> tuple[Tensor, Tensor]:
        """W (q, D, d_t) and b (q, D) for conditions e (q, c)."""
        family = torch.tensor(self.image_dims.index(image_dim), device=conditions.device)
        conditions = conditions + self.shapes(family)
        size = self.max_image_dim * self.text_dim
        if self.decoders == "joint":
            weights, biases = normalize(self.decoder(conditions), dim=-1).tensor_split([size], -1)
        else:
            weights, biases = self.decoder(conditions), self.bias_decoder(conditions)
            if self.own_length:
                weights = weights[:, : image_dim * self.text_dim]
                biases = biases[:, :image_dim]
            weights, biases = normalize(weights, dim=-1), normalize(biases, dim=-1)
        weights = weights.reshape(len(conditions), -1, self.text_dim)[:, :image_dim]
        biases = biases[:, :image_dim]
        if self.norm:
            weights = weights * (image_dim * self.text_dim) ** -0.5
            biases = biases * image_dim**-0.5
        return weights, biases

    def forward(self, texts: Tensor, images: Tensor) -> Tensor:
        """The mean loss over the q encoders of a family: texts (B, d_t), images (q, B, D)."""
        image_dim = images.shape[-1]
        first = self.each * self.image_dims.index(image_dim)
        numbers = torch.arange(first, first + self.each, device=texts.device)
        weights, biases = self.decode(self.conditions(numbers), image_dim)
        losses = [
            plain_loss(normalize(texts @ weights[i].T + biases[i], dim=-1), images[i])
            for i in range(self.each)
        ]
        return torch.stack(losses).mean()
