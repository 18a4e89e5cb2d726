"""Two changes of escnn 1.0.11 that take effect when escnn imports its Wigner matrices.

- escnn hands numpy matrices to scikit-learn's ``randomized_svd``, which refuses them, so that it
  can decompose no representation numerically. Without scikit-learn it takes scipy's SVD: so it
  does here. That one draws no random numbers.
- The grids "thomson_cube" (24 N points of the sphere or of SO(3) that repel each other as electrons
  do, closed under the rotations of the cube) are searched for, each during 10 to 50 s, and what is
  found differs from machine to machine. For the N in the tables beside this file, the grid is what
  was found once; other N are searched for as ever. A grid determines the functions on SO(3) up to
  a band limit of 2 from N = 3, of 3 from N = 7, of 4 from N = 10.

Each replaces a global of a module of escnn that is looked up when it is used, so that it does not
matter how much of escnn was imported before.
"""

from collections.abc import Callable
from importlib.resources import files

import numpy as np
import torch
from escnn.group import _numerical
from escnn.group.groups import _numerical_thomson
from scipy.spatial.transform import Rotation

CUBE = tuple(Rotation.create_group("O"))


def _images_of_points(points: np.ndarray) -> np.ndarray:
    """Points (N, 3) under the 24 rotations of the cube: (24 N, 3)."""
    return np.concatenate([turn.apply(points) for turn in CUBE])


def _images_of_rotations(quaternions: np.ndarray) -> np.ndarray:
    """Rotations, as quaternions (N, 4) of x, y, z, w, followed by those of the cube: (24 N, 4)."""
    base = Rotation.from_quat(quaternions)
    return np.concatenate([(turn * base).as_quat() for turn in CUBE])


def _tabulated(search: Callable, table: str, images: Callable) -> Callable:
    """What ``search(N, ...)`` finds, from a table of N and coordinates where N stands there."""
    rows = np.loadtxt(files("lie_learn") / table, delimiter=",", skiprows=1)

    def grid(N: int, *args, **kwargs) -> torch.Tensor:
        base = rows[rows[:, 0] == N, 1:]
        if len(base) == 0:
            return search(N, *args, **kwargs)
        return torch.from_numpy(images(base / np.linalg.norm(base, axis=1, keepdims=True)))

    return grid


_numerical.randomized_svd = None
_numerical_thomson._thomson_cube_so3 = _tabulated(
    _numerical_thomson._thomson_cube_so3, "thomson_cube_so3.csv", _images_of_rotations
)
_numerical_thomson._thomson_cube_sphere = _tabulated(
    _numerical_thomson._thomson_cube_sphere, "thomson_cube_sphere.csv", _images_of_points
)
