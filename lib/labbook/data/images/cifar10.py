"""CIFAR-10: photographs of ten kinds of objects, with what is to be seen in them.

Captions (:data:`labbook.data.embeddings.captions.PHOTOGRAPHS`) tell an object, which is the label
of the data set, and light and tone, which come from the pixels; image encoders can
learn to recognise them.

Source: Krizhevsky 2009, Learning Multiple Layers of Features from Tiny Images. The data has no
formal licence, so it is not downloaded: https://www.cs.toronto.edu/~kriz/cifar.html
"""

import hashlib
import os
import zlib
from functools import lru_cache
from pathlib import Path
from tokenize import TokenError
from zipfile import BadZipFile

import numpy as np
import torch
from torch import Tensor

from labbook.data.embeddings.scenes import Scenes
from labbook.data.order import generator

EDGE_PX = 32
IMAGES = "uint8 (N, 32, 32, 3) with N of 1 or more"
RECORD_BYTES = 1 + 3 * EDGE_PX**2  # of the binary version: a label, then red, green, blue
BINARY_FILES = (*(f"data_batch_{number}.bin" for number in range(1, 6)), "test_batch.bin")
#: Red, green and blue in the luminance of ITU-R BT.601, in thousandths.
LUMINANCE_WEIGHTS = (299, 587, 114)
#: Mean luminance, of 255: below the first is dark, from the second on bright. These and the
#: next part the training images in thirds, rounded to whole numbers.
LIGHT_THRESHOLDS = (109, 134)
#: Mean red less mean blue, of 255: below the first is cold, from the second on warm.
TONE_THRESHOLDS = (1, 22)
# What reading a damaged archive may raise; a TypeError is a single array in place of one.
UNREADABLE = (BadZipFile, zlib.error, TokenError, EOFError, OSError, RuntimeError)
UNREADABLE += (KeyError, TypeError, ValueError)


def draw(part: str, seed: int, folder: str | Path | None = None) -> Scenes:
    """Photographs: pixels (N, 3, 32, 32), attributes (N, 3) object, light and tone.

    The folder holds one ``.npz`` file of ``x_train`` (N, 32, 32, 3) uint8, ``y_train`` (N,) whole
    numbers, ``x_test`` and ``y_test``, or else the six ``.bin`` files of the binary version.

    Arguments:
        part: ``encoders`` or ``pairs``, the two halves of the training images that a seed makes;
            or ``test``, all test images as they stand in the file.
        seed: 0 or more; decides the halves and the order in them.
        folder: where the files lie, by default ``$LABBOOK_DATA/cifar10``.

    Raises:
        FileNotFoundError: no such folder, or it lacks files.
        ValueError: no such part, or a file is damaged or holds something else.
    """
    if part not in ("encoders", "pairs", "test"):
        raise ValueError(f"no part {part!r} of CIFAR-10; there are encoders, pairs, test.")
    images, labels = _read(_files(folder))["test" if part == "test" else "train"]
    if part != "test":
        order = torch.randperm(len(images), generator=generator(seed, 20)).numpy()
        chosen = np.array_split(order, 2)[part == "pairs"]
        images, labels = images[chosen], labels[chosen]
    pixels = torch.from_numpy(images).permute(0, 3, 1, 2).contiguous()
    objects = torch.from_numpy(labels).long()
    return Scenes(pixels, torch.stack([objects, *_light_and_tone(pixels)], dim=1))


def digest(folder: str | Path | None = None) -> str | None:
    """Identifies the data by names, shapes and values of its arrays; None if it is not at hand.

    A damaged or wrong file raises ValueError, as in :func:`draw`.
    """
    try:
        files = _files(folder)
    except FileNotFoundError:
        return None
    states = [(path, path.stat().st_size, path.stat().st_mtime_ns) for path in files]
    return _digest_of_files(tuple(states))


