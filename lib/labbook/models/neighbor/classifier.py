"""Two views of a structure through one encoder, and where the second lies from the first."""

import torch
from torch import Tensor, nn

CLASSES = 6


class NeighborClassifier(nn.Module):
    """Which of six directions leads from the first view to the second.

    Arguments:
        encoder: a view of each example (B, C, X, Y, Z) to features (B, F).
        classifier: the features of both views (B, 2 F) to logits (B, 6).

    Shapes: (B, 2, C, X, Y, Z), C channels of voxels, to logits (B, 6).
    """

    def __init__(self, encoder: nn.Module, classifier: nn.Module):
        super().__init__()
        self.encoder, self.classifier = encoder, classifier

    def encode(self, views: Tensor) -> Tensor:
        """The features of both views of each example, one behind the other: (B, 2 F).

        The views go through the encoder one after the other, so that in training batch norm takes
        the statistics of each apart; filters are made once for both.

        Raises:
            ValueError: a batch of another shape.
        """
        if views.dim() != 6 or views.shape[1] != 2:
            raise ValueError(
                f"a batch of view pairs has the shape (B, 2, C, X, Y, Z), got {tuple(views.shape)}."
            )
        return torch.cat([self.encoder(view) for view in views.unbind(1)], 1)

    def forward(self, views: Tensor) -> Tensor:
        return self.classifier(self.encode(views))
