"""JupyterLab shows captions, links to records, citations and a run's parameters; it begins more."""

import json
import urllib.error
import urllib.request

import pytest
from selenium.webdriver.common.by import By
from tests.lab.browsed import NOTEBOOK, Lab, serve

from labbook.lab import outputs
from labbook.lab.contents import LogFiles

SHOWN = """\
# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
#   labbook:
#     expt: 2
#     title: Shown
# ---

# %% [markdown]
# As others did <cite data-cite="Somebody2020"/>, after them.

# %% tags=["parameters"]
from typing import Literal

profile: Literal["smoke", "demo"] = "demo"  # how much is run

# %%
import matplotlib.pyplot as plt

from labbook.log import trials
from labbook.show import figures, tables


def train(seed: int) -> dict:
    return {"metrics": {"loss": seed}}


print("made as", profile)
table = trials.run(train, trials.grid(seed=[0, 1]))
tables.show(table, "Both trials.")

# %%
figure, axis = plt.subplots()
axis.plot([1, 2], [3, 4])
axis.set(xlabel="epoch", ylabel="loss")
figures.show(figure, "The loss of both.")
"""


@pytest.fixture(scope="module")
def shown_in_lab(log_in_lab):
    (log_in_lab.root / "notebooks" / "shown.py").write_text(SHOWN)
    log_in_lab.git("add", ".")
    log_in_lab.git("commit", "--quiet", "-m", "Shown")
    return log_in_lab


@pytest.fixture(scope="module")
def address(shown_in_lab):
    yield from serve(shown_in_lab)


@pytest.fixture(scope="module")
def lab(browser, address):
    """JupyterLab with the experiment, run as smoke by its panel."""
    browser.get(address)
    lab = Lab(browser)
    lab.open("shown.py", NOTEBOOK)
    tab = "//div[contains(@class,'lm-TabBar-tabLabel') and text()='Experiment']"
    lab.wait_for(lambda: browser.find_elements(By.XPATH, tab), "the panel's tab")[0].click()
    chosen = ".lb-panel select option[value='smoke']"
    lab.wait_for(lambda: lab.all_of(chosen), "the profiles")[0].click()
    lab.all_of(".lb-run")[0].click()
    lab.see("made as smoke")
    return lab


def test_figure_has_its_caption(lab):
    caption = lab.wait_for(lambda: lab.all_of(".lb-figure figcaption"), "the caption")[0]
    assert caption.text == "The loss of both."


def test_figure_is_drawn(lab):
    wide = "return document.querySelector('.lb-figure img')?.naturalWidth ?? 0"
    assert lab.wait_for(lambda: lab.browser.execute_script(wide), "the figure") > 300


def test_row_of_a_trial_leads_to_its_record(lab, shown_in_lab, address):
    link = lab.wait_for(lambda: lab.all_of(".lb-record a"), "a link")[0].get_attribute("href")
    key = link.rpartition("/")[2]
    assert "/labbook/records/shown/" in link
    said = urllib.request.urlopen(f"{link}?token=t").read().decode()
    assert "metrics" in said  # no site was rendered
    page = shown_in_lab.root / "_build" / "html" / "records" / "shown" / f"{key}.html"
    page.parent.mkdir(parents=True)
    page.write_text("<title>The record</title>")
    request = urllib.request.Request(link, headers={"Authorization": "token t"})
    assert urllib.request.urlopen(request).read() == b"<title>The record</title>"


def test_record_that_is_not_there_is_a_sentence(address):
    base = address.partition("/lab?")[0]
    with pytest.raises(urllib.error.HTTPError) as raised:
        urllib.request.urlopen(f"{base}/labbook/records/shown/{'0' * 16}?token=t")
    assert raised.value.code == 400


def test_citation_ends_where_it_should(lab):
    style = """const paragraph = document.querySelector('.jp-RenderedMarkdown p');
        const after = paragraph.lastChild;
        return [paragraph.innerText, after.nodeType === Node.TEXT_NODE, after.textContent]"""
    assert lab.browser.execute_script(style) == [
        "As others did [Somebody2020], after them.",
        True,
        ", after them.",
    ]


def test_other_parameters_of_the_run_are_told_above_its_outputs(lab):
    line = lab.wait_for(lambda: lab.all_of(".lb-differs"), "the line")[0]
    said = "The outputs are of a run with other parameters: profile was 'smoke', and is 'demo' in"
    lab.wait_for(lambda: line.text.startswith(said), "the parameters")
    cells = lab.all_of(".jp-Notebook")[0]
    assert line.location["y"] + line.size["height"] <= cells.location["y"]
    at_its_middle = """const box = arguments[0].getBoundingClientRect();
        return document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2)"""
    assert lab.browser.execute_script(at_its_middle, line) == line  # and nothing hides it
    assert len(lab.all_of(".lb-differs")) == 1


def test_line_goes_when_cells_are_run(lab):
    lab.run_all()
    lab.wait_for(lambda: not lab.all_of(".lb-differs")[0].is_displayed(), "the line gone")


def begin(lab, title):
    """Open a launcher, click its card, and answer."""
    next(b for b in lab.all_of(".lm-TabBar-addButton") if b.is_displayed()).click()
    card = ".jp-LauncherCard[title='New experiment']"
    cards = lab.wait_for(lambda: [c for c in lab.all_of(card) if c.is_displayed()], "the card")
    cards[0].click()
    field = lab.wait_for(lambda: lab.all_of(".jp-Dialog input"), "the question for a title")[0]
    field.send_keys(f"{title}\n")


def test_card_begins_an_experiment(lab, shown_in_lab):
    begin(lab, "Does more help?")
    made = shown_in_lab.root / "notebooks" / "does_more_help.py"
    lab.wait_for(made.is_file, "the notebook")
    assert "#     expt: 3\n" in made.read_text()
    tab = "//div[contains(@class,'lm-TabBar-tabLabel') and text()='does_more_help.py']"
    lab.wait_for(lambda: lab.browser.find_elements(By.XPATH, tab), "the open notebook")


def test_card_says_in_a_sentence_why_there_is_none(lab):
    begin(lab, "Does more help?")
    said = "return document.querySelector('.jp-Dialog')?.innerText ?? ''"
    there = "is there already: choose another title."
    lab.wait_for(lambda: there in lab.browser.execute_script(said), "the sentence")


def test_what_differs_is_never_saved(log):
    run = {"id": "r", "parameters_used": {"count": 7}}
    notebook = json.loads(log.executed.read_text())
    notebook["metadata"]["labbook"]["run"] = run
    log.executed.write_text(json.dumps(notebook))
    files = LogFiles(root_dir=str(log.root))
    model = files.get("notebooks/small.py")
    differs = model["content"].metadata[outputs.LOADED]["differs"]
    assert differs == ["count was 7, and is 3 in the text"]
    files.save(model, "notebooks/small.py")
    assert "in the text" not in log.executed.read_text() + log.text.read_text()
