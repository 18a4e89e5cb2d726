"""Scenes of digits, and pictures in words: captions and prompts."""

from dataclasses import replace

import pytest
import torch

from labbook.data.embeddings import scenes
from labbook.data.embeddings.captions import PHOTOGRAPHS, SCENES


@pytest.fixture(scope="module")
def some():
    return scenes.make("train", 600, seed=0)


def test_scenes_are_small_colour_images(some):
    assert some.pixels.shape == (600, 3, 16, 16) and some.pixels.dtype == torch.uint8
    assert some.pixels_at(slice(5)).shape == (5, 3, 16, 16)
    assert some.pixels_at(slice(None)).min() >= -1 and some.pixels_at(slice(None)).max() <= 1


def test_every_choice_of_every_attribute_occurs(some):
    counts = [len(some.attributes[:, column].unique()) for column in range(4)]
    assert counts == list(scenes.ATTRIBUTES.values())


def test_a_seed_decides_the_scenes(some):
    again, other = scenes.make("train", 600, seed=0), scenes.make("train", 600, seed=1)
    assert torch.equal(again.pixels, some.pixels)
    assert not torch.equal(other.attributes, some.attributes)


def test_the_background_is_as_told(some):
    edges = some.pixels[:, :, 0, :].float().mean(2) / 255
    found = torch.tensor(list(scenes.BACKGROUNDS.values()))[some.attributes[:, 2]]
    # Dimmed to no less than three quarters, and a corner of a digit may reach the edge.
    assert ((edges - 0.875 * found).abs() < 0.2).all(dim=1).float().mean() > 0.98


def test_the_ink_is_of_the_colour_that_is_told(some):
    on_black = some.attributes[:, 2] == list(scenes.BACKGROUNDS).index("black")
    red = on_black & (some.attributes[:, 1] == list(scenes.COLOURS).index("red"))
    blue = on_black & (some.attributes[:, 1] == list(scenes.COLOURS).index("blue"))
    means = [some.pixels[which].float().mean(dim=(0, 2, 3)) for which in (red, blue)]
    assert means[0].argmax() == 0 and means[1].argmax() == 2


def test_digits_lean_to_the_side_that_is_told():
    black = list(scenes.BACKGROUNDS).index("black")
    some = scenes.make("train", 4000, seed=0)
    ink = (some.pixels.float().sum(1) - 120).clamp(min=0)
    ink /= ink.sum((1, 2), keepdim=True)
    across = torch.arange(16.0)
    x, y = (across - (ink.sum(axis) * across).sum(1, keepdim=True) for axis in (1, 2))
    # Of rows that run downwards: how far to the right the ink moves on the way up.
    lean = -torch.einsum("nyx,nx,ny->n", ink, x, y) / torch.einsum("nyx,ny->n", ink, y * y)
    known = (some.attributes[:, 2] == black) & lean.isfinite()
    means = {
        name: lean[known & (some.attributes[:, 3] == number)].mean().item()
        for number, name in enumerate(scenes.TILTS_DEGREES)
    }
    assert means["tilted left"] + 0.1 < means["upright"] < means["tilted right"] - 0.1


@pytest.mark.parametrize("split", ["train", "test"])
def test_scenes_show_the_scans_of_their_split_alone(monkeypatch, split):
    expected, load = scenes.make(split, 20, seed=0), scenes.images.load

    def without_ink(name, asked):
        found = load(name, asked)
        return found if asked == split else replace(found, pixels=0 * found.pixels)

    monkeypatch.setattr(scenes.images, "load", without_ink)
    assert torch.equal(scenes.make(split, 20, seed=0).pixels, expected.pixels)


def test_no_scenes_is_refused():
    with pytest.raises(ValueError, match="count is 0"):
        scenes.make("train", 0, seed=0)


def every_row(wording):
    """Each combination of values of the attributes once."""
    return torch.cartesian_prod(*(torch.arange(choices) for choices in wording.attributes.values()))


