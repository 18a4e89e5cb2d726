"""On paper nothing scrolls: all of a page is on the sheet."""

import pytest

A4_WITHIN_MARGINS_PX = 688


@pytest.fixture
def paper(page):
    """A page as it is printed, as wide as a sheet."""
    browser = page("notebooks/gratings", width=A4_WITHIN_MARGINS_PX)
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    yield browser
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_no_table_and_no_figure_is_wider_than_the_sheet(paper):
    beyond = """
        return [...document.querySelectorAll("article table, article img, article pre")]
          .filter((part) => part.getBoundingClientRect().right > innerWidth + 1)
          .map((part) => part.outerHTML.slice(0, 80));
    """
    assert paper.execute_script(beyond) == []


@pytest.mark.parametrize(
    "part", [".skip-to-content", ".mobile-header", ".lb-tick", ".lb-copy", ".lb-planned"]
)
def test_what_is_of_use_on_a_screen_alone_is_not_printed(paper, part):
    shown = "return [...document.querySelectorAll(arguments[0])].map(e => e.checkVisibility())"
    assert set(paper.execute_script(shown, part)) == {False}


def test_a_table_of_twelve_columns_is_whole(paper):
    widened = """
        const table = document.querySelector("article table.lb");
        for (const row of table.rows)
          while (row.cells.length < 12) row.append(row.lastElementChild.cloneNode(true));
        return table.getBoundingClientRect().right <= innerWidth + 1;
    """
    assert paper.execute_script(widened)


def test_page_that_is_dark_on_the_screen_is_light_on_paper(paper):
    colours = """
        document.body.dataset.theme = "dark";
        const label = getComputedStyle(document.querySelector(".lb-good"));
        return [label.color, label.backgroundColor];
    """
    assert paper.execute_script(colours) == ["rgb(35, 102, 58)", "rgb(230, 241, 232)"]
