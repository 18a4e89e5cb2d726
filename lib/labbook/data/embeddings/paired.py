"""Paired embeddings: row i of every map belongs to the same pair of a text and an image.

A folder holds one map to each encoder, ``<name>.npy`` (rows, width) in float16, and beside it
``<name>.json`` with its shape and digest. Maps are read as memory maps: 600,000 pairs of thirty
encoders are 27 GB, of which a batch reads its own rows.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from labbook.data.order import generator

_ROWS_AT_ONCE = 65_536


@dataclass(frozen=True)
class PairedEmbeddings:
    """Embeddings of the same pairs by one text encoder and several image encoders.

    Attributes:
        texts: (N, d_t).
        images: for each image encoder, by name, (N, D); the widths D may differ.
        digests: of each map; computed when not given.

    Raises:
        ValueError: another number of images than of texts; names the encoder.
    """

    texts: np.ndarray
    images: Mapping[str, np.ndarray]
    digests: Mapping[str, str] | None = None

    def __post_init__(self):
        for name, rows in self.images.items():
            if len(rows) != len(self.texts):
                raise ValueError(
                    f"there are {len(self.texts)} texts and {len(rows)} images of {name}: row i of "
                    "each belongs to pair i, so their counts must be equal."
                )

    def __len__(self) -> int:
        return len(self.texts)

    @cached_property
    def digest(self) -> str:
        """What identifies the pairs: of all maps' names, shapes and values."""
        maps = {"texts": self.texts, **self.images}
        digests = self.digests or {name: _digest(rows) for name, rows in maps.items()}
        listing = json.dumps(sorted(digests.items()))
        return f"sha256:{hashlib.sha256(listing.encode()).hexdigest()}"

    def of(self, name: str) -> np.ndarray:
        """The embeddings (N, D) of one image encoder.

        Raises:
            ValueError: there is none of that name.
        """
        if name not in self.images:
            raise ValueError(
                f"there are no embeddings of an image encoder {name!r}; there are those of "
                f"{', '.join(self.images)}."
            )
        return self.images[name]


