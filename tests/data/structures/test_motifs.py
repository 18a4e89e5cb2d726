"""Motifs cut from backbones: which residues they hold, and how large their boxes are."""

import gzip

import numpy as np
import pytest

from labbook.data.structures import motifs
from labbook.data.structures.generated import place

# Four atoms of one residue of an extended chain along x; residues are 3.8 A apart, C-N is 1.3 A.
RESIDUE = np.array([(0.0, 0, 0), (1.4, 0.5, 0), (2.5, 0, 0), (2.6, -1.2, 0)])


def strand(residues, y_A=0.0):
    """A straight piece of chain along x: (R, 4, 3)."""
    return RESIDUE + np.arange(residues)[:, None, None] * (3.8, 0, 0) + np.array((0, y_A, 0))


def backbone_of(*pieces):
    chains = np.concatenate([np.full(len(piece), n) for n, piece in enumerate(pieces)])
    return motifs.from_atoms(np.concatenate(pieces), chains)


def pdb_text(atoms_A):
    lines = []
    for residue, coordinates in enumerate(atoms_A, 1):
        for name, (x, y, z) in zip(motifs.ATOMS, coordinates, strict=True):
            lines.append(
                f"ATOM  {len(lines) + 1:5d}  {name:<3s} ALA A{residue:4d}    "
                f"{x:8.3f}{y:8.3f}{z:8.3f}  1.00 10.00           {name[0]}"
            )
    return "\n".join([*lines, "END\n"])


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "strand.pdb.gz"
    path.write_bytes(gzip.compress(pdb_text(strand(6)).encode()))
    return path


def test_backbone_of_a_file_has_its_atoms(file):
    np.testing.assert_allclose(motifs.read_backbone(file).atoms_A, strand(6), atol=1e-3)


def test_a_file_without_residues_is_named(tmp_path):
    path = tmp_path / "empty.pdb"
    path.write_text("END\n")
    with pytest.raises(ValueError, match="empty.pdb: no residue in it has all of N, CA, C, O"):
        motifs.read_backbone(path)


def test_a_file_that_is_no_structure_is_named(tmp_path):
    path = tmp_path / "words.cif"
    path.write_text("no structure")
    with pytest.raises(ValueError, match="words.cif: not a readable structure"):
        motifs.read_backbone(path)


@pytest.mark.parametrize("lost_bytes", [1, 8, 40])
def test_a_file_that_ends_early_is_refused(file, lost_bytes):
    file.write_bytes(file.read_bytes()[:-lost_bytes])
    with pytest.raises(ValueError, match=r"strand\.pdb\.gz: not a readable structure"):
        motifs.read_backbone(file)


def test_a_gap_ends_a_piece():
    gapped = np.delete(strand(7), 3, axis=0)
    assert backbone_of(gapped).piece.tolist() == [0, 0, 0, 1, 1, 1]


def test_segments_do_not_reach_over_the_end_of_a_piece():
    starts = motifs.contiguous(backbone_of(strand(4), strand(3, 5.0)), 3)
    assert starts[:, 0].tolist() == [0, 1, 4]


def test_a_chain_shorter_than_a_segment_has_none():
    assert motifs.contiguous(backbone_of(strand(2)), 3).shape == (0, 1)


def test_one_segment_in_contact_is_every_contiguous_one():
    backbone = backbone_of(strand(9))
    np.testing.assert_array_equal(motifs.in_contact(backbone, 1), motifs.contiguous(backbone, 5))


def test_two_strands_side_by_side_are_in_contact():
    backbone = backbone_of(strand(5), strand(5, y_A=4.8))
    assert motifs.in_contact(backbone, 2).tolist() == [[0, 5], [5, 0]]


@pytest.mark.parametrize("distance_A, found", [(7.9, 2), (8.1, 0)])
def test_residues_touch_within_8_A(distance_A, found):
    backbone = backbone_of(strand(5), strand(5, y_A=distance_A))
    assert motifs.in_contact(backbone, 2).shape == (found, 2)


def test_of_two_strands_in_reach_the_nearer_one_is_taken():
    backbone = backbone_of(strand(5), strand(5, y_A=7.0), strand(5, y_A=-5.0))
    assert motifs.in_contact(backbone, 2).tolist() == [[0, 10], [5, 0], [10, 0]]


def test_segments_of_a_motif_never_overlap():
    rng = np.random.default_rng(0)
    walk = np.cumsum(rng.normal(0, 1.0, (60, 1, 3)), axis=0)
    backbone = motifs.Backbone(RESIDUE + walk, np.zeros(60, dtype=int))
    starts = np.sort(motifs.in_contact(backbone, 3), axis=1)
    assert len(starts) and np.diff(starts, axis=1).min() >= 5


def test_box_of_a_straight_segment():
    backbone = backbone_of(strand(5))
    box = motifs.boxes_A(backbone, np.array([[0]]), 5)
    np.testing.assert_allclose(box, [[2.6 + 4 * 3.8, 0.5 + 1.2, 0]])


def test_box_of_two_segments_spans_both():
    backbone = backbone_of(strand(5), strand(5, y_A=4.8))
    box = motifs.boxes_A(backbone, np.array([[0, 5]]), 5)
    np.testing.assert_allclose(box[0, 1], 4.8 + 0.5 + 1.2)


def test_a_quarter_turn_exchanges_edges():
    backbone = backbone_of(strand(5))
    turn = np.array([(0.0, -1, 0), (1, 0, 0), (0, 0, 1)])
    straight = motifs.boxes_A(backbone, np.array([[0]]), 5)[0]
    turned = motifs.boxes_A(backbone, np.array([[0]]), 5, turn)[0]
    np.testing.assert_allclose(turned, straight[[1, 0, 2]])


def test_a_strand_fits_a_smaller_cube_along_its_diagonal():
    backbone = backbone_of(strand(5))
    diagonal = np.linalg.qr(np.array([(1.0, 1, 1), (1, -1, 0), (1, 1, -2)]).T)[0]
    rotations = np.array([np.eye(3), diagonal])
    edges = motifs.smallest_cube_A(backbone, np.array([[0]]), 5, rotations)
    assert edges[0] < 0.7 * 17.8


def test_side_chain_stands_where_it_does_in_an_alanine_of_L_form():
    # N, CA, C and O of an alanine with ideal geometry, and its CB by internal coordinates.
    ideal = np.array([(1.458, 0, 0), (0, 0, 0), (-0.551, 1.420, 0), (0.1, 2.4, 0)])
    n, ca, c, _ = ideal
    side_chain_A = motifs.Backbone(ideal[None], np.zeros(1, dtype=int)).side_chains_A()[0]
    np.testing.assert_allclose(side_chain_A, place(c, n, ca, 1.53, 110.5, -122.6), atol=0.04)


@pytest.mark.parametrize("segments, length", [(0, 5), (2, 4)])
def test_impossible_motifs_are_told(segments, length):
    with pytest.raises(ValueError, match="one segment or more of an odd length"):
        motifs.in_contact(backbone_of(strand(5)), segments, length)
