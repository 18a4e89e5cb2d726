"""CIFAR-10 in small files of both kinds, and the real one where it is at hand."""

import os
from pathlib import Path

import numpy as np
import pytest
import torch

from labbook.data.embeddings.captions import PHOTOGRAPHS
from labbook.data.images import cifar10

NAMES = ("x_train", "y_train", "x_test", "y_test")


@pytest.fixture(scope="module")
def arrays():
    """25 training and 7 test images of noise around a mean of their own."""
    random = np.random.default_rng(0)

    def images(count):
        means = random.uniform(40, 215, (count, 1, 1, 3))
        return (means + random.uniform(-40, 40, (count, 32, 32, 3))).astype(np.uint8)

    x_train, x_test = images(25), images(7)
    y_train, y_test = (np.arange(count, dtype=np.uint8) % 10 for count in (25, 7))
    return dict(zip(NAMES, (x_train, y_train, x_test, y_test), strict=True))


def write_archive(folder: Path, arrays, **others) -> Path:
    folder.mkdir(exist_ok=True)
    np.savez(folder / "cifar.npz", **{**arrays, **others})
    return folder


def write_binary(folder: Path, arrays) -> Path:
    """The six files of the binary version, five training images in each batch."""
    folder.mkdir(exist_ok=True)
    for name in cifar10.BINARY_FILES:
        split, part = ("test", slice(None))
        if name.startswith("data_batch_"):
            number = int(name.removeprefix("data_batch_").removesuffix(".bin"))
            split, part = "train", slice(5 * number - 5, 5 * number)
        pairs = zip(arrays[f"y_{split}"][part], arrays[f"x_{split}"][part], strict=True)
        planes = [bytes([label]) + image.transpose(2, 0, 1).tobytes() for label, image in pairs]
        (folder / name).write_bytes(b"".join(planes))
    return folder


def plain(*colours):
    """An archive's arrays whose test images are of these plain colours."""
    x_test = np.tile(np.array(colours, np.uint8)[:, None, None], (1, 32, 32, 1))
    x_train, y_train = np.zeros((4, 32, 32, 3), np.uint8), np.zeros(4, np.uint8)
    values = (x_train, y_train, x_test, np.zeros(len(colours), np.uint8))
    return dict(zip(NAMES, values, strict=True))


@pytest.fixture(scope="module")
def archive(arrays, tmp_path_factory):
    return write_archive(tmp_path_factory.mktemp("archive"), arrays)


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


def test_an_unknown_part_is_told(archive):
    with pytest.raises(ValueError, match="no part 'train' of CIFAR-10; there are encoders, pairs"):
        cifar10.draw("train", 0, archive)


def test_without_a_folder_the_variable_is_told(monkeypatch):
    monkeypatch.delenv("LABBOOK_DATA", raising=False)
    with pytest.raises(FileNotFoundError, match="name one, or set LABBOOK_DATA to the one above"):
        cifar10.draw("test", 0)
    assert cifar10.digest() is None


def test_photographs_are_found_below_labbook_data(arrays, tmp_path, monkeypatch):
    write_archive(tmp_path / "cifar10", arrays)
    monkeypatch.setenv("LABBOOK_DATA", str(tmp_path))
    assert len(cifar10.draw("test", 0)) == 7
    assert cifar10.digest() == cifar10.digest(tmp_path / "cifar10")


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="elsewhere: no such folder of CIFAR-10"):
        cifar10.draw("test", 0, tmp_path / "elsewhere")
    assert cifar10.digest(tmp_path / "elsewhere") is None


def test_a_folder_without_files_is_named(tmp_path):
    wanted = rf"{tmp_path} holds no \.npz file, and no data_batch_1\.bin, .*test_batch\.bin either"
    with pytest.raises(FileNotFoundError, match=wanted):
        cifar10.draw("test", 0, tmp_path)
    assert cifar10.digest(tmp_path) is None


def test_a_missing_batch_is_named(arrays, tmp_path):
    (write_binary(tmp_path, arrays) / "data_batch_3.bin").unlink()
    with pytest.raises(FileNotFoundError, match=r"and no data_batch_3\.bin either"):
        cifar10.draw("test", 0, tmp_path)


def test_two_archives_are_refused(arrays, tmp_path):
    np.savez(write_archive(tmp_path, arrays) / "other.npz", **arrays)
    with pytest.raises(ValueError, match=r"holds 2 \.npz files; there must be one"):
        cifar10.draw("test", 0, tmp_path)


def test_an_archive_without_an_array_is_refused(arrays, tmp_path):
    np.savez(tmp_path / "cifar.npz", **{name: arrays[name] for name in NAMES[:3]})
    with pytest.raises(ValueError, match=r"x_test, y_test \('y_test is not a file in"):
        cifar10.draw("test", 0, tmp_path)


