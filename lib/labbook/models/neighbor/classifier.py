"""Two views of a structure through one encoder, and where the second lies from the first."""

from torch import Tensor, nn

CLASSES = 6


class NeighborClassifier(nn.Module):
    """Which of six directions leads from the first view to the second.

    Arguments:
        encoder: (2 B, C, X, Y, Z) with ``views=2`` to features (2 B, F); the batch holds the first
            views of all examples, then the second ones.
        classifier: the features of both views (B, 2 F) to logits (B, 6).

    Shapes: (B, 2, C, X, Y, Z), C channels of voxels, to logits (B, 6).
    """

    def __init__(self, encoder: nn.Module, classifier: nn.Module):
        super().__init__()
        self.encoder, self.classifier = encoder, classifier

    def encode(self, views: Tensor) -> Tensor:
        """The features of both views of each example, one behind the other: (B, 2 F).

        The views go through the encoder as one batch, so that its filters are made once; batch
        norm keeps the statistics of each view apart, as if they went through one by one.
        """
        if views.dim() != 6 or views.shape[1] != 2:
            raise ValueError(
                f"a batch of view pairs has the shape (B, 2, C, X, Y, Z), got {tuple(views.shape)}."
            )
        features = self.encoder(views.transpose(0, 1).flatten(0, 1), views=2)
        return features.flatten(1).unflatten(0, (2, -1)).transpose(0, 1).flatten(1)

    def forward(self, views: Tensor) -> Tensor:
        return self.classifier(self.encode(views))
