"""Before anything is accepted, it is told how its code differs."""

import re

import pytest
from click.testing import CliRunner

from labbook.cli import main
from labbook.commands.accept import differences
from labbook.log import trials
from labbook.log.freshness.acceptance import acceptable


@pytest.fixture
def changed(log, monkeypatch):
    """A log with a record of a function that has changed since."""
    path = log.root / "notebooks" / "toy.py"
    path.write_text("from mytask import fit\n")
    module = log.root / "mytask.py"
    module.write_text("def fit(seed):\n    return {'metrics': {'loss': 2 * seed}}\n")
    monkeypatch.syspath_prepend(log.root)
    import mytask

    trials.run(mytask.fit, [{"seed": 3}], experiment="toy")
    module.write_text(module.read_text().replace("2 *", "3 *"))
    return log.root


def test_changed_lines_are_shown_below_the_definition(changed):
    text = differences(acceptable("toy", changed), changed)
    assert text.startswith("toy.fit: 1 record\n  mytask.fit changed\n")
    assert "-    return {'metrics': {'loss': 2 * seed}}" in text
    assert "+    return {'metrics': {'loss': 3 * seed}}" in text


def test_so_are_those_of_a_function_that_no_notebook_names(changed):
    (changed / "notebooks" / "toy.py").write_text("import mytask\n")
    assert "+    return {'metrics': {'loss': 3 * seed}}" in differences(
        acceptable("toy", changed), changed
    )


def test_a_long_difference_is_cut_and_says_how_much_is_left(changed):
    lines = "".join(f"    a = {number}\n" for number in range(300))
    (changed / "mytask.py").write_text(f"def fit(seed):\n{lines}    return {{}}\n")
    _, _, *diff, last = differences(acceptable("toy", changed), changed).splitlines()
    assert len(diff) == 200 and re.fullmatch(r"… and 1\d\d lines more", last)


def test_where_the_source_that_ran_is_not_at_hand_that_is_said(changed):
    for path in (changed / "runs/records/toy/code").glob("*.py"):
        path.unlink()
    told = differences(acceptable("toy", changed), changed)
    assert told.endswith("(the source that made them is not at hand: see git)")


@pytest.mark.parametrize(("answer", "accepted"), [("n", False), ("y", True)])
def test_it_is_asked_before_anything_is_accepted(changed, answer, accepted):
    command = ["accept", "toy", "--because", "only the scale"]
    said = CliRunner().invoke(main, command, input=f"{answer}\n").output
    assert "mytask.fit changed" in said and "Accept? [y/N]" in said
    assert (changed / "docs" / "records" / "toy" / "accepted.json").exists() == accepted


def test_without_a_reason_nothing_is_asked(changed):
    done = CliRunner().invoke(main, ["accept", "toy", "--because", " "], input="y\n")
    assert done.output == "say why the results of toy are still valid.\n"
    assert done.exit_code == 2
