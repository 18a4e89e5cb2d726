"""Tables that hold what no table should: sorted, narrowed and compared all the same."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest
from test_compare import PANEL, boxes_of, panel_of, ticked

from labbook.show import tables
from labbook.show.table import markup

DEEP, WIDE = "d" * 16, "e" * 16
MANY = [f"{number:016x}" for number in range(markup.COMPARED_AT_MOST + 1)]
RATES = pd.DataFrame({"rate": [0.01, "auto", 0.003, None, 2000, 1e-7], "of": range(6)})
LOSSES = pd.DataFrame({"loss": [0.01, np.inf, 0.009, None, 33617.5, -2.0], "of": range(6)})
TRIALS = pd.DataFrame({"case": ["deep", "wide", "many"], "key": [[DEEP], [WIDE], MANY]})


def script_of(key: str, configuration: dict, values: list) -> str:
    """A record as comparisons load it."""
    history = {"loss": {"values": values, "label": "point"}}
    told = {"key": key, "configuration": configuration, "metrics": {}, "history": history}
    return f"labbookRecord({json.dumps(told | {'pictures': {}})})"


@pytest.fixture(scope="module")
def odd(site):
    """A page of the small log with these tables in place of its own, and records of its own."""
    folder = site / "records" / "odd"
    folder.mkdir(parents=True)
    (folder / f"{DEEP}.js").write_text(script_of(DEEP, {"depth": 3}, [None, None]))
    (folder / f"{WIDE}.js").write_text(script_of(WIDE, {"width": 8}, [1.0, 1.0]))
    link = lambda key, listed=False: f"../records/odd/{key}.html"  # noqa: E731
    drawn = [
        markup.for_site(tables.describe(frame, name=name), name, [("CSV", f"{name}.csv")], link)
        for name, frame in (("rates", RATES), ("losses", LOSSES), ("trials", TRIALS))
    ]
    before, _, rest = (site / "notebooks" / "second_look.html").read_text().partition("<section")
    page = f"{before}{''.join(drawn)}{rest[rest.rindex('</section>') :]}"
    (site / "notebooks" / "odd_tables.html").write_text(page)
    yield "notebooks/odd_tables"
    (site / "notebooks" / "odd_tables.html").unlink()
    shutil.rmtree(folder)


def sorted_by_first(browser, table: str) -> list[str]:
    script = """document.querySelector(`#${arguments[0]} th button`).click();
    return [...document.querySelectorAll(`#${arguments[0]} tbody tr`)]
      .map((row) => row.cells[0].textContent.trim())"""
    return browser.execute_script(script, table)


def test_numbers_among_words_are_sorted_as_numbers(odd, page):
    in_order = ["1e-07", "0.003", "0.01", "2,000", "auto", "–"]
    assert sorted_by_first(page(odd), "rates") == in_order


def test_infinite_losses_are_sorted_as_numbers(odd, page):
    shown = sorted_by_first(page(odd), "losses")
    assert shown[0] == "−2" and shown[-2:] == ["inf", "–"]
    assert [float(text) for text in shown[1:3]] == [0.009, 0.01]


@pytest.mark.parametrize(
    ("words", "rows"),
    [
        ("loss<33,618", 4),
        ("loss<=-2", 1),
        ("loss>=33,617.5", 2),
        ("loss>−3", 5),
    ],
)
def test_limits_are_read_as_tables_write_numbers(words, rows, odd, page):
    browser = page(odd)
    browser.find_element("css selector", "#losses .lb-search").send_keys(words)
    count = browser.find_element("css selector", "#losses .lb-count").text
    assert count == f"{rows} of 6 rows"


def test_row_of_too_many_trials_cannot_be_ticked(odd, page):
    assert len(boxes_of(page(odd), "trials")) == 2


def test_setting_that_a_trial_does_not_have_is_missing(odd, page):
    browser = page(odd)
    ticked(browser, 2, "trials")
    cells = (
        "return [...document.querySelectorAll('.lb-compare tbody tr')].map(row => row.innerText)"
    )
    assert browser.execute_script(cells) == ["depth\t3\t–", "width\t–\t8"]


def test_curve_without_numbers_leaves_the_comparison_whole(odd, page):
    browser = page(odd)
    browser.get_log("browser")
    ticked(browser, 1, "trials")
    assert browser.get_log("browser") == []


def test_address_that_comes_later_is_followed(odd, page):
    browser = page(odd)
    browser.execute_script(f"location.hash = 'compare=trials&rows={WIDE}'")
    assert panel_of(browser).find_element("css selector", ".lb-legend").text == "eeeeeeee"


def test_keyboard_stays_at_a_choice(odd, page):
    browser = page(odd)
    ticked(browser, 2, "trials")
    choose = """const menu = document.querySelector(`${arguments[0]} select[aria-label=scale]`);
    menu.focus();
    menu.value = 'linear';
    menu.dispatchEvent(new Event('change'));
    setTimeout(() => arguments[1](document.activeElement.ariaLabel), 500)"""
    assert browser.execute_async_script(choose, PANEL) == "scale"
