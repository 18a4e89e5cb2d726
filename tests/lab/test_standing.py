"""What JupyterLab saved stands as it is: edited and not run, undone, or run by hand."""

import nbformat
import pytest
from tests.log.tiny_log import make_log

from labbook.lab.contents import LogFiles
from labbook.log.freshness.standing import standings
from labbook.log.runs.run import run_notebook

PATH = "notebooks/tiny.py"


@pytest.fixture(scope="module")
def run_once(tmp_path_factory):
    root = make_log(tmp_path_factory.mktemp("log"))
    assert run_notebook("tiny", root=root).well
    return root


@pytest.fixture
def editor(run_once):
    """What JupyterLab shows of an experiment that was run, and how it stands once that is saved."""
    files = LogFiles(root_dir=str(run_once))
    before = files.get(PATH)

    def saved(model):
        files.save(dict(model), PATH)
        (one,) = standings(run_once)
        return one

    yield files.get(PATH), saved
    files.save(before, PATH)


def replace(model, old, new):
    cell = next(cell for cell in model["content"].cells if old in cell.source)
    cell.source = cell.source.replace(old, new)
    return cell


def test_edit_that_was_saved_and_not_run_is_stale_and_undone_it_is_fresh(editor):
    model, saved = editor
    replace(model, "ended", "the very end")
    one = saved(model)
    assert (one.word, one.because) == ("stale", ["the notebook's code changed"])
    assert one.last_run.outcome == "ok"
    replace(model, "the very end", "ended")
    assert saved(model).word == "fresh"


def test_outputs_of_another_profile_by_hand_are_not_fresh_when_the_text_is_set_back(editor):
    model, saved = editor
    replace(model, 'profile: Literal["smoke", "demo"] = "smoke"', 'profile: str = "demo"')
    cell = replace(model, "begun with", "begun with")
    cell.outputs = [nbformat.v4.new_output("stream", text="begun with ('demo', 0)\n")]
    assert saved(model).word == "by hand"
    replace(model, 'profile: str = "demo"', 'profile: Literal["smoke", "demo"] = "smoke"')
    assert saved(model).word == "by hand"


KEYED = """\
# ---
# jupyter:
#   labbook: {expt: 1, title: Keyed}
# ---

# %%
from labbook.log import trials
from labbook.show import tables


def train(seed: int) -> dict:
    return {"metrics": {"loss": seed}}


# %%
tables.show(trials.run(train, trials.grid(seed=[0, 1])), "Both trials.")
"""


def test_image_that_was_pasted_into_a_cell_outlives_the_next_run(tmp_path):
    root = make_log(tmp_path)
    files = LogFiles(root_dir=str(root))
    model = files.get(PATH)
    pasted = {"my image.png": {"image/png": "iVBORw0KGgo="}}
    text = "![my image.png](attachment:my%20image.png)"
    model["content"].cells.append(nbformat.v4.new_markdown_cell(text, attachments=pasted))
    files.save(model, PATH)
    assert run_notebook("tiny", root=root).well
    assert files.get(PATH)["content"].cells[-1].attachments == pasted


def test_experiment_that_is_renamed_while_it_is_open_keeps_its_run_when_it_is_saved(tmp_path):
    root = make_log(tmp_path, KEYED, "keyed")
    assert run_notebook("keyed", root=root).well
    files = LogFiles(root_dir=str(root))
    model = files.get("notebooks/keyed.py")
    files.rename("notebooks/keyed.py", "notebooks/locked.py")
    model["content"].cells[0].source += "\n# edited"
    for _ in range(2):  # the editor still shows the former keys when it saves again
        files.save(dict(model), "notebooks/locked.py")
    (one,) = standings(root)
    assert (one.experiment, one.word, one.trials.found) == ("locked", "fresh", 2)
