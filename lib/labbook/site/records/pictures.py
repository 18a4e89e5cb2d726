"""Arrays that a trial returned, as pictures: strips of images, and maps of numbers."""

import io
import re
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from labbook.log.records.artifacts import file_of_arrays, load_artifacts
from labbook.log.records.files import DamagedRecord
from labbook.log.records.key import short_digest
from labbook.log.records.record import Record

if TYPE_CHECKING:
    import numpy as np

# A file of arrays beyond it (encodings of a data set, say) holds no pictures.
LARGEST_FILE_BYTES = 2_000_000
SIDES = range(2, 257)
IN_A_STRIP = 8
# Small pictures are drawn larger, each of their pixels a square.
LEGIBLE_WIDTH = 480


@dataclass(frozen=True)
class Picture:
    """An array as a PNG.

    Attributes:
        name: of the array.
        about: its shape, and its scale where it holds no images.
        png: the file's bytes.
        width: of the file, in pixels.
    """

    name: str
    about: str
    png: bytes
    width: int

    @property
    def shown_width(self) -> int:
        """How wide a page draws it, in pixels: a whole multiple of its width."""
        return self.width * max(1, LEGIBLE_WIDTH // self.width)

    def file(self, key: str) -> str:
        """The name of its file beside the page of a record, which any address can hold."""
        plain = re.fullmatch(r"[\w.-]+", self.name)
        return f"{key}.{self.name if plain else short_digest(self.name)}.png"

    def described(self, key: str) -> dict[str, str | int]:
        """What a comparison needs of it; equal arrays have equal digests."""
        digest = short_digest(self.about.encode() + self.png)
        return {"file": self.file(key), "about": self.about, "digest": digest,
                "width": self.shown_width}  # fmt: skip


def pictures_of(record: Record) -> list[Picture]:
    """The arrays of a record that can be looked at, where they lie beside it.

    (H, W), (N, H, W), (N, C, H, W) and (N, H, W, C) of bytes, with C 1 or 3, are images; (H, W) and
    (N, H, W) of floating-point numbers are maps from blue (negative) over white (0) to red, on
    one scale. The first eight are drawn.
    """
    if not (names := record.arrays):
        return []
    file = file_of_arrays(record.folder or Path(), record.stem, record.start)
    if not file.is_file() or file.stat().st_size > LARGEST_FILE_BYTES:
        return []
    try:
        arrays = load_artifacts(file.parent, record.stem, record.start, names, {})
    except (OSError, DamagedRecord):
        return []  # the numbers of the record stand without them
    pictures = (_picture(name, array) for name, array in sorted(arrays.items()))
    return [picture for picture in pictures if picture is not None]


def pictures_html(pictures: list[Picture], key: str) -> str:
    """The section of a record's page that shows its arrays."""
    figures = "".join(
        f'<figure class="lb-array"><img src="{escape(picture.file(key))}" '
        f'width="{picture.shown_width}" alt="{escape(_called(picture))}">'
        f"<figcaption>{escape(_called(picture))}</figcaption></figure>"
        for picture in pictures
    )
    return f"<section><h2>Arrays</h2>{figures}</section>" if figures else ""


def _called(picture: Picture) -> str:
    return f"{picture.name.replace('_', ' ')}: {picture.about}"


def _picture(name: str, array: "np.ndarray") -> Picture | None:
    """None where an array is neither images nor maps, or holds nothing."""
    import numpy as np

    from labbook.show.figure.strip import as_images, strip

    if not array.size:
        return None
    shape = " × ".join(map(str, array.shape))
    if array.dtype == np.uint8:
        images, about = as_images(array), f"{shape}, bytes"
    elif array.dtype.kind == "f" and np.isfinite(array).all():
        images, about = _maps(array)
        about = f"{shape}, {about}"
    else:
        return None
    if images is None or any(side not in SIDES for side in images.shape[1:3]):
        return None
    if len(images) > IN_A_STRIP:
        about += f"; the first {IN_A_STRIP}"
    pixels = strip(images[:IN_A_STRIP])
    return Picture(name, about, _png(pixels), pixels.shape[1])


def _maps(array: "np.ndarray") -> tuple["np.ndarray | None", str]:
    """Numbers as images (N, H, W, 3) on one scale, symmetric about zero; and this scale."""
    from matplotlib import colormaps

    if array.ndim == 3 and array.shape[-1] == 1:
        array = array[..., 0]
    if array.ndim not in (2, 3):
        return None, ""
    array = array.reshape(-1, *array.shape[-2:]).astype(float)
    limit = float(abs(array[:IN_A_STRIP]).max()) or 1.0
    coloured = colormaps["RdBu_r"](0.5 + 0.5 * array / limit, bytes=True)
    return coloured[..., :3], f"blue −{limit:.3g}, white 0, red {limit:.3g}"


def _png(pixels: "np.ndarray") -> bytes:
    from matplotlib.image import imsave

    content = io.BytesIO()
    imsave(content, pixels, format="png", metadata={"Software": None})
    return content.getvalue()
