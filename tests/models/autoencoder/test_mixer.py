"""The mixer autoencoder: counts, shapes, its mirror image, and what cannot work."""

import csv
from itertools import chain, combinations
from pathlib import Path

import pytest
import torch
from torch import nn

from labbook.models.autoencoder.mixer import (
    MIXERS,
    FeatureLinear,
    MixerAutoencoder,
    PatchConvolution,
)
from labbook.training.measure import count_parameters

REPORTED = Path(__file__).parents[3] / "notebooks" / "reported" / "mixer_autoencoder.csv"
ROWS = [row for row in csv.DictReader(REPORTED.read_text().splitlines()) if row["mixer"]]
IMAGE_SHAPES = {"mnist": (1, 28, 28), "photos": (3, 96, 96)}
MNIST = {"image_shape": (1, 28, 28), "patch_size": 7, "channels": (64, 64, 64, 16)}
POSITIONS = [*chain.from_iterable(combinations(range(1, 5), n) for n in range(5))]


def name_of(row):
    at = row["mixer_at"].replace(" ", ",") or "none"
    return f"{row['table']}: {row['mixer']} {row['kernel_size']} at {at}, patch {row['patch_size']}"


def arguments_of(row):
    """The arguments of the autoencoder of a row of the reported tables."""
    return {
        "image_shape": IMAGE_SHAPES[row["dataset"]],
        "patch_size": int(row["patch_size"]),
        "channels": tuple(map(int, row["channels"].split())),
        "mixer_at": tuple(map(int, row["mixer_at"].split())),
        "mixer": row["mixer"],
        "kernel_size": int(row["kernel_size"]),
        "revision": row["revision"],
    }


def closed_form(image_shape, patch_size, channels, mixer_at, mixer, kernel_size, revision):
    """The number of parameters by formula: layers, mixers, head and tail, counted by hand."""
    colours, height, width = image_shape
    patches = height * width // patch_size**2
    widths = channels[:-1] if revision == "latent apart" else channels
    taps = kernel_size**2 if "2d" in mixer else kernel_size

    def mixer_parameters(c):
        if mixer == "mlp":
            return (patches * c) ** 2 + patches * c
        along_patches = c * c * taps + c if mixer.endswith("f") else 0
        return patches * patches * taps + patches + along_patches

    pairs = zip((colours * patch_size**2, *widths), widths, strict=False)
    layers = sum(2 * before * c + c + before for before, c in pairs)
    mixers = sum(2 * mixer_parameters(widths[i - 1]) for i in mixer_at)
    joined, latent = patches * widths[-1], channels[-1]
    return layers + mixers + 2 * joined * latent + latent + joined


@pytest.mark.parametrize("row", ROWS, ids=name_of)
def test_the_reported_number_of_parameters(row):
    with torch.device("meta"):
        model = MixerAutoencoder(**arguments_of(row))
    assert count_parameters(model) == int(row["reported_parameters"])


@pytest.mark.parametrize("row", ROWS, ids=name_of)
def test_the_reported_number_follows_from_the_closed_form(row):
    assert closed_form(**arguments_of(row)) == int(row["reported_parameters"])


def test_the_tables_have_56_rows_of_mixers():
    assert len(ROWS) == 56


@pytest.mark.parametrize("mixer", MIXERS)
def test_an_image_becomes_a_latent_vector(mixer):
    model = MixerAutoencoder(**MNIST, mixer_at=(2, 3, 4), mixer=mixer, kernel_size=3)
    assert model.encode(torch.rand(5, 1, 28, 28)).shape == (5, 16)


@pytest.mark.parametrize("mixer", MIXERS)
def test_a_latent_vector_becomes_an_image(mixer):
    model = MixerAutoencoder(**MNIST, mixer_at=(2, 3, 4), mixer=mixer, kernel_size=3)
    assert model.decode(torch.randn(5, 16)).shape == (5, 1, 28, 28)


@pytest.mark.parametrize("mixer", MIXERS)
def test_images_may_be_oblong_and_coloured(mixer):
    arguments = {"mixer_at": (1, 2), "mixer": mixer, "kernel_size": 3}
    model = MixerAutoencoder((3, 4, 16), 4, (25, 9), **arguments)
    assert model(torch.rand(2, 3, 4, 16)).shape == (2, 3, 4, 16)


