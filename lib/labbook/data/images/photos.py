"""Photographs: centre crops for validation, random crops for training.

A picture is scaled (Lanczos) so that its longest edge is 160 px, but to no less than 96 px either
way. Bad files among good ones are skipped with a warning that names each.
"""

import hashlib
import os
import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

from labbook.data.order import generator

LONGEST_EDGE_PX = 160
CROP_PX = 96
VALIDATION_IMAGES = 100
CROPS_PER_PHOTO = 3  # as in the runs on Unsplash Lite that ours are compared with
CROPS_PER_SAMPLE = 256  # there are only two: enough for an epoch of some batches
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff"}


@dataclass(frozen=True)
class Crops:
    """Random square crops of pictures in memory, each decided by (seed, epoch, index) alone.

    Index i is a crop of picture ``i // crops_per_picture``; every epoch moves all crops.

    Attributes:
        pictures: each (C, H, W) uint8, at least 96 px high and wide; they may differ in size.
        crops_per_picture: how often each picture appears in one epoch.
        name, split, digest: as in :class:`~labbook.data.images.Images`.
    """

    pictures: tuple[Tensor, ...]
    crops_per_picture: int
    name: str = "photos"
    split: str = "train"
    digest: str = ""

    def __len__(self) -> int:
        return len(self.pictures) * self.crops_per_picture

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """(C, H, W) of one crop."""
        return (self.pictures[0].shape[0], CROP_PX, CROP_PX)

    def named(self, name: str, split: str, digest: str) -> "Crops":
        """The same crops, told where they come from."""
        return replace(self, name=name, split=split, digest=digest)

    def to(self, device: str | torch.device) -> "Crops":
        """The same crops with their pictures on ``device``."""
        return replace(self, pictures=tuple(picture.to(device) for picture in self.pictures))

    def gather(self, indices: Tensor, seed: int = 0, epoch: int = 0) -> Tensor:
        """The crops at ``indices`` in an epoch, as (B, C, 96, 96) uint8."""
        draws = _draws(len(self), seed, epoch)
        crops = []
        for index in indices.tolist():
            picture = self.pictures[index // self.crops_per_picture]
            top = draws[index, 0] % (picture.shape[1] - CROP_PX + 1)
            left = draws[index, 1] % (picture.shape[2] - CROP_PX + 1)
            crops.append(picture[:, top : top + CROP_PX, left : left + CROP_PX])
        return torch.stack(crops)


def read(split: str, folder: str | Path | None = None) -> Crops | Tensor:
    """A split of a folder of photographs.

    A folder with subfolders ``train`` and ``val`` is divided by them; of any other, the first 100
    images in order of their names are for validation. At most 100 are validated with.

    Arguments:
        split: ``train``, or anything else for validation.
        folder: where the images lie, by default ``$LABBOOK_DATA/photos``.

    Returns:
        for training, :class:`Crops`, three to each photograph; for validation the centre crops,
        (N, 3, 96, 96) uint8.

    Raises:
        FileNotFoundError: no such folder, or no image for the split in it.
        ValueError: no readable image for the split.
    """
    root = _root(folder)
    paths = _division(root)["train" if split == "train" else "validation"]
    with ThreadPoolExecutor() as threads:
        outcomes = list(threads.map(_read_or_reason, paths))
    pictures = [outcome for outcome in outcomes if isinstance(outcome, Tensor)]
    reasons = [outcome for outcome in outcomes if isinstance(outcome, str)]
    if not pictures:
        raise ValueError(f"{root}: none of its {len(paths)} images can be read; {reasons[0]}")
    for reason in reasons:
        warnings.warn(f"skipped {reason}", stacklevel=2)
    if split == "train":
        return Crops(tuple(pictures), CROPS_PER_PHOTO)
    return torch.stack([_centre(picture) for picture in pictures])


def sample(split: str) -> Crops | Tensor:
    """Scikit-learn's two sample photographs, unscaled (427 x 640 px), as :func:`read` gives others.

    Both splits come from the same two pictures, so a validation loss here says nothing about
    other photographs; but no pixel is in both: the right 192 px columns of each picture make 8
    validation images side by side, the other 448 are what training crops are cut from.
    """
    validation_px = 2 * CROP_PX
    pictures = [read_picture(path, longest_edge_px=640) for path in _sample_files()]
    if split == "train":
        parts = tuple(picture[:, :, :-validation_px].contiguous() for picture in pictures)
        return Crops(parts, CROPS_PER_SAMPLE)
    return torch.stack(
        [
            picture[:, :, -validation_px:][:, top : top + CROP_PX, left : left + CROP_PX]
            for picture in pictures
            for top in range(0, picture.shape[1] - CROP_PX + 1, CROP_PX)
            for left in (0, CROP_PX)
        ]
    )


def read_picture(path: str | Path, longest_edge_px: int = LONGEST_EDGE_PX) -> Tensor:
    """A picture as (3, H, W) uint8, upright, its longest edge scaled to so many pixels.

    Raises:
        ValueError: not an image, damaged, or not of 8 bits per channel.
    """
    try:
        with Image.open(path) as image:
            if image.mode in ("I", "F") or image.mode.startswith("I;"):
                raise ValueError(f"its pixels are {image.mode}, not 8 bits per channel")
            upright = ImageOps.exif_transpose(image).convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as problem:
        reason = str(problem).replace(repr(str(path)), "the file")
        raise ValueError(f"{path}: not a readable image ({reason}).") from problem
    scale = max(longest_edge_px / max(upright.size), CROP_PX / min(upright.size))
    size = tuple(max(CROP_PX, round(edge * scale)) for edge in upright.size)
    scaled = upright if size == upright.size else upright.resize(size, Image.Resampling.LANCZOS)
    return torch.from_numpy(np.array(scaled)).permute(2, 0, 1).contiguous()


def folder_digest(folder: str | Path | None = None) -> str | None:
    """Digest of the names and bytes of a folder's images; None where there are none at hand."""
    try:
        root = _root(folder)
        division = _division(root)
    except FileNotFoundError:
        return None
    paths = sorted({path for paths in division.values() for path in paths})
    states = [(path, path.stat().st_size, path.stat().st_mtime_ns) for path in paths]
    return _digest_of_files(root, tuple(states))


def sample_digest() -> str:
    """Digest of the two sample photographs' files."""
    paths = _sample_files()
    return _digest_of_files(paths[0].parent, tuple((path, 0, 0) for path in paths))


@lru_cache(maxsize=8)
def _digest_of_files(root: Path, states: tuple[tuple[Path, int, int], ...]) -> str:
    """Sizes and times in ``states`` only tell whether the files must be read again."""
    content = hashlib.sha256()
    for path, _, _ in states:
        of_file = hashlib.sha256(path.read_bytes()).hexdigest()
        content.update(f"{path.relative_to(root).as_posix()} {of_file}\n".encode())
    return f"sha256:{content.hexdigest()}"


@lru_cache(maxsize=4)
def _draws(count: int, seed: int, epoch: int) -> np.ndarray:
    """Two random numbers below 2^31 to each crop of an epoch, (count, 2)."""
    return torch.randint(2**31, (count, 2), generator=generator(seed, epoch, 1)).numpy()


def _root(folder: str | Path | None) -> Path:
    if folder is None:
        data = os.environ.get("LABBOOK_DATA")
        if not data:
            raise FileNotFoundError(
                "no folder of photographs: name one, or set LABBOOK_DATA to the one above photos/."
            )
        folder = Path(data, "photos")
    root = Path(folder)
    if not root.is_dir():
        raise FileNotFoundError(f"{root}: no such folder of photographs.")
    return root


def _division(root: Path) -> dict[str, list[Path]]:
    """The image files of both splits, each in order of names."""
    if (root / "train").is_dir() and (root / "val").is_dir():
        train, validation = _images_in(root / "train"), _images_in(root / "val")
        return {"train": train, "validation": validation[:VALIDATION_IMAGES]}
    paths = _images_in(root)
    if len(paths) <= VALIDATION_IMAGES:
        raise FileNotFoundError(
            f"{root} has {len(paths)} images; the first {VALIDATION_IMAGES} are for validation, so "
            "training needs more, or subfolders train/ and val/."
        )
    return {"train": paths[VALIDATION_IMAGES:], "validation": paths[:VALIDATION_IMAGES]}


def _images_in(folder: Path) -> list[Path]:
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    if not paths:
        raise FileNotFoundError(
            f"{folder} holds no images (files named {', '.join(sorted(SUFFIXES))})."
        )
    return paths


def _read_or_reason(path: Path) -> Tensor | str:
    try:
        return read_picture(path)
    except ValueError as problem:
        return str(problem)


def _centre(picture: Tensor) -> Tensor:
    top = (picture.shape[1] - CROP_PX) // 2
    left = (picture.shape[2] - CROP_PX) // 2
    return picture[:, top : top + CROP_PX, left : left + CROP_PX]


def _sample_files() -> list[Path]:
    """China and flower, as scikit-learn installs them."""
    import sklearn.datasets

    folder = Path(sklearn.datasets.__file__).parent / "images"
    return [folder / "china.jpg", folder / "flower.jpg"]
