"""Five ways in which a run ends, kept apart on disk; and the entry points for plain Papermill."""

import json
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import psutil
import pytest
from papermill import execute_notebook
from tests.log.tiny_log import TINY, make_log

from labbook.log.freshness.standing import standings
from labbook.log.notebook.parameters import ParameterError
from labbook.log.records.run_record import last_good_run
from labbook.log.runs.run import run_notebook

PAPERMILL = Path(sys.executable).with_name("papermill")
CELLS = 6  # with the injected one; the first is Markdown


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return make_log(tmp_path_factory.mktemp("log"))


@pytest.fixture(scope="module")
def runs(root):
    """One run of each kind, by the way it is made to end."""
    ends = {"ok": None, "killed": None, "exit": None, "sys.exit": None, "error": None, "sleep": 10}
    return {
        how: run_notebook("tiny", {"how": how}, timeout_s=limit, root=root)
        for how, limit in ends.items()
    }


def on_disk(root, record):
    """What the folder of a run says: its record, and its notebook."""
    path = root / record.notebook
    return json.loads(path.with_name("run.json").read_text()), nbformat.read(path, as_version=4)


def statuses(notebook):
    return [cell.metadata.papermill["status"] for cell in notebook.cells]


def first_output(path):
    return nbformat.read(path, as_version=4).cells[3].outputs[0].text


OUTCOMES = {
    "ok": ("ok", None),
    "killed": ("killed", "the kernel was killed by SIGKILL (most often: out of memory), in"),
    "exit": ("failed", "the kernel ended with status 3, in cell 4 of 5"),
    "sys.exit": ("failed", "a cell ended the notebook with sys.exit(4)"),
    "error": ("failed", "division by zero"),
    "sleep": ("timeout", "the run was stopped after 10 s, in cell 4 of 5"),
}


@pytest.mark.parametrize("how", OUTCOMES)
def test_outcome_is_told_in_the_record(root, runs, how):
    outcome, message = OUTCOMES[how]
    record, _ = on_disk(root, runs[how])
    assert record["outcome"] == outcome
    assert message is None or record["error"]["message"].startswith(message)


@pytest.mark.parametrize("how", OUTCOMES)
def test_record_is_in_the_notebook_too(root, runs, how):
    record, notebook = on_disk(root, runs[how])
    assert notebook.metadata.labbook.run == record


@pytest.mark.parametrize("how", sorted(set(OUTCOMES) - {"ok"}))
def test_cell_that_was_running_is_failed_and_later_ones_are_pending(root, runs, how):
    _, notebook = on_disk(root, runs[how])
    assert statuses(notebook) == ["completed"] * (CELLS - 2) + ["failed", "pending"]
    assert notebook.metadata.papermill["exception"] is True


def test_cells_of_a_good_run_are_completed(root, runs):
    _, notebook = on_disk(root, runs["ok"])
    assert statuses(notebook) == ["completed"] * CELLS
    assert notebook.metadata.papermill["exception"] is None


@pytest.mark.parametrize("how", OUTCOMES)
def test_outputs_up_to_the_end_are_kept(root, runs, how):
    _, notebook = on_disk(root, runs[how])
    assert "begun with" in str(notebook.cells[3].outputs)


def test_papermill_is_told_the_path_of_the_text(root, runs):
    _, notebook = on_disk(root, runs["ok"])
    assert notebook.metadata.papermill["input_path"] == "notebooks/tiny.py"


def test_error_tells_its_traceback_and_cell(runs):
    error = runs["error"].error
    assert (error["type"], error["cell"]) == ("ZeroDivisionError", 4)
    assert error["traceback"].endswith("ZeroDivisionError: division by zero")


def test_record_tells_time_and_memory_of_the_kernel(runs):
    assert runs["ok"].cpu_time_s > 0
    assert runs["ok"].peak_memory_bytes > 10**7


def test_timeout_counts_the_whole_run(runs):
    assert runs["sleep"].wall_time_s < 60  # as long as its cell sleeps


def test_kernel_that_ignores_the_interrupt_is_killed(root):
    record = run_notebook("tiny", {"how": "stubborn"}, timeout_s=2, root=root)
    assert (record.outcome, record.error["type"]) == ("timeout", "Timeout")


LEAVES = """
# %%
import os, signal, subprocess
child = subprocess.Popen(["sleep", "1000"])
print(child.pid, flush=True)

# %%
"""


@pytest.mark.parametrize("end", ["1", "1 / 0", "os.kill(os.getpid(), signal.SIGKILL)"])
def test_what_a_kernel_has_started_ends_with_it(tmp_path, end):
    head, _, _ = TINY.partition('# %% tags=["parameters"]')
    root = make_log(tmp_path, head + LEAVES + end + "\n")
    _, notebook = on_disk(root, run_notebook("tiny", root=root))
    child = int(notebook.cells[1].outputs[0].text)
    left = [process for process in psutil.process_iter() if process.pid == child]
    assert psutil.wait_procs(left, timeout=5)[1] == []


def test_kernel_that_does_not_start_is_told(tmp_path, monkeypatch):
    text = "# ---\n# jupyter:\n#   kernelspec: {name: broken, display_name: B}\n# ---\n# %%\n1\n"
    root = make_log(tmp_path, text)
    spec = root / "kernels" / "broken"
    spec.mkdir(parents=True)
    argv = [sys.executable, "-c", "import sys; sys.exit('no such library')"]
    about = {"argv": argv, "display_name": "B", "language": "python"}
    (spec / "kernel.json").write_text(json.dumps(about))
    monkeypatch.setenv("JUPYTER_PATH", str(root))
    record = run_notebook("tiny", root=root)
    assert record.outcome == "failed"
    assert record.error["message"] == "the kernel ended with status 1, before the first cell"
    assert record.error["log_tail"] == "no such library"


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
    command = [PAPERMILL, "--engine", "labbook", "--progress-bar", "jupytext://notebooks/tiny.py"]
    done = subprocess.run(
        [*command, str(tmp_path / "out.ipynb")], cwd=root, capture_output=True, text=True
    )
    assert done.returncode == 0
    assert "100%" in done.stderr


def test_papermill_with_our_engine_tells_a_killed_kernel(root, tmp_path):
    out = tmp_path / "out.ipynb"
    options = ["--engine", "labbook", "-p", "how", "killed"]
    done = subprocess.run(
        [PAPERMILL, "jupytext://notebooks/tiny.py", str(out), *options],
        cwd=root,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 138  # Papermill's own for a dead kernel
    assert "the kernel was killed by SIGKILL" in done.stderr
    notebook = nbformat.read(out, as_version=4)
    assert statuses(notebook) == ["completed"] * (CELLS - 2) + ["failed", "pending"]


def test_kernel_that_is_not_installed_is_one_sentence(tmp_path):
    text = TINY.replace("name: python3", "name: julia-9")
    record = run_notebook("tiny", root=make_log(tmp_path, text))
    assert record.outcome == "failed"
    assert re.match(
        "the kernel 'julia-9' is not installed here; there is .*python3", record.error["message"]
    )


def papermill(root, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([PAPERMILL, *arguments], cwd=root, capture_output=True, text=True)


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
