"""Which rows of a table a reader sees: planned ones wait, filters let some pass."""

import pytest

SWEEP = "table-validation-loss-by-mixer-and-kernel-size"
SEEN = (
    "return [...document.querySelectorAll(`#${arguments[0]} tbody tr`)]"
    ".filter((row) => row.checkVisibility({ contentVisibilityAuto: true })).length"
)


def seen(browser, table: str) -> int:
    return browser.execute_script(SEEN, table)


def click(browser, selector: str) -> None:
    browser.execute_script("document.querySelector(arguments[0]).click()", selector)


def filter_column(browser, name: str, text: str) -> None:
    """Write into the box below a header, which a click brings."""
    click(browser, f"#{SWEEP} .lb-bar > [aria-expanded=false]")
    box = f'#{SWEEP} .lb-filters td:not([hidden]) input[aria-label="Filter {name}"]'
    browser.find_element("css selector", box).send_keys(text)


def test_planned_rows_are_seen_when_they_are_asked_for(page):
    browser = page("notebooks/gratings")
    assert seen(browser, "table-sparse") == 3
    click(browser, "#table-sparse .lb-planned input")
    assert seen(browser, "table-sparse") == 8


def test_planned_rows_are_asked_for_without_a_script(page, browser):
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        page("notebooks/gratings")
        shown = browser.find_elements("css selector", "#table-sparse tbody tr")
        assert sum(row.is_displayed() for row in shown) == 3
        browser.find_element("css selector", "#table-sparse .lb-planned input").send_keys(" ")
        assert sum(row.is_displayed() for row in shown) == 8
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_rows_that_wait_are_not_counted_as_found(page):
    browser = page("notebooks/gratings")
    count = "#table-sparse .lb-count"
    browser.find_element("css selector", "#table-sparse .lb-search").send_keys("width>1")
    assert browser.find_element("css selector", count).text == "1 of 8 rows"
    click(browser, "#table-sparse .lb-planned input")
    assert browser.find_element("css selector", count).text == "6 of 8 rows"


def test_closed_table_is_opened_by_a_link_to_it(page):
    browser = page("notebooks/gratings")
    assert seen(browser, "table-closed") == 0
    browser.execute_script("location.hash = 'table-closed'")
    browser.execute_async_script("setTimeout(arguments[0], 100)")
    assert seen(browser, "table-closed") == 2


@pytest.mark.parametrize(
    ("name", "text", "rows"),
    [
        ("mixer", "=mlp", 6),
        ("kernel size", "3", 4),
        ("kernel size", "<3", 4),
        ("loss", ">0.0101", 8),
    ],
)
def test_a_box_below_a_header_lets_rows_pass(name, text, rows, page):
    browser = page("notebooks/gratings")
    filter_column(browser, name, text)
    assert seen(browser, SWEEP) == rows


def test_filters_and_search_are_both_asked(page):
    browser = page("notebooks/gratings")
    filter_column(browser, "kernel size", "<3")
    browser.find_element("css selector", f"#{SWEEP} .lb-search").send_keys("mixer:mlp")
    assert seen(browser, SWEEP) == 2


def test_filters_that_are_put_away_let_all_rows_pass(page):
    browser = page("notebooks/gratings")
    filter_column(browser, "mixer", "mlp")
    click(browser, f"#{SWEEP} .lb-bar > [aria-expanded=true]")
    assert seen(browser, SWEEP) == 12
