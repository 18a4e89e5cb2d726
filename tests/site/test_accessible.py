"""Every page can be read by everybody: axe finds nothing in what is ours."""

import pytest
from axe_core_python.selenium import Axe

PAGES = ("index", "notebooks/gratings", "notebooks/second_look", "records/gratings/index",
         "records/gratings/records-train", "docs/howto", "docs/glossary",
         "docs/references")  # fmt: skip
# What Furo draws around our content is its own.
OURS = {"include": [["article"]]}


def faults(browser) -> list[str]:
    found = Axe().run(browser, OURS)["violations"]
    return [
        f"{fault['id']}: {node['html'][:160]} {node['failureSummary']}"
        for fault in found
        for node in fault["nodes"]
    ]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(name, dark, page):
    browser = page(name, dark=dark)
    browser.execute_script("document.querySelectorAll('details').forEach((d) => d.open = true)")
    assert faults(browser) == []


def test_axe_finds_nothing_in_a_record(page, site):
    record = next((site / "records" / "gratings").glob("?" * 16 + ".html"))
    assert faults(page(f"records/gratings/{record.stem}")) == []


def test_axe_finds_nothing_in_a_comparison(page):
    browser = page("notebooks/gratings")
    browser.execute_script(
        "[...document.querySelectorAll('.lb-tick')].slice(0, 3).forEach((box) => box.click())"
    )
    browser.set_script_timeout(20)
    browser.execute_async_script(
        "const done = arguments[0]; const look = () => "
        "document.querySelector('.lb-plot canvas') ? done() : setTimeout(look, 50); look();"
    )
    assert faults(browser) == []


def test_whatever_scrolls_sideways_is_reached_by_the_keyboard(page):
    reached = """
        const boxes = [...document.querySelectorAll(".lb-scroll, .lb-wide, .table-wrapper")];
        const box = boxes.find((each) => each.tabIndex < 0);
        box.firstElementChild.style.cssText = "display: block; width: 3000px";
        requestAnimationFrame(() => setTimeout(() => arguments[0](box.tabIndex), 200));
    """
    assert page("notebooks/gratings").execute_async_script(reached) == 0
