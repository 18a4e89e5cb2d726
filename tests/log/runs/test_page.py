"""Which run the page shows: one whose trials failed, or that is less, leaves it its place."""

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from tests.log.tiny_log import make_log

from labbook import cli
from labbook.lab.panel import Panel
from labbook.log.freshness.standing import BY_HAND, standings
from labbook.log.notebook.notebooks import NotebookError
from labbook.log.records.layout import Layout
from labbook.log.records.run_record import last_good_run, read_runs
from labbook.log.runs.run import run_notebook
from labbook.site.experiment import Experiment

TEXT = """
# %% tags=["parameters"]
from typing import Literal

profile: Literal["smoke", "full"] = "full"  # how much is run
bad: int = 99  # the width that fails

# %%
import os
from pathlib import Path

from labbook.log import trials


def train(width, bad):
    if width == bad:
        raise ValueError(f"width {width} is bad")
    return {"metrics": {"loss": 1 / width}}


trials.run(train, trials.grid(width=[1, 2, 3] if profile == "full" else [1], bad=bad))
# %%
if action := os.environ.get("WHILE_IT_RUNS"):
    exec(action)
"""


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    root = make_log(tmp_path_factory.mktemp("full"), TEXT)
    assert run_notebook("tiny", root=root).well
    return root


@pytest.fixture
def root(full, tmp_path) -> Path:
    """A log whose page shows a full run, whose trials ended well."""
    return Path(shutil.copytree(full, tmp_path / "log"))


def page_profile(root):
    return last_good_run("tiny", root).profile


def test_run_whose_trials_failed_says_so_and_leaves_the_page_its_good_run(root):
    record = run_notebook("tiny", {"bad": 2}, root=root)
    page = last_good_run("tiny", root)
    assert record.outcome_text == "ok, 1 of 3 trials failed" and not record.well
    assert (page.parameters_used["bad"], record.beside) == (99, page.id)


def test_notebook_that_was_saved_without_outputs_keeps_no_run_of_another_profile_away(root):
    """JupyterLab saves one before its panel runs the experiment."""
    path = Layout(root).executed("tiny")
    notebook = json.loads(path.read_text())
    notebook["metadata"]["labbook"].pop("run")
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell |= {"outputs": [], "execution_count": None}
    path.write_text(json.dumps(notebook))
    assert run_notebook("tiny", {"profile": "smoke"}, root=root).beside is None
    assert page_profile(root) == "smoke"


def test_failed_trials_are_told_by_the_command_in_sentences(root, monkeypatch, capfd):
    monkeypatch.setenv("LABBOOK_ROOT", str(root))
    with pytest.raises(SystemExit) as ended:
        cli.main(["run", "tiny", "-p", "bad", "2"])
    message = capfd.readouterr().err
    assert ended.value.code == 1
    assert "tiny: ok, 1 of 3 trials failed" in message
    assert "width=2: failed, ValueError: width 2 is bad" in message
    assert "it shows, for trials of this one did not end well; --promote replaces it" in message


def test_run_of_less_than_the_page_shows_stands_aside(root):
    record = run_notebook("tiny", profile="smoke", root=root)
    assert record.well and page_profile(root) == "full"


def test_run_of_less_takes_the_page_where_it_is_told_to(root):
    run_notebook("tiny", profile="smoke", root=root, promote=True)
    assert page_profile(root) == "smoke"


def test_run_of_more_takes_the_page(root):
    run_notebook("tiny", profile="smoke", root=root, promote=True)
    record = run_notebook("tiny", profile="full", root=root)
    assert (record.beside, page_profile(root)) == (None, "full")


def test_run_of_more_whose_trials_failed_leaves_the_page_its_good_run(root):
    page = run_notebook("tiny", profile="smoke", root=root, promote=True)
    record = run_notebook("tiny", {"bad": 2}, profile="full", root=root)
    assert (record.beside, page_profile(root)) == (page.id, "smoke")


def test_run_stands_aside_where_the_pages_profile_is_no_choice_any_more(root):
    text = Layout(root).source("tiny")
    text.write_text(text.read_text().replace('"full"', '"whole"'))
    assert run_notebook("tiny", profile="whole", root=root).beside is not None
    assert page_profile(root) == "full"


def test_run_of_less_leaves_the_page_what_was_run_there_by_hand(root):
    path = Layout(root).executed("tiny")
    notebook = json.loads(path.read_text())
    notebook["metadata"]["labbook"].pop("run")
    path.write_text(json.dumps(notebook))
    by_hand = path.read_text()
    assert run_notebook("tiny", profile="smoke", root=root).beside == BY_HAND
    assert path.read_text() == by_hand
    assert run_notebook("tiny", profile="full", root=root).beside is None


