"""Atoms as images: each a solid sphere, its volume divided among the voxels that it meets."""

import numpy as np

from labbook.data.structures.overlap import beyond_one, beyond_three, beyond_two

# Atomic numbers of each channel by their count; the last channel is every other element.
CHANNELS = {
    4: ((6,), (7,), (8,)),  # C, N, O
    6: ((6,), (7,), (8,), (15,), (16, 34)),  # C, N, O, P, S or Se
}


def channels_of(elements: np.ndarray, channels: int) -> np.ndarray:
    """The channel of each atom, by its atomic number.

    Arguments:
        elements: (N,) atomic numbers.
        channels: 4 (C, N, O, other) or 6 (C, N, O, P, S or Se, other).

    Raises:
        ValueError: another number of channels.
    """
    if channels not in CHANNELS:
        raise ValueError(f"channels is {channels}; atoms are told apart by 4 or 6 of them.")
    of_element = np.full(256, channels - 1)
    for channel, numbers in enumerate(CHANNELS[channels]):
        of_element[list(numbers)] = channel
    return of_element[elements]


def length_voxels(view_A: float, resolution_A: float) -> int:
    """Voxels along the edge of a view.

    Raises:
        ValueError: a length that is not positive, or an edge that is no whole number of voxels.
    """
    if not (view_A > 0 and resolution_A > 0):
        raise ValueError(
            f"view_A is {view_A} and resolution_A {resolution_A}; both must be above 0."
        )
    count = round(view_A / resolution_A)
    if count < 1 or abs(count * resolution_A - view_A) > 1e-6 * view_A:
        raise ValueError(f"a view of {view_A} A is no whole number of voxels of {resolution_A} A.")
    return count


def voxelize(
    coordinates_A: np.ndarray,
    channel: np.ndarray,
    occupancies: np.ndarray | None = None,
    *,
    channels: int,
    view_A: float,
    resolution_A: float,
    radius_A: float | None = None,
    image: np.ndarray | None = None,
    images: int = 1,
) -> np.ndarray:
    """Images of atoms, as spheres, around the origin.

        value = sum over atoms of (overlap of sphere and voxel) / (sphere) x occupancy

    so an atom that is wholly in its image adds its occupancy to the sum of all voxels. Axes are
    (x, y, z), each increasing; the centre of the image is at (0, 0, 0).

    Arguments:
        coordinates_A: (N, 3) centres of atoms, in A from the centre of the image.
        channel: (N,) channel of each atom, from 0.
        occupancies: (N,) of atoms; all 1 if not given.
        channels: how many channels an image has, C.
        view_A: edge of an image in A.
        resolution_A: edge of a voxel in A.
        radius_A: of the spheres; half a voxel if not given.
        image: (N,) which image each atom is in; if not given, all are in one.
        images: how many images there are.

    Returns:
        (images, C, D, D, D) float32, D = view_A / resolution_A; without ``image`` (C, D, D, D).

    Raises:
        ValueError: an edge that is no whole number of voxels, a radius not above 0, a channel or
            an image that is not there, coordinates that are no numbers.
    """
    length = length_voxels(view_A, resolution_A)
    radius = 0.5 if radius_A is None else radius_A / resolution_A
    if not radius > 0:
        raise ValueError(f"radius_A is {radius_A}; a sphere's radius is above 0.")
    which = np.zeros(len(channel), np.int64) if image is None else image
    _check(coordinates_A, channel, channels, which, images)
    # In units of voxels, from the corner of the image.
    centres = np.asarray(coordinates_A, np.float64) / resolution_A + length / 2
    within = ((centres > -radius) & (centres < length + radius)).all(axis=1)
    centres = centres[within]
    lowest = np.floor(centres - radius).astype(np.int64)
    values = _shares(centres - lowest, radius)
    if occupancies is not None:
        values = values * occupancies[within, None, None, None]
    reach = np.arange(values.shape[1])
    cells = lowest[:, :, None] + reach  # (N, 3, n): the voxels that a sphere can meet, by axis
    seen = (cells >= 0) & (cells < length)
    x, y, z = (cells[:, axis] for axis in range(3))
    first = (which[within] * channels + channel[within]) * length
    flat = ((first[:, None] + x) * length)[:, :, None, None] + y[:, None, :, None]
    flat = flat * length + z[:, None, None, :]
    keep = seen[:, 0, :, None, None] & seen[:, 1, None, :, None] & seen[:, 2, None, None, :]
    size = images * channels * length**3
    summed = np.bincount(flat[keep], values[keep], minlength=size).astype(np.float32)
    shape = (channels, length, length, length)
    return summed.reshape(shape if image is None else (images, *shape))


def _shares(offsets: np.ndarray, radius: float) -> np.ndarray:
    """Shares of spheres in the voxels around them: (N, n, n, n).

    ``offsets`` (N, 3) are the centres, in voxels, from the lowest corner of voxel (0, 0, 0). The
    share of a voxel is the alternating sum, over its corners, of what lies beyond all three
    planes through the corner; of each axis only the planes 1 … n - 1 can cut a sphere.
    """
    count = int(np.ceil(2 * radius)) + 1
    planes = (np.arange(1, count) - offsets[:, :, None]) / radius
    a, b, c = np.clip(planes, -1, 1).transpose(1, 0, 2)  # each (N, n - 1)
    beyond = np.zeros((len(offsets), count + 1, count + 1, count + 1))
    beyond[:, 0, 0, 0] = 1
    beyond[:, 1:-1, 0, 0], beyond[:, 0, 1:-1, 0], beyond[:, 0, 0, 1:-1] = map(beyond_one, (a, b, c))
    beyond[:, 1:-1, 1:-1, 0] = beyond_two(a[:, :, None], b[:, None, :])
    beyond[:, 1:-1, 0, 1:-1] = beyond_two(a[:, :, None], c[:, None, :])
    beyond[:, 0, 1:-1, 1:-1] = beyond_two(b[:, :, None], c[:, None, :])
    beyond[:, 1:-1, 1:-1, 1:-1] = beyond_three(
        a[:, :, None, None], b[:, None, :, None], c[:, None, None, :]
    )
    for axis in (1, 2, 3):
        beyond = -np.diff(beyond, axis=axis)
    return beyond


def _check(
    coordinates_A: np.ndarray,
    channel: np.ndarray,
    channels: int,
    which: np.ndarray,
    images: int,
) -> None:
    if not np.isfinite(coordinates_A).all():
        raise ValueError("the coordinates of an atom are no finite numbers.")
    if len(channel) and not 0 <= channel.min() <= channel.max() < channels:
        raise ValueError(f"channels of atoms reach {channel.max()}; the image has {channels}.")
    if len(which) and not 0 <= which.min() <= which.max() < images:
        raise ValueError(f"images of atoms reach {which.max()}; there are {images}.")
