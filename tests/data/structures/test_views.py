"""Pairs of views: where they lie, what decides them, and that the labels mean what they say."""

import numpy as np
import pytest
import torch
from scipy.stats import chisquare, kstest

from labbook.data.structures import generated
from labbook.data.structures.atom_table import AtomTable
from labbook.data.structures.atoms import Structure
from labbook.data.structures.sampling import DIRECTIONS, TWENTY, smallest_rotations, unit_vectors
from labbook.data.structures.views import NeighborViews

# From a direction to the farthest one that is nearer to it than to any other of the twenty.
FARTHEST_COSINE = np.sqrt((5 + 2 * np.sqrt(5)) / 15) - 1e-9


@pytest.fixture(scope="module")
def table() -> AtomTable:
    """Four generated chains."""
    return AtomTable.of([generated.chain(seed) for seed in range(4)], generated=True)


@pytest.fixture(scope="module")
def views(table) -> NeighborViews:
    return NeighborViews(table, batch_size=8, ahead=0)


@pytest.fixture(scope="module")
def thousand(views):
    """Where the first 1,000 examples lie."""
    return views.pairs_at(np.arange(1000))


@pytest.fixture
def random():
    return np.random.default_rng(11)


# Where views lie


def test_neighbors_are_16_to_20_A_away(thousand):
    distances = np.linalg.norm(thousand.neighbors_A, axis=1)
    assert 16 <= distances.min() < 16.5
    assert 19.5 < distances.max() <= 20


def test_moves_of_neighbors_are_uniform_up_to_2_A(thousand):
    moved = np.linalg.norm(thousand.neighbors_A - 18 * DIRECTIONS[thousand.labels], axis=1)
    assert moved.max() <= 2
    assert kstest(moved / 2, "uniform").pvalue > 0.01


def test_turns_of_neighbors_are_uniform_up_to_20_degrees(thousand):
    cosines = (np.trace(thousand.turns, axis1=1, axis2=2) - 1) / 2
    angles = np.degrees(np.arccos(np.clip(cosines, -1, 1)))
    assert angles.max() <= 20
    assert kstest(angles / 20, "uniform").pvalue > 0.01


def test_labels_are_equally_frequent(thousand):
    assert chisquare(np.bincount(thousand.labels, minlength=6)).pvalue > 0.01


def test_directions_stand_in_the_order_of_the_classes():
    assert DIRECTIONS.tolist() == [
        [0, -1, 0], [0, 1, 0], [-1, 0, 0], [1, 0, 0], [0, 0, 1], [0, 0, -1],
    ]  # fmt: skip


def test_homes_lie_in_zones(views, thousand):
    corners = {
        (structure, *corner)
        for structure, corner in zip(
            views.zones.structures.tolist(), views.zones.corners_A.tolist(), strict=True
        )
    }
    floors = np.floor(thousand.homes_A / views.zone_A) * views.zone_A
    homes = zip(thousand.structures.tolist(), floors.tolist(), strict=True)
    assert {(structure, *corner) for structure, corner in homes} <= corners


def test_a_neighbor_lies_near_an_admissible_direction(views, thousand):
    directions = np.einsum("bij,bj->bi", thousand.rotations, DIRECTIONS[thousand.labels])
    corners = np.floor(thousand.homes_A / views.zone_A) * views.zone_A
    for structure, corner, direction in zip(thousand.structures, corners, directions, strict=True):
        same = (views.zones.structures == structure) & (views.zones.corners_A == corner).all(axis=1)
        ways = TWENTY[views.zones.admissible[np.flatnonzero(same)[0]]]
        assert (ways @ direction).max() >= FARTHEST_COSINE


def test_home_frames_are_rotations(thousand):
    products = thousand.rotations @ thousand.rotations.transpose(0, 2, 1)
    np.testing.assert_allclose(products, np.broadcast_to(np.eye(3), products.shape), atol=1e-12)
    np.testing.assert_allclose(np.linalg.det(thousand.rotations), 1)


def test_the_twenty_directions_are_unit_vectors_and_come_in_opposite_pairs():
    np.testing.assert_allclose(np.linalg.norm(TWENTY, axis=1), 1)
    assert np.isclose(TWENTY @ TWENTY.T, -1).sum(axis=1).tolist() == [1] * 20


