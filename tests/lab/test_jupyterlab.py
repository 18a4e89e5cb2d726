"""JupyterLab in a browser: what a double click opens, and that git stays clean."""

import os
import urllib.request

import pytest
from selenium.webdriver.support.ui import Select
from tests.lab.browsed import NOTEBOOK, Lab, listed

from labbook.lab.jupyterlab import EXTENSIONS


@pytest.fixture
def lab(browser, server) -> Lab:
    browser.get(server)
    return Lab(browser)


@pytest.mark.parametrize("script", list(EXTENSIONS.rglob("*.js")), ids=lambda path: path.stem)
def test_a_browser_asks_each_time_whether_a_script_of_ours_has_changed(server, script):
    base = server.partition("/lab?")[0]
    address = f"{base}/lab/extensions/{script.relative_to(EXTENSIONS)}"
    assert urllib.request.urlopen(address).headers["Cache-Control"] == "no-cache"


def test_an_experiment_opens_runs_and_is_saved_with_git_clean(lab, log_in_lab):
    log = log_in_lab
    lab.open("small.py", NOTEBOOK)  # the list of files begins in notebooks/
    lab.see("from the last run")
    lab.wait_for(lambda: lab.all_of(".jp-RenderedSVG"), "the figure of the last run")

    lab.all_of(".jp-Notebook .jp-Cell")[0].click()
    lab.save(log.executed, log.text)
    lab.wait_for(log.recorded_run, "the record of the last run: its outputs are still there")
    lab.wait_for(log.is_clean, "git status to be clean")

    lab.run_all()
    lab.see("counted [0, 1, 2]")
    lab.see("step 2")
    lab.save(log.executed, log.text)
    lab.wait_for(lambda: "counted [0, 1, 2]" in log.executed.read_text(), "the saved outputs")
    lab.wait_for(lambda: log.recorded_run() is None, "outputs that claim no recorded run")
    lab.wait_for(log.is_clean, "git status to be clean")


def test_a_run_that_ends_while_edits_are_unsaved_loses_neither(lab, log_in_lab):
    log = log_in_lab
    log.write_last_run(text="before the run\n", run="an older run")
    lab.open("small.py", NOTEBOOK)
    lab.see("before the run")
    lab.edit_first_cell("It counts on and on.")
    log.write_last_run(text="from a newer run\n", run="the newer run")  # the run ends
    text = log.text.stat()
    os.utime(log.executed, ns=(text.st_atime_ns, text.st_mtime_ns))
    lab.save(log.text)
    assert lab.all_of(".jp-Dialog") == []
    lab.wait_for(lambda: "It counts on and on." in log.text.read_text(), "the edited text")
    lab.wait_for(lambda: log.recorded_run() == {"id": "the newer run"}, "the newer run's record")
    assert "from a newer run" in log.executed.read_text()
    log.git("checkout", "--", "notebooks/small.py")


def test_the_library_opens_as_text(lab, log_in_lab):
    home = ".jp-BreadCrumbs-home"
    lab.wait_for(lambda: lab.all_of(listed("small.py")), "the list to be in notebooks/ first")
    lab.click_until(False, lambda: next(iter(lab.all_of(home)), None), listed("lib"))
    lab.open("lib", listed("tool.py"))
    lab.open("tool.py", ".jp-FileEditor")
    assert lab.all_of(".jp-NotebookPanel") == []
    lab.wait_for(log_in_lab.is_clean, "git status to be clean")


def test_the_explorer_of_trials_responds(lab, log_in_lab):
    lab.open("explorer.py", NOTEBOOK)
    lab.wait_for(lambda: lab.all_of(NOTEBOOK)[0].click() is None, "the first cell")
    lab.run_all()
    menu = lab.wait_for(lambda: lab.all_of(".jp-OutputArea-output select"), "a menu of widths")[0]
    assert len(lab.all_of("tr.chosen")) == 2
    Select(menu).select_by_visible_text("16")
    lab.wait_for(lambda: len(lab.all_of("tr.chosen")) == 1, "one chosen row")
    assert "16" in lab.all_of("tr.chosen")[0].text
    assert lab.all_of(".jp-OutputArea-output .widget-html svg")
    executed = log_in_lab.root / "notebooks" / "explorer.ipynb"
    lab.save(executed, executed.with_suffix(".py"))
    lab.wait_for(lambda: "svg+xml" in executed.read_text(), "the static figure")
    lab.wait_for(log_in_lab.is_clean, "git status to be clean")
