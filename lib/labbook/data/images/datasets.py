"""Image data sets by name: each split one uint8 tensor in memory, no worker processes.

====================  =====================================================================
name                  what it is
====================  =====================================================================
``digits``            scikit-learn's 1,797 scans of handwritten digits, 1x8x8; 1,500 to train
                      with, 297 to test with. Always at hand: the default of the demos.
``mnist``             60,000 and 10,000 handwritten digits, 1x28x28, from the four IDX files.
``photos``            any folder of images; random 96x96 crops to train with, the centres of
                      100 others for validation.
``sample_photos``     the same from scikit-learn's two photographs, for demos.
====================  =====================================================================
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from labbook.data.images import idx, photos
from labbook.data.images.photos import Crops

DIGITS_TEST_SIZE = 297


@dataclass(frozen=True)
class Images:
    """One split of a data set, whole and in memory.

    Attributes:
        pixels: (N, C, H, W) uint8; N images, C channels, height H and width W in pixels.
        labels: (N,) int64 class of each image, or None where the data has none.
        name: the name that :func:`load` was given.
        split: ``train``, or ``test`` / ``validation``.
        digest: identifies the data, all splits of it; the same string as :func:`digest` gives.
    """

    pixels: Tensor
    labels: Tensor | None
    name: str
    split: str
    digest: str

    def __len__(self) -> int:
        return len(self.pixels)

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """(C, H, W) of one image."""
        return tuple(self.pixels.shape[1:])

    def to(self, device: str | torch.device) -> "Images":
        """The same images with their pixels on ``device``; the labels stay where they are."""
        return Images(self.pixels.to(device), self.labels, self.name, self.split, self.digest)

    def gather(self, indices: Tensor, seed: int = 0, epoch: int = 0) -> Tensor:
        """The images at ``indices``, (B, C, H, W) uint8; neither seed nor epoch changes them."""
        return self.pixels.index_select(0, indices.to(self.pixels.device))

    def chunks(self, batch_size: int) -> Iterator[Tensor]:
        """All images in order as (B, C, H, W) float32 in [0, 1]; the last chunk may be smaller."""
        for pixels in self.pixels.split(batch_size):
            yield pixels.float().div_(255)


def load(name: str, split: str, folder: str | Path | None = None, seed: int = 0) -> Images | Crops:
    """A split of a data set.

    Arguments:
        name: ``digits``, ``mnist``, ``photos`` or ``sample_photos``.
        split: ``train``, or what it is validated with: ``test`` or ``validation`` (one and the
            same here, since none of these sets has both).
        folder: where the files lie (``mnist``, ``photos``); otherwise ``$LABBOOK_DATA/<name>``,
            and for MNIST otherwise a download.
        seed: of the division of ``digits`` into train and test; the other sets come divided.

    Returns:
        :class:`Images`; for the training split of photographs
        :class:`~labbook.data.images.photos.Crops`, whose images are cut out as they are asked for.

    Raises:
        ValueError: no such data set or split, or a file that is not what it should be.
        FileNotFoundError: the folder, or the images in it, are missing.
        OSError: MNIST is not at hand and no mirror could give it.
    """
    loaders: dict[str, Callable[[], Images | Crops]] = {
        "digits": lambda: _digits(split, seed),
        "mnist": lambda: Images(*idx.mnist(split, folder), name, split, idx.MNIST_DIGEST),
        "photos": lambda: _photos(name, split, photos.read(split, folder), digest(name, folder)),
        "sample_photos": lambda: _photos(name, split, photos.sample(split), digest(name)),
    }
    if name not in loaders:
        raise ValueError(f"no data set {name!r}; there are {', '.join(loaders)}.")
    if split not in ("train", "test", "validation"):
        raise ValueError(f"no split {split!r} of {name}; there are train, and test or validation.")
    return loaders[name]()


def digest(name: str, folder: str | Path | None = None, seed: int = 0) -> str | None:
    """What identifies a data set, found without loading it: the digest that records carry.

    For ``mnist`` a constant, known without the files; for ``photos`` it covers the names and bytes
    of every image file, and is None where the folder is not at hand.

    Arguments: as :func:`load`.
    """
    if name == "mnist":
        return idx.MNIST_DIGEST
    if name == "photos":
        return photos.folder_digest(folder)
    if name == "sample_photos":
        return photos.sample_digest()
    if name == "digits":
        return _digits_digest(seed)
    raise ValueError(f"no data set {name!r}; there are digits, mnist, photos, sample_photos.")


def _photos(name: str, split: str, pictures: "Crops | Tensor", known: str) -> Images | Crops:
    """Pixels of a validation split, or crops as they are, under the name they were asked by."""
    if isinstance(pictures, Crops):
        return pictures.named(name, split, known)
    return Images(pictures, None, name, split, known)


def _digits(split: str, seed: int) -> Images:
    pixels, labels = _digits_split(seed)["train" if split == "train" else "test"]
    return Images(
        torch.from_numpy(pixels.copy()),
        torch.from_numpy(labels.copy()),
        "digits",
        split,
        _digits_digest(seed),
    )


@lru_cache(maxsize=8)
def _digits_split(seed: int) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Pixels (N, 1, 8, 8) uint8 and labels of both splits; every class keeps its share in both.

    The scans count 0 to 16; level v becomes (255 v + 8) // 16, which is 255 v / 16 rounded.
    """
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    scans = load_digits()
    levels = scans.images.astype(np.int64)
    pixels = ((255 * levels + 8) // 16).astype(np.uint8)[:, None]
    labels = scans.target.astype(np.int64)
    train, test = train_test_split(
        np.arange(len(labels)), test_size=DIGITS_TEST_SIZE, stratify=labels, random_state=seed
    )
    return {"train": (pixels[train], labels[train]), "test": (pixels[test], labels[test])}


@lru_cache(maxsize=8)
def _digits_digest(seed: int) -> str:
    content = hashlib.sha256()
    for pixels, labels in _digits_split(seed).values():
        content.update(pixels.tobytes())
        content.update(labels.astype("<i8").tobytes())
    return f"sha256:{content.hexdigest()}"