@pytest.mark.parametrize(
    "images, found",
    [
        (np.zeros((25, 3, 32, 32), np.uint8), r"uint8 \(25, 3, 32, 32\)"),
        (np.zeros((25, 32, 32), np.uint8), r"uint8 \(25, 32, 32\)"),
        (np.zeros((25, 32, 32, 3), np.float32), r"float32 \(25, 32, 32, 3\)"),
        (np.zeros((0, 32, 32, 3), np.uint8), r"uint8 \(0, 32, 32, 3\)"),
        (np.uint8(3), r"uint8 \(\)"),
    ],
    ids=["channels first", "grey", "floats", "none", "a number"],
)
def test_images_of_another_form_are_refused(arrays, tmp_path, images, found):
    write_archive(tmp_path, arrays, x_train=images)
    with pytest.raises(ValueError, match=rf"train split: images are {found}, not uint8 \(N, 32"):
        cifar10.draw("test", 0, tmp_path)


@pytest.mark.parametrize(
    "labels, found",
    [
        (np.zeros(6, np.uint8), r"uint8 \(6,\)"),
        (np.zeros((7, 1), np.uint8), r"uint8 \(7, 1\)"),
        (np.zeros(7, np.float64), r"float64 \(7,\)"),
    ],
    ids=["one too few", "a column", "floats"],
)
def test_labels_that_do_not_fit_the_images_are_refused(arrays, tmp_path, labels, found):
    write_archive(tmp_path, arrays, y_test=labels)
    with pytest.raises(
        ValueError, match=rf"test split: labels are {found}, not one .* of 7 images"
    ):
        cifar10.digest(tmp_path)


@pytest.mark.parametrize("label", [-1, 10])
def test_a_label_of_no_class_is_refused(arrays, tmp_path, label):
    labels = arrays["y_train"].astype(np.int64)
    labels[5] = label
    write_archive(tmp_path, arrays, y_train=labels)
    found = f"train split: labels are {min(label, 0)} to {max(label, 9)}, not 0 to 9"
    with pytest.raises(ValueError, match=found):
        cifar10.draw("test", 0, tmp_path)


def test_a_label_of_no_class_in_a_batch_is_refused(arrays, tmp_path):
    path = write_binary(tmp_path, arrays) / "data_batch_2.bin"
    path.write_bytes(b"\x11" + path.read_bytes()[1:])
    with pytest.raises(ValueError, match="train split: labels are 0 to 17, not 0 to 9"):
        cifar10.draw("test", 0, tmp_path)


@pytest.mark.parametrize("kept", [0, 3000, 5 * 3073 - 1])
def test_a_truncated_batch_is_named(arrays, tmp_path, kept):
    path = write_binary(tmp_path, arrays) / "data_batch_4.bin"
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(ValueError, match=rf"data_batch_4\.bin: {kept:,} bytes, no multiple of 3,"):
        cifar10.draw("test", 0, tmp_path)


@pytest.mark.parametrize("kept", [0, 3, 500, -10])
def test_a_truncated_archive_is_named(arrays, tmp_path, kept):
    path = write_archive(tmp_path, arrays) / "cifar.npz"
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(ValueError, match=r"cifar\.npz: not a whole \.npz file of arrays x_train"):
        cifar10.draw("test", 0, tmp_path)


@pytest.mark.parametrize(
    "write, place",
    [(np.savez_compressed, 2000), (np.savez_compressed, 60), (np.savez, 2000), (np.savez, 175)],
    ids=["checksum", "compression", "values", "header"],
)
def test_a_damaged_archive_is_named(arrays, tmp_path, write, place):
    write(tmp_path / "cifar.npz", **arrays)
    content = bytearray((tmp_path / "cifar.npz").read_bytes())
    content[place : place + 2] = b"((" if content[place : place + 2] != b"((" else b"))"
    (tmp_path / "cifar.npz").write_bytes(content)
    with pytest.raises(ValueError, match=r"cifar\.npz: not a whole \.npz file of arrays x_train"):
        cifar10.draw("test", 0, tmp_path)


def test_pickled_objects_are_refused(arrays, tmp_path):
    write_archive(tmp_path, arrays, y_test=np.array([{}] * 7, dtype=object))
    with pytest.raises(ValueError, match=r"of arrays .*\(Object arrays cannot be loaded"):
        cifar10.draw("test", 0, tmp_path)


def test_a_single_array_under_the_name_is_refused(arrays, tmp_path):
    with open(tmp_path / "cifar.npz", "wb") as file:
        np.save(file, arrays["x_test"])
    with pytest.raises(ValueError, match=r"cifar\.npz: not a whole \.npz file of arrays x_train"):
        cifar10.draw("test", 0, tmp_path)


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
