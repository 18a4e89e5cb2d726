"""A page as one file to send, or printed."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from labbook.log.records.files import write_whole
from labbook.log.records.layout import Layout

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PRINTING_S = 300


def export_html(experiment: str, root: Path, file: Path) -> None:
    """Write the page of an experiment as one file that opens alone; render the site if need be.

    Raises:
        ValueError: there is no such experiment, or its page can't be rendered.
    """
    from labbook.site.single_file import single_file

    write_whole(file, single_file(_page(experiment, root)).encode())


def export_pdf(experiment: str, root: Path, file: Path) -> None:
    """Print the page of an experiment with all that is folded; render the site if need be.

    Raises:
        ValueError: as for ``export_html``; or no browser prints it.
    """
    from labbook.site.single_file import single_file

    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        raise ValueError(
            "a page is printed by Chromium or Chrome, and neither is on the PATH: install one, or "
            "print the file that --html gives from any browser."
        )
    page = _page(experiment, root)
    with tempfile.TemporaryDirectory() as folder:
        alone, printed = Path(folder) / "page.html", Path(folder) / "page.pdf"
        alone.write_text(single_file(page, unfolded=True), encoding="utf-8")
        command = [browser, "--headless=new", "--disable-gpu", "--no-pdf-header-footer"]
        command += ["--no-sandbox"] if os.geteuid() == 0 else []  # the sandbox refuses root
        command += [f"--user-data-dir={folder}/profile", f"--print-to-pdf={printed}"]
        try:
            subprocess.run([*command, alone.as_uri()], capture_output=True, timeout=PRINTING_S)
        except subprocess.TimeoutExpired:
            raise ValueError(
                f"{browser} did not print the page of {experiment} within {PRINTING_S} s."
            ) from None
        if not printed.is_file():
            raise ValueError(f"{browser} did not print the page of {experiment}.")
        write_whole(file, printed.read_bytes())


def _page(experiment: str, root: Path) -> Path:
    from labbook.site.build import build

    layout = Layout(root)
    layout.require(experiment)
    build(root)  # does nothing where nothing has changed, and says what is wrong
    page = layout.page(experiment)
    if not page.is_file():
        raise ValueError(f"there is no page of {experiment}: the site could not be rendered.")
    return page
