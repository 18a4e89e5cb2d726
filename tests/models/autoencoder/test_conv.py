"""The convolutional baseline and the autoencoders that a script describes."""

import csv
from pathlib import Path

import pytest
import torch
from torch import nn

from labbook.models.autoencoder.conv import ConvAutoencoder, ConvBlock, ScriptAutoencoder
from labbook.training.measure import count_parameters

REPORTED = Path(__file__).parents[3] / "notebooks" / "reported" / "mixer_autoencoder.csv"
ROWS = [row for row in csv.DictReader(REPORTED.read_text().splitlines()) if not row["mixer"]]
BASELINES = [row for row in ROWS if row["dataset"] == "mnist"]
SCRIPTS = [row for row in ROWS if row["script"]]
SCRIPT = "ch=32|down4|ch/2|ch/2|ch/2|ch*1|ch*1|ch=1"


@pytest.mark.parametrize("row", BASELINES, ids=lambda row: f"kernel {row['kernel_size']}")
def test_the_reported_number_of_parameters_of_the_baseline(row):
    channels = tuple(map(int, row["channels"].split()))
    model = ConvAutoencoder((1, 28, 28), channels, int(row["kernel_size"]))
    assert count_parameters(model) == int(row["reported_parameters"])


@pytest.mark.parametrize("row", BASELINES, ids=lambda row: f"kernel {row['kernel_size']}")
def test_the_reported_number_of_the_baseline_follows_from_the_closed_form(row):
    widths, k, latent = (1, 24, 32, 48), int(row["kernel_size"]), 16
    joined = 48 * (28 - 3 * (k - 1)) ** 2
    convolutions = sum(2 * k * k * i * o + i + o for i, o in zip(widths, widths[1:], strict=False))
    counted = convolutions + 2 * joined * latent + joined + latent
    assert counted == int(row["reported_parameters"])


@pytest.mark.parametrize("row", SCRIPTS, ids=lambda row: row["script"])
def test_the_reported_number_of_parameters_of_a_script(row):
    with torch.device("meta"):
        model = ScriptAutoencoder((3, 96, 96), row["script"], int(row["kernel_size"]))
    assert count_parameters(model) == int(row["reported_parameters"])


@pytest.mark.parametrize("prefix, parameters", [("", 3_544_804), ("scl=3|", 16_849_246)])
def test_a_script_as_it_was_printed_lacks_a_halving(prefix, parameters):
    with torch.device("meta"):
        model = ScriptAutoencoder((3, 96, 96), prefix + SCRIPT.replace("ch/2|", "", 1))
    assert count_parameters(model) == parameters


def test_the_tables_have_4_baselines_and_2_scripts():
    assert (len(BASELINES), len(SCRIPTS), len(ROWS)) == (4, 2, 6)


@pytest.mark.parametrize("kernel_size", (1, 3, 5, 7, 9))
def test_the_baseline_encodes_to_its_latent_size(kernel_size):
    model = ConvAutoencoder((1, 28, 28), kernel_size=kernel_size)
    assert model.encode(torch.rand(2, 1, 28, 28)).shape == (2, 16)


@pytest.mark.parametrize("image_shape", [(1, 28, 28), (3, 14, 20)], ids=str)
def test_the_baseline_decodes_to_the_shape_of_its_images(image_shape):
    model = ConvAutoencoder(image_shape, (4, 6), 5, latent=3)
    assert model.decode(torch.randn(2, 3)).shape == (2, *image_shape)


def test_the_decoder_of_the_baseline_has_the_widths_backwards():
    decoder = ConvAutoencoder((1, 28, 28)).decoder
    widths = [(m.in_channels, m.out_channels) for m in decoder if isinstance(m, nn.ConvTranspose2d)]
    assert widths == [(48, 32), (32, 24), (24, 1)]


def test_the_decoder_of_the_baseline_has_relu_between_its_convolutions_and_none_after_them():
    _, _, *up = ConvAutoencoder((1, 28, 28)).decoder
    convolution = nn.ConvTranspose2d
    assert [*map(type, up)] == [convolution, nn.ReLU, convolution, nn.ReLU, convolution]


def test_every_convolution_of_the_encoder_is_activated_in_the_baseline():
    *down, _, _ = ConvAutoencoder((1, 28, 28)).encoder
    assert [type(layer[-1]) for layer in down] == [nn.ReLU] * 3


@pytest.mark.parametrize(
    "image_shape, kernel_size, sentence",
    [
        ((1, 28, 28), 11, "3 convolutions of kernel_size 11 take 30 pixels .* 28 x 28 has none"),
        ((1, 40, 12), 5, "3 convolutions of kernel_size 5 take 12 pixels .* 40 x 12 has none"),
        ((1, 8, 8), 5, "3 convolutions of kernel_size 5 take 12 pixels .* 8 x 8 has none"),
    ],
    ids=str,
)
def test_an_image_too_small_for_the_baseline_is_told(image_shape, kernel_size, sentence):
    with pytest.raises(ValueError, match=sentence):
        ConvAutoencoder(image_shape, kernel_size=kernel_size)


def test_the_script_of_the_tables_makes_images_48_times_smaller():
    model = ScriptAutoencoder((3, 96, 96), SCRIPT)
    assert model.encode(torch.rand(1, 3, 96, 96)).shape == (1, 1, 24, 24)


