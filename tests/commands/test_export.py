"""A page as one file that opens alone, as print, and all records as one table."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from bs4 import BeautifulSoup

sys.path.insert(0, str(Path(__file__).parents[1] / "site"))

import small_log

from labbook.commands import export
from labbook.log.records.folder import read_records

BROWSER_OPTIONS = ("--headless=new", "--no-sandbox", "--disable-gpu")
NO_NETWORK = "--host-resolver-rules=MAP * ~NOTFOUND"


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    root = small_log.make(tmp_path_factory.mktemp("log"))
    code = "import sys; from labbook.site.build import build; sys.exit(build(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", code, str(root)], check=True, timeout=120)
    return root


@pytest.fixture(scope="module")
def alone(log, tmp_path_factory):
    """The exported page, the one file in its folder."""
    file = tmp_path_factory.mktemp("alone") / "gratings.html"
    export.export_html("gratings", log, file)
    return file


@pytest.fixture(scope="module")
def browser():
    binary, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not (binary and driver):
        pytest.skip("NO BROWSER: what a reader of an exported page sees is NOT TESTED.")
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = binary
    for option in (*BROWSER_OPTIONS, NO_NETWORK):
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    chromium = webdriver.Chrome(options=options, service=Service(driver))
    yield chromium
    chromium.quit()


@pytest.fixture
def page(browser, alone):
    browser.get_log("browser")
    browser.get_log("performance")
    browser.get(alone.as_uri())
    return browser


def requests_of(page):
    events = [json.loads(entry["message"])["message"] for entry in page.get_log("performance")]
    urls = [e["params"]["request"]["url"] for e in events if e["method"].endswith("WillBeSent")]
    return [url for url in urls if not url.startswith(("data:", "chrome"))]


def test_the_file_asks_for_nothing_but_itself(page, alone):
    assert set(requests_of(page)) == {alone.as_uri()}


def test_all_pictures_are_there(page):
    loaded = page.execute_script(
        "return [...document.images].map(image => image.complete && image.naturalWidth > 0)"
    )
    assert loaded and all(loaded)


def test_the_console_is_silent(page):
    assert page.get_log("browser") == []


def test_a_table_is_sorted_by_a_click(page):
    values = """
        const button = document.querySelector("table th button"), table = button.closest("table");
        const read = () => [...table.tBodies[0].rows].map(row => row.cells[0].textContent);
        const before = read();
        button.click(); const up = read(); button.click(); return [before, up, read()];
    """
    before, up, down = page.execute_script(values)
    assert sorted(before) == sorted(up) and up != down


def test_no_link_leads_to_a_file_that_was_left_behind(alone):
    html = BeautifulSoup(alone.read_text(), "html.parser")
    links = [link["href"] for link in html.find_all("a", href=True)]
    assert [link for link in links if not re.match(r"#|data:|https?:|mailto:", link)] == []


def test_a_page_that_is_not_rendered_is_said_to_be_so(log, tmp_path):
    (log / "notebooks" / "unrendered.py").write_text("# %% [markdown]\n# # Nothing yet\n")
    with pytest.raises(ValueError, match="page of unrendered is not rendered yet: labbook site"):
        export.export_html("unrendered", log, tmp_path / "unrendered.html")
    (log / "notebooks" / "unrendered.py").unlink()


def test_the_print_holds_the_prose_and_the_pictures(browser, log, tmp_path):
    from pypdf import PdfReader

    export.export_pdf("gratings", log, tmp_path / "gratings.pdf")
    pages = PdfReader(tmp_path / "gratings.pdf").pages
    assert "Gratings" in "".join(page.extract_text() for page in pages)
    assert any(page.images or "/XObject" in page["/Resources"] for page in pages)


def test_without_a_browser_the_print_says_what_to_do(log, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ValueError, match="Chromium or Chrome, and neither is on the PATH"):
        export.export_pdf("gratings", log, tmp_path / "gratings.pdf")


def test_the_table_holds_what_the_records_tell(log, tmp_path):
    count = export.export_parquet(log, tmp_path / "records.parquet")
    table = pd.read_parquet(tmp_path / "records.parquet").set_index("key")
    records = read_records("gratings", root=log)
    assert count == len(table) and {record.key for record in records} <= set(table.index)
    for record in records:
        row = table.loc[record.key]
        assert row["function"] == record.function
        assert row["outcome"] == record.outcome
        for name, value in record.metrics.items():
            assert row[f"metrics.{name}"] == value
        for name, value in record.configuration.items():
            assert row[f"configuration.{name}"] == value
