"""The fixed kernels of which a steerable filter is a weighted sum: shells times harmonics."""

import numpy as np

# Voxels along an edge; R of the shells and σ, in voxels.
SIZE, RADII, WIDTH = 7, (1.0, 2.0, 3.0), 0.6


def steerable_kernels() -> tuple[np.ndarray, list[str]]:
    """Middle slices of the kernels that carry a scalar to the component m = 0 of an irrep.

    exp(-(r - R)² / 2σ²) · P_l(cos θ), with P_l the Legendre polynomial of degree l, and r and θ
    from the middle voxel, each kernel brought to a largest value of 1.

    Returns:
        (9, 7, 7), three shells for l = 0, 1, 2 in turn, and a title for each.
    """
    half = SIZE // 2
    up, across = np.meshgrid(*2 * [np.arange(-half, half + 1)], indexing="ij")
    r = np.hypot(up, across)
    cosine = np.divide(up, r, out=np.zeros_like(r), where=r > 0)
    harmonics = (np.ones_like(r), cosine, np.where(r > 0, (3 * cosine**2 - 1) / 2, 0))
    kernels, titles = [], []
    for degree, harmonic in enumerate(harmonics):
        for radius in RADII:
            kernel = np.exp(-((r - radius) ** 2) / (2 * WIDTH**2)) * harmonic
            kernels.append(kernel / np.abs(kernel).max())
            titles.append(f"ρ{degree}, R = {radius:g}")
    return np.stack(kernels), titles
