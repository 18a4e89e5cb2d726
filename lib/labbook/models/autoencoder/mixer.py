r"""The mixer autoencoder: an MLP on image patches, with layers that mix information between them.

Every patch runs through the same stack of linear layers; between them, *mixers* exchange
information among the patches of an image. A head joins all patches into one latent vector, and
the decoder mirrors the encoder.

Activations are kept *feature-major*: (c, P, B), features first, then patches, batch last. So one
matrix product serves all patches of all images, a mixer over patches and one over features are
plain products too, and the joined patches of an image are a mere view.
"""

import math
from typing import Literal, get_args

import torch
from torch import Tensor, nn

from labbook.models.autoencoder.grid import GridConvolution

MIXERS = ("cnn", "cnnf", "cnn2d", "cnn2df", "mlp")
ACTIVATIONS = {"gelu": nn.GELU, "relu": nn.ReLU, "relu6": nn.ReLU6, "tanh": nn.Tanh}

Revision = Literal["linear encoder mixers", "activated", "latent apart"]


class Layer(nn.Module):
    """``x + activation(operation(x))``; the sum with x only where ``residual``.

    Shapes: as those of the operation.
    """

    def __init__(self, operation: nn.Module, activation: nn.Module | None, residual: bool):
        super().__init__()
        self.operation = operation
        self.activation = activation
        self.residual = residual

    def forward(self, x: Tensor) -> Tensor:
        y = self.operation(x)
        if self.activation is not None:
            y = self.activation(y)
        return x + y if self.residual else y

    def extra_repr(self) -> str:
        return f"residual={self.residual}"


class FeatureLinear(nn.Linear):
    """An affine map of the features (first axis), the same for every patch and image.

    Shapes: (c, …) to (c', …), with c and c' features; the other axes stay.
    """

    def forward(self, x: Tensor) -> Tensor:
        y = torch.addmm(self.bias[:, None], self.weight, x.flatten(1))
        return y.view(-1, *x.shape[1:])


class PatchConvolution(nn.Module):
    """Mixers ``cnn`` and ``cnn2d``: patches are channels, the kernel slides along the features.

    Arguments:
        patches: P. features: c, taken as a line (dimensions=1) or as a square (dimensions=2).

    Shapes: (c, P, B) to (c, P, B).
    """

    def __init__(self, features: int, patches: int, dimensions: int, kernel_size: int):
        super().__init__()
        size = features if dimensions == 1 else math.isqrt(features)
        self.convolution = GridConvolution(patches, size, dimensions, kernel_size)

    def forward(self, x: Tensor) -> Tensor:
        return self.convolution(x)


class FlippedConvolution(nn.Module):
    """Mixers ``cnnf`` and ``cnn2df``: a convolution along the features, then one with the roles
    of patches and features flipped (features are channels, the kernel slides along the patches).

    There is no activation between the two. Arguments: as of :class:`PatchConvolution`; with
    dimensions=2 the patches are a square, too. Shapes: (c, P, B) to (c, P, B).
    """

    def __init__(self, features: int, patches: int, dimensions: int, kernel_size: int):
        super().__init__()
        size = patches if dimensions == 1 else math.isqrt(patches)
        self.along_features = PatchConvolution(features, patches, dimensions, kernel_size)
        self.along_patches = GridConvolution(features, size, dimensions, kernel_size)

    def forward(self, x: Tensor) -> Tensor:
        y = self.along_features(x).transpose(0, 1).contiguous()
        return self.along_patches(y).transpose(0, 1).contiguous()


class FullMixer(nn.Module):
    """Mixer ``mlp``: one affine map over all features of all patches of an image.

    Shapes: (c, P, B) to (c, P, B).
    """

    def __init__(self, features: int, patches: int):
        super().__init__()
        self.linear = FeatureLinear(features * patches, features * patches)

    def forward(self, x: Tensor) -> Tensor:
        return self.linear(x.flatten(0, 1)).view(x.shape)


