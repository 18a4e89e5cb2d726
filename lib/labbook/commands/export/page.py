"""A page as one file to send, or printed."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from labbook.log.records.files import write_whole
from labbook.log.records.layout import Layout

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PRINTING_S = 120


def export_html(experiment: str, root: Path, file: Path) -> None:
    """Write the rendered page of an experiment as one file.

    Raises:
        ValueError: there is no such experiment, or its page is not rendered.
    """
    from labbook.site.single_file import single_file

    write_whole(file, single_file(_page(experiment, root)).encode())


def export_pdf(experiment: str, root: Path, file: Path) -> None:
    """Print the rendered page of an experiment, with every figure.

    Raises:
        ValueError: as for ``export_html``; or no browser prints it.
    """
    from labbook.site.single_file import single_file

    page = _page(experiment, root)
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        raise ValueError(
            "a page is printed by Chromium or Chrome, and neither is on the PATH: install one, or "
            "give --html and print the file from any browser."
        )
    with tempfile.TemporaryDirectory() as folder:
        alone, printed = Path(folder) / "page.html", Path(folder) / "page.pdf"
        alone.write_text(single_file(page, unfolded=True), encoding="utf-8")
        command = [browser, "--headless=new", "--disable-gpu", "--no-pdf-header-footer"]
        command += ["--no-sandbox"] if os.geteuid() == 0 else []  # the sandbox refuses root
        command += [f"--user-data-dir={folder}/profile", f"--print-to-pdf={printed}"]
        subprocess.run(
            [*command, alone.as_uri()], capture_output=True, timeout=PRINTING_S, check=False
        )
        if not printed.is_file():
            raise ValueError(f"{browser} did not print the page of {experiment}.")
        write_whole(file, printed.read_bytes())


def _page(experiment: str, root: Path) -> Path:
    Layout(root).require(experiment)
    page = root / "_build" / "html" / "notebooks" / f"{experiment}.html"
    if not page.is_file():
        raise ValueError(f"the page of {experiment} is not rendered yet: labbook site.")
    return page
