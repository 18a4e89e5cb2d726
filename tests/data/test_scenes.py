"""Scenes of digits, their captions and prompts, and sentences as vectors."""

import numpy as np
import pytest
import torch

from labbook.data import captions, scenes
from labbook.data.text import TfidfText


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
    told = torch.tensor(list(scenes.BACKGROUNDS.values()))[some.attributes[:, 2]]
    # Dimmed to no less than three quarters, and a corner of a digit may reach the edge.
    assert ((edges - 0.875 * told).abs() < 0.2).all(dim=1).float().mean() > 0.98


def test_the_ink_is_of_the_colour_that_is_told(some):
    on_black = some.attributes[:, 2] == list(scenes.BACKGROUNDS).index("black")
    red = on_black & (some.attributes[:, 1] == list(scenes.COLOURS).index("red"))
    blue = on_black & (some.attributes[:, 1] == list(scenes.COLOURS).index("blue"))
    means = [some.pixels[which].float().mean(dim=(0, 2, 3)) for which in (red, blue)]
    assert means[0].argmax() == 0 and means[1].argmax() == 2


def test_no_scenes_is_refused():
    with pytest.raises(ValueError, match="count is 0"):
        scenes.make("train", 0, seed=0)


def test_a_caption_tells_what_is_seen():
    row = torch.tensor([[7, 0, 1, 2]])
    told = {captions.captions(row, seed)[0] for seed in range(40)}
    assert "a photo of a red seven on a white background, tilted right" in told
    assert len(told) == len(captions.TEMPLATES)
    assert all("seven" in caption for caption in told)


@pytest.mark.parametrize("classes", [10, 80, 320])
def test_a_task_has_a_prompt_for_each_class(classes):
    assert len(set(captions.prompts(classes))) == classes


@pytest.mark.parametrize("classes", [10, 80, 320])
def test_the_prompt_of_a_scene_names_what_is_seen(classes):
    row = torch.tensor([[3, 6, 2, 1]])
    prompt = captions.prompts(classes)[captions.labels(row, classes).item()]
    full = "a photo of a cyan three on a grey background"
    shorter = {10: "a photo of a three", 80: "a photo of a cyan three", 320: full}
    assert prompt == shorter[classes]


def test_an_unknown_task_is_told():
    with pytest.raises(ValueError, match="no task has 100 classes; there are 10, 80, 320"):
        captions.prompts(100)


@pytest.fixture(scope="module")
def text(some):
    return TfidfText(captions.captions(some.attributes, 0), 32)


def test_sentences_become_unit_vectors(text):
    vectors = text(captions.prompts(80))
    assert vectors.shape == (80, 32) and vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_a_sentence_has_one_vector_wherever_it_stands(text):
    alone = text(["a photo of a red two"])
    among = text(["a photo of a five", "a photo of a red two", "a photo of a five"])
    np.testing.assert_array_equal(among[1], alone[0])
    np.testing.assert_array_equal(among[0], among[2])


def test_an_unknown_sentence_is_a_zero_vector(text):
    assert not text(["Quark"]).any()


def test_a_sentence_is_nearest_to_one_with_its_words(text):
    prompts = text(captions.prompts(80))
    asked = text(["someone wrote a nine with green ink on white paper"])
    nearest = captions.prompts(80)[int((prompts @ asked[0]).argmax())]
    assert "green" in nearest or "nine" in nearest


def test_too_many_dimensions_are_refused():
    with pytest.raises(ValueError, match="2 different sentences"):
        TfidfText(["a red one", "a blue one"], 8)
