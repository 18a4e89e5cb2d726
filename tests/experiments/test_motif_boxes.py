"""Boxes of motifs: their names, and quantiles of a reported density."""

import gemmi
import numpy as np
import pytest

from labbook.data import structures
from labbook.data.structures import motifs
from labbook.experiments import motif_boxes


def test_motifs_are_called_by_what_they_are():
    assert motif_boxes.kind_of(1, 10) == "segment of 10"
    assert motif_boxes.kind_of(3, 5) == "3 in contact"


def test_quantiles_of_a_uniform_density():
    found = motif_boxes.quantiles_of_density(np.array([0.0, 40.0]), np.array([0.025, 0.025]))
    assert found["median_A"] == pytest.approx(20, abs=0.1)
    assert found["pooled_below_view"] == pytest.approx(15.75 / 40, abs=0.01)


@pytest.fixture
def written(tmp_path, monkeypatch):
    """Makes a data folder of one structure, of the atoms (N, CA, C, O of each residue) given."""

    def write(atoms_A):
        lines = [
            f"ATOM  {n + 1:5d}  {motifs.ATOMS[n % 4]:<3s} ALA A{n // 4 + 1:4d}    "
            f"{x:8.3f}{y:8.3f}{z:8.3f}  1.00 10.00           {'NCCO'[n % 4]}"
            for n, (x, y, z) in enumerate(atoms_A)
        ]
        structure = gemmi.read_pdb_string("\n".join([*lines, "END\n"]))
        structure.setup_entities()
        (tmp_path / "pdb" / "deep").mkdir(parents=True)
        structure.make_mmcif_document().write_file(str(tmp_path / "pdb" / "deep" / "one.cif"))
        (tmp_path / "pdb" / "index.csv").write_text("file,split\ndeep/one.cif,val\n")
        monkeypatch.setenv("LABBOOK_DATA", str(tmp_path))
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    return write


def test_structures_are_read_from_where_the_index_says(written):
    written(np.cumsum(np.random.default_rng(0).normal(0, 1.5, (40, 3)), axis=0))
    measured = motif_boxes.measure_motifs("validation", segments=1, length=1, count=1)
    assert measured["metrics"]["motifs"] == 10


def test_boxes_of_a_straight_strand_are_told_in_all_ways(written):
    # Residues of 2.6 x 1.7 A along x, 3.8 A apart: five of them are 17.8 A long, and flat.
    residue = np.array([(0.0, 0, 0), (1.4, 0.5, 0), (2.5, 0, 0), (2.6, -1.2, 0)])
    written((residue + np.arange(20)[:, None, None] * (3.8, 0, 0)).reshape(-1, 3))
    found = motif_boxes.measure_motifs("validation", segments=1, length=5, count=1)["metrics"]
    assert found == pytest.approx(
        {
            "motifs": 16, "p5_A": 0, "median_A": 1.7, "p95_A": 17.8, "mean_A": 6.5,
            "pooled_below_view": 2 / 3, "whole_in_view": 0, "turned_in_view": 1,
        },
        abs=1e-3,
    )  # fmt: skip


@pytest.mark.skipif(structures.at_hand() != "pdb", reason="the measured structures are not here")
def test_segments_of_five_residues_fit_into_a_view():
    measured = motif_boxes.measure_motifs("validation", segments=1, length=5, count=2)
    assert measured["metrics"]["turned_in_view"] == 1.0
