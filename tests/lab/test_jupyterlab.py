"""JupyterLab in a browser: what a double click opens, and that git stays clean."""

import json
import os
import time

import pytest
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver import ActionChains, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select

NOTEBOOK = ".jp-Notebook .jp-Cell"


def listed(name: str) -> str:
    """Selects an entry of the list of files."""
    return f".jp-DirListing-item[title*='Name: {name}']"


class Lab:
    """What a person sees and does in JupyterLab."""

    def __init__(self, browser):
        self.browser = browser

    def wait_for(self, condition, what: str, timeout_s: float = 120):
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            try:
                if found := condition():
                    return found
            except (StaleElementReferenceException, json.JSONDecodeError):
                pass  # JupyterLab drew or wrote it anew while it was looked at
            time.sleep(0.1)
        raise AssertionError(f"not within {timeout_s} s: {what}")

    def all_of(self, selector: str) -> list:
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def click_until(self, double: bool, find, selector: str, timeout_s: float = 120):
        """Click what ``find`` finds until ``selector`` shows: a busy page can miss a click."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            target = self.wait_for(find, f"what opens {selector}")
            try:
                keys = ActionChains(self.browser)
                (keys.double_click(target) if double else keys.click(target)).perform()
                return self.wait_for(lambda: self.all_of(selector), selector, timeout_s=10)
            except (StaleElementReferenceException, AssertionError):
                continue
        raise AssertionError(f"not within {timeout_s} s: {selector}")

    def open(self, name: str, shows: str) -> list:
        """Double click a name in the list of files, and give what ``shows`` selects then."""

        def item():
            items = self.all_of(".jp-DirListing-item")
            return next((item for item in items if item.text.split("\n")[0] == name), None)

        return self.click_until(True, item, shows)

    def choose(self, menu: str, command: str) -> None:
        entry = f"//li[contains(@class, 'lm-MenuBar-item')]//div[text()='{menu}']"
        self.browser.find_element(By.XPATH, entry).click()
        selector = f".lm-Menu-item[data-command='{command}']"
        self.wait_for(lambda: self.all_of(selector), f"{command} in the menu")[0].click()

    def run_all(self) -> None:
        """Run all cells, once the kernel is there: JupyterLab forgets what it is told before."""
        idle = ".jp-NotebookPanel:not(.lm-mod-hidden) [data-status='idle']"
        self.wait_for(lambda: self.all_of(idle), "an idle kernel")
        self.choose("Run", "runmenu:run-all")

    def save(self, *paths) -> None:
        """Press Ctrl+S, and wait until all the files were written."""

        def times() -> list[int]:
            return [path.stat().st_mtime_ns if path.exists() else 0 for path in paths]

        before = times()
        keys = ActionChains(self.browser)
        keys.key_down(Keys.CONTROL).send_keys("s").key_up(Keys.CONTROL).perform()
        self.wait_for(
            lambda: all(now > then for now, then in zip(times(), before, strict=True)),
            f"{', '.join(path.name for path in paths)} to be saved",
        )

    def edit_first_cell(self, text: str) -> None:
        """Add a line to the Markdown on top, and leave it unsaved."""
        cell = self.all_of(NOTEBOOK)[0]
        ActionChains(self.browser).double_click(cell).perform()
        editor = f"{NOTEBOOK}.jp-mod-active .cm-content[contenteditable='true']"
        self.wait_for(lambda: self.all_of(editor), "the editor of the cell")[0].click()
        keys = ActionChains(self.browser).key_down(Keys.CONTROL).send_keys(Keys.END)
        keys.key_up(Keys.CONTROL).send_keys(Keys.ENTER, Keys.ENTER, text).perform()
        self.wait_for(lambda: self.all_of(".jp-mod-dirty"), "unsaved edits")

    def see(self, text: str) -> None:
        script = "return document.querySelector('.jp-NotebookPanel')?.innerText ?? ''"
        self.wait_for(lambda: text in self.browser.execute_script(script), f"{text!r} to be seen")


@pytest.fixture
def lab(browser, server) -> Lab:
    browser.get(server)
    return Lab(browser)


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
    lab.click_until(False, lambda: next(iter(lab.all_of(home)), None), listed("lib"))
    lab.open("lib", listed("tool.py"))
    lab.open("tool.py", ".jp-FileEditor")
    assert lab.all_of(".jp-NotebookPanel") == []
    lab.wait_for(log_in_lab.is_clean, "git status to be clean")


def test_the_explorer_of_trials_responds(lab, log_in_lab):
    lab.open("explorer.py", NOTEBOOK)[0].click()
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
