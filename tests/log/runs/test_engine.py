"""Five ways in which a run ends, kept apart on disk."""

import json
import re
import signal
import sys

import nbformat
import psutil
import pytest
from tests.log.tiny_log import TINY, make_log

from labbook.log.runs.run import run_notebook

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


def test_kernel_that_a_signal_without_a_name_has_killed_is_told(tmp_path):
    make_log(tmp_path, TINY.replace("signal.SIGKILL", "signal.SIGRTMIN + 6"))
    record = run_notebook("tiny", {"how": "killed"}, root=tmp_path)
    number = int(signal.SIGRTMIN) + 6
    assert (record.outcome, record.error["type"]) == ("killed", f"signal {number}")
    assert record.error["message"].startswith(f"the kernel was killed by signal {number}, in cell")


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
    assert psutil.wait_procs(left, timeout=60)[1] == []


@pytest.fixture
def broken(tmp_path, monkeypatch):
    """A log whose notebook wants a kernel of its own, and the file that is to tell what it is."""
    text = "# ---\n# jupyter:\n#   kernelspec: {name: broken, display_name: B}\n# ---\n# %%\n1\n"
    root = make_log(tmp_path, text)
    spec = root / "kernels" / "broken"
    spec.mkdir(parents=True)
    monkeypatch.setenv("JUPYTER_PATH", str(root))
    return root, spec / "kernel.json"


def starting(*argv):
    return json.dumps({"argv": argv, "display_name": "B", "language": "python"})


def test_kernel_that_does_not_start_is_told(broken):
    root, spec = broken
    spec.write_text(starting(sys.executable, "-c", "import sys; sys.exit('no such library')"))
    record = run_notebook("tiny", root=root)
    assert record.outcome == "failed"
    assert record.error["message"] == "the kernel ended with status 1, before the first cell"
    assert record.error["log_tail"] == "no such library"


def test_kernel_whose_program_is_gone_is_told(broken):
    root, spec = broken
    spec.write_text(starting("/old/bin/python", "-m", "ipykernel_launcher"))
    record = run_notebook("tiny", root=root)
    assert (record.outcome, record.error["message"]) == (
        "failed",
        "the kernel did not start: /old/bin/python: No such file or directory",
    )


def test_kernel_whose_file_is_damaged_is_told(broken):
    root, spec = broken
    spec.write_text('{"argv": [')
    record = run_notebook("tiny", root=root)
    assert (record.outcome, record.error["type"]) == ("failed", "KernelStart")
    assert "the kernel 'broken' is damaged: its kernel.json is no JSON" in record.error["message"]


def test_kernel_that_is_not_installed_is_one_sentence(tmp_path):
    text = TINY.replace("name: python3", "name: julia-9")
    record = run_notebook("tiny", root=make_log(tmp_path, text))
    assert record.outcome == "failed"
    assert re.match(
        "the kernel 'julia-9' is not installed here; there is .*python3", record.error["message"]
    )
