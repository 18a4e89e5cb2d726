"""A page as one file that opens alone, as print, and all records as one table."""

import base64
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from click.testing import CliRunner

sys.path.insert(0, str(Path(__file__).parents[1] / "site"))

import small_log

from labbook.cli import main
from labbook.commands.export.page import export_html, export_pdf
from labbook.commands.export.records import export_parquet
from labbook.log.records.folder import read_records

BROWSER_OPTIONS = ("--headless=new", "--no-sandbox", "--disable-gpu")
NO_NETWORK = "--host-resolver-rules=MAP * ~NOTFOUND"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """An empty folder that no log is above of."""
    return tmp_path_factory.mktemp("alone")


@pytest.fixture(scope="module")
def log(tmp_path_factory, folder):
    """A log whose page was exported into the folder before its site was ever rendered."""
    root = small_log.make(tmp_path_factory.mktemp("log"))
    command = [sys.executable, "-m", "labbook", "export", "gratings", "--html", "sent.html"]
    environment = os.environ | {"LABBOOK_ROOT": str(root)}
    subprocess.run(command, cwd=folder, env=environment, check=True, timeout=120)
    return root


@pytest.fixture(scope="module")
def alone(log, folder):
    """The exported page."""
    return folder / "sent.html"


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
    from selenium.webdriver.support.ui import WebDriverWait

    browser.get_log("browser")
    browser.get_log("performance")
    browser.get(alone.as_uri())
    WebDriverWait(browser, 20).until(  # for a moment the driver may see the document before
        lambda there: there.execute_script(
            "return document.readyState === 'complete' && location.protocol === 'file:'"
        )
    )
    return browser


def requests_of(page):
    events = [json.loads(entry["message"])["message"] for entry in page.get_log("performance")]
    urls = [e["params"]["request"]["url"] for e in events if e["method"].endswith("WillBeSent")]
    return [url for url in urls if not url.startswith(("data:", "chrome"))]


def test_the_page_is_one_file(alone):
    assert [path.name for path in alone.parent.iterdir()] == ["sent.html"]


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


def test_figures_are_there_for_light_and_dark(page):
    shown = """
        const drawn = (image) => image.getBoundingClientRect().width > 0;
        return ["light", "dark"].map((theme) => {
          document.body.dataset.theme = theme;
          return ["only-light", "only-dark"].map((name) =>
            [...document.querySelectorAll(`img.${name}`)].filter(drawn).length > 0);
        });
    """
    assert page.execute_script(shown) == [[True, False], [False, True]]


def test_a_table_is_searched(page):
    visible = """
        const box = document.querySelector(".lb-table input[type=search]");
        const rows = () => [...box.closest("figure").querySelectorAll("tbody tr")]
          .filter((row) => row.getBoundingClientRect().height > 0).length;
        const before = rows();
        box.value = "mlp"; box.dispatchEvent(new Event("input", { bubbles: true }));
        return [before, rows()];
    """
    assert page.execute_script(visible) == [12, 6]


def test_the_numbers_of_a_table_can_be_saved(alone):
    html = BeautifulSoup(alone.read_text(), "html.parser")
    (link,) = html.select("a[download='table-validation-loss-by-mixer-and-kernel-size.csv']")
    content = base64.b64decode(link["href"].partition(",")[2]).decode()
    assert content.splitlines()[0].startswith("mixer,kernel size,seed")


def test_no_button_is_without_a_file(alone):
    html = BeautifulSoup(alone.read_text(), "html.parser")
    assert html.select(".lb-button:not([href])") == []


def test_an_experiment_that_is_not_there_is_said_to_be_so(log, tmp_path):
    with pytest.raises(ValueError, match="no experiment 'grating'; did you mean gratings?"):
        export_html("grating", log, tmp_path / "grating.html")


def test_the_print_holds_the_prose_and_the_pictures(browser, log, tmp_path):
    from pypdf import PdfReader

    export_pdf("gratings", log, tmp_path / "gratings.pdf")
    pages = PdfReader(tmp_path / "gratings.pdf").pages
    assert "Gratings" in "".join(page.extract_text() for page in pages)
    assert any(page.images or "/XObject" in page["/Resources"] for page in pages)


def test_the_print_holds_what_is_folded(browser, log, tmp_path):
    from pypdf import PdfReader

    export_pdf("gratings", log, tmp_path / "gratings.pdf")
    text = "".join(page.extract_text() for page in PdfReader(tmp_path / "gratings.pdf").pages)
    assert "line 249" in text  # the last of 250 lines, of which a page shows twenty


def test_without_a_browser_the_print_says_what_to_do(log, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ValueError, match="Chromium or Chrome, and neither is on the PATH"):
        export_pdf("gratings", log, tmp_path / "gratings.pdf")


def test_the_table_of_an_experiment_holds_its_records_alone(log, tmp_path):
    count = export_parquet(log, tmp_path / "records.parquet", "second_look")
    assert count == len(pd.read_parquet(tmp_path / "records.parquet")) == 0


def test_without_pyarrow_the_table_says_what_to_do(log, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ValueError, match="pip install 'labbook\\[export\\]'"):
        export_parquet(log, tmp_path / "records.parquet")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["gratings"], "name the file to write"),
        (["--html", "page.html"], "a page is of one experiment"),
    ],
)
def test_a_request_that_is_not_whole_is_told_what_is_missing(arguments, says):
    done = CliRunner().invoke(main, ["export", *arguments])
    assert done.exit_code == 2 and says in done.output


def test_the_table_holds_what_the_records_tell(log, tmp_path):
    count = export_parquet(log, tmp_path / "records.parquet")
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
