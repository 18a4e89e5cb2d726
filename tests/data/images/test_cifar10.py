"""CIFAR-10 in small files of both kinds, and the real one where it is at hand."""

import os
from pathlib import Path

import numpy as np
import pytest
import torch
from tests.data.images.cifar_files import NAMES, write_archive, write_binary

from labbook.data.embeddings.captions import PHOTOGRAPHS
from labbook.data.images import cifar10


def plain(*colours):
    """An archive's arrays whose test images are of these plain colours."""
    x_test = np.tile(np.array(colours, np.uint8)[:, None, None], (1, 32, 32, 1))
    x_train, y_train = np.zeros((4, 32, 32, 3), np.uint8), np.zeros(4, np.uint8)
    values = (x_train, y_train, x_test, np.zeros(len(colours), np.uint8))
    return dict(zip(NAMES, values, strict=True))


@pytest.fixture(scope="module")
def binary(arrays, tmp_path_factory):
    return write_binary(tmp_path_factory.mktemp("binary"), arrays)


@pytest.fixture(scope="module")
def cifar_folder():
    """The folder of the real CIFAR-10, from $LABBOOK_DATA."""
    data = os.environ.get("LABBOOK_DATA")
    if not data or not Path(data, "cifar10").is_dir():
        pytest.skip("the real CIFAR-10 is not at hand: set LABBOOK_DATA to the folder of cifar10/")
    return Path(data, "cifar10")


def test_test_images_are_as_written(arrays, archive):
    test = cifar10.draw("test", 0, archive)
    assert np.array_equal(test.pixels.permute(0, 2, 3, 1), arrays["x_test"])
    assert test.attributes[:, 0].tolist() == arrays["y_test"].tolist()


def test_photographs_are_pictures_for_an_encoder(archive):
    pairs = cifar10.draw("pairs", 0, archive)
    assert pairs.pixels.dtype == torch.uint8 and pairs.pixels.is_contiguous()
    assert pairs.attributes.shape == (12, 3) and pairs.attributes.dtype == torch.int64
    assert pairs.pixels_at(slice(5)).shape == (5, 3, 32, 32)


@pytest.mark.parametrize("part", ["encoders", "pairs", "test"])
def test_both_kinds_of_files_read_alike(archive, binary, part):
    one, other = (cifar10.draw(part, 3, folder) for folder in (archive, binary))
    assert torch.equal(one.pixels, other.pixels)
    assert torch.equal(one.attributes, other.attributes)


def test_both_kinds_of_files_have_one_digest(archive, binary):
    assert cifar10.digest(archive) == cifar10.digest(binary)
    assert cifar10.digest(archive).startswith("sha256:")


def test_the_way_an_archive_is_written_leaves_the_digest(arrays, archive, tmp_path):
    wide = {name: array.astype(np.int64) for name, array in arrays.items() if name[0] == "y"}
    other = {"x_train": np.asfortranarray(arrays["x_train"]), "names": np.array(["cat", "dog"])}
    assert cifar10.digest(write_archive(tmp_path, arrays, **wide, **other)) == (
        cifar10.digest(archive)
    )


@pytest.mark.parametrize("name", NAMES)
def test_one_value_changes_the_digest(arrays, archive, tmp_path, name):
    changed = arrays[name].copy()
    changed.flat[0] ^= 1
    other = write_archive(tmp_path, arrays, **{name: changed})
    assert cifar10.digest(other) != cifar10.digest(archive)


def test_a_file_written_anew_has_a_new_digest(arrays, tmp_path):
    before = cifar10.digest(write_archive(tmp_path, arrays))
    changed = {"y_test": arrays["y_test"][::-1]}
    path = write_archive(tmp_path, arrays, **changed) / "cifar.npz"
    os.utime(path, ns=(0, 0))  # surely another time, however coarse the clock of the disk
    assert cifar10.digest(tmp_path) != before


def test_both_halves_share_no_image_and_lack_none(arrays, archive):
    halves = [cifar10.draw(part, 0, archive) for part in ("encoders", "pairs")]
    assert [len(half) for half in halves] == [13, 12]
    drawn = [bytes(image) for half in halves for image in half.pixels.permute(0, 2, 3, 1).numpy()]
    assert sorted(drawn) == sorted(map(bytes, arrays["x_train"]))


def test_labels_stay_with_their_images(arrays, archive):
    pairs = cifar10.draw("pairs", 0, archive)
    known = dict(zip(map(bytes, arrays["x_train"]), arrays["y_train"].tolist(), strict=True))
    images = pairs.pixels.permute(0, 2, 3, 1).contiguous().numpy()
    assert [known[bytes(image)] for image in images] == pairs.attributes[:, 0].tolist()


def test_another_seed_draws_other_halves_but_the_same_test(archive):
    draws = [[cifar10.draw(part, seed, archive) for seed in (0, 1)] for part in ("pairs", "test")]
    assert not torch.equal(draws[0][0].pixels, draws[0][1].pixels)
    assert torch.equal(draws[1][0].pixels, draws[1][1].pixels)


def test_changing_drawn_pixels_leaves_the_next_draw_alone(archive):
    cifar10.draw("test", 0, archive).pixels.zero_()
    assert cifar10.draw("test", 0, archive).pixels.any()


def test_the_light_changes_at_its_thresholds(tmp_path):
    greys = write_archive(tmp_path, plain(*([grey] * 3 for grey in (108, 109, 133, 134))))
    assert cifar10.draw("test", 0, greys).attributes[:, 1].tolist() == [0, 1, 1, 2]


def test_the_luminance_weighs_green_most(tmp_path):
    colours = write_archive(tmp_path, plain((255, 0, 0), (0, 255, 0), (0, 0, 255)))
    # 0.299, 0.587 and 0.114 of 255: 76, 150 and 29
    assert cifar10.draw("test", 0, colours).attributes[:, 1].tolist() == [0, 2, 0]


def test_the_tone_changes_at_its_thresholds(tmp_path):
    colours = write_archive(tmp_path, plain(*((100 + more, 90, 100) for more in (0, 1, 21, 22))))
    assert cifar10.draw("test", 0, colours).attributes[:, 2].tolist() == [0, 1, 1, 2]


def test_blue_is_cold_and_red_is_warm(tmp_path):
    colours = write_archive(tmp_path, plain((20, 60, 200), (200, 60, 20)))
    tones = cifar10.draw("test", 0, colours).attributes[:, 2].tolist()
    assert [PHOTOGRAPHS.words["tone"][tone] for tone in tones] == ["cold", "warm"]


@pytest.mark.parametrize("column", [1, 2], ids=["light", "tone"])
def test_thresholds_part_the_real_photographs_in_thirds(cifar_folder, column):
    drawn = cifar10.draw("pairs", 0, cifar_folder).attributes
    thirds = torch.bincount(drawn[:, column], minlength=3) / len(drawn)
    assert ((thirds - 1 / 3).abs() < 0.02).all()


def test_every_light_occurs_with_every_tone_in_the_real_photographs(cifar_folder):
    drawn = cifar10.draw("pairs", 0, cifar_folder).attributes
    ninths = torch.bincount(3 * drawn[:, 1] + drawn[:, 2], minlength=9) / len(drawn)
    assert len(ninths) == 9 and ninths.min() > 0.05


def test_every_object_is_a_tenth_of_the_real_photographs(cifar_folder):
    drawn = cifar10.draw("test", 0, cifar_folder).attributes
    assert (torch.bincount(drawn[:, 0]) * 10 == len(drawn)).all()
