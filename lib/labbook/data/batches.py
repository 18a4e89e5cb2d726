"""Batches by index: an endless, deterministic stream over the epochs of a data set in memory."""

import torch
from torch import Tensor

from labbook.data.images import Images
from labbook.data.images.photos import Crops
from labbook.data.order import generator


class Batches:
    """Batches of a split, in an order that the seed alone decides, on every machine.

    Each epoch is a new random order of all images, drawn from (seed, epoch); its last batch may be
    smaller and is kept (MNIST in batches of 64: 937 of 64 and one of 32). Any batch can be asked
    for at any time, so that a run that resumes at a step sees what an uninterrupted one sees.

    Arguments:
        images: what to draw from; :class:`~labbook.data.images.Images` or
            :class:`~labbook.data.images.photos.Crops`.
        batch_size: images per batch.
        seed: of the order, and of the positions of crops.
        device: where the images are kept and the batches made.

    Raises:
        ValueError: no images, a batch size below 1, or a negative seed.
    """

    def __init__(
        self,
        images: Images | Crops,
        batch_size: int,
        seed: int = 0,
        device: str | torch.device = "cpu",
    ):
        if not len(images):
            raise ValueError(f"{images.name} has no images in its split {images.split!r}.")
        if batch_size < 1:
            raise ValueError(f"batch_size is {batch_size}; a batch needs at least 1 image.")
        if seed < 0:
            raise ValueError(f"the seed is {seed}; it must not be negative.")
        self.images = images.to(device)
        self.batch_size = batch_size
        self.seed = seed
        self.device = device
        self._epoch = -1
        self._order = torch.empty(0, dtype=torch.int64)

    def __len__(self) -> int:
        """Steps per epoch."""
        return -(-len(self.images) // self.batch_size)

    def batch(self, step: int) -> Tensor:
        """The batch of a step, counted from 0 over all epochs: (B, C, H, W) float32 in [0, 1]."""
        indices = self.indices(step)
        return self.images.gather(indices, self.seed, step // len(self)).float().div_(255)

    def indices(self, step: int) -> Tensor:
        """Which images, by index into the split, make the batch of a step: (B,) int64."""
        epoch, position = divmod(step, len(self))
        if epoch != self._epoch:
            source = generator(self.seed, epoch, 0)
            self._order = torch.randperm(len(self.images), generator=source).to(self.device)
            self._epoch = epoch
        return self._order[position * self.batch_size : (position + 1) * self.batch_size]

    def seen(self, steps: int) -> int:
        """Images seen after so many steps."""
        epochs, rest = divmod(steps, len(self))
        return epochs * len(self.images) + min(rest * self.batch_size, len(self.images))
