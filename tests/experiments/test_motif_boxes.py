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


def test_structures_are_read_from_where_the_index_says(tmp_path, monkeypatch):
    bent = np.cumsum(np.random.default_rng(0).normal(0, 1.5, (40, 3)), axis=0).round(3)
    lines = [
        f"ATOM  {n + 1:5d}  {motifs.ATOMS[n % 4]:<3s} ALA A{n // 4 + 1:4d}    "
        f"{x:8.3f}{y:8.3f}{z:8.3f}  1.00 10.00           {'NCCO'[n % 4]}"
        for n, (x, y, z) in enumerate(bent)
    ]
    structure = gemmi.read_pdb_string("\n".join([*lines, "END\n"]))
    structure.setup_entities()
    (tmp_path / "pdb" / "deep").mkdir(parents=True)
    structure.make_mmcif_document().write_file(str(tmp_path / "pdb" / "deep" / "bent.cif"))
    (tmp_path / "pdb" / "index.csv").write_text("file,split\ndeep/bent.cif,val\n")
    monkeypatch.setenv("LABBOOK_DATA", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    measured = motif_boxes.measure_motifs("validation", segments=1, length=1, count=1)
    assert measured["metrics"]["motifs"] == 10


@pytest.mark.skipif(structures.at_hand() != "pdb", reason="the measured structures are not here")
def test_segments_of_five_residues_fit_into_a_view():
    measured = motif_boxes.measure_motifs("validation", segments=1, length=5, count=2)
    assert measured["metrics"]["turned_in_view"] == 1.0
