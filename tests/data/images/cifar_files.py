"""Small files of both kinds of CIFAR-10."""

from pathlib import Path

import numpy as np

from labbook.data.images import cifar10

NAMES = ("x_train", "y_train", "x_test", "y_test")


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
