"""Digits, and what all image sets share."""

import subprocess
import sys

import pytest
import torch

from labbook.data import images

DIGITS_DIGEST = "sha256:3a2350536fd43eb71bb0f584e9d3064c17dc6fb07e56f64dbdd2edbe3cef0e4b"


def test_digits_are_divided_into_1500_and_297():
    shapes = {split: images.load("digits", split).pixels.shape for split in ("train", "test")}
    assert shapes == {"train": (1500, 1, 8, 8), "test": (297, 1, 8, 8)}


def test_validation_is_another_word_for_test():
    validation, test = (images.load("digits", split) for split in ("validation", "test"))
    assert torch.equal(validation.pixels, test.pixels)


def test_no_scan_is_missing_or_in_both_splits():
    from sklearn.datasets import load_digits

    pixels = torch.cat([images.load("digits", split).pixels for split in ("train", "test")])
    ours = sorted(map(bytes, pixels.flatten(1).numpy()))
    scans = torch.from_numpy(load_digits().images).flatten(1)
    assert ours == sorted(map(bytes, (scans * 255 / 16).add(0.5).floor().to(torch.uint8).numpy()))


def test_every_class_of_digits_keeps_its_share():
    train, test = (torch.bincount(images.load("digits", s).labels) for s in ("train", "test"))
    assert ((test / (train + test) - 297 / 1797).abs() < 0.005).all()


def test_levels_of_digits_use_the_whole_range():
    levels = images.load("digits", "train").pixels.unique()
    assert levels.tolist() == [
        0, 16, 32, 48, 64, 80, 96, 112, 128, 143, 159, 175, 191, 207, 223, 239, 255
    ]  # fmt: skip


def test_the_digest_of_digits_is_known():
    assert images.digest("digits") == images.load("digits", "test").digest == DIGITS_DIGEST


def test_another_seed_divides_digits_otherwise():
    assert images.digest("digits", seed=1) != DIGITS_DIGEST
    other = images.load("digits", "train", seed=1)
    assert other.digest == images.digest("digits", seed=1)
    assert not torch.equal(other.pixels, images.load("digits", "train").pixels)


def test_changing_loaded_pixels_leaves_the_next_load_alone():
    images.load("digits", "train").pixels.zero_()
    assert images.load("digits", "train").pixels.any()


def test_chunks_are_all_images_in_order():
    test = images.load("digits", "test")
    chunks = list(test.chunks(64))
    assert [len(chunk) for chunk in chunks] == [64, 64, 64, 64, 41]
    assert torch.equal(torch.cat(chunks), test.pixels / 255)


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(ValueError, match="no data set 'mnits'; there are digits, mnist, photos"):
        images.load("mnits", "train")
    with pytest.raises(ValueError, match="no data set 'mnits'; there are digits, mnist, photos"):
        images.digest("mnits")


def test_an_unknown_split_lists_the_known_ones():
    with pytest.raises(ValueError, match="no split 'dev' of digits; there are train"):
        images.load("digits", "dev")


def test_importing_the_loaders_brings_no_other_part_of_labbook():
    code = (
        "import sys, labbook.data.batches;"
        "print(*sorted(m for m in sys.modules if m.startswith('labbook.')))"
    )
    modules = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout
    assert modules.split()
    assert all(m == "labbook.data" or m.startswith("labbook.data.") for m in modules.split())
