"""JupyterLab on a log, and what a person does in it in a browser."""

import json
import os
import socket
import subprocess
import time
import urllib.request

from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver import ActionChains, Keys
from selenium.webdriver.common.by import By

from labbook.lab import jupyterlab

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
        shown = "return document.querySelector('.jp-NotebookPanel')?.innerText ?? ''"
        self.wait_for(lambda: text in self.browser.execute_script(shown), f"{text!r} to be seen")


def serve(log_in_lab):
    """Start JupyterLab on a log as ``labbook lab`` does; its address, and its end afterwards."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = log_in_lab.root.parent
    private = {f"JUPYTER_{kind}_DIR": str(folder / kind) for kind in ("CONFIG", "RUNTIME")}
    environment = os.environ | private | {"IPYTHONDIR": str(folder / "ipython")}
    arguments = ["--no-browser", f"--ServerApp.port={port}", "--IdentityProvider.token=t"]
    if os.geteuid() == 0:
        arguments.append("--allow-root")
    with open(folder / "jupyterlab.txt", "w") as output:
        process = subprocess.Popen(
            jupyterlab.command(log_in_lab.root, arguments),
            env=environment,
            stdout=output,
            stderr=output,
        )
    address = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(f"{address}/api", timeout=5)
            break
        except OSError:
            alive = process.poll() is None and time.monotonic() < deadline
            assert alive, (folder / "jupyterlab.txt").read_text()
            time.sleep(0.2)
    yield f"{address}/lab?token=t&reset"
    process.terminate()
    process.wait(60)
