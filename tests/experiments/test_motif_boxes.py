"""Boxes of motifs: their names, and quantiles of a reported density."""

import numpy as np
import pytest

from labbook.data import structures
from labbook.experiments import motif_boxes


def test_motifs_are_called_by_what_they_are():
    assert motif_boxes.kind_of(1, 10) == "segment of 10"
    assert motif_boxes.kind_of(3, 5) == "3 in contact"


def test_quantiles_of_a_uniform_density():
    found = motif_boxes.quantiles_of_density(np.array([0.0, 40.0]), np.array([0.025, 0.025]))
    assert found["median_A"] == pytest.approx(20, abs=0.1)
    assert found["pooled_below_view"] == pytest.approx(15.75 / 40, abs=0.01)


@pytest.mark.skipif(structures.at_hand() != "pdb", reason="the measured structures are not here")
def test_segments_of_five_residues_fit_into_a_view():
    measured = motif_boxes.measure_motifs("validation", segments=1, length=5, count=2)
    assert measured["metrics"]["turned_in_view"] == 1.0
