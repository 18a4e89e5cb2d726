# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
#   labbook:
#     expt: 1
#     title: A mixer for autoencoders
#     date: "2026-11-22"
#     status: in progress
#     tags: [autoencoder, mlp-mixer, mnist]
#     verdict: in progress
# ---

# %%
from typing import Literal

import torch

from labbook.data import images
from labbook.data.batches import Batches
from labbook.log import trials
from labbook.models.conv import ConvAutoencoder, ScriptAutoencoder
from labbook.models.mixer import MixerAutoencoder
from labbook.training.checkpoints import Checkpoints
from labbook.training.loop import Recipe, train

# %% tags=["parameters"]
profile: Literal["smoke", "demo", "full"] = "demo"  # how much is run

# %%
def fit(model, dataset, learning_rate, inputs, seed):
    """Train an autoencoder in batches of 64, and keep what it makes of eight unseen images."""
    validation = list(images.load(dataset, "validation").chunks(64))
    batches = Batches(images.load(dataset, "train"), 64, seed)
    recipe = Recipe(inputs, learning_rate, period_steps=max(1, inputs // 64))
    result = train(
        model, batches, recipe, validation=validation, checkpoints=Checkpoints.of_trial()
    )
    with torch.no_grad():
        pairs = torch.stack((validation[0][:8], model(validation[0][:8]).clamp(0, 1)))
    originals, reconstructions = pairs.mul(255).round().byte().numpy()
    artifacts = {"originals": originals, "reconstructions": reconstructions}
    return result | {"seed": seed, "artifacts": artifacts}


def train_mixer(
    dataset, patch_size, channels, mixer_at, mixer, kernel_size, revision, learning_rate, inputs, seed
):
    """A mixer autoencoder; its artifacts hold the weights of the first mixer, too."""
    torch.manual_seed(seed)
    shape = images.load(dataset, "train").image_shape
    model = MixerAutoencoder(
        shape, patch_size, tuple(channels), tuple(mixer_at), mixer, kernel_size, revision=revision
    )
    result = fit(model, dataset, learning_rate, inputs, seed)
    weights = model.first_mixer_weights()
    if weights is not None:
        result["artifacts"]["mixer_weights"] = weights.numpy()
    return result


def train_conv(dataset, kernel_size, learning_rate, inputs, seed):
    """The convolutional baseline."""
    torch.manual_seed(seed)
    shape = images.load(dataset, "train").image_shape
    model = ConvAutoencoder(shape, kernel_size=kernel_size)
    return fit(model, dataset, learning_rate, inputs, seed)


def train_script(dataset, script, learning_rate, inputs, seed):
    """An autoencoder written as a script of convolutions and PixelUnshuffle."""
    torch.manual_seed(seed)
    shape = images.load(dataset, "train").image_shape
    return fit(ScriptAutoencoder(shape, script), dataset, learning_rate, inputs, seed)


def data_digest(configuration):
    """What identifies the data of a trial, also where the data are not at hand."""
    return images.digest(configuration["dataset"])

# %%
MNIST = {
    "dataset": "mnist", "patch_size": 7, "channels": [64, 64, 64, 16], "learning_rate": 0.003,
    "inputs": 1_000_000, "seed": 0,
}


def mixer_rows(revision, *rows):
    """Configurations on MNIST from (mixer_at, mixer, kernel_size)."""
    return [
        MNIST | {"mixer_at": at, "mixer": mixer, "kernel_size": k, "revision": revision}
        for at, mixer, k in rows
    ]


# %%
if profile == "full":
    positions = [[], [4], [3], [2], [1], [1, 2], [1, 2, 3], [1, 2, 3, 4]]
    first = mixer_rows("linear encoder mixers", *((at, "cnn", 1) for at in positions))
    linear = [[4], [3], [2], [1], [3, 4], [1, 2], [2, 3, 4], [1, 2, 3], [1, 2, 3, 4]]
    second = mixer_rows("linear encoder mixers", *((at, "mlp", 1) for at in linear))
    kernels = [
        *(("cnn", k) for k in (1, 3, 5, 7, 9, 11, 13)), *(("cnn2d", k) for k in (1, 3, 5, 7)),
        *(("cnnf", k) for k in (1, 3, 5, 7)), *(("cnn2df", k) for k in (1, 3)),
        *(("cnnf", k) for k in (9, 11, 13)), *(("cnn2d", k) for k in (9, 11, 13)),
        *(("cnn2df", k) for k in (7, 5, 9, 11, 13)),
    ]
    fourth = mixer_rows("activated", *(([2, 3, 4], mixer, k) for mixer, k in kernels))
    grid = first + fourth[:17] + second[:2] + fourth[17:23] + second[2:5] + fourth[23:] + second[5:]
    trials.run(train_mixer, grid, executor=2, data_digest=data_digest)
