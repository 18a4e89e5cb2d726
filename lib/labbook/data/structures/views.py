"""Pairs of voxel views of structures: which way leads from the one to the other?"""

from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from labbook.data.order import generator
from labbook.data.structures.atom_table import AtomTable
from labbook.data.structures.sampling import DIRECTIONS, DRAWS, Pairs, pairs
from labbook.data.structures.voxels import channels_of, length_voxels, voxelize
from labbook.data.structures.zones import find_zones

__all__ = ["DIRECTIONS", "NeighborViews", "Pairs", "voxelize"]


class NeighborViews:
    """Batches of pairs of views for the neighbor-location task, as they are asked for.

    A pair is a home view and a neighbor view of one structure; the label tells across which face
    of the home view the neighbor lies (:data:`DIRECTIONS`). How a pair is placed stands in
    :mod:`labbook.data.structures.sampling`, how atoms become voxels in :func:`voxelize`.

    Examples are numbered from 0 without end: every zone comes once in each round, in an order that
    is drawn from (seed, round), and what happens in it is drawn from (seed, index) alone. So any
    batch can be asked for at any time, and no two rounds show the same views. Batches after the one
    asked for are prepared by a thread in the background.

    Arguments:
        structures: what to draw from; for validation, others than for training.
        view_A: edge of a view.
        resolution_A: edge of a voxel.
        padding_A: gap between the facing sides of the two views, before noise.
        noise_A: farthest that the neighbor is moved.
        noise_deg: farthest that the neighbor is turned.
        channels: 6 (C, N, O, P, S or Se, other) or 4 (C, N, O, other).
        radius_A: of an atom; half a voxel if not given.
        zone_A: edge of the cubes that structures are divided into.
        density_per_A3: least density of atoms in a view; inside a protein there are about 0.05.
        batch_size: pairs in a batch.
        epoch_size: pairs in an epoch, cut down to whole batches; if not given, all zones.
        seed: of everything drawn.
        device: where batches are put.
        ahead: batches to prepare in the background; 0 for none.

    Raises:
        ValueError: no room for views in any structure, sizes that do not fit together, a negative
            seed, noise or padding.
    """

    def __init__(
        self,
        structures: AtomTable,
        view_A: float = 15.0,
        resolution_A: float = 1.0,
        padding_A: float = 3.0,
        *,
        noise_A: float = 2.0,
        noise_deg: float = 20.0,
        channels: int = 6,
        radius_A: float | None = None,
        zone_A: float = 10.0,
        density_per_A3: float = 0.025,
        batch_size: int = 32,
        epoch_size: int | None = None,
        seed: int = 0,
        device: str | torch.device = "cpu",
        ahead: int = 2,
    ):
        if min(padding_A, noise_A, noise_deg, seed, ahead) < 0:
            raise ValueError("padding_A, noise_A, noise_deg, seed and ahead must not be negative.")
        if batch_size < 1:
            raise ValueError(f"batch_size is {batch_size}; a batch needs at least 1 pair.")
        self.length_voxels = length_voxels(view_A, resolution_A)
        self.structures = structures
        self.view_A, self.resolution_A, self.channels = view_A, resolution_A, channels
        self.radius_A = resolution_A / 2 if radius_A is None else radius_A
        self.distance_A, self.zone_A = view_A + padding_A, zone_A
        self.noise_A, self.noise_deg = noise_A, noise_deg
        self._channel = channels_of(structures.elements, channels)
        self.zones = find_zones(
            structures,
            zone_A=zone_A,
            view_A=view_A,
            distance_A=self.distance_A,
            density_per_A3=density_per_A3,
        )
        self.batch_size, self.seed, self.device, self.ahead = batch_size, seed, device, ahead
        self.epoch_size = len(self.zones) if epoch_size is None else epoch_size
        if self.epoch_size < batch_size:
            raise ValueError(
                f"an epoch of {self.epoch_size} pairs is less than a batch of {batch_size}."
            )
        self._order = lru_cache(maxsize=4)(self._draw_order)
        self._thread: ThreadPoolExecutor | None = None
        self._pending: dict[int, Future] = {}

    def __len__(self) -> int:
        """Steps per epoch."""
        return self.epoch_size // self.batch_size

    def seen(self, steps: int) -> int:
        """Pairs seen after so many steps."""
        return steps * self.batch_size

    def batch(self, step: int) -> tuple[Tensor, Tensor]:
        """The pairs of a step, counted from 0 over all epochs.

        Returns:
            views (B, 2, C, D, D, D) float32, axis 1 home and neighbor, axes x, y, z; labels (B,)
            int64.
        """
        if not self.ahead:
            return self._on_device(self._make(step))
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, "views")
        wanted = range(step, step + self.ahead + 1)
        for other in set(self._pending).difference(wanted):
            self._pending.pop(other).cancel()
        for number in wanted:
            if number not in self._pending:
                self._pending[number] = self._thread.submit(self._make, number)
        return self._on_device(self._pending.pop(step).result())

    def pairs_at(self, indices: np.ndarray) -> Pairs:
        """Where the examples with these indices lie."""
        indices = np.asarray(indices, np.int64)
        count = len(self.zones)
        zones = np.array([self._order(int(i) // count)[int(i) % count] for i in indices], np.int64)
        draws = np.stack(
            [np.random.default_rng([self.seed, int(i)]).random(DRAWS) for i in indices]
        )
        return pairs(
            draws,
            self.zones.structures[zones],
            self.zones.corners_A[zones],
            self.zones.admissible[zones],
            zone_A=self.zone_A,
            distance_A=self.distance_A,
            noise_A=self.noise_A,
            noise_deg=self.noise_deg,
        )

    def views_of(self, placed: Pairs) -> np.ndarray:
        """The voxels of pairs: (B, 2, C, D, D, D) float32."""
        # From the centre of a view no atom that is in it is farther than this.
        reach = 3**0.5 * (self.view_A / 2 + self.radius_A)
        edge = self.view_A / 2 + self.radius_A
        places, rows, views = [], [], []
        for number, structure in enumerate(placed.structures.tolist()):
            tree = self.zones.trees[structure]
            for view in (0, 1):
                near = tree.query_ball_point(placed.centre_A(number, view), reach)
                local = placed.local(number, view, tree.data[near])
                inside = (np.abs(local) < edge).all(axis=1)
                places.append(local[inside])
                rows.append(
                    np.array(near, np.int64)[inside] + int(self.structures.starts[structure])
                )
                views.append(np.full(len(places[-1]), 2 * number + view))
        atoms = np.concatenate(rows)
        voxels = voxelize(
            np.concatenate(places),
            self._channel[atoms],
            self.structures.occupancies[atoms],
            channels=self.channels,
            view_A=self.view_A,
            resolution_A=self.resolution_A,
            radius_A=self.radius_A,
            image=np.concatenate(views),
            images=2 * len(placed.labels),
        )
        return voxels.reshape(-1, 2, *voxels.shape[1:])

    def _make(self, step: int) -> tuple[Tensor, Tensor]:
        first = step * self.batch_size
        placed = self.pairs_at(np.arange(first, first + self.batch_size))
        return torch.from_numpy(self.views_of(placed)), torch.from_numpy(placed.labels)

    def _on_device(self, batch: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        views, labels = batch
        return views.to(self.device), labels.to(self.device)

    def _draw_order(self, round_: int) -> np.ndarray:
        """The order of the zones in a round."""
        source = generator(self.seed, round_, 2)
        return torch.randperm(len(self.zones), generator=source).numpy()
