"""JupyterLab in a browser: what a double click opens, and that git stays clean."""

import time

import pytest
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver import ActionChains, Keys
from selenium.webdriver.common.by import By


class Lab:
    """What a person sees and does in JupyterLab."""

    def __init__(self, browser):
        self.browser = browser

    def wait_for(self, condition, what: str, timeout_s: float = 60):
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            try:
                if found := condition():
                    return found
            except StaleElementReferenceException:
                pass  # JupyterLab drew it anew while it was looked at
            time.sleep(0.1)
        raise AssertionError(f"not within {timeout_s} s: {what}")

    def all_of(self, selector: str) -> list:
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def open(self, name: str) -> None:
        def double_click():
            for item in self.all_of(".jp-DirListing-item"):
                if item.text.split("\n")[0] == name:
                    ActionChains(self.browser).double_click(item).perform()
                    return True
            return False

        self.wait_for(double_click, f"{name} in the list of files")

    def choose(self, menu: str, command: str) -> None:
        entry = f"//li[contains(@class, 'lm-MenuBar-item')]//div[text()='{menu}']"
        self.browser.find_element(By.XPATH, entry).click()
        selector = f".lm-Menu-item[data-command='{command}']"
        self.wait_for(lambda: self.all_of(selector), f"{command} in the menu")[0].click()

    def save(self) -> None:
        keys = ActionChains(self.browser)
        keys.key_down(Keys.CONTROL).send_keys("s").key_up(Keys.CONTROL).perform()

    def see(self, text: str) -> None:
        shown = "return document.querySelector('.jp-NotebookPanel')?.innerText ?? ''"
        self.wait_for(lambda: text in self.browser.execute_script(shown), f"{text!r} to be seen")


@pytest.fixture
def lab(browser, server) -> Lab:
    browser.get(server)
    return Lab(browser)


def test_an_experiment_opens_runs_and_is_saved_with_git_clean(lab, log_in_lab):
    log = log_in_lab
    lab.open("small.py")  # the list of files begins in notebooks/
    lab.see("from the last run")

    before = log.executed.stat().st_mtime_ns
    lab.all_of(".jp-Notebook .jp-Cell")[0].click()
    lab.save()
    lab.wait_for(lambda: log.executed.stat().st_mtime_ns > before, "saving without edits")
    lab.wait_for(log.recorded_run, "the record of the last run: its outputs are still there")
    assert log.git("status", "--porcelain") == ""

    lab.choose("Run", "runmenu:run-all")
    lab.see("counted [0, 1, 2]")
    lab.see("step 2")
    lab.save()
    lab.wait_for(lambda: "counted [0, 1, 2]" in log.executed.read_text(), "the saved outputs")
    lab.wait_for(lambda: log.recorded_run() is None, "outputs that claim no recorded run")
    assert log.git("status", "--porcelain") == ""


def test_the_library_opens_as_text(lab, log_in_lab):
    lab.wait_for(lambda: lab.all_of(".jp-BreadCrumbs-home"), "the list of files")[0].click()
    lab.open("lib")
    lab.open("tool.py")
    lab.wait_for(lambda: lab.all_of(".jp-FileEditor"), "a text editor")
    assert lab.all_of(".jp-NotebookPanel") == []
    assert log_in_lab.git("status", "--porcelain") == ""
