"""Atoms as images: closed-form overlaps, totals, and agreement with macromol_voxelize."""

import macromol_voxelize
import numpy as np
import polars
import pytest

from labbook.data.structures.overlap import beyond_one, beyond_three, beyond_two
from labbook.data.structures.voxels import channels_of, length_voxels, voxelize

SIZES = [
    (15.0, 1.0, None),
    (15.75, 0.75, None),
    (33.0, 1.0, None),
    (8.0, 1.0, 1.7),
    (8.0, 2.0, 0.3),
]


@pytest.fixture
def random():
    return np.random.default_rng(7)


def by_macromol_voxelize(coordinates, channel, occupancies, channels, view_A, resolution_A, radius):
    """The image of the same atoms by the published package."""
    atoms = polars.DataFrame(
        {
            "x": coordinates[:, 0],
            "y": coordinates[:, 1],
            "z": coordinates[:, 2],
            "radius_A": np.full(len(channel), radius or resolution_A / 2),
            "channels": [[int(number)] for number in channel],
            "occupancy": occupancies,
        }
    )
    grid = macromol_voxelize.Grid(
        length_voxels=round(view_A / resolution_A),
        resolution_A=resolution_A,
        center_A=np.zeros(3),
    )
    params = macromol_voxelize.ImageParams(channels=channels, grid=grid)
    return macromol_voxelize.image_from_atoms(atoms, params)[0]


@pytest.mark.parametrize("view_A, resolution_A, radius", SIZES)
def test_values_are_those_of_macromol_voxelize(random, view_A, resolution_A, radius):
    # Some of the atoms reach into the image from outside.
    coordinates = random.uniform(-view_A / 2 - 2, view_A / 2 + 2, (300, 3))
    channel, occupancies = random.integers(0, 6, 300), random.uniform(0, 1, 300)
    theirs = by_macromol_voxelize(
        coordinates, channel, occupancies, 6, view_A, resolution_A, radius
    )
    ours = voxelize(
        coordinates, channel, occupancies,
        channels=6, view_A=view_A, resolution_A=resolution_A, radius_A=radius,
    )  # fmt: skip
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-6)


@pytest.mark.parametrize("view_A, resolution_A, radius", SIZES)
def test_the_voxels_of_atoms_inside_add_up_to_their_occupancies(
    random, view_A, resolution_A, radius
):
    edge = view_A / 2 - (radius or resolution_A / 2)
    coordinates = random.uniform(-edge, edge, (200, 3))
    channel, occupancies = random.integers(0, 4, 200), random.uniform(0, 1, 200)
    image = voxelize(
        coordinates, channel, occupancies,
        channels=4, view_A=view_A, resolution_A=resolution_A, radius_A=radius,
    )  # fmt: skip
    expected = np.bincount(channel, occupancies, minlength=4)
    np.testing.assert_allclose(image.sum(axis=(1, 2, 3)), expected, rtol=1e-5)


def test_an_atom_at_the_centre_of_a_voxel_fills_it_alone():
    image = voxelize(np.zeros((1, 3)), np.array([1]), channels=2, view_A=3, resolution_A=1)
    assert image[1, 1, 1, 1] == 1
    assert image.sum() == 1


def test_an_atom_at_a_corner_is_shared_by_eight_voxels():
    image = voxelize(np.zeros((1, 3)), np.array([0]), channels=1, view_A=2, resolution_A=1)
    np.testing.assert_allclose(image, np.full((1, 2, 2, 2), 1 / 8), rtol=1e-6)


def test_axes_are_x_y_z_and_increase():
    image = voxelize(np.array([[-1.0, 0, 1]]), np.array([0]), channels=1, view_A=3, resolution_A=1)
    assert np.argwhere(image[0]).tolist() == [[0, 1, 2]]


def test_an_atom_outside_its_image_leaves_no_trace():
    image = voxelize(np.array([[2.1, 0, 0]]), np.array([0]), channels=1, view_A=3, resolution_A=1)
    assert not image.any()


def test_no_atoms_make_an_empty_image():
    image = voxelize(np.empty((0, 3)), np.empty(0, np.int64), channels=6, view_A=15, resolution_A=1)
    assert image.shape == (6, 15, 15, 15)
    assert not image.any()


