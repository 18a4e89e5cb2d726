"""Rows that hold nothing yet, and the trials that are missing by name."""

import pandas as pd
import pytest

from labbook.show import tables
from labbook.show.table import markup


def trials(found: int, planned: int) -> pd.DataFrame:
    """A table of trials, the first of which are good, the others only planned."""
    count = found + planned
    keys = [f"{number:016x}" for number in range(count)]
    frame = pd.DataFrame(
        {
            "width": range(count),
            "seed": [number % 2 for number in range(count)],
            "outcome": ["ok"] * found + ["planned"] * planned,
            "loss": [0.5] * found + [None] * planned,
            "key": keys,
        }
    )
    frame.attrs["trials"] = {
        "planned": count, "found": found, "missing": keys[found:], "failed": [],
    }  # fmt: skip
    return frame


def html(frame: pd.DataFrame, **more) -> str:
    return markup.for_site(tables.describe(frame, "All.") | more, "t", [])


def test_trials_that_all_failed_were_run():
    frame = trials(0, 2)
    frame.attrs["trials"] = frame.attrs["trials"] | {"missing": [], "failed": list(frame["key"])}
    assert "Trials: 2 planned, 0 found. 2 failed: " in html(frame)


def test_many_planned_rows_wait_until_they_are_asked_for():
    shown = html(trials(3, 5))
    assert shown.count("<tr class=p>") == 5
    assert '<input type="checkbox"> show the 5 rows that are only planned' in shown


@pytest.mark.parametrize(("found", "planned"), [(8, 3), (0, 5)])
def test_few_planned_rows_and_those_of_a_table_of_nothing_else_stay(found, planned):
    assert "class=p" not in html(trials(found, planned))


def test_settings_over_seeds_without_any_run_are_planned():
    assert tables.describe(tables.over_seeds(trials(3, 2), "width", "loss"))["planned"] == [3, 4]


def test_a_setting_with_one_seed_run_is_not_planned():
    assert tables.describe(tables.over_seeds(trials(3, 3), "seed", "loss"))["planned"] == []


def test_planned_rows_follow_the_order_of_the_table():
    assert tables.describe(trials(1, 2), sort="-width")["planned"] == [0, 1]


def test_long_table_of_planned_rows_alone_is_closed():
    assert "9 rows, all planned</span></summary>" in html(trials(0, 9))
    assert "<summary>" not in html(trials(0, 8))


def test_closed_table_shows_its_caption_and_opens_on_its_rows():
    shown = html(trials(2, 0), folded=True)
    assert '<summary><span id="t-caption">All.</span>' in shown
    assert shown.index("2 rows</span></summary>") < shown.index("<table")


def test_a_closed_table_has_its_number_and_no_link_in_what_opens_it():
    shown = markup.for_site(tables.describe(trials(0, 9), "All."), "t", [], number="Table 3")
    opens, _, rest = shown.partition("</summary>")
    assert '<span class="lb-no">Table 3</span> All.' in opens and "<a" not in opens
    assert '<a class="lb-csv" href="#t">link</a>' in rest


def test_many_missing_trials_are_named_in_a_closed_list():
    assert "<summary>4 missing</summary><ul><li>width 3, seed 1</li>" in html(trials(3, 4))


def test_a_few_missing_trials_are_named_in_the_line():
    assert "3 planned, 2 found. 1 missing: width 2, seed 0.</div>" in html(trials(2, 1))


def test_an_account_that_others_wrote_is_text():
    account = {"planned": "<script>", "found": "<b>2", "missing": ["<i>"], "failed": []}
    assert not any(tag in html(trials(2, 0), trials=account) for tag in ("<script>", "<b>", "<i>"))