def test_where_the_latent_is_apart_the_last_width_is_the_one_before_it():
    model = MixerAutoencoder(**MNIST, revision="latent apart")
    assert (model.width, model.latent, len(model.encoder)) == (64, 16, 3)


def form_of(layer):
    """(kind, width in, width out) of a layer; mixers keep the width."""
    operation = layer.operation
    if isinstance(operation, FeatureLinear):
        return FeatureLinear, operation.in_features, operation.out_features
    shapes = tuple(tuple(parameter.shape) for parameter in operation.parameters())
    return type(operation), shapes, shapes


@pytest.mark.parametrize("mixer", MIXERS)
def test_the_decoder_is_the_encoder_backwards(mixer):
    model = MixerAutoencoder((1, 12, 12), 3, (36, 25, 25, 16), (1, 3, 4), mixer, 3)
    forwards = [form_of(layer) for layer in [*model.encoder, model.head]]
    backwards = [form_of(layer) for layer in [model.tail, *model.decoder]]
    assert backwards == [(kind, after, before) for kind, before, after in reversed(forwards)]


def test_a_linear_layer_adds_its_input_exactly_where_the_widths_agree():
    model = MixerAutoencoder((1, 28, 28), 7, (49, 64, 64, 16))
    assert [layer.residual for layer in model.encoder] == [True, False, True, False]
    assert [layer.residual for layer in model.decoder] == [False, True, False, True]


@pytest.mark.parametrize("mixer_at", POSITIONS, ids=str)
def test_the_last_layer_is_activated_exactly_with_a_mixer_at_1(mixer_at):
    model = MixerAutoencoder(**MNIST, mixer_at=mixer_at)
    assert (model.decoder[-1].activation is not None) == (1 in mixer_at)


@pytest.mark.parametrize(
    "revision, activated",
    [("linear encoder mixers", False), ("activated", True), ("latent apart", True)],
)
def test_the_mixers_of_the_encoder_are_activated_by_revision(revision, activated):
    model = MixerAutoencoder(**MNIST, mixer_at=(1, 2, 3), revision=revision)
    mixers = [layer for layer in model.encoder if isinstance(layer.operation, PatchConvolution)]
    assert [layer.activation is not None for layer in mixers] == [activated] * 3


def test_the_mixers_of_the_decoder_are_always_activated():
    model = MixerAutoencoder(**MNIST, mixer_at=(1, 2), revision="linear encoder mixers")
    mixers = [layer for layer in model.decoder if isinstance(layer.operation, PatchConvolution)]
    assert [layer.activation is not None for layer in mixers] == [True, True]


SHAPES = [((1, 28, 28), 7), ((3, 96, 96), 8), ((1, 14, 28), 7), ((3, 12, 8), 2), ((2, 6, 6), 6)]


@pytest.mark.parametrize("image_shape, patch_size", SHAPES, ids=str)
def test_unpatchify_is_the_inverse_of_patchify(image_shape, patch_size):
    model = MixerAutoencoder(image_shape, patch_size, (4,))
    images = torch.rand(3, *image_shape)
    assert torch.equal(model.unpatchify(model.patchify(images)), images)


@pytest.mark.parametrize("image_shape, patch_size", SHAPES, ids=str)
def test_a_patch_is_a_square_of_the_image(image_shape, patch_size):
    """Patches run over rows of patches; within one, over channel, row and column."""
    colours, height, width = image_shape
    patches = MixerAutoencoder(image_shape, patch_size, (4,)).patchify(
        torch.arange(2 * colours * height * width).view(2, *image_shape)
    )
    c, y, x = torch.meshgrid(*map(torch.arange, image_shape), indexing="ij")
    within = (c * patch_size + y % patch_size) * patch_size + x % patch_size
    patch = y // patch_size * (width // patch_size) + x // patch_size
    first_image = torch.arange(colours * height * width).view(image_shape)
    assert torch.equal(patches[within, patch, 0], first_image)


def test_reconstruction_error_is_the_mean_squared_error_between_images():
    model = MixerAutoencoder(**MNIST, mixer_at=(2,), mixer="mlp")
    images = torch.rand(4, 1, 28, 28)
    expected = nn.functional.mse_loss(model(images), images)
    torch.testing.assert_close(model.reconstruction_error(images), expected)


