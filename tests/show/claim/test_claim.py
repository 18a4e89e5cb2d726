"""What is no claim is refused when it is written."""

import pytest
from tests.show.claim.judged import claim

from labbook.show.claim.claim import Claim


def test_a_claim_is_relative_or_in_points() -> None:
    with pytest.raises(ValueError, match="can be one of them"):
        claim(relative=True, in_points=True)


def test_a_claim_over_settings_is_against_settings() -> None:
    with pytest.raises(ValueError, match="over several settings: compare it against settings"):
        claim(against=0.5, over=[{"width": 1}])


def test_equality_needs_a_margin() -> None:
    with pytest.raises(ValueError, match="give the margin"):
        claim(expect="equal within")


def test_unknown_expectation_is_refused() -> None:
    with pytest.raises(ValueError, match="expects 'smaller': less, greater, equal within"):
        claim(expect="smaller")


def test_a_claim_that_nothing_judges_is_refused() -> None:
    with pytest.raises(ValueError, match="metric= and of=, or a verdict"):
        Claim(text="c", whose="w")
