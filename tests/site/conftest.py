"""A small log, rendered once for all tests of the site, and a browser that has no network."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from tests.executed import rendered

sys.path.insert(0, str(Path(__file__).parent))

import small_log

BROWSER_OPTIONS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND",
)


def render(root: Path) -> subprocess.CompletedProcess:
    """Render a log as ``labbook site`` does, in a process of its own."""
    with tempfile.TemporaryDirectory() as said:
        return rendered(root, Path(said))


@pytest.fixture(scope="session")
def log(tmp_path_factory) -> Path:
    return small_log.make(tmp_path_factory.mktemp("log"))


@pytest.fixture(scope="session")
def site(log) -> Path:
    """The folder of the rendered pages."""
    done = render(log)
    assert done.returncode == 0, done.stdout + done.stderr
    return log / "_build" / "html"


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    """Chromium, headless, with every host name blocked and downloads kept."""
    binary, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not (binary and driver):
        pytest.skip(
            "NO BROWSER: what a reader sees is NOT TESTED; install chromium and chromium-driver "
            "(apt-get install chromium chromium-driver)."
        )
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    downloads = tmp_path_factory.mktemp("downloads")
    options = webdriver.ChromeOptions()
    options.binary_location = binary
    for option in BROWSER_OPTIONS:
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    options.add_experimental_option("prefs", {"download.default_directory": str(downloads)})
    chromium = webdriver.Chrome(options=options, service=Service(driver))
    chromium.downloads = downloads
    yield chromium
    chromium.quit()


@pytest.fixture
def page(browser, site):
    """``page("notebooks/gratings", width=380, dark=True)`` opens a page of the site from disk."""

    from selenium.webdriver.support.ui import WebDriverWait

    def open_page(name: str, width: int = 1400, dark: bool = False):
        browser.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False},
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
        # Of a page that is loaded again the driver may see the old document for a moment.
        browser.get("about:blank")
        browser.get(f"file://{site}/{name}.html")
        WebDriverWait(browser, 20).until(
            lambda there: there.execute_script(
                "return document.readyState === 'complete' && location.protocol === 'file:'"
            )
        )
        return browser

    return open_page