@pytest.mark.parametrize(
    "kernel_size, dead", [(7, 0), (9, 557_056), (11, 1_253_376), (13, 2_088_960)]
)
def test_so_many_weights_of_a_large_kernel_never_learn(kernel_size, dead):
    model = MixerAutoencoder(**MNIST, mixer_at=(2, 3, 4), mixer="cnn2df", kernel_size=kernel_size)
    model.reconstruction_error(torch.rand(64, 1, 28, 28)).backward()
    assert sum((p.grad == 0).sum().item() for p in model.parameters()) == dead


@pytest.mark.parametrize(
    "mixer, shape",
    [
        ("cnn", (16, 16, 3)),
        ("cnnf", (16, 16, 3)),
        ("cnn2d", (16, 16, 3, 3)),
        ("cnn2df", (16, 16, 3, 3)),
        ("mlp", (1024, 1024)),
    ],
)
def test_the_weights_of_the_first_mixer_can_be_looked_at(mixer, shape):
    model = MixerAutoencoder(**MNIST, mixer_at=(2,), mixer=mixer, kernel_size=3)
    assert model.first_mixer_weights().shape == shape


def test_without_a_mixer_there_are_no_weights_to_look_at():
    assert MixerAutoencoder(**MNIST).first_mixer_weights() is None


def test_the_same_seed_makes_the_same_network():
    torch.manual_seed(3)
    first = MixerAutoencoder(**MNIST, mixer_at=(2,), mixer="cnn2df", kernel_size=3)
    torch.manual_seed(3)
    second = MixerAutoencoder(**MNIST, mixer_at=(2,), mixer="cnn2df", kernel_size=3)
    images = torch.rand(2, 1, 28, 28)
    assert torch.equal(first(images), second(images))


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        ({"patch_size": 5}, r"5 does not divide 28 x 28\."),
        ({"image_shape": (1, 28, 30)}, r"7 does not divide 28 x 30\."),
        ({"image_shape": (1, 30, 28)}, r"7 does not divide 30 x 28\."),
        ({"mixer": "conv"}, r"one of cnn, cnnf, cnn2d, cnn2df, mlp, got 'conv'\."),
        ({"mixer": "cnn2d", "channels": (64, 50)}, r"square number at that layer .* got 50\."),
        ({"mixer": "cnn2df", "channels": (64, 50)}, r"square number at that layer .* got 50\."),
        ({"mixer": "cnn2df", "image_shape": (1, 14, 28)}, r"square number .* got 8\."),
        ({"kernel_size": 4}, r"must be an odd positive number .* got 4\."),
        ({"mixer_at": (0,)}, r"hidden layers from 1 to 4, got 0\."),
        ({"mixer_at": (2, 5)}, r"hidden layers from 1 to 4, got 5\."),
        ({"mixer_at": (4,), "revision": "latent apart"}, r"from 1 to 3, got 4\."),
        ({"channels": (16,), "revision": "latent apart"}, r"one hidden width, got \[16\]\."),
        ({"activation": "swish"}, r"one of gelu, relu, relu6, tanh, got 'swish'\."),
    ],
    ids=str,
)
def test_what_cannot_work_is_told_with_its_numbers(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        MixerAutoencoder(**MNIST | {"mixer_at": (2,)} | arguments)


@pytest.mark.parametrize("shape", [(2, 1, 28, 14), (2, 3, 28, 28), (28, 28)], ids=str)
def test_images_of_another_shape_are_told(shape):
    with pytest.raises(ValueError, match=r"must have the shape \(batch, 1, 28, 28\), got"):
        MixerAutoencoder(**MNIST).encode(torch.rand(shape))


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"revision": "lineer"}, "revision must be one of linear encoder mixers, activated"),
        ({"mixer": "cnm", "mixer_at": ()}, "mixer must be one of cnn, cnnf, cnn2d, cnn2df, mlp"),
        ({"channels": ()}, r"channels are widths of 1 or more, got \[\]"),
        ({"channels": (64, 0)}, r"channels are widths of 1 or more, got \[64, 0\]"),
        ({"patch_size": 0}, "patch_size must divide the height and the width of the image: 0 does"),
    ],
)
def test_what_was_misspelt_or_is_empty_is_told(given, sentence):
    arguments = {"image_shape": (1, 28, 28), "patch_size": 7, "channels": (64, 16)} | given
    with pytest.raises(ValueError, match=sentence):
        MixerAutoencoder(**arguments)
