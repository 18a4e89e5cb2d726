"""The hypernetwork, and new conditions for it."""

import copy
import math
from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor, nn

from labbook.models.hypernet.connectors import Connector, map_texts
from labbook.models.hypernet.rows import Rows

Decoders = Literal["separate", "joint"]


class HyperNetwork(nn.Module):
    r"""One network that makes the connectors of many image encoders.

    The condition of encoder n of width D is :math:`e_n + s_D`, both learned; an MLP with GELU
    decodes it to the first D rows of W and b:

    .. math:: c \to f_1 c \to f_2 c \to R\,(d_t + 1)

    with R = ``max_image_dim`` rows. The encoders of a width are a *family*, and numbered one after
    the other: of 12 encoders and widths (384, 768, 1024), numbers 4 to 7 have width 768. A family
    is decoded in one product, and only its D rows of the R.

    The length of a mapped text is 1, so that a factor common to W and b changes nothing and is
    left out: the normalisation of a joint decoder's output, and most of ``norm``. Rows beyond
    the widest family are parameters that enter no product; they have no gradient, and an
    optimiser leaves them as they are.

    Arguments:
        num_encoders: N; the families have equally many.
        image_dims: the widths D of the families.
        text_dim: d_t, dimensions of the text embeddings.
        condition_dim: c, dimensions of the conditions.
        max_image_dim: R, the rows that the decoder has.
        hidden_factors: f, widths of the hidden layers in units of c.
        decoders: "joint" decodes W and b by one MLP. "separate" has one for each, and their
            outputs are normalised to length 1. The original takes that length over all R rows,
            and so lets rows that no encoder has scale b against W; here it is that of the D rows.
        norm: W is multiplied by (D d_t)^-1/2 and b by D^-1/2; in effect, b by d_t^1/2.
        init: the weights of the last layer are divided by this, and its biases are 0; None for
            the usual initial values.

    Raises:
        ValueError: N is no multiple of the families, a width occurs twice or exceeds R.
    """

    def __init__(
        self,
        num_encoders: int,
        image_dims: Sequence[int] = (384, 768, 1024),
        text_dim: int = 768,
        condition_dim: int = 32,
        max_image_dim: int = 1536,
        hidden_factors: Sequence[int] = (4, 16),
        decoders: Decoders = "joint",
        norm: bool = True,
        init: float | None = None,
    ):
        super().__init__()
        self.image_dims = tuple(image_dims)
        families = len(set(self.image_dims))
        if families != len(self.image_dims):
            raise ValueError(f"image_dims is {self.image_dims}; each width names one family.")
        if max(self.image_dims) > max_image_dim:
            raise ValueError(
                f"an image width of {max(self.image_dims)} exceeds max_image_dim, "
                f"{max_image_dim}; a connector has at most so many rows."
            )
        if num_encoders < 1 or num_encoders % families:
            raise ValueError(
                f"num_encoders is {num_encoders}; the {families} families of widths "
                f"{self.image_dims} have equally many encoders, so it is a multiple of {families}."
            )
        if decoders not in ("separate", "joint"):
            raise ValueError(f'decoders is {decoders!r}; it is "separate" or "joint".')
        self.num_encoders = num_encoders
        self.text_dim = text_dim
        self.decoders = decoders
        self.norm = norm
        self.init = init
        self.conditions = nn.Parameter(torch.randn(num_encoders, condition_dim))
        self.shapes = nn.Parameter(torch.randn(families, condition_dim))

        widths = [condition_dim, *(factor * condition_dim for factor in hidden_factors)]
        rows = (widths[-1], max(self.image_dims), max_image_dim)
        self.hidden = _hidden_layers(widths)
        self.hidden_of_bias = _hidden_layers(widths) if decoders == "separate" else None
        self.weight_rows = Rows(*rows, columns=text_dim, init=init)
        self.bias_rows = Rows(*rows, columns=1, init=init)

    def encoders(self, image_dim: int) -> range:
        """The numbers of the encoders of a width.

        Raises:
            ValueError: no family has that width.
        """
        each = self.num_encoders // len(self.image_dims)
        family = self._family(image_dim)
        return range(each * family, each * (family + 1))

    def image_dim(self, encoder: int) -> int:
        """The width of an encoder, by its number.

        Raises:
            ValueError: no encoder has that number.
        """
        if not 0 <= encoder < self.num_encoders:
            raise ValueError(
                f"there is no encoder {encoder}; the {self.num_encoders} encoders have the "
                f"numbers 0 to {self.num_encoders - 1}."
            )
        return self.image_dims[encoder * len(self.image_dims) // self.num_encoders]

    def family_conditions(self, image_dim: int) -> Tensor:
        """The conditions e_n of the q encoders of a width, (q, c)."""
        family = self.encoders(image_dim)
        return self.conditions[family.start : family.stop]

    def decode(self, conditions: Tensor, image_dim: int) -> tuple[Tensor, Tensor]:
        """W (q, D, d_t) and b (q, D) of connectors, scaled as in training.

        A factor common to W and b is arbitrary: mapped texts are normalised.

        Arguments:
            conditions: e, (q, c): of known encoders, or of new ones that share the decoder.
            image_dim: D, one of ``image_dims``.

        Raises:
            ValueError: no family has that width.
        """
        conditions = conditions + self.shapes[self._family(image_dim)]
        hidden = self.hidden(conditions)
        weights = self.weight_rows(hidden, image_dim)
        if self.hidden_of_bias is not None:
            hidden = self.hidden_of_bias(conditions)
        biases = self.bias_rows(hidden, image_dim).squeeze(-1)
        if self.decoders == "separate":
            lengths = weights.flatten(1).norm(dim=1), biases.norm(dim=1)
            biases = biases * (lengths[0] / lengths[1])[:, None]
        if self.norm:
            biases = biases * math.sqrt(self.text_dim)
        return weights, biases

    def forward(self, texts: Tensor, image_dim: int) -> Tensor:
        """Texts (B, d_t) mapped for each of the q encoders of a width: (q, B, D), of length 1."""
        return map_texts(texts, *self.decode(self.family_conditions(image_dim), image_dim))

    @torch.no_grad()
    def connector(self, encoder: int) -> Connector:
        """The connector of an encoder, by its number; it maps as :meth:`forward` does."""
        image_dim = self.image_dim(encoder)
        weights, biases = self.decode(self.conditions[encoder : encoder + 1], image_dim)
        return Connector.of(weights[0], biases[0])

    def extra_repr(self) -> str:
        return f"image_dims={self.image_dims}, norm={self.norm}, init={self.init}"

    def _family(self, image_dim: int) -> int:
        if image_dim not in self.image_dims:
            raise ValueError(
                f"no encoder has the image width {image_dim}; the widths are {self.image_dims}."
            )
        return self.image_dims.index(image_dim)


class AutoDecoded(nn.Module):
    """Connectors of unseen encoders: a hypernetwork stays as it is, only new conditions train.

    Shapes: texts (B, d_t) to (q, B, D), of length 1, for q unseen encoders of one width, which do
    not influence each other.

    Arguments:
        hypernetwork: trained; a frozen copy is kept.
        conditions: where the new ones begin, (q, c); the mean of the known ones, for instance.
        image_dim: D, one of the widths that the hypernetwork knows.

    Raises:
        ValueError: conditions of another shape, or a width that the hypernetwork does not know.
    """

    def __init__(self, hypernetwork: HyperNetwork, conditions: Tensor, image_dim: int):
        super().__init__()
        hypernetwork.encoders(image_dim)  # raises for a width that it does not know
        known = hypernetwork.conditions.shape[1]
        if conditions.dim() != 2 or conditions.shape[1] != known:
            raise ValueError(
                f"conditions have the shape {tuple(conditions.shape)}; it is (encoders, {known})."
            )
        self.conditions = nn.Parameter(conditions.detach().clone())
        self.image_dim = image_dim
        self.hypernetwork = copy.deepcopy(hypernetwork).requires_grad_(False)

    def forward(self, texts: Tensor) -> Tensor:
        return map_texts(texts, *self.hypernetwork.decode(self.conditions, self.image_dim))

    @torch.no_grad()
    def connectors(self) -> list[Connector]:
        """A connector for each condition; it maps as :meth:`forward` does."""
        decoded = self.hypernetwork.decode(self.conditions, self.image_dim)
        return [Connector.of(*one) for one in zip(*decoded, strict=True)]


def _hidden_layers(widths: Sequence[int]) -> nn.Sequential:
    """Affine maps from each width to the next, a GELU after each."""
    layers: list[nn.Module] = []
    for before, after in zip(widths, widths[1:], strict=False):
        layers += [nn.Linear(before, after), nn.GELU()]
    return nn.Sequential(*layers)
