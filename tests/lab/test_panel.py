"""The panel in JupyterLab: how an experiment stands, Run, progress, its page; Rename, Duplicate."""

import json
import urllib.parse
import urllib.request

import pytest
from selenium.webdriver import ActionChains, Keys
from selenium.webdriver.common.by import By
from tests.lab.browsed import NOTEBOOK, Lab, listed, serve
from tornado.web import HTTPError

from labbook.lab.contents import LogFiles
from labbook.lab.panel import Panel
from labbook.log.records.folder import read_records

TRAINED = """\
# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
#   labbook:
#     expt: 2
#     title: Trained
# ---

# %% tags=["parameters"]
from typing import Literal

profile: Literal["smoke", "demo"] = "demo"  # how much is run

# %%
import time

import tool

from labbook.log import trials


def train(seconds: float, seed: int) -> dict:
    time.sleep(seconds)
    return {"metrics": {"answer": tool.answer()}}


# %%
grid = trials.grid(seconds={"smoke": 0.5, "demo": 3.0}[profile], seed=[0, 1])
table = trials.run(train, grid)
print("trained", len(table))
"""
TOOL = "def answer() -> int:\n    return 42\n"


def add_trained(log):
    (log.root / "notebooks" / "trained.py").write_text(TRAINED)
    (log.root / "lib" / "tool.py").write_text(TOOL)
    log.git("add", ".")
    log.git("commit", "--quiet", "-m", "Trained")
    return log


@pytest.fixture
def trained(log):
    return add_trained(log)


@pytest.fixture(scope="module")
def trained_in_lab(log_in_lab):
    return add_trained(log_in_lab)


@pytest.fixture(scope="module")
def address(trained_in_lab):
    yield from serve(trained_in_lab)


@pytest.fixture(scope="module")
def lab(browser, address):
    """JupyterLab with the experiment and its panel open."""
    browser.get(address)
    lab = Lab(browser)
    lab.open("trained.py", NOTEBOOK)
    tab = "//div[contains(@class,'lm-TabBar-tabLabel') and text()='Experiment']"
    find = browser.find_elements
    lab.wait_for(lambda: find(By.XPATH, tab), "the panel's tab")[0].click()
    return lab


def test_experiment_whose_name_is_no_word_is_known_to_the_panel(trained_in_lab, address):
    (trained_in_lab.root / "notebooks" / "größe-2 (alt).py").write_text(TRAINED)
    name = urllib.parse.quote("größe-2 (alt)")
    base = address.partition("/lab?")[0]
    told = urllib.request.urlopen(f"{base}/labbook/experiments/{name}?token=t").read()
    (trained_in_lab.root / "notebooks" / "größe-2 (alt).py").unlink()
    assert json.loads(told)["experiment"] == "größe-2 (alt)"


def panel_says(lab, text):
    shown = "return document.querySelector('.lb-panel')?.innerText ?? ''"
    lab.wait_for(lambda: text in lab.browser.execute_script(shown), f"{text!r} in the panel")


def press_run(lab):
    button = lab.all_of(".lb-run")[0]
    lab.wait_for(button.is_enabled, "the end of the run before")
    button.click()


def test_panel_says_how_the_experiment_stands_runs_it_and_shows_the_outcome(lab, trained_in_lab):
    panel_says(lab, "never run")
    press_run(lab)
    panel_says(lab, "of 2 trials done")
    panel_says(lab, "fresh")
    panel_says(lab, "demo: 2 of 2 trials")
    panel_says(lab, "trained: ok")
    lab.see("trained 2")


def test_panel_says_stale_when_a_file_of_the_library_is_saved_and_makes_its_trials_again(
    lab, trained_in_lab
):
    (box,) = lab.all_of(".lb-stale")
    assert not box.is_displayed()
    (trained_in_lab.root / "lib" / "tool.py").write_text(TOOL.replace("42", "43"))
    panel_says(lab, "stale")
    panel_says(lab, "tool.answer changed")
    box.click()
    press_run(lab)
    panel_says(lab, "fresh")
    records = read_records("trained", root=trained_in_lab.root)
    assert {record.metrics["answer"] for record in records} == {43}


def test_panel_runs_the_profile_that_is_chosen(lab):
    lab.all_of(".lb-panel select option[value='smoke']")[0].click()
    press_run(lab)
    panel_says(lab, "last run: ok, smoke")


