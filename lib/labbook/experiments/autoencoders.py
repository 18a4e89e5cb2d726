"""One trial of the autoencoders: a mixer, plain convolutions or a script of them, trained.

Every trial returns what :func:`labbook.training.loop.train` reports of it, its ``seed`` and, as
``artifacts``, ``originals`` and ``reconstructions`` (8, C, H, W) uint8 of the first eight images
that it was validated with; a mixer autoencoder also ``mixer_weights``, those of its encoder's first
mixer. B is the batch, C channels, H height and W width in pixels.

Records of these functions are published. Their bodies, and the names that they use, are part of
what keeps the records fresh: a change here is one of the experiment.
"""

import torch
from torch import Tensor

from labbook.data import images
from labbook.data.batches import Batches
from labbook.models.autoencoder.conv import ConvAutoencoder, ScriptAutoencoder
from labbook.models.autoencoder.mixer import MixerAutoencoder
from labbook.training.checkpoints import Checkpoints
from labbook.training.loop import Recipe, mean_loss, reconstruction_error, train
from labbook.training.precision import multiply_in


def fit(model, dataset, learning_rate, inputs, seed, dtype="float32"):
    """Train an autoencoder in batches of 64, and keep what it makes of eight unseen images.

    AdamW, the learning rate along half a cosine of T = inputs // 64 updates. The last batch of an
    epoch may be smaller, so a training can have a few more updates; there the rate, near zero,
    rises again.

    Arguments:
        model: images (B, C, H, W) in [0, 1] to images of the same shape.
        dataset: a name that :func:`labbook.data.images.load` knows.
        learning_rate: the highest, that of the first update.
        inputs: training images to see; the batch that reaches them is the last.
        seed: of the order of the images. The caller has drawn the weights.
        dtype: what products multiply in as it trains, ``float32`` or ``bfloat16``; the rest, and
            the validation, is float32 (:func:`labbook.training.precision.multiply_in`).

    Raises:
        ValueError: a dtype that is neither.
    """
    if dtype not in ("float32", "bfloat16"):
        raise ValueError(f"dtype must be one of float32, bfloat16, got {dtype!r}.")
    objective = reconstruction_error if dtype == "float32" else multiply_in(torch.bfloat16)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model.to(device)
    validation = [batch.to(device) for batch in images.load(dataset, "validation").chunks(64)]
    batches = Batches(images.load(dataset, "train"), 64, seed, device)
    recipe = Recipe(inputs, learning_rate, period_steps=max(1, inputs // 64))
    result = train(
        model,
        batches,
        recipe,
        objective=objective,
        validation=mean_loss(validation),
        checkpoints=Checkpoints.of_trial(),
    )
    with torch.no_grad():
        pairs = torch.stack((validation[0][:8], model(validation[0][:8]).clamp(0, 1)))
    originals, reconstructions = pairs.mul(255).round().byte().cpu().numpy()
    artifacts = {"originals": originals, "reconstructions": reconstructions}
    return result | {"seed": seed, "artifacts": artifacts}


def train_mixer(
    dataset,
    patch_size,
    channels,
    mixer_at,
    mixer,
    kernel_size,
    revision,
    learning_rate,
    inputs,
    seed,
    dtype="float32",
):
    """A mixer autoencoder; its artifacts hold the weights of the first mixer, too.

    Arguments: of :class:`~labbook.models.autoencoder.mixer.MixerAutoencoder` and
    :func:`fit`; the seed also draws the weights.
    """
    torch.manual_seed(seed)
    shape = images.load(dataset, "train").image_shape
    model = MixerAutoencoder(
        shape, patch_size, tuple(channels), tuple(mixer_at), mixer, kernel_size, revision=revision
    )
    result = fit(model, dataset, learning_rate, inputs, seed, dtype)
    weights = model.first_mixer_weights()
    if weights is not None:
        result["artifacts"]["mixer_weights"] = weights.cpu().numpy()
    return result


def train_conv(dataset, kernel_size, learning_rate, inputs, seed):
    """The convolutional baseline.

    Arguments: of :class:`~labbook.models.autoencoder.conv.ConvAutoencoder` and
    :func:`fit`; the seed also draws the weights.
    """
    torch.manual_seed(seed)
    shape = images.load(dataset, "train").image_shape
    model = ConvAutoencoder(shape, kernel_size=kernel_size)
    return fit(model, dataset, learning_rate, inputs, seed)


def train_script(dataset, script, learning_rate, inputs, seed):
    """An autoencoder written as a script of convolutions and PixelUnshuffle.

    Arguments: of :class:`~labbook.models.autoencoder.conv.ScriptAutoencoder` and
    :func:`fit`; the seed also draws the weights.
    """
    torch.manual_seed(seed)
    shape = images.load(dataset, "train").image_shape
    return fit(ScriptAutoencoder(shape, script), dataset, learning_rate, inputs, seed)


def train_long(
    dataset: str,
    kernel_size: int,
    learning_rate: float,
    inputs: int,
    period_inputs: int,
    seed: int,
    mixer: str | None = None,
    patch_size: int = 1,
    channels: list[int] | None = None,
    mixer_at: list[int] | None = None,
    revision: str = "activated",
) -> dict:
    """A training that is stopped before its learning rate has reached zero.

    The rate falls along half a cosine over ``period_inputs`` images, of which only ``inputs`` are
    seen: after a share x = inputs / period_inputs it is still (1 + cos(π x)) / 2 of the first one.
    Otherwise as :func:`fit`.

    Arguments:
        dataset, learning_rate, inputs, seed: of :func:`fit`; the seed also draws the weights.
        kernel_size: of the convolutions, or of the mixers.
        period_inputs: images until the learning rate would be zero.
        mixer, patch_size, channels, mixer_at, revision: of a
            :class:`~labbook.models.autoencoder.mixer.MixerAutoencoder`; without ``mixer`` the
            network is the convolutional baseline.

    Returns:
        As every trial, without the weights of a mixer.
    """
    torch.manual_seed(seed)
    shape = images.load(dataset, "train").image_shape
    if mixer is None:
        model = ConvAutoencoder(shape, kernel_size=kernel_size)
    else:
        model = MixerAutoencoder(
            shape, patch_size, channels, mixer_at, mixer, kernel_size, revision=revision
        )
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model.to(device)
    validation = [batch.to(device) for batch in images.load(dataset, "validation").chunks(64)]
    result = train(
        model,
        Batches(images.load(dataset, "train"), 64, seed, device),
        Recipe(inputs, learning_rate, period_steps=max(1, period_inputs // 64)),
        validation=mean_loss(validation),
        checkpoints=Checkpoints.of_trial(),
    )
    return result | {"seed": seed, "artifacts": reconstructions(model, validation[0][:8])}


def reconstructions(model: torch.nn.Module, originals: Tensor) -> dict:
    """Images (B, C, H, W) in [0, 1] and what a model makes of them, as bytes (uint8 arrays)."""
    with torch.no_grad():
        pairs = torch.stack((originals, model(originals).clamp(0, 1)))
    before, after = pairs.mul(255).round().byte().cpu().numpy()
    return {"originals": before, "reconstructions": after}


def data_digest(configuration: dict) -> str | None:
    """What identifies the data of a trial; None where the data are not at hand."""
    return images.digest(configuration["dataset"])
