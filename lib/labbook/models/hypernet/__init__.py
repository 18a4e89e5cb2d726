r"""Connectors from a text space to image spaces, trained one by one or made by one hypernetwork.

A connector is an affine map of text embeddings, :math:`f(t) = (W t + b) / \lVert W t + b \rVert`,
trained so that :math:`f(t)` lies near the embedding of the image that the text describes. A
hypernetwork makes the connectors of many image encoders from one small embedding each.

Two savings leave every result as it is. Only the rows of a connector that its encoder has are
decoded: the last layer of the hypernetwork is cut before the product, not after. And of the
similarities between texts and images there is one matrix, not a second one for the other
direction.

Source: HYMA (arXiv 2507.10015) and its code.
"""

from labbook.models.hypernet.connectors import Connector, contrastive_loss
from labbook.models.hypernet.network import AutoDecoded, HyperNetwork

__all__ = ["AutoDecoded", "Connector", "HyperNetwork", "contrastive_loss"]
