"""Convolutional autoencoders: a plain baseline, and one that a short script describes."""

import re
from itertools import pairwise

from torch import Tensor, nn

from labbook.models.autoencoder.mixer import ACTIVATIONS


class _Autoencoder(nn.Module):
    """An encoder, and a decoder that undoes its shapes."""

    encoder: nn.Module
    decoder: nn.Module

    def encode(self, images: Tensor) -> Tensor:
        """Images (B, C, H, W) to their latent form: vectors (B, latent) or small images."""
        return self.encoder(images)

    def decode(self, latents: Tensor) -> Tensor:
        """What :meth:`encode` gave, back to images (B, C, H, W)."""
        return self.decoder(latents)

    def forward(self, images: Tensor) -> Tensor:
        """Images (B, C, H, W) to their reconstructions, of the same shape."""
        return self.decode(self.encode(images))


class ConvAutoencoder(_Autoencoder):
    """Unpadded convolutions, one linear layer to the latent vector, and the mirror image.

    Encoder: ``relu(conv)`` for each width, then Linear to ``latent``. Decoder: Linear, then
    transposed convolutions with ReLU between them and none after the last.

    Arguments:
        image_shape: (C, H, W), channels, height and width in pixels.
        channels: the widths of the convolutions, each of stride 1 and without padding.
        kernel_size: k; every convolution makes the image k - 1 pixels smaller.
        latent: size of the latent vector.

    Raises:
        ValueError: the image is too small for so many convolutions.
    """

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        channels: tuple[int, ...] = (24, 32, 48),
        kernel_size: int = 5,
        latent: int = 16,
    ):
        super().__init__()
        colours, height, width = image_shape
        shrink = len(channels) * (kernel_size - 1)
        inner = (channels[-1], height - shrink, width - shrink)
        if min(inner) < 1:
            raise ValueError(
                f"{len(channels)} convolutions of kernel_size {kernel_size} take {shrink} pixels "
                f"off each edge; an image of {height} x {width} has none left."
            )
        steps = list(pairwise((colours, *channels)))
        down = [nn.Sequential(nn.Conv2d(i, o, kernel_size), nn.ReLU()) for i, o in steps]
        size = inner[0] * inner[1] * inner[2]
        self.encoder = nn.Sequential(*down, nn.Flatten(), nn.Linear(size, latent))
        up: list[nn.Module] = []
        for i, o in reversed(steps):
            up += [nn.ConvTranspose2d(o, i, kernel_size), nn.ReLU()]
        self.decoder = nn.Sequential(nn.Linear(latent, size), nn.Unflatten(1, inner), *up[:-1])