@lru_cache(maxsize=8)
def _digest_of_files(states: tuple[tuple[Path, int, int], ...]) -> str:
    """Sizes and times in ``states`` only tell whether the files must be read again."""
    content = hashlib.sha256()
    for split, arrays in _read([path for path, _, _ in states]).items():
        for kind, array in zip("xy", arrays, strict=True):
            content.update(f"{kind}_{split} {array.shape}\n".encode())
            content.update(array)
    return f"sha256:{content.hexdigest()}"


def _light_and_tone(pixels: Tensor) -> list[Tensor]:
    """Classes of the light and of the tone, (N,) int64 each; whole numbers, so nothing rounds."""
    sums = pixels.sum(dim=(2, 3))
    luminance = (sums * torch.tensor(LUMINANCE_WEIGHTS)).sum(dim=1)
    light = torch.tensor(LIGHT_THRESHOLDS) * sum(LUMINANCE_WEIGHTS) * EDGE_PX**2
    tone = torch.tensor(TONE_THRESHOLDS) * EDGE_PX**2
    pairs = ((luminance, light), (sums[:, 0] - sums[:, 2], tone))
    return [torch.bucketize(values, limits, right=True) for values, limits in pairs]


def _files(folder: str | Path | None) -> list[Path]:
    """The ``.npz`` file, or the binary ones in the order of ``BINARY_FILES``."""
    data = os.environ.get("LABBOOK_DATA")
    if folder is None and not data:
        raise FileNotFoundError(
            "no folder of CIFAR-10: name one, or set LABBOOK_DATA to the one above cifar10/."
        )
    root = Path(data, "cifar10") if folder is None else Path(folder)
    if not root.is_dir():
        raise FileNotFoundError(f"{root}: no such folder of CIFAR-10.")
    archives = sorted(root.glob("*.npz"))
    if len(archives) > 1:
        raise ValueError(f"{root} holds {len(archives)} .npz files; there must be one of CIFAR-10.")
    missing = [name for name in BINARY_FILES if not (root / name).is_file()]
    if missing and not archives:
        raise FileNotFoundError(f"{root} holds no .npz file, and no {', '.join(missing)} either.")
    return archives or [root / name for name in BINARY_FILES]


def _read(files: list[Path]) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Images (N, 32, 32, 3) and labels (N,) of both splits, all uint8."""
    splits = _archive(files[0]) if files[0].suffix == ".npz" else _binary(files)
    for split, (images, labels) in splits.items():
        where = f"{files[0].parent}, {split} split"
        if images.dtype != np.uint8 or images.shape[1:] != (EDGE_PX, EDGE_PX, 3) or not len(images):
            raise ValueError(f"{where}: images are {images.dtype} {images.shape}, not {IMAGES}.")
        if labels.dtype.kind not in "iu" or labels.shape != images.shape[:1]:
            raise ValueError(
                f"{where}: labels are {labels.dtype} {labels.shape}, not one whole number to each "
                f"of {len(images):,} images."
            )
        if labels.min() < 0 or labels.max() > 9:
            raise ValueError(f"{where}: labels are {labels.min()} to {labels.max()}, not 0 to 9.")
        splits[split] = np.ascontiguousarray(images), labels.astype(np.uint8)
    return splits


def _archive(path: Path) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    try:
        with np.load(path, allow_pickle=False) as npz:
            return {split: (npz[f"x_{split}"], npz[f"y_{split}"]) for split in ("train", "test")}
    except UNREADABLE as problem:
        raise ValueError(
            f"{path}: not a whole .npz file of arrays x_train, y_train, x_test, y_test ({problem})."
        ) from problem


def _binary(paths: list[Path]) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    records = []
    for path in paths:
        content = np.fromfile(path, np.uint8)
        if not content.size or content.size % RECORD_BYTES:
            raise ValueError(f"{path}: {content.size:,} bytes, no multiple of {RECORD_BYTES:,}.")
        planes = content.reshape(-1, RECORD_BYTES)[:, 1:].reshape(-1, 3, EDGE_PX, EDGE_PX)
        records.append((planes.transpose(0, 2, 3, 1), content[::RECORD_BYTES]))
    train = tuple(np.concatenate(arrays) for arrays in zip(*records[:-1], strict=True))
    return {"train": train, "test": records[-1]}
