"""How a run ended is told in words: why the page keeps what it shows."""

from pathlib import Path

import pytest
from tests.log.records.whole import a_run

from labbook.commands.running.outcomes import stood_aside
from labbook.log.freshness.standing import BY_HAND
from labbook.log.records.plan import Plan

ENTRY = {"key": "0" * 16, "function": "toy.train", "configuration": {}, "data_digest": ""}
FAILED = Plan([ENTRY | {"outcome": "failed"}])


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"beside": None}, ""),
        ({"beside": "a", "profile": "demo"}, "the run that it shows, for this is a demo run"),
        ({"beside": "a"}, "the run that it shows, for this one has no profile"),
        (
            {"beside": "a", "profile": "demo", "trials": FAILED},
            "the run that it shows, for trials of this one did not end well",
        ),
        (
            {"beside": BY_HAND, "profile": "smoke", "trials": FAILED},
            "what was run there by hand, for this is a smoke run",
        ),
        ({"beside": BY_HAND}, "what was run there by hand, for this one has no profile"),
    ],
)
def test_why_the_page_keeps_what_it_shows_is_told(fields, told) -> None:
    whole = f"tiny.ipynb keeps {told}; --promote replaces it" if told else ""
    assert stood_aside(a_run(**fields), Path("tiny.ipynb")) == whole