def test_smallest_rotations_map_one_vector_to_the_other(random):
    starts, ends = unit_vectors(random.random((50, 2))), unit_vectors(random.random((50, 2)))
    rotations = smallest_rotations(starts, ends)
    np.testing.assert_allclose(np.einsum("bij,bj->bi", rotations, starts), ends, atol=1e-12)


def test_the_smallest_rotation_turns_by_the_angle_between_the_vectors(random):
    starts, ends = unit_vectors(random.random((50, 2))), unit_vectors(random.random((50, 2)))
    turned = (np.trace(smallest_rotations(starts, ends), axis1=1, axis2=2) - 1) / 2
    np.testing.assert_allclose(turned, (starts * ends).sum(axis=1), atol=1e-12)


@pytest.mark.parametrize("sign", [1, -1])
def test_rotations_between_parallel_and_opposite_vectors(sign):
    rotations = smallest_rotations(DIRECTIONS, sign * DIRECTIONS)
    mapped = np.einsum("bij,bj->bi", rotations, DIRECTIONS)
    np.testing.assert_allclose(mapped, sign * DIRECTIONS, atol=1e-12)
    np.testing.assert_allclose(np.linalg.det(rotations), 1)


def test_unit_vectors_are_uniform(random):
    vectors = unit_vectors(random.random((2000, 2)))
    assert all(kstest((vectors[:, axis] + 1) / 2, "uniform").pvalue > 0.01 for axis in range(3))


# What is in them


def test_a_batch_has_its_shape_and_types(views):
    batch, labels = views.batch(0)
    assert batch.shape == (8, 2, 6, 15, 15, 15)
    assert (batch.dtype, labels.dtype, labels.shape) == (torch.float32, torch.int64, (8,))


def test_views_of_21_voxels_and_4_channels(table):
    views = NeighborViews(
        table, 15.75, 0.75, 1.0, noise_A=0, noise_deg=0, channels=4, batch_size=2, ahead=0
    )
    assert views.batch(0)[0].shape == (2, 2, 4, 21, 21, 21)
    distances = np.linalg.norm(views.pairs_at(np.arange(50)).neighbors_A, axis=1)
    np.testing.assert_allclose(distances, 16.75)


def test_the_sum_of_a_view_is_that_of_its_atoms(views, table):
    placed = views.pairs_at(np.arange(4))
    images = views.views_of(placed)
    for number in range(4):
        structure = table[int(placed.structures[number])]
        for view in (0, 1):
            local = placed.local(number, view, structure.coordinates_A.astype(np.float64))
            whole = (np.abs(local) <= 7.0).all(axis=1).sum()
            partly = (np.abs(local) < 8.0).all(axis=1).sum()
            assert whole < images[number, view].sum() < partly


def with_a_marker(table: AtomTable, views: NeighborViews, index: int, view: int, place):
    """The voxels of an example after an atom of iron was put at a place in one of its frames."""
    placed = views.pairs_at(np.array([index]))
    number = int(placed.structures[0])
    at_home = np.asarray(place, np.float64)
    if view == 1:
        at_home = placed.turns[0] @ at_home + placed.neighbors_A[0]
    position = placed.rotations[0] @ at_home + placed.homes_A[0]
    chains = [table[n] for n in range(len(table))]
    old = chains[number]
    chains[number] = Structure(
        old.name,
        np.append(old.elements, 26).astype(np.uint8),
        np.append(old.coordinates_A, position[None].astype(np.float32), axis=0),
        np.append(old.occupancies, np.float32(1)),
    )
    marked = NeighborViews(AtomTable.of(chains), ahead=0)
    images = marked.views_of(placed)[0]
    return [np.argwhere(image[5] > 0.99).tolist() for image in images], int(placed.labels[0])


@pytest.mark.parametrize("index", range(6))
def test_what_lies_between_the_views_is_on_the_side_that_the_label_names(table, views, index):
    """An atom just inside the home view's face is where the label says; the neighbor has none."""
    axis = DIRECTIONS[int(views.pairs_at(np.array([index])).labels[0])]
    (home, neighbor), label = with_a_marker(table, views, index, 0, 7 * axis)
    assert home == [(7 + 7 * DIRECTIONS[label]).astype(int).tolist()]
    assert neighbor == []


@pytest.mark.parametrize("index", range(3))
def test_an_atom_at_the_neighbors_centre_is_in_the_middle_of_the_neighbor_view(table, views, index):
    (home, neighbor), _ = with_a_marker(table, views, index, 1, (0, 0, 0))
    assert (home, neighbor) == ([], [[7, 7, 7]])


