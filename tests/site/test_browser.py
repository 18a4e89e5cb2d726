"""What a reader sees, in Chromium, from the disk and with every host name blocked."""

import csv
import json
import time
from pathlib import Path

import pytest

PAGES = ("index", "notebooks/gratings", "notebooks/second_look", "records/gratings/index",
         "docs/howto", "docs/glossary", "search")  # fmt: skip
SWEEP = "table-validation-loss-by-mixer-and-kernel-size"

CONTRAST = """
const parse = (text) => {
  const found = text.match(/[\\d.]+/g).map(Number);
  return text.startsWith('color(') ? [...found.slice(0, 3).map((x) => 255 * x), found[3] ?? 1]
                                   : [...found.slice(0, 3), found[3] ?? 1];
};
const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3]));
const ground = (element) => {
  const layers = [];
  for (let e = element; e; e = e.parentElement) {
    layers.push(parse(getComputedStyle(e).backgroundColor));
  }
  return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255]);
};
const light = (rgb) => {
  const [r, g, b] = rgb.map((v) => v / 255)
    .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const poor = [];
for (const element of document.querySelectorAll('article *, .sidebar-drawer *, .toc-drawer *')) {
  const own = [...element.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
  const box = element.getBoundingClientRect();
  if (!own || !box.width || element.closest('.headerlink, .icon')) continue;
  if (getComputedStyle(element).visibility === 'hidden') continue;
  const below = ground(element);
  const svg = element.namespaceURI.endsWith('svg');
  const style = getComputedStyle(element);
  const colour = over(parse(svg ? style.fill : style.color), below);
  const [a, b] = [light(colour), light(below)].sort((x, y) => y - x);
  const ratio = (a + 0.05) / (b + 0.05);
  if (ratio < 4.5) {
    poor.push(`${ratio.toFixed(2)} <${element.tagName} class="${element.getAttribute('class')}"> `
              + element.textContent.trim().slice(0, 30));
  }
}
return [...new Set(poor)].slice(0, 12);
"""


def cells(browser, table: str, column: int) -> list[str]:
    script = (
        "return [...document.querySelectorAll(`#${arguments[0]} tbody tr:not([hidden])`)]"
        ".map((row) => row.cells[arguments[1]].textContent.trim())"
    )
    return browser.execute_script(script, table, column)


def click(browser, selector: str) -> None:
    browser.execute_script("document.querySelector(arguments[0]).click()", selector)


def headers(browser, table: str) -> list[str]:
    script = (
        "return [...document.querySelectorAll(`#${arguments[0]} th`)]"
        ".map((head) => head.textContent.trim())"
    )
    return browser.execute_script(script, table)


def sort_by(browser, table: str, name: str) -> list[str]:
    place = [header.split(" (")[0] for header in headers(browser, table)].index(name)
    click(browser, f"#{table} th:nth-child({place + 1}) button")
    return cells(browser, table, place)


def test_numbers_sort_as_numbers(page):
    losses = sort_by(page("notebooks/gratings"), SWEEP, "loss")
    assert losses[0] == "0.01000" and losses[:10] == sorted(losses[:10])


def test_nothing_sorts_last_in_both_directions(page):
    browser = page("notebooks/gratings")
    assert sort_by(browser, SWEEP, "loss")[-2:] == ["–", "–"]
    assert sort_by(browser, SWEEP, "loss")[-2:] == ["–", "–"]


def test_second_click_turns_the_order(page):
    browser = page("notebooks/gratings")
    assert sort_by(browser, SWEEP, "loss")[0] == sort_by(browser, SWEEP, "loss")[9]


def test_negative_numbers_sort_below_zero(page):
    assert sort_by(page("notebooks/gratings"), SWEEP, "difference")[0].startswith("−")


def test_third_click_restores_the_order(page):
    browser = page("notebooks/gratings")
    before = cells(browser, SWEEP, 0)
    sort_by(browser, SWEEP, "loss")
    sort_by(browser, SWEEP, "loss")
    sort_by(browser, SWEEP, "loss")
    assert cells(browser, SWEEP, 0) == before
    assert not browser.find_elements("css selector", f"#{SWEEP} [aria-sort]")


def search(browser, words: str) -> int:
    """How many rows are left when these words are searched."""
    box = browser.find_element("css selector", f"#{SWEEP} .lb-search")
    box.clear()
    box.send_keys(words)
    return len(cells(browser, SWEEP, 0))


@pytest.mark.parametrize(
    ("words", "rows"),
    [
        ("3", 4),  # the value of a setting, no digit of a loss
        ("kernel:3 mixer:mlp", 2),
        ("mixer=cn", 0),
        ("mixer:cn", 6),
        ("parameters:33617", 10),  # as it is, though shown with a comma, in a hidden column
        ("loss:0.0101", 1),
        ("kernel<3 mixer:mlp", 2),
        ("loss>0.0101", 8),
    ],
)
def test_search_by_column_and_by_value(words, rows, page):
    assert search(page("notebooks/gratings"), words) == rows


def test_search_leaves_rows_that_hold_every_word(page):
    browser = page("notebooks/gratings")
    box = browser.find_element("css selector", f"#{SWEEP} .lb-search")
    box.send_keys("mlp planned")
    assert cells(browser, SWEEP, 0) == ["mlp"]
    assert browser.find_element("css selector", f"#{SWEEP} .lb-count").text == "1 of 12 rows"


