"""Files that are not CIFAR-10, or damaged: one sentence each."""

import numpy as np
import pytest
from tests.data.images.cifar_files import NAMES, write_archive, write_binary

from labbook.data.images import cifar10


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
