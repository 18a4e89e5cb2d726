"""The pictures of the zoos: which are drawn for what, and in which batches encoders see them."""

import numpy as np
import pytest
import torch
from tests.data.images.cifar_files import write_archive

from labbook.data.embeddings import scenes
from labbook.experiments.connectors import encoders
from labbook.experiments.connectors.encoders import SceneBatches, train_encoders
from labbook.experiments.connectors.zoo import drawn


@pytest.mark.parametrize(
    "what, split, count, number",
    [("pairs", "train", 40, 0), ("encoders", "train", 40, 1), ("test", "test", 3000, 2)],
)
def test_what_tests_encoders_and_connectors_is_of_scans_for_the_test(what, split, count, number):
    found, expected = drawn(what, 40, 3, "digits"), scenes.make(split, count, 30 + number)
    assert torch.equal(found.pixels, expected.pixels)
    assert torch.equal(found.attributes, expected.attributes)


@pytest.fixture
def photographs(tmp_path, monkeypatch):
    """A small CIFAR-10 of 20 and 6 images; by its first number each is another."""
    random = np.random.default_rng(0)
    arrays = {}
    for split, count, first in (("train", 20, 0), ("test", 6, 100)):
        images = random.integers(0, 256, (count, 32, 32, 3), dtype=np.uint8)
        images[:, 0, 0, 0] = first + np.arange(count)
        arrays |= {f"x_{split}": images, f"y_{split}": np.arange(count, dtype=np.uint8) % 10}
    write_archive(tmp_path / "cifar10", arrays)
    monkeypatch.setenv("LABBOOK_DATA", str(tmp_path))


def test_photographs_for_pairs_encoders_and_test_are_different_ones(photographs):
    found = {
        what: set(drawn(what, 7, 0, "photographs").pixels[:, 0, 0, 0].tolist())
        for what in ("pairs", "encoders", "test")
    }
    assert [len(numbers) for numbers in found.values()] == [7, 7, 6]
    assert found["test"] == set(range(100, 106)) and not found["pairs"] & found["encoders"]


def test_an_encoder_does_not_train_on_the_pictures_of_pairs_or_test(monkeypatch):
    configuration = {
        "width": 48, "kinds": [["mlp", 8]], "initialisation": 0, "pairs": 200, "zoo_steps": 3,
        "seed": 0,
    }  # fmt: skip
    expected = train_encoders(**configuration)["metrics"]["train_loss"]

    def blank(what, *arguments):
        found = drawn(what, *arguments)
        return found if what == "encoders" else scenes.Scenes(0 * found.pixels, found.attributes)

    monkeypatch.setattr(encoders, "drawn", blank)
    assert train_encoders(**configuration)["metrics"]["train_loss"] == expected


def test_a_step_draws_its_pictures_by_seed_and_number():
    some = scenes.make("train", 500, 0)
    pixels, attributes = SceneBatches(some, 4).batch(2)
    assert pixels.shape == (128, 3, 16, 16) and attributes.shape == (128, 4)
    assert torch.equal(SceneBatches(some, 4).batch(2)[0], pixels)
    for seed, step in ((4, 3), (5, 2)):
        assert not torch.equal(SceneBatches(some, seed).batch(step)[0], pixels)
