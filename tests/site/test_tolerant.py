"""A log of experiments that are bad each in its own way, and a good one: all that can be is
rendered, each fault is a sentence and a box, and the build fails."""

import io
import json
import os
import re
import zipfile

import pytest
import small_log
from conftest import render
from test_broken import RAW, notebook, write_run


@pytest.fixture(scope="module")
def bad(tmp_path_factory):
    """The folder of the log, what the build printed, and its exit status."""
    root = tmp_path_factory.mktemp("bad")
    (root / "docs").mkdir()
    folder = root / "notebooks"
    folder.mkdir()
    for name in ("conf.py", "docs/references.rst"):
        (root / name).write_text((small_log.REPOSITORY / name).read_text())
    (root / "index.rst").write_text(
        "Log\n===\n\n.. experiments::\n\n.. toctree::\n\n   docs/references\n"
    )
    (root / "docs" / "references.bib").write_text("@article{one,\n title={unclosed\n")
    (folder / "good.py").write_text(notebook(1, "Good"))
    write_run(folder / "good.ipynb", "Good", [])
    (folder / "latin.py").write_bytes(notebook(2, "Größe").encode("latin-1"))
    (folder / "bom.py").write_bytes(b"\xef\xbb\xbf" + notebook(3, "Marked").encode())
    (folder / "of_list.py").write_text(notebook(4, "List"))
    (folder / "of_list.ipynb").write_text("[1, 2]")
    (folder / "of_folder.py").write_text(notebook(5, "Folder"))
    (folder / "of_folder.ipynb").mkdir()
    (folder / "of_fifo.py").write_text(notebook(6, "FIFO"))
    os.mkfifo(folder / "of_fifo.ipynb")
    (folder / "dangling.py").symlink_to("nowhere")
    (folder / "my notes.py").write_text(notebook(7, "My notes"))
    (folder / "huge.py").write_text(notebook(8, "Huge"))
    line = {"output_type": "stream", "name": "stdout", "text": "x" * 999 + "\n"}
    write_run(folder / "huge.ipynb", "Huge", [line] * 10_000)
    (folder / "tables.py").write_text(
        notebook(9, "Tables", RAW + "# .. datatable:: xml.xlsx\n#\n# .. datatable:: zlib.xlsx\n")
    )
    write_bad_workbooks(folder)
    (folder / "run.py").write_text(notebook(10, "Run"))
    write_run(folder / "run.ipynb", "Run", [])
    book = json.loads((folder / "run.ipynb").read_text())
    book["metadata"]["labbook"] = {"run": {"id": 3}}
    (folder / "run.ipynb").write_text(json.dumps(book))
    write_bad_records(root / "docs" / "records" / "good")
    done = render(root)
    return root, done.stdout + done.stderr, done.returncode


def write_bad_records(folder) -> None:
    """Records, a code and acceptances that are damaged each in its own way."""
    (folder / "code").mkdir(parents=True)
    (folder / "0000000000000001.json").write_text("<<<<<<< HEAD\n{}\n=======\n[]\n>>>>>>> x\n")
    (folder / "0000000000000002.json").write_text('{"start": 5}')
    (folder / "0000000000000003.json").mkdir()
    os.mkfifo(folder / "0000000000000004.json")
    os.mkfifo(folder / "0000000000000005.lock")
    (folder / "0000000000000006.json").write_text('{"a": 1, "a": 2}')


def write_bad_workbooks(folder) -> None:
    """A workbook whose sheet is half an XML file, and one whose bytes are no zlib stream."""
    small_log.write_reported(folder)
    good = (folder / "gratings.xlsx").read_bytes()
    cut = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(good)) as old, zipfile.ZipFile(cut, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, content[: len(content) // 2] if "sheet1" in name else content)
    (folder / "xml.xlsx").write_bytes(cut.getvalue())
    place = good.find(b"sheet1.xml") + 40
    flipped = bytes(byte ^ 255 for byte in good[place : place + 60])
    (folder / "zlib.xlsx").write_bytes(good[:place] + flipped + good[place + 60 :])


def test_build_fails_without_a_traceback(bad) -> None:
    assert bad[2] == 1 and "Traceback" not in bad[1]


FAULTS = {
    "bibliography": r"references\.bib is damaged: syntax error",
    "latin-1": r"notebooks/latin\.py.*line 6 is not UTF-8",
    "a list": r"of_list\.ipynb is no notebook",
    "a folder": r"of_folder\.ipynb is no notebook \(it is a folder\)",
    "a FIFO": r"of_fifo\.ipynb is no notebook \(it is a FIFO\)",
    "a link to nothing": r"dangling\.py",
    "10 MB of output": r"notebooks/huge\.py.*an output of 10\.0 MB is not shown whole",
    "half an XML file": r"tables\.py:\d+.*xml\.xlsx does not read as a table",
    "no zlib stream": r"tables\.py:\d+.*zlib\.xlsx does not read as a table",
    "a merge": r"good/0000000000000001\.json is damaged: two people changed it",
    "a record of another type": r"good/0000000000000002\.json is damaged: ",
    "a folder for a record": r"good/0000000000000003\.json is damaged: it is a folder",
    "a FIFO for a record": r"good/0000000000000004\.json is damaged: it is a FIFO",
    "a FIFO for a lock": r"good/0000000000000005\.lock is damaged: it cannot be read",
    "a name twice": r"good/0000000000000006\.json is damaged: 'a' stands in it twice",
    "a run of another type": r"run\.ipynb tells of its run is damaged: ",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_one_line_that_names_the_file(fault, bad) -> None:
    assert re.search(FAULTS[fault], bad[1]), bad[1]


PAGES = {
    "good": "Good",
    "latin": "This page cannot be rendered: line 6 is not UTF-8",
    "bom": "Marked",
    "of_list": "of_list.ipynb is no notebook",
    "of_folder": "of_folder.ipynb is no notebook",
    "of_fifo": "of_fifo.ipynb is no notebook",
    "my notes": "My notes",
    "huge": "an output of 10.0 MB is not shown whole",
    "tables": "xml.xlsx can’t be shown",
    "run": "tells of its run is damaged",
}


@pytest.mark.parametrize("page", PAGES)
def test_page_is_there_and_says_what_is_wrong(page, bad) -> None:
    text = (bad[0] / "_build" / "html" / "notebooks" / f"{page}.html").read_text()
    assert re.search(PAGES[page].replace("’", ".{1,7}"), re.sub(r"<[^>]+>", "", text))


def test_page_of_much_output_is_small(bad) -> None:
    page = bad[0] / "_build" / "html" / "notebooks" / "huge.html"
    assert page.stat().st_size < 200_000
