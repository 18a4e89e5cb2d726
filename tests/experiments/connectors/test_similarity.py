"""Linear CKA, and the trial that compares encoders, conditions and connectors."""

import pytest
import torch
from tests.experiments.connectors.conftest import run_all

from labbook.experiments import connectors
from labbook.experiments.connectors.similarity import linear_cka
from labbook.log import trials


def features(seed):
    return torch.randn(50, 6, generator=torch.Generator().manual_seed(seed))


def test_cka_of_features_with_themselves_is_one():
    assert linear_cka(features(0), features(0)) == pytest.approx(1)


def test_cka_does_not_see_a_rotation_a_scale_and_a_shift():
    rotation, _ = torch.linalg.qr(features(1)[:6])
    assert linear_cka(features(0), 3 * features(0) @ rotation + 2) == pytest.approx(1, abs=1e-5)


def test_cka_is_the_ratio_of_the_formula():
    x, y = (f - f.mean(0) for f in (features(0), features(2)[:, :4]))
    formula = (x.T @ y).norm() ** 2 / ((x.T @ x).norm() * (y.T @ y).norm())
    assert linear_cka(features(0), features(2)[:, :4]) == pytest.approx(formula.item())


def test_similarities_are_symmetric_with_ones_on_the_diagonal(in_log):
    table = run_all(connectors.similarities, [{"num_encoders": 12, "hypernet_steps": 3}])
    for values in trials.arrays(table).values():
        assert values.shape == (12, 12)
        assert values == pytest.approx(values.T, abs=1e-5)
        assert values.diagonal() == pytest.approx(1, abs=1e-4)
