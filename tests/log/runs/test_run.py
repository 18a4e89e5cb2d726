"""Runs are private until they end well, and no end goes untold."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time

import jupytext
import jupytext.cli
import nbformat
import pytest
from jupytext.sync_contentsmanager import TextFileContentsManager
from tests.log.records.whole import a_run
from tests.log.tiny_log import TINY, cells_of, make_log

from labbook.log.freshness import running, standing
from labbook.log.notebook import notebooks, sources
from labbook.log.notebook.notebooks import NotebookError
from labbook.log.notebook.parameters import ParameterError
from labbook.log.records.json_file import DamagedFileWarning, Misfit
from labbook.log.records.layout import Layout, UnknownExperiment
from labbook.log.records.run_record import RunRecord, read_runs
from labbook.log.runs.kernel import private_sockets
from labbook.log.runs.run import run_notebook

TELLS = """
# %% tags=["parameters"]
profile: str = "smoke"
values: list[float] = [1.0]
# %%
import os

variables = {name: value for name, value in os.environ.items() if name.startswith("LABBOOK_")}
print({"variables": variables, "cwd": os.getcwd(), "omp": os.environ.get("OMP_NUM_THREADS")})
print([type(value).__name__ for value in (profile, values, *values)])
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A log whose experiment was run well once, and badly after that."""
    # Plain Jupytext cannot write a bare date into an .ipynb.
    text = TINY.replace("date: 2026-11-22", "date: '2026-11-22'")
    root = make_log(tmp_path_factory.mktemp("log"), text)
    run_notebook("tiny", root=root)
    run_notebook("tiny", {"how": "error"}, root=root)
    return root


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    """What a kernel finds around it."""
    root = make_log(tmp_path_factory.mktemp("kernel"), TELLS)
    given = {"values": (1, 2)}
    record = run_notebook("tiny", given, profile="demo", root=root, refresh="stale", threads=1)
    text = nbformat.read(root / record.notebook, as_version=4).cells[-1].outputs[0].text
    first, second = text.splitlines()
    return root, record, eval(first), eval(second)


def good(root):
    return nbformat.read(Layout(root).executed("tiny"), as_version=4)


def test_good_run_stands_beside_the_text(root):
    assert good(root).metadata.labbook.run["outcome"] == "ok"


def test_bad_run_does_not_replace_the_good_one(root):
    assert [run.outcome for run in read_runs("tiny", root=root)] == ["ok", "failed"]
    assert good(root).metadata.labbook.run["id"] == read_runs("tiny", root=root)[0].id


def test_header_of_the_text_is_in_the_good_run(root):
    assert good(root).metadata.labbook.title == "Tiny"


def test_good_run_is_as_old_as_the_text(root):
    layout = Layout(root)
    assert layout.executed("tiny").stat().st_mtime_ns == layout.source("tiny").stat().st_mtime_ns


def test_text_does_not_change_when_jupyterlab_opens_and_saves_the_pair(root):
    contents = TextFileContentsManager(root_dir=str(root))
    model = contents.get("notebooks/tiny.py")
    assert "begun with" in str(model["content"]["cells"][2]["outputs"])
    contents.save(model, "notebooks/tiny.py")
    assert cells_of(Layout(root).source("tiny").read_text()) == cells_of(TINY)


def test_jupytext_sync_believes_the_text(root):
    text = Layout(root).source("tiny")
    jupytext.cli.jupytext(["--sync", "--quiet", str(text)])
    assert cells_of(text.read_text()) == cells_of(TINY)


def test_kernel_is_told_where_it_belongs(kernel):
    root, record, found, _ = kernel
    variables = {n: value for n, value in found["variables"].items() if n != "LABBOOK_DATA"}
    assert variables == {
        "LABBOOK_ROOT": str(root),
        "LABBOOK_EXPERIMENT": "tiny",
        "LABBOOK_PROFILE": "demo",
        "LABBOOK_RUN": record.id,
        "LABBOOK_RUN_FOLDER": str((root / record.notebook).parent),
        "LABBOOK_RECORDS_ONLY": "",
        "LABBOOK_REFRESH": "stale",
    }


def test_kernel_works_in_the_folder_of_notebooks(kernel):
    root, _, found, _ = kernel
    assert found["cwd"] == str(root / "notebooks")


def test_kernel_gets_its_share_of_threads(kernel):
    assert kernel[2]["omp"] == "1"


def test_values_reach_the_notebook_with_their_types(kernel):
    assert kernel[3] == ["str", "list", "float", "float"]


def test_record_tells_parameters_as_given_and_as_used(kernel):
    record = kernel[1]
    assert record.parameters_given == {"values": [1.0, 2.0], "profile": "demo"}
    assert record.parameters_used == {"profile": "demo", "values": [1.0, 2.0]}
    assert record.profile == "demo"


def test_record_comes_back_from_its_file(kernel):
    root, record, *_ = kernel
    assert read_runs("tiny", root=root) == [record]


def test_sockets_and_empty_logs_are_cleared_away(kernel):
    root, record, *_ = kernel
    left = {path.name: path.stat().st_size for path in (root / record.notebook).parent.iterdir()}
    assert left.pop("kernel.log", 1) > 0  # a kernel on a busy machine may have a last word
    assert sorted(left) == ["notebook.ipynb", "run.json"]


def test_run_of_a_batch_is_not_put_beside_the_text(tmp_path):
    root = make_log(tmp_path, "# %%\n1\n")
    assert run_notebook("tiny", batch="b", root=root).outcome == "ok"
    assert not Layout(root).executed("tiny").exists()


def test_long_temporary_folder_is_no_obstacle(tmp_path, monkeypatch):
    long = tmp_path / ("x" * 100)
    long.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(long))
    assert run_notebook("tiny", root=make_log(tmp_path, "# %%\n1\n")).outcome == "ok"


def test_the_path_of_a_socket_has_few_bytes_wherever_temporary_folders_are(monkeypatch):
    with tempfile.TemporaryDirectory("ß" * 50, dir="/tmp") as place:
        monkeypatch.setattr("tempfile.tempdir", place)
        with private_sockets() as config:
            assert len(os.fsencode(config.KernelManager.ip)) < 100  # 107 with the socket's number


@pytest.mark.parametrize(
    ("name", "given", "error", "says"),
    [
        ("tinny", {}, UnknownExperiment, "there is no experiment 'tinny'; did you mean tiny?"),
        (
            "tiny",
            {"sed": 1},
            ParameterError,
            "tiny: there is no parameter 'sed'; did you mean seed",
        ),
        ("tiny", {"seed": "1"}, ParameterError, "tiny: seed must be an int; '1' is not."),
        ("unread", {}, ParameterError, "unread: a is declared as parameter but read by no later"),
        ("binary", {}, NotebookError, "does not read as a notebook"),
    ],
)
def test_what_cannot_be_run_is_told_before_anything_is_written(tmp_path, name, given, error, says):
    root = make_log(tmp_path)
    make_log(tmp_path, '# %% tags=["parameters"]\na: int = 1\n', "unread")
    (root / "notebooks" / "binary.py").write_bytes(b"\xff")
    with pytest.raises(error) as raised:
        run_notebook(name, given, root=root)
    assert says in str(raised.value)
    assert not (root / "runs").exists()


def start_asleep(root):
    """A process that runs a notebook which sleeps, once its kernel sleeps."""
    script = "from labbook.log.runs.run import run_notebook; run_notebook('tiny', {'how': 'sleep'})"
    process = subprocess.Popen([sys.executable, "-c", script], cwd=root)
    wait_until_asleep(root)
    return process


def wait_until_asleep(root, timeout_s=40):
    until = time.monotonic() + timeout_s
    while time.monotonic() < until:
        for path in root.glob("runs/tiny/*/notebook.ipynb"):
            cells = json.loads(path.read_text())["cells"]
            if cells[4]["metadata"]["papermill"]["status"] == "running":
                time.sleep(0.5)  # the cell's message is on its way to the kernel
                return
        time.sleep(0.05)
    raise AssertionError("the notebook did not get to its cell")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_run_is_cancelled(tmp_path, number):
    process = start_asleep(make_log(tmp_path))
    process.send_signal(number)
    assert process.wait(20) == 0
    (record,) = read_runs("tiny", root=tmp_path)
    assert (record.outcome, record.error["message"]) == (
        "cancelled",
        "the run was stopped by hand, in cell 4 of 5",
    )


def test_run_whose_watcher_was_killed_is_told_as_killed(tmp_path):
    process = start_asleep(make_log(tmp_path))
    assert read_runs("tiny", root=tmp_path) == []
    process.kill()
    process.wait()
    (record,) = read_runs("tiny", root=tmp_path)
    assert record.outcome == "killed"
    notebook = nbformat.read(tmp_path / record.notebook, as_version=4)
    statuses = [cell.metadata.papermill["status"] for cell in notebook.cells]
    assert statuses == ["completed"] * 4 + ["failed", "pending"]
    assert running.cell_of(tmp_path / record.notebook)[:2] == (4, 5)
    assert read_runs("tiny", root=tmp_path) == [record]


def stale_because(root, given=None):
    return standing.rerun_because(sources.load(Layout(root), "tiny"), given or {})


def test_experiment_that_never_ran_is_stale(tmp_path):
    assert stale_because(make_log(tmp_path)) == ["no run of it is at hand"]


def test_unchanged_experiment_needs_no_run(tmp_path):
    root = with_good_run(tmp_path)
    assert stale_because(root) == []


def test_other_parameters_need_a_run(tmp_path):
    root = with_good_run(tmp_path)
    assert stale_because(root, {"seed": 5}) == ["its parameters differ"]


def test_other_code_needs_a_run(tmp_path):
    root = with_good_run(tmp_path)
    text = Layout(root).source("tiny")
    text.write_text(text.read_text().replace('print("ended")', 'print("the end")'))
    assert stale_because(root) == ["the notebook's code changed"]


def test_other_prose_needs_no_run(tmp_path):
    root = with_good_run(tmp_path)
    text = Layout(root).source("tiny")
    text.write_text(text.read_text().replace("# # Results", "# # Findings"))
    assert stale_because(root) == []


def with_good_run(folder):
    """A log whose last good run is only told, not made: no kernel is needed."""
    root = make_log(folder)
    source = sources.load(Layout(root), "tiny")
    record = a_run(
        id="x",
        experiment="tiny",
        parameters_used=source.used({}),
        profile="smoke",
        source_digest=source.digest,
        provenance={"code": source.code.digests},
        notebook="runs/tiny/x/notebook.ipynb",
    )
    notebook = notebooks.reads(TINY)
    notebook.metadata.labbook.run = record.to_json()
    for cell in notebooks.code_cells(notebook):
        cell.execution_count = 1
    nbformat.write(notebook, Layout(root).executed("tiny"))
    return root


def test_damaged_record_is_named(tmp_path):
    folder = make_log(tmp_path) / "runs" / "tiny" / "x"
    folder.mkdir(parents=True)
    (folder / "run.json").write_text('{"id": "x"')
    with pytest.warns(DamagedFileWarning, match=r"x/run\.json is damaged"):
        assert read_runs("tiny", root=tmp_path) == []


def test_record_of_a_later_schema_is_refused():
    with pytest.raises(Misfit, match="schema 99 is newer than this labbook knows"):
        RunRecord.from_json({"schema": 99})
