"""Plain Papermill on text notebooks, with our engine and with its own."""

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from papermill import execute_notebook
from tests.log.tiny_log import TINY, make_log

from labbook.log.freshness.standing import standings
from labbook.log.notebook.parameters import ParameterError
from labbook.log.records.run_record import last_good_run
from labbook.log.runs.run import run_notebook

PAPERMILL = Path(sys.executable).with_name("papermill")


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return make_log(tmp_path_factory.mktemp("log"))


def papermill(root, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([PAPERMILL, *arguments], cwd=root, capture_output=True, text=True)


@pytest.mark.filterwarnings("error:The specified file")
def test_plain_papermill_reads_a_text_notebook(root, tmp_path, monkeypatch):
    monkeypatch.chdir(root)
    out = tmp_path / "out.ipynb"
    execute_notebook("jupytext://notebooks/tiny.py", out, {"seed": 7}, progress_bar=False)
    assert "('smoke', 7, 0.5, 'ok', [1, 2])" in str(
        nbformat.read(out, as_version=4).cells[3].outputs
    )


def test_papermill_reads_the_paired_notebook(root, tmp_path, monkeypatch):
    monkeypatch.chdir(root)
    run_notebook("tiny", root=root)
    out = tmp_path / "out.ipynb"
    options = {"engine_name": "labbook", "progress_bar": False}
    execute_notebook("notebooks/tiny.ipynb", out, {"seed": 7}, **options)
    assert "('smoke', 7, 0.5, 'ok', [1, 2])" in str(
        nbformat.read(out, as_version=4).cells[3].outputs
    )


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"seeed": 7}, "there is no parameter 'seeed'; did you mean seed?"),
        ({"profile": "smok"}, "profile must be"),
        ({"sizes": "abc"}, "sizes must be"),
    ],
)
def test_papermill_with_our_engine_checks_parameters(given, message, root, tmp_path, monkeypatch):
    monkeypatch.chdir(root)
    options = {"engine_name": "labbook", "progress_bar": False}
    with pytest.raises(ParameterError, match=re.escape(message)):
        execute_notebook("jupytext://notebooks/tiny.py", tmp_path / "out.ipynb", given, **options)
    assert not (tmp_path / "out.ipynb").exists()


def test_papermill_with_our_engine_works_in_the_notebooks_folder(root, tmp_path, monkeypatch):
    (root / "notebooks" / "where.py").write_text("# %%\nimport os\n\nprint(os.getcwd())\n")
    monkeypatch.chdir(root)
    out = tmp_path / "out.ipynb"
    options = {"engine_name": "labbook", "progress_bar": False}
    execute_notebook("jupytext://notebooks/where.py", out, **options)
    (cell,) = nbformat.read(out, as_version=4).cells
    assert cell.outputs[0].text == f"{root / 'notebooks'}\n"


@pytest.mark.parametrize(
    "options", [["--engine", "labbook"], []], ids=["our engine", "Papermill's"]
)
def test_page_that_papermill_executes_in_place_is_by_hand_with_its_parameters(options, tmp_path):
    root = make_log(tmp_path)
    run_notebook("tiny", root=root)
    page = "notebooks/tiny.ipynb"
    done = papermill(root, *options, page, page, "-p", "profile", "demo")
    assert done.returncode == 0, done.stderr
    (one,) = standings(root)
    assert (one.word, one.profile, last_good_run("tiny", root)) == ("by hand", "demo", None)


def test_papermills_bar_with_our_engine_counts_every_cell(root, tmp_path):
    options = ["--engine", "labbook", "--progress-bar"]
    done = papermill(root, *options, "jupytext://notebooks/tiny.py", str(tmp_path / "out.ipynb"))
    assert done.returncode == 0
    assert "100%" in done.stderr


def test_papermill_with_our_engine_tells_a_killed_kernel(root, tmp_path):
    out = tmp_path / "out.ipynb"
    options = ["--engine", "labbook", "-p", "how", "killed"]
    done = papermill(root, "jupytext://notebooks/tiny.py", str(out), *options)
    assert done.returncode == 138  # Papermill's own for a dead kernel
    assert "the kernel was killed by SIGKILL" in done.stderr
    cells = nbformat.read(out, as_version=4).cells
    statuses = [cell.metadata.papermill["status"] for cell in cells]
    assert statuses == ["completed"] * 4 + ["failed", "pending"]


COMMANDS = {
    "a text notebook by its path": (
        ["notebooks/tiny.py", "out.ipynb"],
        "notebooks/tiny.py is a text notebook; write jupytext://notebooks/tiny.py",
    ),
    "no such notebook": (["jupytext://notebooks/tinny.py", "out.ipynb"], "there is no notebook"),
    "a parameter's mistake": (
        ["--engine", "labbook", "jupytext://notebooks/tiny.py", "out.ipynb", "-p", "seed", "x"],
        "seed must be an int; 'x' is not.",
    ),
    "no such kernel for Papermill's own engine": (
        ["-k", "julia-9", "jupytext://notebooks/tiny.py", "out.ipynb"],
        "the kernel 'julia-9' is not installed here; there is",
    ),
    "no such kernel": (
        ["--engine", "labbook", "-k", "julia-9", "jupytext://notebooks/tiny.py", "out.ipynb"],
        "the kernel 'julia-9' is not installed here; there is",
    ),
}


@pytest.mark.parametrize("what", COMMANDS)
def test_papermill_tells_a_mistake_in_a_sentence(what, root):
    arguments, message = COMMANDS[what]
    done = papermill(root, *arguments)
    assert done.returncode == 1
    assert message in done.stderr and "Traceback" not in done.stderr
    assert "Warning" not in done.stderr


def test_papermill_with_our_engine_finds_the_logs_own_code(root, tmp_path):
    (root / "lib").mkdir()
    (root / "lib" / "own_tool.py").write_text("ANSWER = 42\n")
    text = TINY.replace('print("ended")', "import own_tool\nprint(own_tool.ANSWER)")
    make_log(root, text)
    out = tmp_path / "out.ipynb"
    done = papermill(root, "--engine", "labbook", "jupytext://notebooks/tiny.py", str(out))
    assert done.returncode == 0, done.stderr
    assert '"42\\n"' in out.read_text()


def test_papermill_lists_all_parameters_without_a_warning(root):
    done = papermill(root, "--help-notebook", "jupytext://notebooks/tiny.py")
    assert done.returncode == 0 and "does not end in" not in done.stderr
    for name in ("profile: one of smoke, demo", "seed: int", "sizes: list of int"):
        assert f"  {name} (default" in done.stdout


def test_papermill_knows_all_parameters(root, tmp_path):
    out = str(tmp_path / "out.ipynb")
    done = papermill(root, "jupytext://notebooks/tiny.py", out, "-p", "profile", "demo")
    assert "unknown parameter" not in done.stderr and "UserWarning" not in done.stderr
