"""What JupyterLab gets of an experiment's text, and that saving leaves the rest of it alone."""

import pytest
from tests.lab.conftest import EXPERIMENT
from tornado.web import HTTPError

from labbook.lab.contents import LogFiles

PATH = "notebooks/small.py"
HEADERLESS = EXPERIMENT.split("# ---\n\n", 1)[1]
RUN_IN_HEADER = EXPERIMENT.replace("#     expt: 1\n", "#     expt: 1\n#     run: {id: another}\n")


@pytest.fixture
def files(log) -> LogFiles:
    return LogFiles(root_dir=str(log.root))


def commit(log, text: bytes) -> None:
    log.text.write_bytes(text)
    log.git("add", ".")
    log.git("commit", "--quiet", "-m", "Another text")


def edit(files) -> None:
    model = files.get(PATH)
    cell = next(cell for cell in model["content"].cells if "how far" in cell.source)
    cell.source = "count: int = 4  # how far"
    files.save(model, PATH)


def changed(log) -> list[str]:
    """The lines that git sees as changed, with their ends."""
    lines = log.git("diff", "--unified=0").split("\n")
    return [line for line in lines if line[:1] in "+-" and line[:3] not in ("+++", "---", "")]


@pytest.mark.parametrize(
    "text",
    [
        EXPERIMENT.replace("\n", "\r\n").encode(),
        b"\xef\xbb\xbf" + EXPERIMENT.encode(),
        HEADERLESS.encode(),
    ],
    ids=["ends of lines as on Windows", "byte order mark", "no header"],
)
def test_text_of_another_form_opens_and_saves_as_it_is(text, files, log):
    commit(log, text)
    model = files.get(PATH)
    assert "A small one" in model["content"].cells[0].source
    assert model["content"].metadata.get("labbook", {}).get("expt") == (
        None if text == HEADERLESS.encode() else 1
    )
    files.save(model, PATH)
    assert log.text.read_bytes() == text
    assert log.recorded_run() == {"id": "the recorded run"}


def test_edit_keeps_the_ends_of_lines_of_the_text(files, log):
    commit(log, EXPERIMENT.replace("\n", "\r\n").encode())
    edit(files)
    assert b"\n" not in log.text.read_bytes().replace(b"\r\n", b"")
    assert len(changed(log)) == 2


def test_edit_of_a_text_without_header_gives_it_none(files, log):
    commit(log, HEADERLESS.encode())
    edit(files)
    assert changed(log) == ["-count: int = 3  # how far", "+count: int = 4  # how far"]


def test_run_that_made_the_outputs_is_told_by_no_text(files, log):
    log.text.write_text(RUN_IN_HEADER)
    model = files.get(PATH)
    files.save(model, PATH)
    assert "another" not in log.text.read_text()
    assert log.recorded_run() == {"id": "the recorded run"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (EXPERIMENT.replace("A small one", "A: b").encode(), r"header is no YAML.*Open With, Ed"),
        (EXPERIMENT.replace("#     title", "     title").encode(), r"each line of its header"),
        (EXPERIMENT.replace("three", "drei größer").encode("latin-1"), r"is not UTF-8; save it as"),
    ],
    ids=["header that is no YAML", "header with a line of another kind", "Latin-1"],
)
def test_text_that_does_not_read_is_a_sentence_and_what_is_open_can_take_its_place(
    text, message, files, log
):
    model = files.get(PATH)
    log.text.write_bytes(text)
    with pytest.raises(HTTPError, match=rf"notebooks/small\.py does not read as .*{message}"):
        files.get(PATH)
    files.save(model, PATH)  # once its author has chosen to overwrite what is there
    assert files.get(PATH)["content"].metadata.labbook.title == "A small one"
