"""One log in several clones: what is published makes the page, and git merges it."""

import json
import os
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
from tests.log.tiny_log import make_log

from labbook import cli
from labbook.commands.publish import publish
from labbook.log.freshness.standing import standings
from labbook.log.records.folder import read_records
from labbook.log.records.layout import Layout
from labbook.log.records.run_record import last_good_run
from labbook.log.runs.run import run_notebook

TEXT = """
# %% tags=["parameters"]
profile: str = "full"

# %%
from labbook.log import trials


def train(width):
    return {"metrics": {"loss": 1 / width}}


trials.run(train, trials.grid(width=[1, 2, 3] if profile == "full" else [1]))
"""


@pytest.fixture
def root(tmp_path) -> Path:
    """A log whose page shows a full run, whose trials ended well."""
    root = make_log(tmp_path / "log", TEXT)
    assert run_notebook("tiny", root=root).well
    return root


def test_page_from_published_records_alone_in_a_fresh_clone(root, tmp_path, monkeypatch):
    monkeypatch.setenv("LABBOOK_ROOT", str(root))
    git(root, "init", "-q")
    (root / ".gitignore").write_text("/runs/\n/notebooks/*.ipynb\n")
    cli.main(["publish", "tiny", "--yes"], standalone_mode=False)
    git(root, "add", "-A")
    git(root, "commit", "-qm", "one")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", str(root), str(clone))
    monkeypatch.setenv("LABBOOK_ROOT", str(clone))
    record = run_notebook("tiny", root=clone, records_only=True)
    assert (record.well, last_good_run("tiny", clone).profile, record.records_only) == (
        True,
        "full",
        True,
    )
    assert {entry["outcome"] for entry in record.plan.to_run} == {"ok"}
    assert not list((clone / "runs" / "records").rglob("*.json"))


def test_two_people_publish_the_same_trials_and_git_merges_plans_and_leaves_records_whole(
    root, tmp_path
):
    shutil.copy(Path(__file__).parents[3] / ".gitattributes", root)
    (root / ".gitignore").write_text("/runs/\n/notebooks/*.ipynb\n")
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "one")
    git(tmp_path, "clone", "-q", str(root), str(tmp_path / "other"))
    for place, widths in ((root, "[1, 2, 3, 4]"), (tmp_path / "other", "[1, 2, 3, 5]")):
        text = Layout(place).source("tiny")
        text.write_text(text.read_text().replace("[1, 2, 3]", widths))
        assert run_notebook("tiny", root=place).well
        environment = os.environ | {"LABBOOK_ROOT": str(place)}
        command = [sys.executable, "-m", "labbook", "publish", "tiny", "--yes"]
        subprocess.run(command, env=environment, check=True)
        git(place, "checkout", "-q", "notebooks/tiny.py")
    other = tmp_path / "other"
    for place in (root, other):
        git(place, "add", "-A")
        git(place, "commit", "-qm", "published")
    pull = ("pull", "-q", "--no-rebase", "--no-edit", "origin", "HEAD")
    with pytest.raises(subprocess.CalledProcessError):  # both made three trials: the times differ
        git(other, *pull)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # and yet each record is whole
        assert len(read_records("tiny", root=other)) == 5
    git(other, "add", "-A")
    git(other, "commit", "-qm", "merged")
    assert publish("tiny", other, confirm=lambda text: False).unchanged == 4
    lines = (Layout(other).published_records("tiny") / "plans/full.jsonl").read_text().splitlines()
    widths = sorted({json.loads(line)["configuration"]["width"] for line in lines})
    assert widths == [1, 2, 3, 4, 5]


def test_pulling_what_a_colleague_published_changes_nothing_where_the_numbers_are_equal(
    root, tmp_path
):
    (root / ".gitignore").write_text("/runs/\n/notebooks/*.ipynb\n")
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "one")
    other = tmp_path / "other"
    git(tmp_path, "clone", "-q", str(root), str(other))
    assert run_notebook("tiny", root=other).well
    publish("tiny", root, confirm=lambda text: True)
    git(root, "add", "-A")
    git(root, "commit", "-qm", "published")
    git(other, "pull", "-q")
    asked = []
    assert publish("tiny", other, confirm=asked.append).unchanged == 3
    assert (asked, standings(other)[0].word, standings(root)[0].word) == ([], "fresh", "fresh")


def git(folder, *arguments):
    identity = ("-c", "user.name=A", "-c", "user.email=a@b")
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)
