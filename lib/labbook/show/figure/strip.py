"""Images beside each other: arrays of any usual layout as (N, H, W, 3), and these as one strip.

Shapes: N images, H rows, W columns, C channels.
"""

import numpy as np

GAP = 2


def as_images(array: np.ndarray) -> np.ndarray | None:
    """(H, W), (N, H, W), (N, C, H, W) or (N, H, W, C), with C 1 or 3, as (N, H, W, 3).

    Returns:
        None for any other shape.
    """
    if array.ndim in (2, 3):
        array = array.reshape(-1, *array.shape[-2:], 1)
    elif array.ndim == 4 and array.shape[1] in (1, 3) and array.shape[-1] not in (1, 3):
        array = np.moveaxis(array, 1, -1)
    if array.ndim != 4 or array.shape[-1] not in (1, 3):
        return None
    return np.broadcast_to(array, (*array.shape[:3], 3))


def strip(images: np.ndarray) -> np.ndarray:
    """(N, H, W, 3), bytes or numbers from 0 to 1, with clear gaps between: (H, N·W + …, 4)."""
    gaps = ((0, 0), (0, 0), (0, GAP), (0, 0))
    opaque = np.full((*images.shape[:3], 1), 255 if images.dtype == np.uint8 else 1, images.dtype)
    apart = np.pad(np.concatenate([images, opaque], axis=-1), gaps)
    return np.concatenate([*apart], axis=1)[:, :-GAP]
