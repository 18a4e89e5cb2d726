"""Generated chains: their geometry, and that they are always the same."""

import numpy as np
import pytest
from scipy.spatial import cKDTree

from labbook.data.structures import generated
from labbook.data.structures.generated import chain, place


@pytest.fixture(scope="module")
def atoms():
    """A chain of 150 residues: its backbone as (150, 4, 3), and all of it."""
    structure = chain(3, residues=150)
    return structure.coordinates_A[:600].reshape(150, 4, 3).astype(np.float64), structure


def lengths(ends, starts):
    return np.linalg.norm(ends - starts, axis=-1)


@pytest.mark.parametrize(
    "name, of, to, length_A", [("N-CA", 0, 1, 1.458), ("CA-C", 1, 2, 1.525), ("C=O", 2, 3, 1.231)]
)
def test_bonds_in_residues_are_ideal(atoms, name, of, to, length_A):
    backbone, _ = atoms
    np.testing.assert_allclose(lengths(backbone[1:, of], backbone[1:, to]), length_A, atol=0.003)


def test_bonds_between_residues_are_ideal(atoms):
    backbone, _ = atoms
    np.testing.assert_allclose(lengths(backbone[1:, 0], backbone[:-1, 2]), 1.329, atol=0.003)


def test_alpha_carbons_are_3_8_A_apart(atoms):
    backbone, _ = atoms
    np.testing.assert_allclose(lengths(backbone[1:, 1], backbone[:-1, 1]), 3.8, atol=0.05)


def test_residues_are_left_handed_amino_acids(atoms):
    """Seen from the hydrogen of an L residue, CO, R and N follow clockwise ("corn")."""
    n, ca, c = np.array([[-0.5, 1.4, 0.0], [0, 0, 0], [1.525, 0, 0]])
    beta = place(c, n, ca, 1.53, 110.0, -123.0)
    hydrogen = -(n + c + beta)  # opposite the other three, about CA
    assert np.dot(np.cross(c, beta), hydrogen) * np.dot(np.cross(beta, n), hydrogen) > 0
    assert np.dot(np.cross(c, beta), hydrogen) < 0


def test_place_gives_the_length_angle_and_dihedral_asked_for():
    a, b, c = np.random.default_rng(0).normal(size=(3, 3))
    d = place(a, b, c, 1.5, 110.0, -70.0)
    assert np.linalg.norm(d - c) == pytest.approx(1.5)
    assert np.degrees(angle_between(b - c, d - c)) == pytest.approx(110)
    turn = np.cross(b - a, c - b), np.cross(c - b, d - c)
    sign = np.sign(np.dot(turn[0], d - c))
    assert sign * np.degrees(angle_between(*turn)) == pytest.approx(-70)


def angle_between(u, v):
    return np.arccos(np.dot(u, v) / np.linalg.norm(u) / np.linalg.norm(v))


def test_a_chain_is_as_compact_as_a_protein_of_its_length(atoms):
    """Radius of gyration of globular proteins: about 2.2 x residues^0.38 A."""
    _, structure = atoms
    radius = np.sqrt((structure.coordinates_A**2).sum(axis=1).mean())
    assert radius == pytest.approx(2.2 * 150**0.38, rel=0.2)


def test_a_chain_is_as_dense_as_a_protein(atoms):
    """Within 5 A of an atom, itself counted, real ones have 24 atoms on average."""
    _, structure = atoms
    tree = cKDTree(structure.coordinates_A)
    assert tree.query_ball_point(tree.data, 5, return_length=True).mean() == pytest.approx(
        24, abs=4
    )


def test_the_chains_hold_the_elements_of_proteins():
    assert set(generated.chains("validation").elements.tolist()) == {6, 7, 8, 16}


def test_a_chain_is_decided_by_its_seed():
    assert (chain(5, 20).coordinates_A == chain(5, 20).coordinates_A).all()
    assert not (chain(5, 20).coordinates_A[:80] == chain(6, 20).coordinates_A[:80]).all()


def test_generated_chains_are_labelled_as_such():
    table = generated.chains("validation")
    assert table.generated
    assert all(name.startswith("generated-") for name in table.names)


def test_the_chains_are_the_same_on_every_machine():
    assert generated.digest() == DIGEST


DIGEST = (
    "sha256:729771d59e92ae1d1ccbbc393059010381df03f2298e0953038f7e4267f2f5db"
    "+a0b366824fe8452fac72e423dd8d61b2044d634b9628a9e4e8b734ad86584e82"
)


def test_a_chain_of_two_residues_is_refused():
    with pytest.raises(ValueError, match="residues is 2; a chain has at least 3"):
        chain(0, residues=2)
