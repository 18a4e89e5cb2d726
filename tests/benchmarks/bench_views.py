"""Views per second: ours against macromol_voxelize, one thread, in turns.

``python tests/benchmarks/bench_views.py`` makes pairs of 15 A views (1 A voxels, 6 channels) of the
real structures where $LABBOOK_DATA is set, else of generated ones. Ours is everything from the
index of an example to its batch; theirs is the voxelization alone, of atoms already chosen, turned
and given their channels. It also prints how long a training step waits for its batch when each
takes longer than the making of one.
"""

import os

os.environ["POLARS_MAX_THREADS"] = "1"

import time

import macromol_voxelize
import numpy as np
import polars
import torch

from labbook.data import structures
from labbook.data.structures.views import NeighborViews
from labbook.data.structures.voxels import channels_of

BATCH_SIZE, ROUNDS, STEP_S = 32, 5, 0.2
GRID = macromol_voxelize.Grid(length_voxels=15, resolution_A=1.0, center_A=np.zeros(3))
PARAMS = macromol_voxelize.ImageParams(channels=6, grid=GRID)


def frames_of(views: NeighborViews, step: int) -> list[polars.DataFrame]:
    """The atoms in each view of a batch, as macromol_voxelize wants them."""
    placed = views.pairs_at(np.arange(step * BATCH_SIZE, (step + 1) * BATCH_SIZE))
    frames = []
    for number in range(BATCH_SIZE):
        structure = views.structures[int(placed.structures[number])]
        channel = channels_of(structure.elements, 6)
        for view in (0, 1):
            local = placed.local(number, view, structure.coordinates_A.astype(np.float64))
            inside = (np.abs(local) < 8).all(axis=1)
            columns = dict(zip("xyz", local[inside].T, strict=True))
            columns["radius_A"] = np.full(inside.sum(), 0.5)
            columns["channels"] = [[int(one)] for one in channel[inside]]
            columns["occupancy"] = structure.occupancies[inside].astype(np.float64)
            frames.append(polars.DataFrame(columns))
    return frames


def main() -> None:
    torch.set_num_threads(1)
    name = structures.at_hand()
    views = NeighborViews(structures.load(name, "validation"), batch_size=BATCH_SIZE, ahead=0)
    views.batch(0)
    ours, theirs, difference = [], [], 0.0
    for step in range(1, ROUNDS + 1):
        start = time.process_time()
        batch, _ = views.batch(step)
        ours.append(time.process_time() - start)
        frames = frames_of(views, step)
        start = time.process_time()
        images = [macromol_voxelize.image_from_atoms(atoms, PARAMS)[0] for atoms in frames]
        theirs.append(time.process_time() - start)
        gaps = np.abs(np.stack(images) - batch.numpy().reshape(np.shape(images)))
        difference = max(difference, float(gaps.max()))
    per_s = [2 * BATCH_SIZE / min(times) for times in (ours, theirs)]
    print(f"structures: {name}; largest difference of a voxel {difference:.1e}")
    print(
        f"ours, whole {per_s[0]:7.0f} views/s   macromol_voxelize, voxels alone {per_s[1]:6.0f} "
        f"views/s   {per_s[0] / per_s[1]:.1f} times as fast"
    )
    ahead = NeighborViews(views.structures, batch_size=BATCH_SIZE, ahead=2)
    ahead.batch(0)
    waits = []
    for step in range(1, 11):
        time.sleep(STEP_S)
        start = time.perf_counter()
        ahead.batch(step)
        waits.append(time.perf_counter() - start)
    print(
        f"steps of {STEP_S:.1f} s wait {1000 * np.median(waits):.2f} ms for their batch "
        f"({100 * np.median(waits) / STEP_S:.1f} %)"
    )


if __name__ == "__main__":
    main()