def make_mixer(mixer: str, features: int, patches: int, kernel_size: int) -> nn.Module:
    """The operation of a mixer by name, for c features and P patches.

    Parameters of one: ``cnn`` P²k + P, ``cnnf`` P²k + P + c²k + c, ``cnn2d`` P²k² + P, ``cnn2df``
    P²k² + P + c²k² + c, ``mlp`` (Pc)² + Pc, with k the kernel size.

    Raises:
        ValueError: an unknown mixer, an even kernel, or a two-dimensional mixer whose features
            (or, for ``cnn2df``, patches) are no square number.
    """
    if mixer not in MIXERS:
        raise ValueError(f"mixer must be one of {', '.join(MIXERS)}, got {mixer!r}.")
    if mixer == "mlp":
        return FullMixer(features, patches)
    dimensions = 2 if "2d" in mixer else 1
    if dimensions == 2 and math.isqrt(features) ** 2 != features:
        raise ValueError(
            f"mixer {mixer!r} arranges the features in a square: channels must be a square number "
            f"at that layer (16, 36, 64, …), got {features}."
        )
    if mixer == "cnn2df" and math.isqrt(patches) ** 2 != patches:
        raise ValueError(
            f"mixer 'cnn2df' arranges the patches in a square: their number must be a square "
            f"number (4, 9, 16, …), got {patches}."
        )
    kind = FlippedConvolution if mixer.endswith("f") else PatchConvolution
    return kind(features, patches, dimensions, kernel_size)


