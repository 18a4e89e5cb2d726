"""What JupyterLab gets to read and what it writes: experiments as notebooks, git clean."""

import json
import os
import shutil
import subprocess
import sys

import nbformat
import psutil
import pytest
from ipykernel.ipkernel import IPythonKernel
from jupyter_client.kernelspec import get_kernel_spec
from nbformat.v4 import new_code_cell, new_notebook, new_output
from tornado.web import HTTPError

from labbook.lab import contents, outputs
from labbook.lab.contents import LogFiles
from labbook.log.records.layout import Layout


@pytest.fixture
def files(log) -> LogFiles:
    return LogFiles(root_dir=str(log.root))


def test_an_experiment_is_a_notebook_and_the_library_is_text(files):
    types = {path: files.get(path)["type"] for path in ("notebooks/small.py", "lib/tool.py")}
    assert types == {"notebooks/small.py": "notebook", "lib/tool.py": "file"}


def test_the_outputs_of_the_last_run_are_there(files):
    cells = files.get("notebooks/small.py")["content"].cells
    assert cells[2].outputs[0].text == "from the last run\n"


def test_saving_without_edits_leaves_text_and_run(files, log):
    files.save(files.get("notebooks/small.py"), "notebooks/small.py")
    assert log.git("status", "--porcelain") == ""
    assert log.recorded_run() == {"id": "the recorded run"}


def test_the_kernel_is_called_as_on_this_machine_or_jupyterlab_would_have_an_edit_to_save(files):
    told = files.get("notebooks/small.py")["content"].metadata.kernelspec
    assert told.display_name == get_kernel_spec("python3").display_name != "Python 3"


def test_an_experiment_that_never_ran_tells_its_language_or_jupyterlab_would_have_an_edit_to_save(
    files, log
):
    log.executed.unlink()
    told = files.get("notebooks/small.py")["content"].metadata.language_info
    assert told == IPythonKernel.language_info


def test_an_experiment_that_was_renamed_while_it_was_open_does_not_come_back(files, log):
    model = files.get("notebooks/small.py")
    files.rename_file("notebooks/small.ipynb", "notebooks/tiny.ipynb")
    with pytest.raises(HTTPError, match=r"small\.py has been renamed or deleted"):
        files.save(dict(model), "notebooks/small.py")
    assert not log.text.exists() and not log.executed.exists()
    files.save(model, "notebooks/under_another_name.py")
    assert (log.root / "notebooks" / "under_another_name.py").is_file()


def test_an_experiment_with_runs_stays_in_notebooks(files, log):
    with pytest.raises(HTTPError, match=r"small stays in notebooks/, as small\.py: elsewhere"):
        files.rename_file("notebooks/small.py", "lib/small.py")
    assert log.text.is_file() and log.executed.is_file()


def test_an_experiment_that_never_ran_can_be_moved_away(files, log):
    files.rename_file("notebooks/explorer.py", "lib/explorer.py")
    assert (log.root / "lib" / "explorer.py").is_file()


def test_the_kernels_name_on_this_machine_stays_out_of_the_text(files, log):
    model = files.get("notebooks/small.py")
    model["content"].metadata.kernelspec.display_name = "Python 3 (ipykernel)"
    model["content"].metadata.language_info = {"name": "python", "version": "3.99"}
    files.save(model, "notebooks/small.py")
    assert log.git("status", "--porcelain") == ""


def test_another_kernel_chosen_by_the_author_is_kept(files, log):
    model = files.get("notebooks/small.py")
    model["content"].metadata.kernelspec = {"display_name": "J", "language": "j", "name": "other"}
    files.save(model, "notebooks/small.py")
    assert "#     name: other\n" in log.text.read_text()


def test_saving_through_the_ipynb_leaves_the_text_too(files, log):
    files.save(files.get("notebooks/small.ipynb"), "notebooks/small.ipynb")
    assert log.git("status", "--porcelain") == ""


def test_an_edit_reaches_the_text_and_nothing_else_of_it(files, log):
    model = files.get("notebooks/small.py")
    model["content"].cells[1].source = "count: int = 4  # how far"
    files.save(model, "notebooks/small.py")
    changed = [
        line
        for line in log.git("diff", "--unified=0").splitlines()
        if line[:1] in "+-" and line[:3] not in ("+++", "---")
    ]
    assert changed == ["-count: int = 3  # how far", "+count: int = 4  # how far"]


def test_other_outputs_do_not_claim_the_recorded_run(files, log):
    model = files.get("notebooks/small.py")
    model["content"].cells[2].outputs[0].text = "from an hour ago\n"
    files.save(model, "notebooks/small.py")
    assert log.recorded_run() is None