def test_columns_can_be_switched(page):
    browser = page("notebooks/gratings")
    place = headers(browser, SWEEP).index("freshness") + 1
    head = browser.find_element("css selector", f"#{SWEEP} th:nth-child({place})")
    assert not head.is_displayed()
    click(browser, f"#{SWEEP} .lb-menu label:nth-child({place}) input")
    assert head.is_displayed()


def test_table_downloads_as_csv(page):
    browser = page("notebooks/gratings")
    click(browser, f"#{SWEEP} .lb-csv")
    path: Path = browser.downloads / f"{SWEEP}.csv"
    until = time.monotonic() + 20
    while not path.exists() and time.monotonic() < until:
        time.sleep(0.05)
    rows = list(csv.DictReader(path.open()))
    assert len(rows) == 12 and rows[1]["loss"] == "0.0101"


def test_copy_takes_what_is_shown(page):
    browser = page("notebooks/gratings")
    browser.find_element("css selector", f"#{SWEEP} .lb-search").send_keys("mlp planned")
    browser.execute_script(
        "document.addEventListener('copy',"
        "() => { window.copied = document.activeElement.value; });"
        "navigator.clipboard.writeText = async (text) => { window.copied = text; };"
    )
    click(browser, f"#{SWEEP} .lb-foot .lb-copy")
    until = time.monotonic() + 5
    while not (text := browser.execute_script("return window.copied")) and time.monotonic() < until:
        time.sleep(0.05)
    assert [line.split("\t")[0] for line in text.splitlines()] == ["mixer", "mlp"]


def test_row_leads_to_its_record(page):
    browser = page("notebooks/gratings")
    click(browser, f"#{SWEEP} td.lb-record a")
    assert (
        browser.find_element("css selector", "h1").text == "Train: kernel size 1, mixer cnn, seed 0"
    )


def test_markup_in_cells_runs_nothing(page):
    browser = page("notebooks/gratings")
    assert "<script>alert(1)</script>" in cells(browser, "table-text-that-looks-like-markup", 0)


def test_search_works_from_the_disk(page):
    browser = page("search")
    browser.get(browser.current_url + "?q=grating")
    until = time.monotonic() + 20
    while time.monotonic() < until:
        found = browser.find_elements("css selector", "#search-results li a")
        if found:
            break
        time.sleep(0.1)
    assert any("Gratings" in link.text for link in found)


def test_no_page_asks_another_host(page, site):
    records = sorted((site / "records" / "gratings").glob("*.html"))[:1]
    page("index").get_log("performance")
    for name in (*PAGES, *(str(r.relative_to(site).with_suffix("")) for r in records)):
        browser = page(name)
    entries = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = [
        e["params"]["request"]["url"] for e in entries if e["method"] == "Network.requestWillBeSent"
    ]
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert len(asked) > len(PAGES)


def test_no_page_has_errors_in_its_console(page):
    for name in PAGES:
        browser = page(name)
    assert [entry["message"] for entry in browser.get_log("browser")] == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("name", PAGES[:-1])
def test_text_stands_out(name, dark, page):
    browser = page(name, dark=dark)
    browser.execute_script("document.querySelectorAll('details').forEach((d) => d.open = true)")
    assert browser.execute_script(CONTRAST) == []


def test_dark_pages_are_dark(page):
    ground = "return getComputedStyle(document.body).backgroundColor"
    assert page("index", dark=True).execute_script(ground) == "rgb(23, 24, 26)"


@pytest.mark.parametrize("width", [380, 800, 1400])
@pytest.mark.parametrize("name", PAGES)
def test_page_never_scrolls_sideways(name, width, page):
    wide = page(name, width=width).execute_script("return document.documentElement.scrollWidth")
    assert wide <= width


def test_on_a_phone_what_an_experiment_says_has_the_width_of_its_row(page):
    room = """return [...document.querySelectorAll('.lb-front .lb-what')].map(
      cell => cell.getBoundingClientRect().width / cell.parentElement.clientWidth)"""
    assert min(page("index", width=400).execute_script(room)) > 0.85


def test_everything_reads_without_javascript(page, browser):
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        page("notebooks/gratings")
        shown = browser.find_element("css selector", f"#{SWEEP} tbody").text
        assert "0.01010" in shown and "planned" in shown
        head = browser.find_element("css selector", f"#{SWEEP} thead").text
        assert "freshness" in head  # no menu to switch it on, so it is on
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_formulas_are_drawn(page):
    browser = page("notebooks/gratings")
    size = browser.execute_script(
        "const f = document.querySelector('math mfrac').getBoundingClientRect();"
        "return [f.width, f.height]"
    )
    assert size[1] > size[0] > 0  # one above the other


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_panels_stand_below_each_other_on_a_phone(dark, page):
    size = (
        "const image = [...document.querySelectorAll('#fig-panels img')]"
        ".find((each) => each.checkVisibility());"
        "const box = image.getBoundingClientRect(); return [box.width, box.height, box.right]"
    )
    width, height, right = page("notebooks/gratings", width=380, dark=dark).execute_script(size)
    assert height > 1.5 * width and right <= 380
    width, height, _ = page("notebooks/gratings", dark=dark).execute_script(size)
    assert width > 1.5 * height