def test_failed_run_names_the_last_good_run_only_where_there_is_one(root, monkeypatch, capfd):
    monkeypatch.setenv("LABBOOK_ROOT", str(root))
    monkeypatch.setenv("WHILE_IT_RUNS", "1 / 0")
    said = []
    for _ in range(2):
        with pytest.raises(SystemExit):
            cli.main(["run", "tiny"])
        said.append(capfd.readouterr().err)
        page = Layout(root).executed("tiny")  # JupyterLab saves one before its panel runs anything
        page.write_text('{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}')
    assert ["the last good run stands" in text for text in said] == [True, False]


def test_run_whose_trials_failed_is_shown_where_there_is_no_better_one(tmp_path):
    root = make_log(tmp_path, TEXT)
    run_notebook("tiny", {"bad": 2}, root=root)
    assert not last_good_run("tiny", root).well


def test_refreshed_trials_that_failed_count_though_their_old_records_stand(root):
    text = Layout(root).source("tiny")
    text.write_text(text.read_text().replace("if width == bad", "if width > 1"))
    record = run_notebook("tiny", root=root, refresh="all")
    assert record.outcome_text == "ok, 2 of 3 trials failed"


def killed_run(root, monkeypatch, before=lambda: None) -> str:
    """Kill ``labbook run`` while a cell of it runs; returns the id of the run."""
    at_work = "Path('../at-work').touch(); import time; time.sleep(600)"
    monkeypatch.setenv("WHILE_IT_RUNS", at_work)
    command = [sys.executable, "-m", "labbook", "run", "tiny"]
    process = subprocess.Popen(command, cwd=root, stdout=subprocess.DEVNULL)
    until = time.monotonic() + 300
    while not (root / "at-work").exists():
        assert process.poll() is None and time.monotonic() < until
        time.sleep(0.05)
    before()
    family = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.wait()
    psutil.wait_procs(family, timeout=60)
    (lock,) = root.glob("runs/tiny/*/run.lock")
    return lock.parent.name


def test_run_whose_command_was_killed_is_the_last_run_until_another_takes_the_page(
    root, monkeypatch
):
    panel = Panel(root)
    killed = killed_run(root, monkeypatch, lambda: panel.look("tiny"))
    assert panel.look("tiny")["last_run"].startswith("killed, full, ")
    (one,) = standings(root)
    assert (one.last_run.id, one.last_run.outcome, one.good) == (killed, "killed", False)
    assert Experiment("tiny", root).newer_run.id == killed
    monkeypatch.delenv("WHILE_IT_RUNS")
    again = run_notebook("tiny", root=root)
    assert standings(root)[0].last_run.id == again.id


def test_run_that_was_killed_before_the_pages_run_is_not_the_last_run(root, monkeypatch):
    killed_run(root, monkeypatch)
    monkeypatch.delenv("WHILE_IT_RUNS")
    again = run_notebook("tiny", root=root)
    assert standings(root)[0].last_run.id == again.id


def test_emptied_notebook_is_not_run(root):
    Layout(root).source("tiny").write_text("")
    with pytest.raises(NotebookError, match=r"tiny\.py holds no code, so there is nothing to run"):
        run_notebook("tiny", root=root)


@pytest.mark.parametrize(
    "action",
    (
        'Path("tiny.py").unlink()',
        'Path("tiny.py").write_bytes(b"\\xff")',
        'Path("tiny.py").write_text("# ---\\n# jupyter: [\\n# ---\\n# %%\\n1\\n")',
        'Path("../docs/records/tiny").mkdir(parents=True); '
        'Path("../docs/records/tiny/" + "0" * 16 + ".json").mkdir()',
        'Path("../docs/records/tiny/plans").mkdir(parents=True); '
        'Path("../docs/records/tiny/plans/full.jsonl").write_text("<<<<<<< HEAD")',
        'Path("../docs/records/tiny/plans").mkdir(parents=True); '
        'Path("../docs/records/tiny/plans/full.jsonl").write_text("{\\"key\\": 3}")',
        '[p.write_text("[]") for p in Path("../runs/records/tiny").glob("*.json")]',
    ),
)
def test_run_that_ended_well_is_kept_whatever_befell_the_log_meanwhile(root, monkeypatch, action):
    monkeypatch.setenv("WHILE_IT_RUNS", action)
    record = run_notebook("tiny", root=root)
    assert record.outcome == "ok"
    (kept,) = [run for run in read_runs("tiny", root=root) if run.id == record.id]
    assert kept.outcome == "ok" and (root / kept.notebook).is_file()