class MixerAutoencoder(nn.Module):
    r"""A patch-wise MLP with mixers, joined into a latent vector by a head, and its mirror image.

    With patches of :math:`D = C p^2` values, hidden widths :math:`c_1 … c_n` and P patches, the
    encoder is, for i = 1 … n, ``x + act(W_i x)`` (the sum only where the widths agree), followed
    by a mixer ``x + act(M_i x)`` where i is in ``mixer_at``; then the head, P·c_n → latent, without
    activation (a sum, too, where the widths agree). The decoder runs the same layers backwards. Its
    last layer is linear, except that a mixer at 1 gives it an activation, as in the original.

    Arguments:
        image_shape: (C, H, W), channels, height and width in pixels.
        patch_size: p, edge of a patch in pixels; divides H and W.
        channels: the widths. Their last entry is the size of the latent vector and, but for
            ``revision="latent apart"``, also the last hidden width.
        mixer_at: the layers (1 … n) that a mixer follows.
        mixer: "cnn", "cnnf", "cnn2d", "cnn2df" or "mlp"; see :func:`make_mixer`.
        kernel_size: of the convolutional mixers, odd. Not used by "mlp".
        activation: "gelu" (exact), "relu", "relu6" or "tanh".
        revision: which of the three historical forms of the original network. "activated": mixers
            of the encoder are activated as those of the decoder; "linear encoder mixers": they
            are not; "latent apart": activated, and the last entry of ``channels`` is the latent
            size alone, so that the head starts from the width before it.

    Raises:
        ValueError: shapes that cannot work; the sentence names the numbers.

    Source: the idea is MLP-Mixer (Tolstikhin et al. 2021, arXiv 2105.01601).
    """

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        patch_size: int,
        channels: tuple[int, ...],
        mixer_at: tuple[int, ...] = (),
        mixer: str = "cnn",
        kernel_size: int = 1,
        activation: str = "gelu",
        revision: Revision = "activated",
    ):
        super().__init__()
        colours, height, width = image_shape
        if patch_size < 1 or height % patch_size or width % patch_size:
            raise ValueError(
                f"patch_size must divide the height and the width of the image: {patch_size} does "
                f"not divide {height} x {width}."
            )
        if not channels or min(channels) < 1:
            raise ValueError(f"channels are widths of 1 or more, got {list(channels)}.")
        for name, value, known in (
            ("mixer", mixer, MIXERS), ("revision", revision, get_args(Revision)),
        ):  # fmt: skip
            if value not in known:
                raise ValueError(f"{name} must be one of {', '.join(known)}, got {value!r}.")
        if activation not in ACTIVATIONS:
            raise ValueError(
                f"activation must be one of {', '.join(ACTIVATIONS)}, got {activation!r}."
            )
        *widths, latent = channels
        if revision != "latent apart":
            widths = list(channels)
        if not widths:
            raise ValueError(f"channels must name at least one hidden width, got {list(channels)}.")
        if outside := [i for i in mixer_at if not 1 <= i <= len(widths)]:
            raise ValueError(
                f"mixer_at counts the hidden layers from 1 to {len(widths)}, got {outside[0]}."
            )
        self.image_shape = tuple(image_shape)
        self.patch_size = patch_size
        self.latent = latent
        patches = (height // patch_size) * (width // patch_size)
        self.patches = patches
        self.width = widths[-1]
        make_activation = ACTIVATIONS[activation]

        def mixing(features: int, activated: bool) -> Layer:
            operation = make_mixer(mixer, features, patches, kernel_size)
            return Layer(operation, make_activation() if activated else None, residual=True)

        def linear(inputs: int, outputs: int, activated: bool) -> Layer:
            operation = FeatureLinear(inputs, outputs)
            return Layer(operation, make_activation() if activated else None, inputs == outputs)

        encoder, decoder = [], []
        previous = colours * patch_size**2
        for i, features in enumerate(widths, start=1):
            encoder.append(linear(previous, features, activated=True))
            decoder.insert(0, linear(features, previous, activated=i > 1 or i in mixer_at))
            if i in mixer_at:
                encoder.append(mixing(features, activated=revision != "linear encoder mixers"))
                decoder.insert(0, mixing(features, activated=True))
            previous = features
        self.encoder = nn.Sequential(*encoder)
        self.head = linear(patches * self.width, latent, activated=False)
        self.tail = linear(latent, patches * self.width, activated=False)
        self.decoder = nn.Sequential(*decoder)

    def encode(self, images: Tensor) -> Tensor:
        """Images (B, C, H, W) to latent vectors (B, latent)."""
        return self._encode(self.patchify(images)).t()

    def decode(self, latents: Tensor) -> Tensor:
        """Latent vectors (B, latent) to images (B, C, H, W)."""
        return self.unpatchify(self._decode(latents.t()))

    def forward(self, images: Tensor) -> Tensor:
        """Images (B, C, H, W) to their reconstructions, of the same shape."""
        return self.decode(self.encode(images))

    def reconstruction_error(self, images: Tensor) -> Tensor:
        """Mean squared error of the reconstructions, a scalar.

        Taken between patches, where it is the same as between images and needs no rearrangement.
        """
        patches = self.patchify(images)
        return nn.functional.mse_loss(self._decode(self._encode(patches)), patches)

    def first_mixer_weights(self) -> Tensor | None:
        """The weights of the encoder's first mixer (of the two of a flipped one, the first).

        Shapes: (P, P, k) or (P, P, k, k), (Pc, Pc) for "mlp"; None without a mixer.
        """
        for module in self.encoder.modules():
            if isinstance(module, PatchConvolution):
                return module.convolution.weight.detach()
            if isinstance(module, FullMixer):
                return module.linear.weight.detach()
        return None

    def _encode(self, patches: Tensor) -> Tensor:
        return self.head(self.encoder(patches).flatten(0, 1))

    def _decode(self, latents: Tensor) -> Tensor:
        return self.decoder(self.tail(latents).view(self.width, self.patches, -1))

    def patchify(self, images: Tensor) -> Tensor:
        """Images (B, C, H, W) to patches (D, P, B); D runs over channel, row and column of a
        patch, P over rows of patches.

        Raises:
            ValueError: images of another shape than ``image_shape``.
        """
        if tuple(images.shape[1:]) != self.image_shape:
            raise ValueError(
                f"images must have the shape (batch, {', '.join(map(str, self.image_shape))}), "
                f"got {tuple(images.shape)}."
            )
        batch = len(images)
        colours, height, width = self.image_shape
        p = self.patch_size
        grid = images.reshape(batch, colours, height // p, p, width // p, p)
        return grid.permute(1, 3, 5, 2, 4, 0).reshape(colours * p * p, self.patches, batch)

    def unpatchify(self, patches: Tensor) -> Tensor:
        """The inverse of :meth:`patchify`."""
        batch = patches.shape[-1]
        colours, height, width = self.image_shape
        p = self.patch_size
        grid = patches.reshape(colours, p, p, height // p, width // p, batch)
        return grid.permute(5, 0, 3, 1, 4, 2).reshape(batch, *self.image_shape)