def write_map(folder: str | Path, name: str, blocks: Iterable[np.ndarray], count: int) -> Path:
    """Write the embeddings of one encoder in float16, block by block; whole or not at all.

    Arguments:
        folder: made if missing.
        name: of the encoder.
        blocks: (B, D) each, as they come out of an encoder.
        count: N, the rows of all blocks together.

    Returns:
        Where the map lies, ``<folder>/<name>.npy``.

    Raises:
        ValueError: a row that is not finite, blocks of different widths, or another number of rows
            than ``count``. Nothing is left of the map then.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    path, private = folder / f"{name}.npy", folder / f".{name}.{os.getpid()}.npy"
    about, private_about = path.with_suffix(".json"), private.with_suffix(".json")
    rows, done = None, 0
    try:
        for block in blocks:
            if rows is None:
                shape = (count, block.shape[1])
                rows = np.lib.format.open_memmap(private, "w+", "float16", shape)
            if done + len(block) > count or block.shape[1] != rows.shape[1]:
                raise ValueError(
                    f"{name}: a block of shape {block.shape} does not fit after {done} of {count} "
                    f"rows of {rows.shape[1]} numbers."
                )
            with np.errstate(over="ignore"):  # told as a number that is not finite
                rows[done : done + len(block)] = block
            _check_finite(rows[done : done + len(block)], name, done)
            done += len(block)
        if rows is None or done != count:
            raise ValueError(f"{name}: the blocks hold {done} rows, not {count}.")
        rows.flush()
        told = {"shape": list(rows.shape), "dtype": "float16", "digest": _digest(rows)}
        private_about.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
        about.unlink(missing_ok=True)  # so that it never tells of another map than its own
        private.rename(path)
        private_about.rename(about)
    finally:
        private.unlink(missing_ok=True)
        private_about.unlink(missing_ok=True)
    return path


def read(folder: str | Path, texts: str, images: Sequence[str]) -> PairedEmbeddings:
    """Paired embeddings out of a folder, as memory maps.

    Arguments:
        folder: where :func:`write_map` wrote.
        texts: the name of the text encoder's map.
        images: the names of the image encoders' maps.

    Raises:
        FileNotFoundError: a map is missing.
        ValueError: a map is cut short or not what was written, or the counts are unequal.
    """
    about = {name: _open(Path(folder), name) for name in (texts, *images)}
    return PairedEmbeddings(
        about[texts][0],
        {name: about[name][0] for name in images},
        {name: digest for name, (_, digest) in about.items()},
    )


class PairBatches:
    """Batches of pairs, of one family of image encoders at a time.

    Families take turns, step by step, and each epoch is one pass over all pairs: with F families
    an encoder meets a share of 1/F of them in an epoch, another one in the next. Each epoch has a
    random order of its own.

    Arguments:
        embeddings: what to draw from.
        families: names of image encoders; those of a family have one width.
        batch_size: B, pairs in a batch; the last one of an epoch may be smaller and is kept.
        seed: of the order; it alone decides.
        rows: only the first so many pairs are used; all when not given.

    Raises:
        ValueError: no pairs, a batch below 1, a family without an encoder or of several widths, or
            an unknown encoder.
    """

    def __init__(
        self,
        embeddings: PairedEmbeddings,
        families: Sequence[Sequence[str]],
        batch_size: int,
        seed: int = 0,
        rows: int | None = None,
    ):
        self.count = len(embeddings) if rows is None else rows
        if not 1 <= self.count <= len(embeddings):
            raise ValueError(f"{self.count} pairs are asked for; there are {len(embeddings)}.")
        if batch_size < 1:
            raise ValueError(f"batch_size is {batch_size}; it is 1 or more.")
        self.texts = embeddings.texts
        self.families = [[embeddings.of(name) for name in family] for family in families]
        for names, maps in zip(families, self.families, strict=True):
            if len({rows.shape[1] for rows in maps}) != 1:
                raise ValueError(f"a family has encoders of one width; {list(names)} has not.")
        self.batch_size = batch_size
        self.seed = seed
        self._epoch = -1
        self._order = np.empty(0, dtype=np.int64)

    def __len__(self) -> int:
        """Steps per epoch."""
        return -(-self.count // self.batch_size)

    def batch(self, step: int) -> tuple[Tensor, Tensor]:
        """Texts (B, d_t) and images (q, B, D) of the family whose turn it is, in float32."""
        epoch, position = divmod(step, len(self))
        if epoch != self._epoch:
            self._order, self._epoch = self._shuffled(epoch), epoch
        rows = self._order[position * self.batch_size : (position + 1) * self.batch_size]
        maps = self.families[step % len(self.families)]
        images = np.stack([of_encoder[rows] for of_encoder in maps])
        return torch.from_numpy(self.texts[rows]).float(), torch.from_numpy(images).float()

    def seen(self, steps: int) -> int:
        """Pairs seen after so many steps."""
        epochs, rest = divmod(steps, len(self))
        return epochs * self.count + min(rest * self.batch_size, self.count)

    def _shuffled(self, epoch: int) -> np.ndarray:
        return torch.randperm(self.count, generator=generator(self.seed, epoch, 18)).numpy()


def zero_shot_accuracy(classes: Tensor, images: Tensor, labels: Tensor) -> float:
    """The share of images whose nearest class, by cosine, is theirs.

    Arguments:
        classes: (C, D), the prompts of the classes, mapped to the image space.
        images: (N, D).
        labels: (N,) int64, from 0 to C - 1.

    Raises:
        ValueError: the widths differ.
    """
    if classes.shape[1] != images.shape[1]:
        raise ValueError(
            f"classes of width {classes.shape[1]} cannot be compared with images of width "
            f"{images.shape[1]}."
        )
    nearest = (images @ torch.nn.functional.normalize(classes, dim=1).T).argmax(1)
    return (nearest == labels).double().mean().item()


def _open(folder: Path, name: str) -> tuple[np.ndarray, str]:
    """A map and the digest it was written with."""
    path = folder / f"{name}.npy"
    if not path.is_file() or not path.with_suffix(".json").is_file():
        raise FileNotFoundError(f"{folder} has no embeddings of {name}: no {name}.npy and .json.")
    about = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    try:
        rows = np.load(path, mmap_mode="r")
    except (ValueError, EOFError) as problem:
        raise ValueError(
            f"{path} is cut short or damaged: it should hold {about['shape'][0]} rows of "
            f"{about['shape'][1]} {about['dtype']}."
        ) from problem
    if [list(rows.shape), str(rows.dtype)] != [about["shape"], about["dtype"]]:
        raise ValueError(
            f"{path} holds {rows.shape} {rows.dtype}, but was written as {about['shape']} "
            f"{about['dtype']}."
        )
    return rows, about["digest"]


def _check_finite(rows: np.ndarray, name: str, start: int) -> None:
    bad = ~np.isfinite(rows).all(axis=1)
    if bad.any():
        raise ValueError(
            f"{name}: row {start + int(bad.argmax())} holds a number that is not finite "
            f"({int(bad.sum())} such rows in this block); an embedding is {rows.shape[1]} finite "
            "numbers."
        )


def _digest(rows: np.ndarray) -> str:
    """Digest of the shape, the type and the values, read in blocks."""
    content = hashlib.sha256(f"{rows.shape} {rows.dtype}".encode())
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        content.update(np.ascontiguousarray(rows[start : start + _ROWS_AT_ONCE]).tobytes())
    return content.hexdigest()
