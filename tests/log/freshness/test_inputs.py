"""A run's outputs are told as stale when the records or the files that they show moved on."""

import pytest
from tests.log.tiny_log import make_log

from labbook.log import trials
from labbook.log.freshness import standing
from labbook.log.freshness.inputs import attempts_in, files_named
from labbook.log.notebook import notebooks, sources
from labbook.log.records.files import path_of_good
from labbook.log.records.key import short_digest
from labbook.log.records.layout import Layout
from labbook.log.runs.run import run_notebook

TRIALS = """
# %%
from pathlib import Path

from labbook.log import trials

reported = Path("reported/losses.csv").read_text()


def measure(size):
    return {"metrics": {"loss": 1 / size}}


found = trials.find(measure, trials.grid(size=[1, 2, 3]))
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A log whose notebook was run, and showed three planned trials and a reported figure."""
    root = make_log(tmp_path_factory.mktemp("log"))
    with open(root / "notebooks" / "tiny.py", "a") as file:
        file.write(TRIALS)
    (root / "notebooks" / "reported").mkdir()
    (root / "notebooks" / "reported" / "losses.csv").write_text("size,loss\n1,1.0\n")
    run = run_notebook("tiny", root=root)
    assert run.outcome == "ok", run.error
    return root


def stale_because(root):
    return standing.rerun_because(sources.load(Layout(root), "tiny"), {})


def measured(root, monkeypatch, sizes):
    """Make the records of trials, as the notebook would, and the files they lie in."""
    monkeypatch.setenv("LABBOOK_ROOT", str(root))
    monkeypatch.setenv("LABBOOK_EXPERIMENT", "tiny")
    names = {}
    exec(TRIALS.split("\n\n\n")[1], {"__name__": "__main__"}, names)
    table = trials.run(names["measure"], trials.grid(size=sizes))
    return [path_of_good(Layout(root).local_records("tiny"), key) for key in table["key"]]


def test_a_run_is_fresh_while_records_and_files_stay(root):
    assert stale_because(root) == []


def test_a_file_that_the_notebook_names_is_named_when_it_changes(root):
    path = root / "notebooks" / "reported" / "losses.csv"
    before = path.read_text()
    path.write_text("size,loss\n1,1.5\n")
    assert stale_because(root) == ["reported/losses.csv changed"]
    path.write_text(before)


def test_a_file_that_is_gone_is_named(root):
    path = root / "notebooks" / "reported" / "losses.csv"
    moved = path.rename(path.with_suffix(".old"))
    assert stale_because(root) == ["reported/losses.csv changed"]
    moved.rename(path)


@pytest.mark.parametrize(
    "sizes, message", [([2], "a record changed"), ([1, 2, 3], "3 records changed")]
)
def test_new_records_of_trials_that_it_shows_are_told(root, monkeypatch, sizes, message):
    paths = measured(root, monkeypatch, sizes)
    assert stale_because(root) == [message]
    for path in paths:
        path.unlink()


def test_records_of_other_trials_are_not(root, monkeypatch):
    measured(root, monkeypatch, [7])
    assert stale_because(root) == []


def test_an_attempt_that_goes_while_it_is_looked_for_is_none(tmp_path):
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy" / "there.attempt.json").touch()
    (tmp_path / "toy" / "gone.attempt.json").symlink_to("nowhere")  # listed, and not there
    assert [name for name, *_ in attempts_in(tmp_path)] == ["there.attempt.json"]


def test_a_sentence_too_long_for_a_name_names_no_file(tmp_path):
    root = make_log(tmp_path)
    with open(root / "notebooks" / "tiny.py", "a") as file:
        file.write(f'\n# %%\nprint("{"损失" * 60}.", "read.csv")\n')
    (root / "notebooks" / "read.csv").touch()
    notebook = notebooks.read(Layout(root).source("tiny"))
    assert list(files_named(notebook, root / "notebooks")) == ["read.csv"]


def test_a_file_that_cannot_be_read_keeps_none_from_being_told(tmp_path):
    notebook = notebooks.reads('# %%\nread("kept.bin", "read.csv")\n')
    (tmp_path / "kept.bin").symlink_to("/proc/self/mem")  # at whose beginning nothing can be read
    (tmp_path / "read.csv").touch()
    assert files_named(notebook, tmp_path) == {"read.csv": short_digest("")}
