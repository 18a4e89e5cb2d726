"""A table wider than its page folds columns, and says which; its last column is in sight."""

import pytest

WIDE = "#table-wide"
CUT = (
    f"const box = document.querySelector('{WIDE} .lb-scroll');"
    "return box.scrollWidth - box.clientWidth"
)
SHOWN = (
    f"return [...document.querySelectorAll('{WIDE} th')].filter((head) => !head.hidden)"
    ".map((head) => head.textContent.trim())"
)
FOLDED = f"return document.querySelector('{WIDE} .lb-folded').textContent"


@pytest.fixture
def wide(page):
    return page("notebooks/gratings")


def click(browser, selector: str) -> None:
    browser.execute_script("document.querySelector(arguments[0]).click()", selector)


@pytest.mark.parametrize("width", [800, 1400, 1920])
def test_no_column_is_out_of_reach(width, page):
    assert page("notebooks/gratings", width=width).execute_script(CUT) <= 1


def test_first_and_last_column_stay(wide):
    shown = wide.execute_script(SHOWN)
    assert (shown[0], shown[-1]) == ("network", "verdict") and len(shown) < 16


def test_what_is_folded_is_named(wide):
    told = wide.execute_script(FOLDED)
    assert "columns folded:" in told and "measure number 14" in told


def test_one_click_shows_all_columns(wide):
    click(wide, f"{WIDE} .lb-folded button")
    assert len(wide.execute_script(SHOWN)) == 16
    click(wide, f"{WIDE} .lb-folded button")
    assert wide.execute_script(CUT) <= 1


def test_a_column_switched_on_by_the_reader_stays(wide):
    click(wide, f"{WIDE} .lb-columns summary")
    click(wide, f"{WIDE} .lb-menu label:nth-last-child(2) input")
    assert "measure number 14" in wide.execute_script(SHOWN)
    assert "measure number 14" not in wide.execute_script(FOLDED)


def test_one_click_shows_all_columns_after_one_was_chosen(wide):
    click(wide, f"{WIDE} .lb-columns summary")
    click(wide, f"{WIDE} .lb-menu label:nth-last-child(2) input")
    wide.execute_async_script("requestAnimationFrame(() => setTimeout(arguments[0], 100))")
    hidden = 16 - len(wide.execute_script(SHOWN))
    folded = wide.execute_script(FOLDED).count(",") + 1
    click(wide, f"{WIDE} .lb-folded button")
    assert len(wide.execute_script(SHOWN)) == 16 - hidden + folded


def test_a_wider_window_shows_more_columns(page):
    few = len(page("notebooks/gratings", width=1400).execute_script(SHOWN))
    assert len(page("notebooks/gratings", width=1920).execute_script(SHOWN)) > few


def test_on_a_phone_a_table_is_moved_sideways(page):
    browser = page("notebooks/gratings", width=380)
    assert len(browser.execute_script(SHOWN)) == 16
    assert browser.execute_script(CUT) > 0
