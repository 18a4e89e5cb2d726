"""The IDX format of MNIST, and MNIST in it.

An IDX file is a header and then the raw values: two zero bytes, one byte for the type (8: unsigned
byte), one for the number of dimensions, and each dimension as a big-endian 32-bit number.
http://yann.lecun.com/exdb/mnist
"""

import gzip
import hashlib
import os
import zlib
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from labbook.data import fetch

UNSIGNED_BYTE = 8

#: Hosts of the four files, tried in this order.
MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "http://yann.lecun.com/exdb/mnist/",
)

#: (images, labels) of each split.
FILES = {
    "train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    "test": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}
COUNTS = {"train": 60_000, "test": 10_000}

#: sha256 of the four files as they are downloaded, compressed.
GZ_SHA256 = {
    "train-images-idx3-ubyte": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    "train-labels-idx1-ubyte": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    "t10k-images-idx3-ubyte": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    "t10k-labels-idx1-ubyte": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
}

#: sha256 of the values alone, without header: however a file was compressed, this must hold.
VALUES_SHA256 = {
    "train-images-idx3-ubyte": "741c988805d008ac6e4c904b69001ba184c24b2c540a4ef403f4c71b676cf757",
    "train-labels-idx1-ubyte": "1feba77c54802fa5339a11837ea4b2866434b83314ec45192930f1df69120c13",
    "t10k-images-idx3-ubyte": "6d87418db22cc8025d05968bec9bd5c3932904b23485740db143a061a2c9d161",
    "t10k-labels-idx1-ubyte": "ddeff807876a9661a1110d45c266c86239a3a1b7d37da0c3716a7a683c852ff5",
}

#: Identifies MNIST: the digest of the four digests above.
MNIST_DIGEST = "sha256:" + hashlib.sha256("".join(VALUES_SHA256.values()).encode()).hexdigest()


def read(path: str | Path) -> np.ndarray:
    """The array in an IDX file of unsigned bytes, plain or gzipped (by its name, ``.gz``).

    Raises:
        ValueError: damaged compression, a wrong magic number, or fewer or more bytes than the
            header promises.
    """
    path = Path(path)
    content = path.read_bytes()
    if path.suffix == ".gz":
        try:
            content = gzip.decompress(content)
        except (OSError, EOFError, zlib.error) as problem:
            raise ValueError(
                f"{path}: not a whole gzip file ({problem}); download it again."
            ) from problem
    ndim = content[3] if len(content) >= 4 else 0
    if content[:3] != bytes([0, 0, UNSIGNED_BYTE]) or ndim == 0:
        raise ValueError(
            f"{path}: begins with {content[:4].hex(' ') or 'nothing'}, not with the magic number "
            "of an IDX file of unsigned bytes (00 00 08 and the number of dimensions)."
        )
    header = 4 + 4 * ndim
    if len(content) < header:
        raise ValueError(f"{path}: ends within its header, after {len(content)} of {header} bytes.")
    shape = tuple(int(size) for size in np.frombuffer(content, ">u4", ndim, offset=4))
    promised = header + int(np.prod(shape, dtype=np.int64))
    if len(content) != promised:
        raise ValueError(
            f"{path}: {len(content):,} bytes where the header promises {promised:,} "
            f"(shape {' x '.join(map(str, shape))}); download it again."
        )
    return np.frombuffer(content, np.uint8, offset=header).reshape(shape)


def read_pair(images: str | Path, labels: str | Path) -> tuple[np.ndarray, np.ndarray]:
    """Images (N, H, W) and their labels (N,) from two IDX files.

    Raises:
        ValueError: either file is damaged, has the wrong number of dimensions, or their counts
            differ.
    """
    pixels, classes = read(images), read(labels)
    for path, array, ndim, what in ((images, pixels, 3, "images"), (labels, classes, 1, "labels")):
        if array.ndim != ndim:
            raise ValueError(f"{path}: {array.ndim} dimensions, where {what} have {ndim}.")
    if len(pixels) != len(classes):
        raise ValueError(
            f"{images} has {len(pixels):,} images but {labels} has {len(classes):,} labels; "
            "there must be one label to each image."
        )
    return pixels, classes


def mnist(split: str, folder: str | Path | None = None) -> tuple[Tensor, Tensor]:
    """MNIST's pixels (N, 1, 28, 28) uint8 and labels (N,) int64.

    The files, with or without ``.gz``, are looked for in ``folder`` if given; otherwise in
    ``$LABBOOK_DATA/mnist``; otherwise they are downloaded, once, to the user's cache.

    Raises:
        FileNotFoundError: ``folder`` lacks a file.
        ValueError: a file is damaged or is not MNIST's.
        OSError: no mirror could give a file.
    """
    split = "train" if split == "train" else "test"
    paths = [_find(name, folder) for name in FILES[split]]
    pixels, labels = read_pair(*paths)
    for path, name, array in zip(paths, FILES[split], (pixels, labels), strict=True):
        if len(array) != COUNTS[split]:
            raise ValueError(f"{path}: {len(array):,} entries, where MNIST has {COUNTS[split]:,}.")
        if hashlib.sha256(array).hexdigest() != VALUES_SHA256[name]:
            raise ValueError(
                f"{path}: well formed, but its values are not those of MNIST's {name}; "
                "is it another data set under the same name?"
            )
    return (
        torch.from_numpy(pixels[:, None].copy()),
        torch.from_numpy(labels.astype(np.int64)),
    )


def _find(name: str, folder: str | Path | None) -> Path:
    """The file of that name, plain or gzipped, as :func:`mnist` tells."""
    data = os.environ.get("LABBOOK_DATA")
    places = [Path(folder)] if folder is not None else [Path(data, "mnist")] if data else []
    for place in places:
        for path in (place / name, place / f"{name}.gz"):
            if path.is_file():
                return path
    if folder is not None:
        raise FileNotFoundError(f"{folder} holds neither {name} nor {name}.gz.")
    return fetch.download(f"{name}.gz", MIRRORS, GZ_SHA256[name], fetch.cache_folder() / "mnist")
