"""A small log in git, and JupyterLab on it in a browser."""

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import jupytext
import nbformat
import pytest
from tests.lab.browsed import serve

EXPERIMENT = """\
# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
#   labbook:
#     expt: 1
#     title: A small one
#     date: 2026-11-22
# ---

# %% [markdown]
# # A small one
#
# It counts to three.

# %% tags=["parameters"]
count: int = 3  # how far

# %%
import sys
print("counted", list(range(count)))


# %%
for step in range(count):
    print("\\rstep", step, end="")
count * 14
"""
EXPLORER = """\
# %%
import pandas as pd
from labbook.show import explore

table = pd.DataFrame({"width": [8, 16], "outcome": "ok", "loss": [0.3, 0.1], "key": ["a", "b"]})
histories = {"a": {"loss": [0.9, 0.3]}, "b": {"loss": [0.9, 0.1]}}
explore.explore(table, "loss", caption="Two widths.", histories=histories)
"""
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">\n<rect width="9"/></svg>'
LIBRARY = '"""A library."""\n\nANSWER = 42\n'


@dataclass
class Log:
    """A log of one experiment, ``notebooks/small.py``."""

    root: Path

    @property
    def text(self) -> Path:
        return self.root / "notebooks" / "small.py"

    @property
    def executed(self) -> Path:
        return self.root / "notebooks" / "small.ipynb"

    def recorded_run(self) -> dict | None:
        metadata = json.loads(self.executed.read_text())["metadata"]
        return metadata.get("labbook", {}).get("run")

    def git(self, *arguments: str) -> str:
        identity = ("-c", "user.name=n", "-c", "user.email=e@example.org")
        command = ["git", *identity, *arguments]
        done = subprocess.run(command, cwd=self.root, capture_output=True, text=True, check=True)
        return done.stdout

    def is_clean(self) -> bool:
        return self.git("status", "--porcelain") == ""

    def write_last_run(
        self, text: str = "from the last run\n", run: str = "the recorded run"
    ) -> None:
        """The executed notebook as ``labbook run`` leaves it."""
        notebook = jupytext.reads(EXPERIMENT, fmt="py:percent")
        _, first, second = code = [c for c in notebook.cells if c.cell_type == "code"]
        for count, cell in enumerate(code, 1):
            cell.execution_count = count
        output = nbformat.v4.new_output
        first.outputs = [output("stream", name="stdout", text=text)]
        second.outputs = [
            output("stream", name="stdout", text="\rstep 0\rstep 1"),
            output("stream", name="stdout", text="\rstep 2"),
            output("display_data", {"text/html": "<b>4</b>\n<i>2</i>", "application/x+json": [1]}),
            output("display_data", {"image/svg+xml": SVG, "text/plain": "a figure"}),
            output("execute_result", {"text/plain": "42"}, execution_count=3),
        ]
        notebook.metadata.labbook["date"] = "2026-11-22"
        notebook.metadata.labbook["run"] = {"id": run}
        self.executed.write_text(nbformat.writes(notebook))
        kept = self.root / "runs" / "small" / run / "notebook.ipynb"
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(nbformat.writes(notebook))


@pytest.fixture
def log(tmp_path) -> Log:
    return make_log(tmp_path / "log")


@pytest.fixture(scope="module")
def log_in_lab(tmp_path_factory) -> Log:
    """The log that the one JupyterLab of a module works on: its start takes seconds."""
    return make_log(tmp_path_factory.mktemp("lab") / "log")


def make_log(root: Path) -> Log:
    """The log with its last good run, and a library ``lib/tool.py``; all in git."""
    log = Log(root)
    (log.root / "notebooks").mkdir(parents=True)
    (log.root / "lib").mkdir()
    log.text.write_text(EXPERIMENT)
    (log.root / "notebooks" / "explorer.py").write_text(EXPLORER)
    (log.root / "lib" / "tool.py").write_text(LIBRARY)
    (log.root / "pyproject.toml").write_text('[project]\nname = "log"\n')
    ignored = "/notebooks/*.ipynb\n.ipynb_checkpoints/\n__pycache__/\n/runs/\n"
    (log.root / ".gitignore").write_text(ignored)
    log.git("init", "--quiet")
    log.git("add", ".")
    log.git("commit", "--quiet", "-m", "A log")
    log.write_last_run()
    return log


@pytest.fixture(scope="module")
def browser():
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not chromium or not driver:
        pytest.skip("NO BROWSER: JupyterLab is not tested; install chromium and chromedriver")
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in (
        "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
        "--disable-component-update", "--disable-sync", "--no-first-run",
        "--disable-dev-shm-usage", "--window-size=1400,1000",
    ):  # fmt: skip
        options.add_argument(flag)
    browser = webdriver.Chrome(options, webdriver.ChromeService(driver))
    yield browser
    browser.quit()


@pytest.fixture(scope="module")
def server(log_in_lab):
    """The address of JupyterLab on the log."""
    yield from serve(log_in_lab)
