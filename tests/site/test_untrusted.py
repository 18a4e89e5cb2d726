"""What others wrote (a pull request's notebook, run or record) shows, and does nothing else."""

import json
import re

import pandas as pd
import pytest
import small_log
from conftest import render
from test_broken import RAW, notebook, write_run

from labbook.site import words
from labbook.site.markup import sanitise

PROSE = (
    "\n# %% [markdown]\n# Here <script>alert(1)</script> and <b onclick='alert(2)'>bold</b>.\n#\n"
    "# <div><img src=x onerror=alert(3)></div>\n#\n"
    "# [press](javascript:alert(4)) and [there](https://example.org).\n#\n"
    "# [again](&#1;javascript:alert(11))\n#\n"
    "# <details><summary>more</summary>of it</details>\n#\n"
    "# <table><tr><td rowspan=2 onclick='alert(10)'>merged</td></tr></table>\n#\n"
    "# ![far](https://x.org/far.png) <img src='//x.org/away.png'>\n"
    "\n# %% [raw]\n# <script>alert(7)</script><i>plain</i>\n"
)
DIRECTIVES = (
    "# .. raw:: html\n#\n#    <script>alert(8)</script>\n#\n"
    "# .. role:: active(raw)\n#    :format: html\n#\n"
    "# :active:`<script>alert(9)</script>` said\n#\n"
    "# .. toctree::\n#\n#    contents <javascript://%0Aalert(12)>\n#\n"
    "# .. include:: ../../secret.txt\n#\n# .. raw:: html\n#    :file: ../../secret.txt\n#\n"
    "# .. csv-table::\n#    :file: ../../secret.txt\n#\n# .. literalinclude:: ../../secret.txt\n#\n"
    "# .. datatable:: ../../secret.csv\n#\n# .. image:: ../../secret.png\n"
)


@pytest.fixture(scope="module")
def untrusted(tmp_path_factory):
    """The text of all pages of the log, and what the build printed."""
    root = tmp_path_factory.mktemp("outer") / "log"
    folder = root / "notebooks"
    folder.mkdir(parents=True)
    (root / "docs").mkdir()
    for name in ("secret.txt", "secret.csv", "secret.png"):
        (root.parent / name).write_text("a,TOP-SECRET\n1,2\n")
    for name in ("conf.py", "docs/references.bib", "docs/references.rst"):
        (root / name).write_text((small_log.REPOSITORY / name).read_text())
    with open(root / "docs" / "references.bib", "a") as entries:
        entries.write("@misc{evil, title={Evil}, url={javascript:alert(13)}}\n")
    (root / "index.rst").write_text(
        "Log\n===\n\n.. experiments::\n\n.. toctree::\n\n   docs/references\n\n"
        ".. datatable:: docs/sizes.csv\n"
    )
    (root / "docs" / "sizes.csv").write_text("size_A\n7.5\n")
    text = notebook(1, "Untrusted", PROSE + RAW + DIRECTIVES)
    text = re.sub("date: .*", "date: <script>alert(5)</script>", text)
    (folder / "untrusted.py").write_text(text)
    (folder / "tables.py").write_text(notebook(2, "Tables"))
    frame = pd.DataFrame({"a": [' one = "high"'], "b": [1.5]})
    outputs = [frame._repr_html_(), "<p style='color: red; background: url(x)'>kept</p>"]
    displays = [
        {"output_type": "display_data", "metadata": {}, "data": {"text/html": html}}
        for html in outputs
    ]
    write_run(folder / "tables.ipynb", "Tables", displays)
    book = json.loads((folder / "tables.ipynb").read_text())
    evil = "<script>alert(6)</script>"
    book["metadata"]["labbook"] = {
        "run": small_log.run_record("ok", "2026-11-20T10:00:00+00:00", profile=evil, id=evil)
    }
    (folder / "tables.ipynb").write_text(json.dumps(book))
    done = render(root)
    html = root / "_build" / "html"
    pages = {path.stem: path.read_text() for path in html.rglob("*.html")}
    return pages, done.stdout + done.stderr, html


@pytest.mark.parametrize(
    "active", [r"<script>alert", r"\son\w+\s*=\s*[\"']?alert", r"href=\"[^\"]*javascript:"]
)
def test_nothing_runs(active, untrusted) -> None:
    for page, text in untrusted[0].items():
        assert not re.search(active, text), page


def test_nothing_from_outside_the_log_is_shown(untrusted) -> None:
    assert all("TOP-SECRET" not in text for text in untrusted[0].values())
    assert not list(untrusted[2].rglob("*secret*"))


@pytest.mark.parametrize("kind", ["include", "raw", "csv-table", "literalinclude", "datatable"])
def test_file_outside_the_log_is_told(kind, untrusted) -> None:
    assert re.search(rf"untrusted\.py.*{kind}: .*secret\.\w+ lies outside the log", untrusted[1])


def test_harmless_markup_stays(untrusted) -> None:
    page = untrusted[0]["untrusted"]
    assert "bold" in page and "<details><summary>" in page
    assert 'href="https://example.org"' in page
    assert re.search(r'<td rowspan="2">\s*(<p>)?merged', page) and "<i>plain</i>" in page


def test_no_picture_is_loaded_from_elsewhere(untrusted) -> None:
    assert not re.search(r"<img[^>]+x\.org", untrusted[0]["untrusted"])
    assert re.search(
        r"untrusted\.py.*the picture https://x\.org/far\.png lies outside", untrusted[1]
    )


def test_tables_of_pandas_pass(untrusted) -> None:
    page = untrusted[0]["tables"]
    assert 'class="dataframe"' in page and '<td>one = "high"</td>' in page
    assert "tables.py: WARNING: tables: the output" not in untrusted[1]


def test_what_tells_our_own_html_from_theirs_is_on_no_page(untrusted) -> None:
    pages = untrusted[0]
    assert "7.5" in pages["index"]
    assert [name for name, text in pages.items() if re.search("<!--[0-9a-f]{32}-->", text)] == []


def test_styles_that_only_show_stay(untrusted) -> None:
    assert '<p style="color:red">kept</p>' in untrusted[0]["tables"]


NEEDS = {
    "<img src=x onerror=alert(1)>": "needs a script",
    "<svg/onload=alert(1)>": "needs a script",
    "<iframe srcdoc='<b>'></iframe>": "needs a script",
    "<a href=' JavaScript:alert(1)'>x</a>": "needs a script",
    "<div style='background: url(http://x.org/y)'>a</div>": "loads http://x.org/y",
    "<img src='//x.org/y.png'>": "loads //x.org/y.png",
    "<video src='x.mp4'></video>": "holds <video>",
    "a cell with onload = 'high' in its text": "",
    "<a href='https://example.org'>x</a>": "",
}


@pytest.mark.parametrize("html", NEEDS)
def test_what_an_output_needs_is_told(html) -> None:
    assert sanitise.needs(html).startswith(NEEDS[html]) and bool(NEEDS[html]) == bool(
        sanitise.needs(html)
    )


def test_html_of_others_has_none_of_the_classes_that_ours_has() -> None:
    shown = sanitise.made_safe('<p class="lb-label lb-good dataframe">fresh</p>')
    assert shown == '<p class="dataframe">fresh</p>'
    assert sanitise.made_safe('<figure class="lb-table">') == '<figure class="">'
    assert sanitise.made_safe('<td class="lb-record">') == '<td class="">'


def test_text_in_place_of_a_date_is_escaped() -> None:
    assert words.day("<script>") == "&lt;script&gt;"