class ConvBlock(nn.Module):
    """An activated convolution with optional skip convolutions before it.

    ``x + skips(x)`` where there are skips (each a convolution and an activation, widths kept);
    then ``activation(conv(x))``, plus x where the shape stays.

    Arguments:
        inputs, outputs: channels. kernel_size: odd, "same"-padded.
        skips: how many convolutions stand in the skip branch; 0 for no branch.
        transposed: transposed convolutions, as a decoder has them.
        activation: its class. activated: False for the last layer of an encoder or a decoder; the
            skip branch keeps its activations.

    Shapes: (B, inputs, H, W) to (B, outputs, H, W).
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel_size: int,
        skips: int,
        transposed: bool,
        activation: type[nn.Module],
        activated: bool,
    ):
        super().__init__()
        kind = nn.ConvTranspose2d if transposed else nn.Conv2d
        padding = (kernel_size - 1) // 2
        branch: list[nn.Module] = []
        for _ in range(skips):
            branch += [kind(inputs, inputs, kernel_size, padding=padding), activation()]
        self.skips = nn.Sequential(*branch) if branch else None
        self.convolution = kind(inputs, outputs, kernel_size, padding=padding)
        self.activation = activation() if activated else None
        self.residual = inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        if self.skips is not None:
            x = x + self.skips(x)
        y = self.convolution(x)
        if self.activation is not None:
            y = self.activation(y)
        return x + y if self.residual else y


class ScriptAutoencoder(_Autoencoder):
    """An autoencoder written as a line: ``ch=32|down4|ch/2|ch/2|ch*1|ch=1``.

    Tokens, separated by ``|``: ``ch=N``, ``ch*N``, ``ch/N`` set, multiply or divide the channels
    by a :class:`ConvBlock` (a division is rounded down); ``downN`` moves N x N pixels into the
    channels (``nn.PixelUnshuffle``); ``scl=N`` gives the following blocks N skip convolutions.
    The decoder is the script backwards, with transposed convolutions and ``nn.PixelShuffle``. The
    last layers of encoder and decoder are not activated; where one of them moves pixels, as with
    ``downN`` at the end or at the beginning of the script, all convolutions of its side are.

    Arguments:
        image_shape: (C, H, W), channels, height and width in pixels.
        script: as above.
        kernel_size: of all convolutions, odd.
        activation: "relu6", "gelu", "relu" or "tanh".

    Raises:
        ValueError: an unknown token, or a shape that cannot work; names the token and numbers.
    """

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        script: str,
        kernel_size: int = 3,
        activation: str = "relu6",
    ):
        super().__init__()
        if kernel_size < 1 or kernel_size % 2 == 0:
            raise ValueError(f"kernel_size must be odd and positive, got {kernel_size}.")
        if activation not in ACTIVATIONS:
            raise ValueError(
                f"activation must be one of {', '.join(ACTIVATIONS)}, got {activation!r}."
            )
        act = ACTIVATIONS[activation]
        layers = _parse(script, image_shape)
        encoder, decoder = [], []
        for i, (name, inputs, outputs, skips) in enumerate(layers):
            if name == "down":
                factor = skips
                encoder.append(nn.PixelUnshuffle(factor))
                decoder.insert(0, nn.PixelShuffle(factor))
                continue
            last = i == len(layers) - 1
            encoder.append(ConvBlock(inputs, outputs, kernel_size, skips, False, act, not last))
            decoder.insert(0, ConvBlock(outputs, inputs, kernel_size, skips, True, act, i > 0))
        self.encoder = nn.Sequential(*encoder)
        self.decoder = nn.Sequential(*decoder)


def _parse(script: str, image_shape: tuple[int, int, int]) -> list[tuple[str, int, int, int]]:
    """The layers of a script: (name, channels in, channels out, skips or the factor of down)."""
    channels, height, width = image_shape
    skips, layers = 0, []
    for token in (token.strip() for token in script.split("|")):
        match = re.fullmatch(r"(ch=|ch\*|ch/|down|scl=)(\d+)", token)
        if match is None:
            raise ValueError(
                f"the script {script!r} has the token {token!r}; a token is ch=N, ch*N, ch/N, "
                "downN or scl=N, with N a whole number."
            )
        name, number = match[1], int(match[2])
        if number == 0 and name != "scl=":
            raise ValueError(
                f"the token {token!r} of the script {script!r} needs a number above 0."
            )
        if name == "scl=":
            skips = number
        elif name == "down":
            if height % number or width % number:
                raise ValueError(
                    f"the token {token!r} needs a height and a width that {number} divides; the "
                    f"image has {height} x {width} pixels there."
                )
            height, width = height // number, width // number
            layers.append(("down", channels, channels * number**2, number))
            channels *= number**2
        else:
            outputs = {"ch=": number, "ch*": channels * number, "ch/": channels // number}[name]
            if outputs < 1:
                raise ValueError(
                    f"the token {token!r} leaves no channel of the {channels} there are."
                )
            layers.append(("conv", channels, outputs, skips))
            channels = outputs
    if not any(name == "conv" for name, *_ in layers):
        raise ValueError(f"the script {script!r} has no convolution (ch=N, ch*N or ch/N).")
    return layers