def test_an_edit_that_was_not_run_keeps_the_recorded_run_and_undo_restores_the_text(files, log):
    model = files.get("notebooks/small.py")
    source = model["content"].cells[2].source
    model["content"].cells[2].source = source.replace("counted", "reckoned")
    files.save(dict(model), "notebooks/small.py")
    assert log.recorded_run() == {"id": "the recorded run"} and not log.is_clean()
    model["content"].cells[2].source = source
    files.save(model, "notebooks/small.py")
    assert log.recorded_run() == {"id": "the recorded run"} and log.is_clean()


def test_cleared_outputs_do_not_claim_the_recorded_run(files, log):
    model = files.get("notebooks/small.py")
    model["content"].cells[2] |= {"outputs": [], "execution_count": None}
    files.save(model, "notebooks/small.py")
    assert log.recorded_run() is None


def test_a_run_that_ended_meanwhile_leaves_its_outputs_and_the_editor_its_text(files, log):
    model = files.get("notebooks/small.py")
    log.write_last_run(text="from a newer run\n", run="the newer run")
    model["content"].cells[0].source = "# A small one\n\nIt counts on."
    model["content"].cells[2].source += "\n# edited"
    for _ in range(2):  # the editor still shows the older run when it saves again
        files.save(dict(model), "notebooks/small.py")
    assert log.recorded_run() == {"id": "the newer run"}
    assert "It counts on." in log.text.read_text() and "# edited" in log.text.read_text()
    cells = json.loads(log.executed.read_text())["cells"]
    assert "".join(cells[2]["outputs"][0]["text"]) == "from a newer run\n"


def test_cells_run_by_hand_after_a_run_ended_elsewhere_are_by_hand(files, log):
    model = files.get("notebooks/small.py")
    log.write_last_run(text="from a newer run\n", run="the newer run")
    model["content"].cells[2].outputs[0].text = "by hand\n"
    files.save(model, "notebooks/small.py")
    assert log.recorded_run() is None and "by hand" in log.executed.read_text()


def test_what_the_editor_was_told_is_not_saved(files, log):
    files.save(files.get("notebooks/small.py"), "notebooks/small.py")
    assert outputs.LOADED not in log.executed.read_text() + log.text.read_text()


def test_a_rewritten_stream_counts_as_what_a_terminal_shows(files, log):
    model = files.get("notebooks/small.py")
    outputs = model["content"].cells[3].outputs
    outputs[:2] = [nbformat.v4.new_output("stream", name="stdout", text="step 2")]
    files.save(model, "notebooks/small.py")
    assert log.recorded_run() == {"id": "the recorded run"}


def test_without_a_last_run_the_experiment_opens_and_saves(files, log):
    log.executed.unlink()
    files.save(files.get("notebooks/small.py"), "notebooks/small.py")
    assert log.git("status", "--porcelain") == ""
    assert log.executed.exists()


def test_a_text_edited_after_the_run_wins_over_the_ipynb(files, log):
    path = log.text
    path.write_text(path.read_text().replace("It counts to three.", "It counts on."))
    os.utime(path, (0, 0))  # and yet is older, as after a checkout
    assert "It counts on." in files.get("notebooks/small.py")["content"].cells[0].source


def test_a_notebook_elsewhere_is_not_paired(files, log):
    (log.root / "runs").mkdir(exist_ok=True)
    shutil.copy(log.executed, log.root / "runs" / "notebook.ipynb")
    files.save(files.get("runs/notebook.ipynb"), "runs/notebook.ipynb")
    assert list((log.root / "runs").glob("*.py")) == []


def test_a_text_that_names_no_kernel_gets_one_only_in_jupyterlab(files, log):
    model = files.get("notebooks/explorer.py")
    assert model["content"].metadata.kernelspec.name == "python3"
    files.save(model, "notebooks/explorer.py")
    assert log.git("status", "--porcelain") == ""


@pytest.mark.parametrize("damaged", ["", '{"cells": [', "{}"])
def test_damaged_outputs_do_not_keep_a_text_from_opening(damaged, files, log):
    log.executed.write_text(damaged)
    model = files.get("notebooks/small.py")
    assert [cell.source for cell in model["content"].cells][1] == "count: int = 3  # how far"
    files.save(model, "notebooks/small.py")
    assert nbformat.read(log.executed, as_version=4).cells[1].outputs == []
    assert log.is_clean()


