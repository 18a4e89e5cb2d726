"""The IDX format on small files, and the real MNIST where it is at hand."""

import gzip
import hashlib
import struct
from pathlib import Path

import numpy as np
import pytest
import torch

from labbook.data import images
from labbook.data.images import idx

ORIGINAL_MD5 = {
    "train-images-idx3-ubyte.gz": "f68b3c2dcbeaaa9fbdd348bbdeb94873",
    "train-labels-idx1-ubyte.gz": "d53e105ee54ea40749a09fcbcd1e9432",
    "t10k-images-idx3-ubyte.gz": "9fb629c4189551a2d022fa330f9573f3",
    "t10k-labels-idx1-ubyte.gz": "ec29112dd5afa0611ce80d1b7f02629c",
}
TRAIN_HISTOGRAM = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
TEST_HISTOGRAM = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


def idx_bytes(array: np.ndarray) -> bytes:
    shape = struct.pack(f">{array.ndim}I", *array.shape)
    return bytes([0, 0, 8, array.ndim]) + shape + array.astype(np.uint8).tobytes()


def write_pair(folder: Path, images_count: int, labels_count: int) -> tuple[Path, Path]:
    paths = folder / "images", folder / "labels"
    paths[0].write_bytes(idx_bytes(np.zeros((images_count, 4, 4))))
    paths[1].write_bytes(idx_bytes(np.zeros(labels_count)))
    return paths


def test_a_plain_file_is_read_as_written(tmp_path):
    array = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    (tmp_path / "x").write_bytes(idx_bytes(array))
    assert np.array_equal(idx.read(tmp_path / "x"), array)


def test_a_gzipped_file_is_read_as_written(tmp_path):
    array = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    (tmp_path / "x.gz").write_bytes(gzip.compress(idx_bytes(array)))
    assert np.array_equal(idx.read(tmp_path / "x.gz"), array)


@pytest.mark.parametrize("kept", [0, 3, 10, 39])
def test_a_truncated_file_is_refused_by_name(tmp_path, kept):
    path = tmp_path / "short"
    path.write_bytes(idx_bytes(np.zeros((2, 3, 4)))[:kept])
    with pytest.raises(ValueError, match="short"):
        idx.read(path)


def test_a_truncated_file_tells_both_sizes(tmp_path):
    path = tmp_path / "short"
    path.write_bytes(idx_bytes(np.zeros((2, 3, 4)))[:-1])
    with pytest.raises(ValueError, match=r"39 bytes where the header promises 40 .*2 x 3 x 4"):
        idx.read(path)


def test_a_truncated_gzip_file_is_refused(tmp_path):
    path = tmp_path / "short.gz"
    path.write_bytes(gzip.compress(idx_bytes(np.zeros((20, 30))))[:-6])
    with pytest.raises(ValueError, match=r"short\.gz: not a whole gzip file"):
        idx.read(path)


def test_a_plain_file_named_gz_is_refused(tmp_path):
    path = tmp_path / "plain.gz"
    path.write_bytes(idx_bytes(np.zeros((2, 3))))
    with pytest.raises(ValueError, match=r"plain\.gz: not a whole gzip file"):
        idx.read(path)


def test_a_wrong_magic_number_is_shown(tmp_path):
    path = tmp_path / "page"
    path.write_bytes(b"<html>not found</html>")
    with pytest.raises(ValueError, match=r"page: begins with 3c 68 74 6d, not with the magic"):
        idx.read(path)


def test_another_type_than_bytes_is_refused(tmp_path):
    path = tmp_path / "floats"
    path.write_bytes(bytes([0, 0, 0x0D, 1]) + struct.pack(">I", 1) + struct.pack(">f", 1.0))
    with pytest.raises(ValueError, match="begins with 00 00 0d 01"):
        idx.read(path)


def test_different_counts_of_images_and_labels_are_told(tmp_path):
    with pytest.raises(ValueError, match=r"has 5 images but .* has 4 labels"):
        idx.read_pair(*write_pair(tmp_path, 5, 4))


def test_labels_in_place_of_images_are_refused(tmp_path):
    _, labels = write_pair(tmp_path, 4, 4)
    with pytest.raises(ValueError, match="1 dimensions, where images have 3"):
        idx.read_pair(labels, labels)


def test_a_smaller_set_is_not_taken_for_mnist(tmp_path):
    (tmp_path / "t10k-images-idx3-ubyte").write_bytes(idx_bytes(np.zeros((5, 28, 28))))
    (tmp_path / "t10k-labels-idx1-ubyte").write_bytes(idx_bytes(np.zeros(5)))
    with pytest.raises(ValueError, match="5 entries, where MNIST has 10,000"):
        images.load("mnist", "test", tmp_path)


def test_other_images_in_the_same_form_are_not_taken_for_mnist(tmp_path):
    (tmp_path / "t10k-images-idx3-ubyte").write_bytes(idx_bytes(np.zeros((10_000, 28, 28))))
    (tmp_path / "t10k-labels-idx1-ubyte").write_bytes(idx_bytes(np.zeros(10_000)))
    with pytest.raises(ValueError, match="values are not those of MNIST's t10k-images"):
        images.load("mnist", "test", tmp_path)


def test_a_given_folder_without_the_files_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=f"{tmp_path} holds neither train-images"):
        images.load("mnist", "train", tmp_path)


def test_the_digest_of_mnist_needs_no_files(tmp_path):
    assert images.digest("mnist", tmp_path) == (
        "sha256:c473ce9de4170e6fe7638543697b7512b19cc4b2c68279feabf4a085461033dd"
    )


@pytest.mark.parametrize("name", ORIGINAL_MD5)
def test_the_files_are_the_originals(mnist_folder, name):
    path = mnist_folder / name
    if not path.exists():
        pytest.skip(f"{path} is not there (perhaps uncompressed)")
    content = path.read_bytes()
    assert hashlib.md5(content).hexdigest() == ORIGINAL_MD5[name]
    assert hashlib.sha256(content).hexdigest() == idx.GZ_SHA256[name.removesuffix(".gz")]


@pytest.mark.parametrize(
    "split, count, histogram",
    [("train", 60_000, TRAIN_HISTOGRAM), ("test", 10_000, TEST_HISTOGRAM)],
)
def test_mnist_has_its_counts_and_classes(mnist_folder, split, count, histogram):
    mnist = images.load("mnist", split, mnist_folder)
    assert mnist.pixels.shape == (count, 1, 28, 28)
    assert mnist.pixels.dtype == torch.uint8
    assert torch.bincount(mnist.labels).tolist() == histogram


def test_mnist_begins_with_the_well_known_five(mnist_folder):
    mnist = images.load("mnist", "train", mnist_folder)
    assert mnist.labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert int(mnist.pixels[0].sum()) == 27525


def test_mnist_is_found_below_labbook_data(mnist_folder, monkeypatch):
    monkeypatch.setenv("LABBOOK_DATA", str(mnist_folder.parent))
    assert len(images.load("mnist", "test")) == 10_000
