"""How large structural motifs are: trials that measure their boxes, and reported densities.

A *motif* is a segment of the backbone, or a residue's segment with those of the residues that it
touches (:mod:`labbook.data.structures.motifs`). Whether one fits into a view is a question of its
box.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy.spatial.transform import Rotation
from scipy.stats import gaussian_kde

from labbook.data import structures
from labbook.data.structures import motifs

VIEW_A = 15.75  # edge of the views whose networks the page compares


def measure_motifs(split, segments, length, count):
    """Boxes around the motifs of the first structures of a split of the measured ones.

    Arguments:
        split (str): ``train`` or ``validation``.
        segments (int): segments of a motif; 1 for contiguous ones, more for segments in contact.
        length (int): residues of a segment.
        count (int): structures.

    Returns:
        dict: ``metrics``: motifs; p5_A, median_A, p95_A and mean_A of the edges along x, y and z,
        pooled; pooled_below_view, the share of edges under 15.75 Å; whole_in_view, the share of
        motifs whose three edges are; turned_in_view, that of motifs which fit a cube of that edge
        in one of 60 orientations. ``history``: the density of the edges, density over edge_A.
    """
    table, files = structures.load("pdb", split), structures.files(split)
    rotations = Rotation.random(60, random_state=0).as_matrix()
    boxes, cubes = [], []
    for name in table.names[:count]:
        backbone = motifs.read_backbone(files[name])
        starts = motifs.in_contact(backbone, segments, length) if segments > 1 else (
            motifs.contiguous(backbone, length)
        )  # fmt: skip
        boxes.append(motifs.boxes_A(backbone, starts, length))
        cubes.append(motifs.smallest_cube_A(backbone, starts, length, rotations))
    boxes, cubes = np.concatenate(boxes), np.concatenate(cubes)
    pooled = boxes.ravel()
    edges = np.linspace(0, 40, 81)
    density = gaussian_kde(np.random.default_rng(0).choice(pooled, 4000))(edges)
    low, median, high = np.percentile(pooled, [5, 50, 95])
    metrics = {
        "motifs": len(boxes), "p5_A": low, "median_A": median, "p95_A": high,
        "mean_A": pooled.mean(), "pooled_below_view": (pooled < 15.75).mean(),
        "whole_in_view": (boxes.max(axis=1) < 15.75).mean(),
        "turned_in_view": (cubes < 15.75).mean(),
    }  # fmt: skip
    return {
        "metrics": {name: float(value) for name, value in metrics.items()},
        "history": {"edge_A": edges.tolist(), "density": density.tolist()},
    }


def data_digest(configuration: Mapping[str, Any]) -> str | None:
    """What identifies the measured structures; None where they are not at hand."""
    return structures.digest("pdb")


def kind_of(segments: int, length: int) -> str:
    """A motif in words: ``segment of 10``, ``3 in contact``."""
    return f"{segments} in contact" if segments > 1 else f"segment of {length}"


def quantiles_of_density(side_A: pd.Series, density: pd.Series) -> dict[str, float]:
    """Quantiles of a reported density of edges, cut at 0 and 40 Å.

    Returns:
        p5_A, median_A, p95_A, and pooled_below_view: the share below 15.75 Å.
    """
    grid_A = np.linspace(0, 40, 801)
    values = np.interp(grid_A, side_A, density, left=0, right=0)
    cumulated = np.cumsum(values) / values.sum()
    low, median, high = np.interp([0.05, 0.5, 0.95], cumulated, grid_A)
    below = np.interp(VIEW_A, grid_A, cumulated)
    return {"p5_A": low, "median_A": median, "p95_A": high, "pooled_below_view": below}