@pytest.mark.parametrize(
    "image_shape, script",
    [
        ((3, 32, 32), SCRIPT),
        ((3, 16, 16), "scl=2|" + SCRIPT),
        ((1, 12, 30), "down2|ch=5|down3|ch/3"),
        ((2, 8, 8), "ch*3|scl=1|ch*1|scl=0|ch/2|down4"),
        ((3, 4, 4), " ch=7 | ch=2 "),
    ],
    ids=str,
)
def test_a_script_and_its_inverse_restore_the_shape(image_shape, script):
    images = torch.rand(2, *image_shape)
    assert ScriptAutoencoder(image_shape, script)(images).shape == images.shape


def blocks(module):
    return [block for block in module if isinstance(block, ConvBlock)]


def test_the_decoder_of_a_script_is_its_encoder_backwards():
    model = ScriptAutoencoder((3, 16, 16), SCRIPT)
    forwards = [
        (b.convolution.in_channels, b.convolution.out_channels) for b in blocks(model.encoder)
    ]
    backwards = [
        (b.convolution.out_channels, b.convolution.in_channels) for b in blocks(model.decoder)
    ]
    assert backwards == forwards[::-1]


def test_the_decoder_of_a_script_shuffles_pixels_where_its_encoder_unshuffled_them():
    model = ScriptAutoencoder((3, 32, 32), "ch=4|down2|ch=4|down4|ch=4")
    down = [m.downscale_factor for m in model.encoder if isinstance(m, nn.PixelUnshuffle)]
    up = [m.upscale_factor for m in model.decoder if isinstance(m, nn.PixelShuffle)]
    assert (down, up) == ([2, 4], [4, 2])


@pytest.mark.parametrize("part", ("encoder", "decoder"))
def test_only_the_last_block_of_a_part_is_not_activated(part):
    model = ScriptAutoencoder((3, 16, 16), SCRIPT)
    activated = [block.activation is not None for block in blocks(getattr(model, part))]
    assert activated == [True] * 6 + [False]


@pytest.mark.parametrize("part", ("encoder", "decoder"))
def test_where_a_side_ends_with_moved_pixels_all_its_blocks_are_activated(part):
    model = ScriptAutoencoder((3, 8, 8), "down2|ch=4|ch=2|down2")
    assert all(block.activation is not None for block in blocks(getattr(model, part)))


@pytest.mark.parametrize("transposed", (False, True))
@pytest.mark.parametrize("outputs", (4, 6))
def test_a_block_is_that_of_its_formula(outputs, transposed):
    block = ConvBlock(4, outputs, 3, 2, transposed, nn.Tanh, activated=True)
    x = torch.randn(2, 4, 5, 7)
    first, _, second, _ = block.skips
    skipped = x + second(first(x).tanh()).tanh()
    expected = block.convolution(skipped).tanh() + (skipped if outputs == 4 else 0)
    torch.testing.assert_close(block(x), expected)


def test_scl_gives_the_blocks_after_it_so_many_skip_convolutions():
    model = ScriptAutoencoder((3, 8, 8), "ch=4|scl=2|ch=4|scl=0|ch=4")
    skips = [len(block.skips or ()) // 2 for block in blocks(model.encoder)]
    assert skips == [0, 2, 0]


def test_a_block_adds_its_input_exactly_where_the_channels_stay():
    model = ScriptAutoencoder((4, 8, 8), "ch=4|ch*2|ch/1|ch=3")
    assert [block.residual for block in blocks(model.encoder)] == [True, False, True, False]


def test_a_division_of_channels_is_rounded_down():
    model = ScriptAutoencoder((7, 8, 8), "ch/2")
    assert model.encode(torch.rand(1, 7, 8, 8)).shape == (1, 3, 8, 8)


@pytest.mark.parametrize(
    "script, sentence",
    [
        ("ch=32|up2", r"'ch=32\|up2' has the token 'up2'; a token is"),
        ("", "has the token ''; a token is"),
        ("ch=32||down4", "has the token ''; a token is"),
        ("ch=1.5", "has the token 'ch=1.5'"),
        ("ch=-1", "has the token 'ch=-1'"),
        ("ch=0", "the token 'ch=0' .* needs a number above 0"),
        ("ch/0", "the token 'ch/0' .* needs a number above 0"),
        ("down0", "the token 'down0' .* needs a number above 0"),
        ("ch=4|down5", "'down5' needs a height and a width that 5 divides; .* 28 x 20 pixels"),
        ("ch=4|down4|down7", "'down7' needs .* that 7 divides; the image has 7 x 5 pixels"),
        ("ch/4", "the token 'ch/4' leaves no channel of the 3 there are"),
        ("down2", "the script 'down2' has no convolution"),
    ],
)
def test_a_script_that_cannot_work_is_told(script, sentence):
    with pytest.raises(ValueError, match=sentence):
        ScriptAutoencoder((3, 28, 20), script)


@pytest.mark.parametrize("kernel_size", (0, 2, -3))
def test_a_kernel_that_cannot_keep_the_shape_is_told(kernel_size):
    with pytest.raises(ValueError, match=f"must be odd and positive, got {kernel_size}"):
        ScriptAutoencoder((3, 8, 8), "ch=4", kernel_size)


def test_an_unknown_activation_is_told():
    with pytest.raises(ValueError, match="one of gelu, relu, relu6, tanh, got 'swish'"):
        ScriptAutoencoder((3, 8, 8), "ch=4", activation="swish")
