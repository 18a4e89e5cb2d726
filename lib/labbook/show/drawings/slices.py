"""Pictures one after the other, moved through by a slider, on the site as well."""

import base64
import io

import numpy as np

from labbook.show import mime


def show_slices(frames: np.ndarray, caption: str, *, name: str | None = None) -> None:
    """Display frames side by side in one strip; the site shows one of them, chosen by a slider.

    Arguments:
        frames: (N, H, W, 3), numbers from 0 to 1; (N, H, W, 4) with an opacity, for pictures that
            stand on the page's own ground, light or dark.
        caption: what is to be seen. name: of the figure; from the caption when not given.

    Raises:
        ValueError: the frames have another shape.
    """
    from IPython.display import display

    frames = np.asarray(frames, dtype=float)
    if frames.ndim != 4 or frames.shape[-1] not in (3, 4):
        raise ValueError(f"show_slices() shows (N, H, W, 3 or 4); these are {frames.shape}.")
    about = {
        "version": 1,
        "name": name or mime.name_from(caption),
        "caption": caption,
        "alt": caption,
        "frames": len(frames),
    }
    png = base64.b64encode(_png(np.concatenate(list(frames), axis=1))).decode()
    told = {"image/png": png, "text/plain": f"[slices: {caption}]", mime.FIGURE: about}
    display(told, raw=True)


def _png(pixels: np.ndarray) -> bytes:
    """(H, W, 3 or 4) from 0 to 1 as PNG, a pixel for each value."""
    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(np.round(255 * np.clip(pixels, 0, 1)).astype(np.uint8)).save(out, "PNG")
    return out.getvalue()