def test_turning_a_structure_before_it_is_placed_changes_no_label(table, views):
    """Labels are drawn, not measured: what is turned is the structure in front of the views."""
    turn = np.array([[0, -1, 0], [1, 0, 0], [0, 0, 1]])  # a quarter about z
    chains = [table[n] for n in range(len(table))]
    turned = [
        Structure(c.name, c.elements, (c.coordinates_A @ turn.T).astype(np.float32), c.occupancies)
        for c in chains
    ]
    placed = views.pairs_at(np.arange(4))
    moved = type(placed)(
        placed.structures, placed.homes_A @ turn.T, turn @ placed.rotations,
        placed.labels, placed.neighbors_A, placed.turns,
    )  # fmt: skip
    again = NeighborViews(AtomTable.of(turned), ahead=0).views_of(moved)
    np.testing.assert_allclose(again, views.views_of(placed), atol=1e-4)


# What decides them


def test_a_batch_is_decided_by_seed_and_step_alone(table, views):
    again = NeighborViews(table, batch_size=8, ahead=0)
    again.batch(3)
    assert all(map(torch.equal, again.batch(1), views.batch(1)))


def test_an_example_does_not_depend_on_the_size_of_its_batch(table, views):
    of_four = NeighborViews(table, batch_size=4, ahead=0)
    assert torch.equal(of_four.batch(1)[0], views.batch(0)[0][4:])


def test_batches_prepared_in_the_background_are_the_same(table, views):
    ahead = NeighborViews(table, batch_size=8, ahead=3)
    for step in (0, 1, 2, 7, 3):
        assert all(map(torch.equal, ahead.batch(step), views.batch(step)))


def test_another_seed_gives_other_views(table, views):
    other = NeighborViews(table, batch_size=8, seed=1, ahead=0)
    assert not torch.equal(other.batch(0)[0], views.batch(0)[0])


def test_every_zone_comes_once_in_a_round(views):
    count = len(views.zones)
    for start in (0, count):
        homes = views.pairs_at(np.arange(start, start + count))
        corners = np.floor(homes.homes_A / views.zone_A)
        assert (
            len({(s, *c) for s, c in zip(homes.structures, corners.tolist(), strict=True)}) == count
        )


def test_a_later_round_shows_other_views(views):
    count = len(views.zones)
    first, second = (views.pairs_at(np.arange(start, start + count)) for start in (0, count))
    assert not np.isin(first.homes_A[:, 0], second.homes_A[:, 0]).any()


def test_the_first_example_is_the_same_on_every_machine(views):
    placed = views.pairs_at(np.array([0]))
    assert placed.labels.tolist() == FIRST_LABEL
    np.testing.assert_allclose(placed.homes_A[0], FIRST_HOME, atol=1e-3)


FIRST_LABEL, FIRST_HOME = [3], [6.3696, 2.6979, -9.5903]


def test_an_epoch_is_all_zones_in_whole_batches(table, views):
    assert len(views) == len(views.zones) // 8
    assert views.seen(5) == 40


def test_an_epoch_can_be_set(table):
    assert len(NeighborViews(table, batch_size=8, epoch_size=100, ahead=0)) == 12


# What does not fit


@pytest.mark.parametrize(
    "change, sentence",
    [
        ({"view_A": 200.0}, "room for two views of 200 A, 203 A apart; generated-000 spans"),
        ({"density_per_A3": 1.0}, "none of the 4 structures has room"),
        ({"padding_A": -1.0}, "must not be negative"),
        ({"batch_size": 0}, "a batch needs at least 1 pair"),
        ({"epoch_size": 3}, "an epoch of 3 pairs is less than a batch of 32"),
        ({"channels": 5}, "channels is 5"),
        ({"resolution_A": 0.7}, "no whole number of voxels"),
    ],
)
def test_what_does_not_fit_is_told(table, change, sentence):
    with pytest.raises(ValueError, match=sentence):
        NeighborViews(table, **change)


def test_a_structure_that_is_too_small_is_left_out_with_a_warning(table):
    dot = Structure("dot", np.array([6], np.uint8), np.zeros((1, 3), np.float32), np.ones(1, "f4"))
    with pytest.warns(UserWarning, match=r"left out, .* do not fit into them: dot"):
        views = NeighborViews(AtomTable.of([dot, table[0]]), batch_size=4, ahead=0)
    assert set(views.zones.structures.tolist()) == {1}
