"""Ours is feature-major and in the frequency domain; the plain form is neither: both are equal.

The plain network is that of ``tests/benchmarks/reference_loop.py``, with the weights of ours.
"""

import pytest
import torch
from tests.benchmarks.reference_loop import PlainMixer, PlainMixerAutoencoder
from torch import nn

from labbook.models.autoencoder.mixer import MIXERS, MixerAutoencoder, make_mixer

MNIST = {"image_shape": (1, 28, 28), "patch_size": 7, "channels": (64, 64, 64, 16)}
CONVOLUTIONAL = [mixer for mixer in MIXERS if mixer != "mlp"]
KERNELS = (1, 3, 5, 7, 9, 11, 13)
# Of sums of up to 1024 products in float32.
CLOSE = {"rtol": 1e-5, "atol": 2e-6}


def patch_major(features, patches):
    """Positions of a joined image, patches first, among positions with features first."""
    return torch.arange(features * patches).view(features, patches).t().flatten()


def to_plain(name, tensor, width, patches):
    """A parameter of ours, or its gradient, in the order of the plain form.

    ``width``: features where patches are joined, by the head or an ``mlp`` mixer.
    """
    if "operation.linear" in name:
        order = patch_major(len(tensor) // patches, patches)
        return tensor[order][:, order] if tensor.dim() == 2 else tensor[order]
    order = patch_major(width, patches)
    if name == "head.operation.weight":
        return tensor[:, order]
    return tensor[order] if name.startswith("tail.") else tensor


def plain_twin(model, **arguments):
    """The plain network with the weights of ours."""
    twin = PlainMixerAutoencoder(**arguments)
    with torch.no_grad():
        pairs = zip(model.named_parameters(), twin.parameters(), strict=True)
        for (name, ours), theirs in pairs:
            theirs.copy_(to_plain(name, ours, model.width, model.patches))
    return twin


NETWORKS = [
    ((), "cnn", 1),
    ((1, 2, 3, 4), "cnn", 1),
    ((2, 3, 4), "mlp", 1),
    ((2, 3, 4), "cnn2df", 7),
    ((1, 3), "cnn", 5),
    ((1, 2), "mlp", 1),
    ((2, 4), "cnnf", 9),
    ((1, 4), "cnn2d", 11),
    ((2, 3, 4), "cnn2df", 13),
]


@pytest.mark.parametrize("mixer_at, mixer, kernel_size", NETWORKS, ids=str)
def test_reconstructions_are_those_of_the_plain_network(mixer_at, mixer, kernel_size):
    mixing = {"mixer_at": mixer_at, "mixer": mixer, "kernel_size": kernel_size}
    model = MixerAutoencoder(**MNIST, **mixing)
    twin = plain_twin(model, patch_size=7, channels=MNIST["channels"], **mixing)
    images = torch.rand(8, 1, 28, 28)
    torch.testing.assert_close(model(images), twin.decode(twin.encode(images)), **CLOSE)


@pytest.mark.parametrize("mixer_at, mixer, kernel_size", NETWORKS, ids=str)
def test_gradients_are_those_of_the_plain_network(mixer_at, mixer, kernel_size):
    mixing = {"mixer_at": mixer_at, "mixer": mixer, "kernel_size": kernel_size}
    model = MixerAutoencoder(**MNIST, **mixing)
    twin = plain_twin(model, patch_size=7, channels=MNIST["channels"], **mixing)
    images = torch.rand(8, 1, 28, 28)
    model.reconstruction_error(images).backward()
    nn.functional.mse_loss(twin.decode(twin.encode(images)), images).backward()
    found = {
        name: to_plain(name, parameter.grad, model.width, model.patches)
        for name, parameter in model.named_parameters()
    }
    expected = dict(zip(found, (theirs.grad for theirs in twin.parameters()), strict=True))
    torch.testing.assert_close(found, expected, **CLOSE)


def mixer_with_plain_twin(mixer, kernel_size, features=16, patches=9):
    ours = make_mixer(mixer, features, patches, kernel_size)
    twin = PlainMixer(mixer, features, patches, kernel_size)
    with torch.no_grad():
        for (name, parameter), theirs in zip(
            ours.named_parameters(prefix="operation"), twin.parameters(), strict=True
        ):
            theirs.copy_(to_plain(name, parameter, features, patches))
    return ours, twin


@pytest.mark.parametrize("kernel_size", KERNELS)
@pytest.mark.parametrize("mixer", CONVOLUTIONAL)
def test_a_mixer_is_the_convolution_of_the_library(mixer, kernel_size):
    ours, twin = mixer_with_plain_twin(mixer, kernel_size)
    x = torch.randn(16, 9, 4)
    expected = twin(x.permute(2, 1, 0).reshape(36, 16)).view(4, 9, 16).permute(2, 1, 0)
    torch.testing.assert_close(ours(x), expected, **CLOSE)


@pytest.mark.parametrize("kernel_size", KERNELS)
@pytest.mark.parametrize("mixer", CONVOLUTIONAL)
def test_a_mixer_has_the_gradients_of_the_library(mixer, kernel_size):
    ours, twin = mixer_with_plain_twin(mixer, kernel_size)
    x = torch.randn(16, 9, 4, requires_grad=True)
    target = torch.randn(16, 9, 4)
    found = torch.autograd.grad((ours(x) * target).mean(), [x, *ours.parameters()])
    output = twin(x.permute(2, 1, 0).reshape(36, 16)).view(4, 9, 16).permute(2, 1, 0)
    expected = torch.autograd.grad((output * target).mean(), [x, *twin.parameters()])
    torch.testing.assert_close(found, expected, **CLOSE)
