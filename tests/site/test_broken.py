"""Broken input: each fault is a warning that names file and place, a box on its page, and a build
that fails; one build of a log with all of them."""

import json
import re

import pytest
import small_log
import small_notebooks
from conftest import render

HEADER = small_notebooks.HEADER
BODY = "\n# %% [markdown]\n# # {title}\n\n# %%\n1 + 1\n"


def notebook(number: object, title: str, body: str = "") -> str:
    header = HEADER.format(number=number, title=title, status="complete", verdict="None")
    return header + BODY.format(title=title) + body


RAW = '\n# %% [raw] raw_mimetype="text/restructuredtext"\n'


@pytest.fixture(scope="module")
def broken(tmp_path_factory):
    """A log full of faults: its folder, what the build printed, and its exit status."""
    root = tmp_path_factory.mktemp("broken")
    (root / "docs").mkdir()
    folder = root / "notebooks"
    folder.mkdir()
    for name in ("conf.py", "docs/references.bib", "docs/references.rst"):
        (root / name).write_text((small_log.REPOSITORY / name).read_text())
    (root / "index.rst").write_text(
        "Log\n===\n\n.. experiments::\n\n.. toctree::\n\n   docs/references\n   docs/tables\n"
    )
    (root / "docs" / "tables.rst").write_text(
        "Tables\n======\n\n"
        ".. datatable:: absent.csv\n\n"
        ".. datatable:: book.xlsx\n   :sheet: absent\n\n"
        ".. datatable:: book.xlsx\n   :columns: kernel, absent\n\n"
        ".. datatable:: broken.xlsx\n\n"
        ".. datatable:: book.xlsx\n   :range: nonsense\n\n"
        "Dead: :expt:`99`.\n"
    )
    small_log.write_reported(root / "docs")
    (root / "docs" / "gratings.xlsx").rename(root / "docs" / "book.xlsx")
    (root / "docs" / "broken.xlsx").write_bytes(b"no workbook")
    (folder / "truncated.py").write_text(notebook(1, "Truncated"))
    (folder / "truncated.ipynb").write_text('{"cells": [{"cell_type": "code", "sou')
    (folder / "taken.py").write_text(notebook(1, "Takes a number again"))
    (folder / "dead_link.py").write_text(
        notebook(3, "Dead link", "\n# %% [markdown]\n# See [there](expt:99).\n")
    )
    (folder / "citation.py").write_text(
        notebook(4, "Citation", '\n# %% [markdown]\n# As in <cite data-cite="Nobody1900"/>.\n')
    )
    (folder / "numberless.py").write_text("# %% [markdown]\n# # No header\n")
    (folder / "header.py").write_text("# ---\n# jupyter: {labbook: [\n# ---\n\n# %%\n1\n")
    (folder / "colon.py").write_text(notebook(10, "Mixers: a review"))
    (folder / "dateless.py").write_text(
        re.sub("date: .*", "date: someday", notebook(11, "Dateless"))
    )
    (folder / "failed.py").write_text(notebook(5, "Failed"))
    (folder / "formula.py").write_text(
        notebook(6, "Formula", "\n# %% [markdown]\n# $\\nosuchcommand{x}$\n")
    )
    (folder / "foreign.py").write_text(notebook(7, "Foreign"))
    (folder / "status.py").write_text(
        notebook(8, "Status").replace("status: complete", "status: superseded by 98")
    )
    (folder / "raw.py").write_text(notebook(9, "Raw", RAW + "# .. datatable:: absent.tsv\n"))
    write_run(folder / "failed.ipynb", "Failed", [
        {"output_type": "error", "ename": "ZeroDivisionError", "evalue": "division by zero",
         "traceback": ["ZeroDivisionError"]}
    ])  # fmt: skip
    write_run(folder / "foreign.ipynb", "Foreign", [
        {"output_type": "display_data", "metadata": {},
         "data": {"text/html": '<script src="https://cdn.example.org/a.js"></script>'}}
    ])  # fmt: skip
    done = render(root)
    return root, done.stdout + done.stderr, done.returncode


def write_run(path, title: str, outputs: list[dict]) -> None:
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": f"# {title}", "id": "a"},
        {"cell_type": "code", "metadata": {}, "source": "1 + 1", "execution_count": 1,
         "outputs": outputs, "id": "b"},
    ]  # fmt: skip
    book = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(book))


def test_build_fails(broken):
    assert broken[2] == 1


FAULTS = {
    "truncated notebook": r"notebooks/truncated\.py.*truncated\.ipynb is no notebook",
    "number taken twice": r"notebooks/truncated\.py.*number 1 is taken twice",
    "dead link in Markdown": r"notebooks/dead_link\.py.*no experiment '99'",
    "dead link in reST": r"docs/tables\.rst:\d+.*no experiment '99'",
    "unknown citation": r"notebooks/citation\.py.*Nobody1900",
    "no number": r"notebooks/numberless\.py.*has no number",
    "header that is no YAML": r"notebooks/header\.py.*does not read as a notebook",
    "run that failed": r"notebooks/failed\.py.*code cell 1 ended in ZeroDivisionError",
    "unknown formula": r"notebooks/formula\.py.*nosuchcommand is not known",
    "foreign script": r"notebooks/foreign\.py.*code cell 1",
    "title with a colon": r"notebooks/colon\.py.*header is no YAML, line \d+: mapping values",
    "date that is none": r"notebooks/dateless\.py.*its date is 'someday'",
    "superseded by nothing": r"notebooks/status\.py.*there is no experiment 98",
    "missing file": r"docs/tables\.rst:4: .*no file absent\.csv",
    "missing sheet": r"docs/tables\.rst:6: .*no sheet 'absent'; it has 'kernels', 'evil'",
    "missing column": r"docs/tables\.rst:9: .*no column 'absent'; it has 'kernel'",
    "no workbook": r"docs/tables\.rst:12: .*broken\.xlsx does not read as a table",
    "no range": r"docs/tables\.rst:14: .*'nonsense' is no range",
    "missing file in a notebook": r"notebooks/raw\.py.*no file absent\.tsv",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_named_with_file_and_place(fault, broken):
    assert re.search(FAULTS[fault], broken[1]), broken[1]


@pytest.mark.parametrize(
    ("page", "message"),
    [
        ("truncated", "truncated.ipynb is no notebook"),
        ("taken", "Takes a number again"),
        ("failed", "ended in ZeroDivisionError"),
        ("header", "does not read as a notebook"),
        ("foreign", "needs a script of its own"),
        ("raw", "absent.tsv"),
    ],
)
def test_page_shows_a_box(page, message, broken):
    text = (broken[0] / "_build" / "html" / "notebooks" / f"{page}.html").read_text()
    assert message in text
    assert "lb-error" in text or page == "taken"


def test_no_page_shows_raw_json(broken):
    text = (broken[0] / "_build" / "html" / "notebooks" / "truncated.html").read_text()
    assert "cell_type" not in text
