"""One connector, its loss, and the mapping by several connectors at once."""

import torch
from torch import Tensor, nn
from torch.nn.functional import linear, normalize

LOGIT_SCALE = 100.0  # the inverse of the temperature


def contrastive_loss(mapped: Tensor, images: Tensor) -> Tensor:
    r"""The symmetric InfoNCE loss of matching pairs, of one encoder or of several at once.

    With :math:`S_{ij} = 100\, f(t_i) \cdot x_j`, the mean over i of
    :math:`\tfrac12 \log\sum_j e^{S_{ij}} + \tfrac12 \log\sum_j e^{S_{ji}} - S_{ii}`: both
    directions from one matrix.

    Arguments:
        mapped: texts in the image space, of length 1, (…, B, D): B pairs, D image dimensions.
        images: embeddings of the images, of length 1, of the same shape.

    Returns:
        The loss in nats per pair, (…): a scalar, or one for each encoder.

    Raises:
        ValueError: the shapes differ.
    """
    if mapped.shape != images.shape:
        raise ValueError(
            f"each text has one image: texts mapped to {tuple(mapped.shape)} cannot be paired "
            f"with images {tuple(images.shape)}; both are (…, pairs, image_dim)."
        )
    return _ContrastiveLoss.apply(mapped, images)


class Connector(nn.Module):
    """One affine map from text embeddings to the embeddings of one image encoder.

    Shapes: texts (B, text_dim) to (B, image_dim), each of length 1.

    Arguments:
        text_dim: dimensions of the text embeddings.
        image_dim: dimensions of the image embeddings.
    """

    def __init__(self, text_dim: int, image_dim: int):
        super().__init__()
        self.affine = nn.Linear(text_dim, image_dim)

    @classmethod
    def of(cls, weight: Tensor, bias: Tensor) -> "Connector":
        """The connector with a given W (image_dim, text_dim) and b (image_dim), both copied."""
        image_dim, text_dim = weight.shape
        connector = cls(text_dim, image_dim).to(weight)
        with torch.no_grad():
            connector.affine.weight.copy_(weight)
            connector.affine.bias.copy_(bias)
        return connector

    def forward(self, texts: Tensor) -> Tensor:
        return normalize(self.affine(texts), dim=-1)


def map_texts(texts: Tensor, weights: Tensor, biases: Tensor) -> Tensor:
    """Texts (B, d_t) mapped by q connectors, W (q, D, d_t) and b (q, D): (q, B, D), of length 1."""
    mapped = linear(texts, weights.flatten(0, 1), biases.flatten())
    return normalize(mapped.view(len(texts), *biases.shape), dim=-1).transpose(0, 1)


class _ContrastiveLoss(torch.autograd.Function):
    """The loss with its gradient in closed form, in fewer passes over the logits than by parts.

    The gradient of the logits is, with softmax over rows and over columns and the identity,
    (softmax_rows + softmax_columns - 2 I) / 2B.
    """

    @staticmethod
    def forward(context, mapped: Tensor, images: Tensor) -> Tensor:
        logits = (mapped * LOGIT_SCALE) @ images.mT
        rows, columns = logits.logsumexp(-1), logits.logsumexp(-2)
        context.save_for_backward(mapped, images, logits, rows, columns)
        return ((rows + columns) / 2 - logits.diagonal(dim1=-2, dim2=-1)).mean(-1)

    @staticmethod
    def backward(context, gradient: Tensor):
        # once_differentiable would not see it: the gradient of a loss is a constant as a rule.
        if torch.is_grad_enabled():
            raise RuntimeError(
                "contrastive_loss has no second derivatives: leave out create_graph."
            )
        mapped, images, logits, rows, columns = context.saved_tensors
        of_logits = (logits - rows[..., :, None]).exp_()
        of_logits += (logits - columns[..., None, :]).exp_()
        of_logits.diagonal(dim1=-2, dim2=-1).sub_(2)
        factor = (gradient * LOGIT_SCALE / (2 * logits.shape[-1]))[..., None, None]
        of_mapped = of_images = None
        if context.needs_input_grad[0]:
            of_mapped = (of_logits @ images) * factor
        if context.needs_input_grad[1]:
            of_images = (of_logits.mT @ mapped) * factor
        return of_mapped, of_images
