"""Rows of trials that are ticked stand side by side, on a page from the disk."""

import time
from pathlib import Path

import pytest

import labbook.site

SWEEP = "table-validation-loss-by-mixer-and-kernel-size"
PANEL = ".lb-compare:not([hidden])"


def panel_of(browser) -> object:
    """The comparison, once its plots are drawn."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        if browser.find_elements("css selector", f"{PANEL} .lb-plot canvas"):
            return browser.find_element("css selector", PANEL)
        time.sleep(0.05)
    raise AssertionError(browser.get_log("browser"))


def ticked(browser, rows: int, table: str = SWEEP) -> object:
    """Tick the first rows of a table; returns the comparison."""
    boxes = boxes_of(browser, table)
    assert len(boxes) >= rows
    browser.execute_script("arguments[0].forEach((box) => box.click())", boxes[:rows])
    return panel_of(browser)


def boxes_of(browser, table: str = SWEEP) -> list:
    """What can be ticked in a table, once the page has it."""
    until = time.monotonic() + 20
    while not (boxes := browser.find_elements("css selector", f"#{table} .lb-tick")):
        assert time.monotonic() < until, browser.page_source
        time.sleep(0.05)
    return boxes


def names(browser) -> list[str]:
    panel_of(browser)
    found = browser.find_elements("css selector", f"{PANEL} .lb-legend li")
    return [entry.text for entry in found]


def lines_drawn(browser) -> int:
    """How many colours stand in the first plot beside greys: one for each curve."""
    script = """
    const canvas = document.querySelector(`${arguments[0]} .lb-plot canvas`);
    const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
    const wanted = [...document.querySelectorAll(`${arguments[0]} .lb-legend .lb-swatch`)]
      .map((mark) => getComputedStyle(mark).backgroundColor.match(/\\d+/g).map(Number));
    const met = new Set();
    for (let i = 0; i < pixels.length; i += 4) {
      wanted.forEach(([r, g, b], place) => {
        if (pixels[i + 3] > 200 && Math.abs(pixels[i] - r) + Math.abs(pixels[i + 1] - g)
            + Math.abs(pixels[i + 2] - b) < 12) met.add(place);
      });
    }
    return met.size;
    """
    return browser.execute_script(script, PANEL)


def test_three_ticked_rows_are_three_named_curves(page):
    browser = page("notebooks/gratings")
    ticked(browser, 3)
    assert names(browser) == [
        "mixer cnn, kernel size 1",
        "mixer mlp, kernel size 1",
        "mixer cnn, kernel size 3",
    ]
    assert lines_drawn(browser) == 3


def test_an_eighth_row_is_told_from_the_first_that_has_its_colour(page):
    browser = page("notebooks/gratings")
    ticked(browser, 8)
    looks = browser.execute_script(
        """const marks = document.querySelectorAll(`${arguments[0]} .lb-legend .lb-swatch`);
           return [...marks].map((mark) => {
             const style = getComputedStyle(mark);
             return `${style.backgroundColor} ${style.maskImage}`;
           });""",
        PANEL,
    )
    assert len(set(looks)) == len(looks) == 8


def test_the_address_draws_the_same_curves_again(page):
    browser = page("notebooks/gratings")
    ticked(browser, 3)
    address, before = browser.current_url, names(browser)
    browser.get("about:blank")
    browser.get(address)
    assert names(browser) == before
    assert lines_drawn(browser) == 3


def test_only_settings_that_differ_are_listed(page):
    browser = page("notebooks/gratings")
    ticked(browser, 2)
    heads = browser.find_elements("css selector", f"{PANEL} tbody th")
    assert [head.text for head in heads] == ["mixer", "loss", "parameters", "CPU time (s)"]


def test_a_metric_tells_its_difference_from_the_first_row(page):
    browser = page("notebooks/gratings")
    ticked(browser, 2)
    row = browser.find_element("xpath", "//*[@class='lb-compare']//tr[th='loss']")
    assert row.text == "loss 0.01 0.0101 (+0.0001, +1.0 %)"


def test_the_best_of_a_metric_is_bold_where_its_name_tells_which_way_is_better(page):
    browser = page("notebooks/gratings")
    ticked(browser, 2)
    bold = "return [...document.querySelectorAll('.lb-compare tr')].filter((row) => row.cells[0]"
    bold += ".textContent === arguments[0]).map((row) => row.querySelector('b')?.textContent)"
    assert browser.execute_script(bold, "loss") == ["0.01"]
    assert browser.execute_script(bold, "parameters") in ([], [None])


def test_two_numbers_of_the_table_are_drawn_against_each_other(page):
    browser = page("notebooks/gratings")
    ticked(browser, 2)
    plots = browser.find_elements("css selector", f"{PANEL} .lb-plot")
    assert plots[1].get_attribute("aria-label") == "loss against wall time (s)"


def test_a_row_of_several_trials_compares_their_means(page):
    browser = page("notebooks/gratings")
    table = "table-the-same-over-seeds-mean-standard-deviation"
    ticked(browser, 2, table)
    assert names(browser)[0] == "mixer cnn, 2 trials"


def test_clearing_takes_the_comparison_away(page):
    browser = page("notebooks/gratings")
    ticked(browser, 2)
    buttons = browser.find_elements("css selector", f"{PANEL} button")
    clear = next(button for button in buttons if button.text == "clear")
    browser.execute_script("arguments[0].click()", clear)
    assert not browser.find_elements("css selector", PANEL)
    assert browser.current_url.endswith("#")


def pictures(browser, name: str) -> list[tuple[str, bool]]:
    """The pictures of an array in the comparison: what stands below each, and whether it loaded."""
    script = """
    const [panel, name, done] = arguments;
    const found = [...document.querySelectorAll(`${panel} .lb-arrays`)]
      .filter((section) => section.querySelector('.lb-name').textContent === name)
      .flatMap((section) => [...section.querySelectorAll('figure')]);
    Promise.all(found.map((figure) => figure.querySelector('img').decode().catch(() => {})))
      .then(() => done(found.map((figure) => [figure.textContent,
        figure.querySelector('img').naturalWidth > 0])));
    """
    return [tuple(one) for one in browser.execute_async_script(script, PANEL, name)]


def test_arrays_of_ticked_trials_stand_beside_each_other(page):
    browser = page("notebooks/gratings")
    ticked(browser, 2)
    assert pictures(browser, "reconstructions") == [
        ("mixer cnn (2 × 1 × 8 × 8, bytes)", True),
        ("mixer mlp (2 × 1 × 8 × 8, bytes)", True),
    ]
    figures = browser.find_elements("css selector", f"{PANEL} .lb-arrays:nth-of-type(2) figure")
    assert len({figure.rect["y"] for figure in figures}) == 1


def test_a_map_tells_its_scale(page):
    browser = page("notebooks/gratings")
    ticked(browser, 2)
    assert [told for told, _ in pictures(browser, "weights")] == [
        "mixer cnn (5 × 5, blue −2, white 0, red 2)",
        "mixer mlp (5 × 5, blue −4, white 0, red 4)",
    ]


def test_an_array_that_is_the_same_in_all_stands_once(page):
    browser = page("notebooks/gratings")
    ticked(browser, 2)
    assert pictures(browser, "originals") == [
        ("the same in all 2 (2 × 1 × 8 × 8, bytes)", True),
    ]


def test_a_trial_without_arrays_is_counted(page):
    browser = page("notebooks/gratings")
    ticked(browser, 3)
    asides = browser.find_elements("css selector", f"{PANEL} .lb-arrays .lb-aside")
    assert [aside.text for aside in asides] == 3 * ["1 of these 3 trials left no picture of it."]


def test_a_row_without_a_record_cannot_be_ticked(page):
    browser = page("notebooks/gratings")
    boxes = boxes_of(browser)
    assert len(boxes) == 11  # of twelve trials one never ran


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_comparison_is_drawn_light_and_dark(dark, page):
    browser = page("notebooks/gratings", dark=dark)
    ticked(browser, 3)
    assert lines_drawn(browser) == 3


def test_a_comparison_asks_no_other_host_and_has_no_errors(page):
    browser = page("notebooks/gratings")
    browser.get_log("browser")
    ticked(browser, 3)
    assert browser.get_log("browser") == []


def test_rows_that_lead_to_records_of_another_site_cannot_be_ticked(page):
    browser = page("notebooks/gratings")
    elsewhere = """
        const figure = document.getElementById(arguments[0]).cloneNode(true);
        const { keyOf } = window.labbook;
        const links = [...figure.querySelectorAll(".lb-record a")];
        const before = links.filter(keyOf).length;
        for (const link of links) link.href = link.href.replace(/.*(?=.records.)/, "https://x.org");
        return [before > 0, links.filter(keyOf).length];
    """
    assert browser.execute_script(elsewhere, SWEEP) == [True, 0]


def test_plots_and_their_library_are_small():
    static = labbook.site.STATIC
    scripts = [static / f"{name}.js" for name in ("choices", "plots", "beside", "compare")]
    files = [*scripts, *(static / "uplot").iterdir()]
    assert sum(Path(file).stat().st_size for file in files) <= 100_000


def test_address_that_is_copied_is_that_of_its_own_table(page):
    browser = page("notebooks/gratings")
    ticked(browser, 1)
    ticked(browser, 1, "table-the-same-over-seeds-mean-standard-deviation")
    assert f"compare={SWEEP}" not in browser.current_url
    copied = """navigator.clipboard.writeText = async (text) => arguments[1](text);
    document.querySelector(`${arguments[0]} .lb-actions button`).click()"""
    assert f"compare={SWEEP}&" in browser.execute_async_script(copied, PANEL)


def test_address_is_copied_where_scripts_have_no_clipboard(page):
    browser = page("notebooks/gratings")
    ticked(browser, 1)
    browser.get_log("browser")
    browser.execute_script("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    pressed = """const button = document.querySelector(`${arguments[0]} .lb-actions button`);
    button.click();
    setTimeout(() => arguments[1]([button.isConnected, button.textContent]), 300)"""
    there, told = browser.execute_async_script(pressed, PANEL)
    assert there and told in ("copied", "not allowed")
    assert browser.get_log("browser") == []