def test_the_words_are_of_the_attributes_of_scenes():
    assert list(SCENES.attributes.items()) == list(scenes.ATTRIBUTES.items())


def test_photographs_have_ten_objects_in_three_lights_and_tones():
    assert PHOTOGRAPHS.attributes == {"object": 10, "light": 3, "tone": 3}


def test_a_caption_tells_what_is_seen():
    row = torch.tensor([[7, 0, 1, 2]])
    found = {SCENES.captions(row, seed)[0] for seed in range(40)}
    assert "a photo of a red seven on a white background, tilted right" in found
    assert len(found) == len(SCENES.templates)
    assert all("seven" in caption for caption in found)


def test_a_caption_of_a_photograph_tells_what_is_seen():
    row = torch.tensor([[6, 0, 2]])
    found = {PHOTOGRAPHS.captions(row, seed)[0] for seed in range(40)}
    assert "a dark picture in warm colours, showing a frog" in found
    assert len(found) == len(PHOTOGRAPHS.templates)
    assert all("frog" in caption for caption in found)


@pytest.mark.parametrize("wording", [SCENES, PHOTOGRAPHS], ids=["scenes", "photographs"])
def test_a_seed_decides_the_captions(wording):
    rows = every_row(wording)
    assert wording.captions(rows, 3) == wording.captions(rows, 3) != wording.captions(rows, 4)


def test_the_captions_of_a_seed_are_known():
    rows = torch.tensor([[0, 1, 2, 0], [9, 7, 3, 1], [4, 4, 0, 2]])
    assert SCENES.captions(rows, 0) == [
        "the digit zero painted in green on grey, upright",
        "a photo of a pink nine on a brown background, tilted left",
        "a photo of a orange four on a black background, tilted right",
    ]


TASKS = [
    *((SCENES, classes) for classes in (10, 80, 320)),
    *((PHOTOGRAPHS, classes) for classes in (10, 30, 90)),
]


@pytest.mark.parametrize("wording, classes", TASKS)
def test_a_task_has_a_prompt_for_each_class(wording, classes):
    assert len(wording.prompts(classes)) == len(set(wording.prompts(classes))) == classes


@pytest.mark.parametrize("wording, classes", TASKS)
def test_every_class_of_a_task_is_the_label_of_a_picture(wording, classes):
    labels = wording.labels(every_row(wording), classes)
    assert labels.dtype == torch.int64 and labels.unique().tolist() == list(range(classes))


@pytest.mark.parametrize("wording, classes", TASKS)
def test_no_caption_is_a_prompt(wording, classes):
    written = {text for seed in range(20) for text in wording.captions(every_row(wording), seed)}
    assert not written & set(wording.prompts(classes))


@pytest.mark.parametrize(
    "classes, asked",
    [
        (10, "a photo of a three"),
        (80, "a photo of a cyan three"),
        (320, "a photo of a cyan three on a grey background"),
    ],
)
def test_the_prompt_of_a_scene_names_what_is_seen(classes, asked):
    row = torch.tensor([[3, 6, 2, 1]])
    assert SCENES.prompts(classes)[SCENES.labels(row, classes).item()] == asked


@pytest.mark.parametrize(
    "classes, asked",
    [
        (10, "a photo of a ship"),
        (30, "a bright photo of a ship"),
        (90, "a bright photo of a ship in cold colours"),
    ],
)
def test_the_prompt_of_a_photograph_names_what_is_seen(classes, asked):
    row = torch.tensor([[8, 2, 0]])
    assert PHOTOGRAPHS.prompts(classes)[PHOTOGRAPHS.labels(row, classes).item()] == asked


@pytest.mark.parametrize("ask", [SCENES.prompts, lambda n: SCENES.labels(torch.zeros(1, 4), n)])
def test_an_unknown_task_is_told(ask):
    with pytest.raises(ValueError, match="no task has 100 classes; there are 10, 80, 320"):
        ask(100)