def test_several_images_at_once_are_those_one_by_one(random):
    coordinates, channel = random.uniform(-3, 3, (60, 3)), random.integers(0, 4, 60)
    which = random.integers(0, 3, 60)
    sizes = {"channels": 4, "view_A": 5, "resolution_A": 1}
    together = voxelize(coordinates, channel, **sizes, image=which, images=3)
    alone = [voxelize(coordinates[which == n], channel[which == n], **sizes) for n in range(3)]
    np.testing.assert_allclose(together, alone, atol=1e-7)


@pytest.mark.parametrize(
    "channels, expected", [(4, [0, 1, 2, 3, 3, 3, 3]), (6, [0, 1, 2, 3, 4, 4, 5])]
)
def test_elements_have_their_channels(channels, expected):
    carbon_nitrogen_oxygen_phosphorus_sulfur_selenium_iron = np.array([6, 7, 8, 15, 16, 34, 26])
    found = channels_of(carbon_nitrogen_oxygen_phosphorus_sulfur_selenium_iron, channels)
    assert found.tolist() == expected


def test_other_numbers_of_channels_are_refused():
    with pytest.raises(ValueError, match="channels is 5; atoms are told apart by 4 or 6"):
        channels_of(np.array([6]), 5)


@pytest.mark.parametrize(
    "view_A, resolution_A, voxels", [(15, 1, 15), (15.75, 0.75, 21), (33, 1, 33)]
)
def test_edges_in_voxels(view_A, resolution_A, voxels):
    assert length_voxels(view_A, resolution_A) == voxels


@pytest.mark.parametrize(
    "view_A, resolution_A, sentence",
    [
        (15, 0.7, "no whole number of voxels"),
        (0, 1, "both must be above 0"),
        (15, -1, "both must be above 0"),
    ],
)
def test_edges_that_are_none_are_refused(view_A, resolution_A, sentence):
    with pytest.raises(ValueError, match=sentence):
        length_voxels(view_A, resolution_A)


@pytest.mark.parametrize(
    "change, sentence",
    [
        ({"coordinates_A": np.array([[np.nan, 0, 0]])}, "no finite numbers"),
        ({"channel": np.array([4])}, "channels of atoms reach 4; the image has 4"),
        ({"radius_A": 0.0}, "radius_A is 0.0"),
        ({"image": np.array([1])}, "images of atoms reach 1; there are 1"),
    ],
)
def test_atoms_that_fit_no_image_are_refused(change, sentence):
    good = {"coordinates_A": np.zeros((1, 3)), "channel": np.array([0]), "channels": 4}
    with pytest.raises(ValueError, match=sentence):
        voxelize(**good | {"view_A": 3, "resolution_A": 1} | change)


# Shares of a ball


def test_a_plane_through_the_centre_halves_the_ball():
    assert beyond_one(np.array(0.0)) == pytest.approx(1 / 2, abs=1e-15)


def test_two_planes_through_the_centre_quarter_it():
    assert beyond_two(np.array(0.0), np.array(0.0)) == pytest.approx(1 / 4, abs=1e-15)


def test_three_planes_through_the_centre_leave_an_eighth():
    assert beyond_three(*np.zeros((3, 1)))[0] == pytest.approx(1 / 8, abs=1e-15)


def test_the_eight_parts_that_three_planes_make_add_up_to_the_ball(random):
    a, b, c = random.uniform(-1, 1, (3, 500))
    signs = [(i, j, k) for i in (-1, 1) for j in (-1, 1) for k in (-1, 1)]
    total = sum(beyond_three(i * a, j * b, k * c) for i, j, k in signs)
    np.testing.assert_allclose(total, 1, atol=1e-12)


def test_the_part_beyond_three_planes_is_that_of_random_points(random):
    points = random.normal(size=(400_000, 3))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    points *= np.cbrt(random.random((len(points), 1)))
    for planes in ([0.1, 0.2, 0.3], [-0.4, 0.1, 0.5], [-0.3, -0.2, -0.6]):
        sampled = (points > planes).all(axis=1).mean()
        exact = beyond_three(*(np.array([plane]) for plane in planes))[0]
        assert exact == pytest.approx(sampled, abs=4 * np.sqrt(exact * (1 - exact) / len(points)))
