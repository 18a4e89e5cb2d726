"""Scenes: scikit-learn's scanned digits, coloured, tilted and placed on a background.

Each scene is a real scan of 8x8 pixels, turned, scaled, moved and painted onto 16x16 pixels. What
was chosen for it (digit, colour, background, tilt) is what its caption tells, see
:mod:`labbook.data.embeddings.captions`, and what an image encoder can be trained to recognise.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from labbook.data import images
from labbook.data.order import generator

EDGE_PX = 16
COLOURS = {
    "red": (0.9, 0.1, 0.1),
    "green": (0.1, 0.75, 0.15),
    "blue": (0.15, 0.25, 0.95),
    "yellow": (0.95, 0.9, 0.1),
    "orange": (1.0, 0.5, 0.05),
    "purple": (0.55, 0.1, 0.75),
    "cyan": (0.1, 0.85, 0.9),
    "pink": (1.0, 0.55, 0.75),
}
BACKGROUNDS = {
    "black": (0.05, 0.05, 0.05),
    "white": (0.95, 0.95, 0.95),
    "grey": (0.5, 0.5, 0.5),
    "brown": (0.4, 0.25, 0.1),
}
TILTS_DEGREES = {"upright": 0.0, "tilted left": -20.0, "tilted right": 20.0}
ATTRIBUTES = {"digit": 10, "colour": 8, "background": 4, "tilt": 3}


@dataclass(frozen=True)
class Scenes:
    """Pictures and what is to be seen in them: scenes of digits, or the images of CIFAR-10.

    Attributes:
        pixels: (N, 3, H, W) uint8; 16x16 for scenes of digits.
        attributes: (N, A) int64, one column to each of A attributes; of scenes of digits the four
            of ``ATTRIBUTES``, in that order.
    """

    pixels: Tensor
    attributes: Tensor

    def __len__(self) -> int:
        return len(self.pixels)

    def pixels_at(self, indices: Tensor | slice) -> Tensor:
        """The pictures at ``indices`` as an encoder takes them: (B, 3, H, W) float32, -1 to 1."""
        return self.pixels[indices].float().div_(127.5).sub_(1)


def make(split: str, count: int, seed: int) -> Scenes:
    """``count`` scenes from the scans of a split.

    Scans of both splits are disjoint, so no scan that a scene of ``test`` shows is in a scene of
    ``train``; the writers may be the same. The scale is 1.4 to 1.9 of the scan, the tilt within 5
    degrees of what is told, the shift at most half a pixel of the scan along each of its edges (up
    to 0.7 to 0.95 px of the scene), the brightness, of digit and background, 0.75 to 1, the noise
    0.03 (standard deviation, of values from 0 to 1).

    Arguments:
        split: ``train`` or ``test``, of scikit-learn's digits (:mod:`labbook.data.images`).
        count: 1 or more.
        seed: 0 or more; decides everything, the scans included.

    Raises:
        ValueError: no such split, a count below 1, or a negative seed.
    """
    if count < 1:
        raise ValueError(f"count is {count}; there must be at least 1 scene.")
    scans = images.load("digits", split)
    random = generator(seed, 0 if split == "train" else 1, 16)
    chosen = torch.randint(len(scans), (count,), generator=random)
    colour, background, tilt = (
        torch.randint(choices, (count,), generator=random)
        for choices in list(ATTRIBUTES.values())[1:]
    )
    attributes = torch.stack([scans.labels[chosen], colour, background, tilt], dim=1)

    def between(low: float, high: float, *shape: int) -> Tensor:
        return torch.rand((count, *shape), generator=random) * (high - low) + low

    tilts = torch.tensor(list(TILTS_DEGREES.values()))
    angle = (tilts[tilt] + between(-5, 5)) * (math.pi / 180)
    # affine_grid maps a place in the scene to one in the scan: the inverse of what is done to it.
    zoom = EDGE_PX / (8 * between(1.4, 1.9))
    shift = between(-1, 1, 2) / 8
    cosine, sine = angle.cos() * zoom, angle.sin() * zoom
    affine = torch.stack([cosine, sine, shift[:, 0], -sine, cosine, shift[:, 1]], 1).view(-1, 2, 3)
    places = torch.nn.functional.affine_grid(
        affine, (count, 1, EDGE_PX, EDGE_PX), align_corners=False
    )
    ink = torch.nn.functional.grid_sample(
        scans.pixels[chosen].float() / 255, places, align_corners=False
    )
    front, back = (
        torch.tensor(list(palette.values()))[which][:, :, None, None]
        for palette, which in ((COLOURS, colour), (BACKGROUNDS, background))
    )
    painted = (back + ink * (front - back)) * between(0.75, 1.0, 1, 1, 1)
    painted += 0.03 * torch.randn(painted.shape, generator=random)
    return Scenes(painted.clamp_(0, 1).mul_(255).round_().byte(), attributes)