def test_what_the_editor_was_told_is_not_saved_elsewhere_either(files, log):
    files.copy("notebooks/small.ipynb", "lib")
    files.save(files.get("notebooks/small.py"), "lib/other.ipynb")
    for name in ("small.ipynb", "other.ipynb"):
        assert outputs.LOADED not in (log.root / "lib" / name).read_text()


def test_experiment_that_is_saved_as_another_gets_the_next_number(files, log):
    model = files.get("notebooks/small.py")
    files.new({"type": "notebook", "content": model["content"]}, "notebooks/other.ipynb")
    assert "#     expt: 2\n" in (log.root / "notebooks" / "other.py").read_text()
    assert log.is_clean() is False and "expt: 1\n" in log.text.read_text()


def test_notebook_of_an_older_format_can_be_uploaded(files, log):
    cells = [nbformat.v3.new_code_cell("1 + 1")]
    old = nbformat.v3.new_notebook(worksheets=[nbformat.v3.new_worksheet(cells=cells)])
    files.new({"type": "notebook", "content": json.loads(json.dumps(old))}, "notebooks/old.ipynb")
    assert "# %%\n1 + 1\n" in (log.root / "notebooks" / "old.py").read_text()


def test_upload_of_what_is_no_notebook_is_a_sentence(files, log):
    with pytest.raises(HTTPError, match=r"notebooks/none\.ipynb does not read as a notebook"):
        files.new({"type": "notebook", "content": {}}, "notebooks/none.ipynb")
    assert log.is_clean()


def test_experiment_is_deleted_with_its_outputs_and_these_alone(files, log):
    files.delete_to_trash = False
    files.delete("notebooks/small.ipynb")
    assert log.text.is_file()
    log.write_last_run()
    files.delete("/notebooks/small.py")
    assert not log.text.exists() and not log.executed.exists()
    assert (log.root / "runs" / "small").is_dir()


def test_file_that_cannot_be_written_is_a_sentence(files, log):
    model = files.get("notebooks/small.py")
    log.executed.unlink()
    log.executed.mkdir()
    said = r"notebooks/small\.py was not saved: .*small\.ipynb: Is a directory\."
    with pytest.raises(HTTPError, match=said):
        files.save(model, "notebooks/small.py")
    assert log.is_clean()


@pytest.mark.parametrize("path", ["notebooks/small.py", "notebooks/small.ipynb"])
def test_revert_to_checkpoint_brings_the_text_back_by_whichever_file_it_is_open(path, files, log):
    files.create_checkpoint(path)
    model = files.get(path)
    model["content"].cells[1].source = "count: int = 4  # how far"
    files.save(model, path)
    (checkpoint,) = files.list_checkpoints(path)
    files.restore_checkpoint(checkpoint["id"], path)
    assert files.get(path)["content"].cells[1].source == "count: int = 3  # how far"
    assert log.is_clean()


def test_hidden_files_of_editors_are_no_experiments(log):
    shutil.copy(log.text, log.text.with_name(".~small.py"))
    log.text.with_name(".#small.py").symlink_to("me@here.1")
    assert Layout(log.root).experiments() == ["explorer", "small"]


def test_only_outputs_of_a_run_of_this_machine_are_trusted(tmp_path):
    cell = new_code_cell("1", outputs=[], execution_count=1)
    content = new_notebook(cells=[cell], metadata={"labbook": {"run": {"id": "one"}}})
    path = tmp_path / "notebooks" / "x.ipynb"
    assert not contents.was_run_here(path, content)
    kept = tmp_path / "runs" / "x" / "one" / "notebook.ipynb"
    kept.parent.mkdir(parents=True)
    nbformat.write(content, kept)
    assert contents.was_run_here(path, content)
    forged = nbformat.from_dict(content)
    forged.cells[0].outputs = [new_output("stream", name="stdout", text="forged")]
    assert not contents.was_run_here(path, forged)


def test_arguments_of_labbook_lab_are_passed_on(log):
    command = [sys.executable, "-m", "labbook", "lab", "--version"]
    done = subprocess.run(command, cwd=log.root, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("4.")


def test_labbook_lab_becomes_the_server(log):
    command = [sys.executable, "-m", "labbook", "lab", "--no-browser", "--allow-root"]
    command += ["--ServerApp.port=0", "--IdentityProvider.token=t"]
    process = subprocess.Popen(command, cwd=log.root, stderr=subprocess.PIPE, text=True)
    said = next(line for line in process.stderr if "is running at" in line or not line)
    named = psutil.Process(process.pid).cmdline()
    process.terminate()
    process.communicate(timeout=30)
    assert said and "jupyterlab" in named