def test_panel_leads_to_the_page_on_the_site(lab, trained_in_lab):
    page = trained_in_lab.root / "_build" / "html" / "notebooks" / "trained.html"
    page.parent.mkdir(parents=True)
    page.write_text("<title>Trained</title>")
    address = "return document.querySelector('.lb-panel a')?.href ?? ''"
    link = lab.wait_for(lambda: lab.browser.execute_script(address), "the link")
    assert link.endswith("/files/_build/html/notebooks/trained.html")


def test_run_begins_where_the_experiment_is_open_as_text(lab, trained_in_lab):
    def entry(text: str) -> list:
        items = lab.all_of(".lm-Menu-item")
        return [item for item in items if item.text.strip() == text and item.is_displayed()]

    ActionChains(lab.browser).context_click(lab.all_of(listed("trained.py"))[0]).perform()
    ActionChains(lab.browser).click(lab.wait_for(lambda: entry("Open With"), "menu")[0]).perform()
    ActionChains(lab.browser).click(lab.wait_for(lambda: entry("Editor"), "menu")[0]).perform()
    lab.wait_for(lambda: lab.all_of(".jp-FileEditor"), "the text")
    panel_says(lab, "trained")
    lab.browser.execute_script("""
        window.alerts = [];
        new MutationObserver(() => document.querySelectorAll('.lb-panel [role=alert]').forEach(
            (alert) => window.alerts.push(alert.textContent))
        ).observe(document.querySelector('.lb-panel'), { childList: true });""")
    press_run(lab)
    panel_says(lab, "Running…")
    lab.wait_for(lambda: lab.all_of(".lb-run")[0].is_enabled(), "the end of the run")
    assert lab.browser.execute_script("return window.alerts") == []


def test_rename_in_the_list_of_files_keeps_the_records(lab, trained_in_lab):
    def begin() -> list:
        lab.all_of(listed("trained.py"))[0].click()
        ActionChains(lab.browser).send_keys(Keys.F2).perform()
        return lab.all_of(".jp-DirListing-editor")

    lab.wait_for(begin, "the name's editor")
    keys = ActionChains(lab.browser).key_down(Keys.CONTROL).send_keys("a").key_up(Keys.CONTROL)
    keys.send_keys("schooled.py", Keys.ENTER).perform()
    lab.wait_for(lambda: lab.all_of(listed("schooled.py")), "the new name")
    assert len(read_records("schooled", root=trained_in_lab.root)) == 4
    panel_says(lab, "schooled")
    panel_says(lab, "demo: 2 of 2 trials")


def test_rename_to_what_is_no_name_is_refused_in_a_sentence(trained):
    files = LogFiles(root_dir=str(trained.root))
    with pytest.raises(HTTPError, match="'My notes' is no name of an experiment"):
        files.rename_file("notebooks/trained.py", "notebooks/My notes.py")
    assert (trained.root / "notebooks" / "trained.py").is_file()


def test_duplicate_gets_the_next_number(trained):
    files = LogFiles(root_dir=str(trained.root))
    assert files.copy("notebooks/trained.py", "notebooks")["path"] == "notebooks/trained_2.py"
    assert files.get("notebooks/trained_2.py")["content"].metadata.labbook["expt"] == 3


def test_other_files_are_copied_and_renamed_as_ever(trained):
    files = LogFiles(root_dir=str(trained.root))
    assert files.copy("lib/tool.py", "lib")["path"] == "lib/tool-Copy1.py"
    files.rename_file("lib/tool-Copy1.py", "lib/other.py")
    assert (trained.root / "lib" / "other.py").is_file()


def test_profiles_begin_with_the_default(trained):
    assert Panel(trained.root).look("trained")["profiles"] == ["demo", "smoke"]


def test_second_run_waits_for_the_first(trained):
    panel = Panel(trained.root)
    panel.run("trained", "smoke")
    with pytest.raises(HTTPError, match="trained is running"):
        panel.run("trained", "smoke")
    panel._begun["trained"].process.wait(60)
    told = panel.look("trained")
    assert told["word"] == "fresh"
    assert told["said"].startswith("trained: ok, ") and "began" not in told["said"]


def test_stale_trials_are_made_again_where_that_is_asked_for(trained):
    panel = Panel(trained.root)
    for text, options in ((TOOL, {}), (TOOL.replace("42", "43"), {"stale": True})):
        (trained.root / "lib" / "tool.py").write_text(text)
        panel.run("trained", "smoke", **options)
        panel._begun["trained"].process.wait(120)
    answers = {record.metrics["answer"] for record in read_records("trained", root=trained.root)}
    assert (answers, panel.look("trained")["word"]) == ({43}, "fresh")
