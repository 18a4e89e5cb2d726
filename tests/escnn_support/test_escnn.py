"""escnn works as it is installed, in a process that has imported nothing else."""

import re
import subprocess
import sys
from importlib import metadata

import numpy as np
import pytest
import torch
from escnn import group, gspaces, nn
from escnn.group import _numerical
from escnn.group.groups import _numerical_thomson
from lie_learn import escnn_repairs
from scipy.spatial.distance import cdist
from scipy.spatial.transform import Rotation

GROUPS = {
    "O(2)": group.o2_group(2),
    "dihedral": group.dihedral_group(4),
    "octahedral": group.octa_group(),
    "icosahedral": group.ico_group(),
    "SO(3)": group.so3_group(2),
    "O(3)": group.o3_group(2),
}
# A rotation about z that maps the voxels onto themselves, in each group's own parameters.
QUARTER, HALF = np.array([0, 0, np.pi / 2]), np.array([0, 0, np.pi])
TURNS = {
    "rot2dOnR2": (np.pi / 2, "radians"),
    "flipRot2dOnR2": ((0, np.pi / 2), "radians"),
    "rot3dOnR3": (QUARTER, "EV"),
    "flipRot3dOnR3": ((0, QUARTER), "EV"),
    "octaOnR3": (QUARTER, "EV"),
    "icoOnR3": (HALF, "EV"),
}


def python(script):
    """A new process that executes a script; its warnings of what is missing are errors."""
    command = [sys.executable, "-W", "error::UserWarning", "-c", script]
    return subprocess.run(command, capture_output=True, text=True)


def test_everything_that_escnn_requires_is_installed():
    names = [re.match(r"[\w-]+", line)[0] for line in metadata.requires("escnn")]
    assert {"lie-learn", "py3nj"} <= set(names)
    assert all(metadata.version(name) for name in names)


@pytest.mark.parametrize(
    "first",
    [
        "from escnn import gspaces, group, nn",
        "import lie_learn.representations.SO3.wigner_d",
        "import lie_learn.escnn_repairs",
    ],
)
def test_whatever_is_imported_first_escnn_is_whole_and_repaired(first):
    done = python(
        f"{first}\n"
        "from escnn import gspaces, group, kernels, nn\n"
        "from escnn.group import _numerical\n"
        "from escnn.group.groups import _numerical_thomson as thomson\n"
        "from lie_learn import escnn_repairs\n"
        "assert _numerical.randomized_svd is None\n"
        "assert thomson._thomson_cube_so3.__module__ == escnn_repairs.__name__"
    )
    assert done.returncode == 0, done.stderr


def test_matrices_load_no_torch():
    done = python("import sys, lie_learn.wigner, py3nj\nassert 'torch' not in sys.modules")
    assert done.returncode == 0, done.stderr


def test_a_missing_requirement_is_named_by_the_import_that_the_makefile_tries():
    done = python("import sys\nsys.modules['lie_learn'] = None\nfrom escnn import gspaces, nn")
    assert done.returncode == 1
    assert "lie_learn" in done.stderr.splitlines()[-1]


# scikit-learn's SVD refuses the matrices of the equations that are solved here.
@pytest.mark.parametrize("name", GROUPS)
def test_only_multiples_of_one_matrix_commute_with_a_real_irrep(name):
    irrep = next(i for i in GROUPS[name].irreps() if i.size > 1 and i.type == "R")
    matrices = [irrep(element) for element in GROUPS[name].testing_elements()]
    basis = _numerical.find_intertwiner_basis_sylvester(matrices, matrices)
    expected = np.eye(irrep.size).ravel() / irrep.size**0.5
    np.testing.assert_allclose(abs(basis.T @ expected), [1], atol=1e-12)


@pytest.mark.parametrize("name", TURNS)
def test_a_convolution_commutes_with_a_rotation_of_its_voxels(name):
    torch.manual_seed(0)
    space = getattr(gspaces, name)()
    fields = nn.FieldType(space, list(space.fibergroup.irreps())[:3])
    convolution = nn.R2Conv if space.dimensionality == 2 else nn.R3Conv
    layer = convolution(fields, fields, 3, bias=False).double()
    images = fields(torch.randn(2, fields.size, *[5] * space.dimensionality, dtype=torch.float64))
    turn = space.fibergroup.element(*TURNS[name])
    after, before = layer(images).transform(turn), layer(images.transform(turn))
    torch.testing.assert_close(before.tensor, after.tensor, atol=1e-5, rtol=0)


@pytest.mark.parametrize("band_limit, count, size", [(1, 2, 10), (2, 4, 35), (3, 8, 84)])
def test_samples_on_a_grid_determine_a_function(band_limit, count, size):
    space = gspaces.rot3dOnR3()
    irreps = space.fibergroup.bl_irreps(band_limit)
    layer = nn.FourierPointwise(space, 1, irreps, type="thomson_cube", N=count)
    torch.testing.assert_close(layer.Ainv @ layer.A, torch.eye(size), atol=1e-5, rtol=0)


def test_the_grid_of_96_is_that_of_the_published_records():
    grid = Rotation.from_quat(_numerical_thomson.thomson_cube_so3.func(4))
    first = Rotation.from_quat((0.28104398, -0.64037275, 0.33251783, -0.6327471))
    assert (grid * first.inv()).magnitude().min() < 1e-7


@pytest.mark.parametrize("points, count", [("so3", 4), ("so3", 8), ("sphere", 1), ("sphere", 3)])
def test_grids_are_closed_under_the_rotations_of_the_cube(points, count):
    grid = getattr(_numerical_thomson, f"thomson_cube_{points}").func(count)
    turn = Rotation.from_rotvec([0, 0, np.pi / 2])
    if points == "sphere":
        distances = cdist(turn.apply(grid), grid)
    else:
        turned = (turn * Rotation.from_quat(grid)).as_quat()
        distances = np.minimum(cdist(turned, grid), cdist(-turned, grid))
    assert len(grid) == 24 * count
    np.testing.assert_allclose(distances.min(1), 0, atol=1e-14)


def test_a_grid_that_is_in_no_table_is_searched_for():
    grid = escnn_repairs._tabulated(lambda N, *rest: (N, *rest), "thomson_cube_so3.csv", None)
    assert grid(9, 0.1) == (9, 0.1)
