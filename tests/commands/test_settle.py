"""A merge that git stopped at published records goes on where both sides give the same."""

import dataclasses
import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from tests.commands.test_publish import record

from labbook.cli import main
from labbook.log.freshness.acceptance import read_acceptances
from labbook.log.records.folder import read_record, write_record
from labbook.log.records.layout import Layout

EARLIER, LATER = "2026-11-22T09:00:00+00:00", "2026-11-22T10:00:00+00:00"


def git(folder, *arguments, check=True):
    identity = ("-c", "user.name=A", "-c", "user.email=a@b")
    command = ["git", *identity, *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=check)


def publish(folder, loss=0.25, start=LATER, arrays=None, code="a" * 16):
    """Commit one published record, as a clone's owner does."""
    published = Layout(folder).published_records("toy")
    published.mkdir(parents=True, exist_ok=True)
    made = dataclasses.replace(
        record(1, loss, artifacts=list(arrays or {}), provenance={"code_digest": code}),
        start=start,
        end="2026-11-22T11:00:00+00:00",
    )
    write_record(made, published, arrays)
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "published")
    return published / f"{made.key}.json"


@pytest.fixture
def clones(tmp_path):
    """Two clones of a log of one experiment."""
    here, there = tmp_path / "here", tmp_path / "there"
    (here / "notebooks").mkdir(parents=True)
    (here / "notebooks/toy.py").touch()
    shutil.copy(Path(__file__).parents[2] / ".gitattributes", here)
    git(here, "init", "-q", "-b", "main")
    git(here, "add", "-A")
    git(here, "commit", "-qm", "begun")
    git(tmp_path, "clone", "-q", here, there)
    return here, there


def merged(here, there):
    """What ``labbook publish`` says after git has stopped at a merge."""
    assert git(here, "pull", "-q", "--no-rebase", there, "main", check=False).returncode
    return CliRunner().invoke(main, ["publish", "toy"], env={"LABBOOK_ROOT": str(here)})


def unmerged(here):
    return git(here, "ls-files", "--unmerged").stdout


@pytest.mark.parametrize("starts", [(EARLIER, LATER), (LATER, EARLIER)])
def test_of_equal_records_the_earlier_one_stays_and_the_merge_goes_on(clones, starts):
    here, there = clones
    path = publish(here, start=starts[0])
    publish(there, start=starts[1])
    done = merged(here, there)
    assert done.output.startswith("toy: 1 record published by both, equal: the earlier ones stay.")
    assert (done.exit_code, unmerged(here)) == (0, "")
    git(here, "commit", "-qm", "merged")
    assert read_record(path).start == EARLIER


def test_arrays_stay_with_the_record_that_they_belong_to(clones):
    here, there = clones
    path = publish(here, start=LATER, arrays={"filters": np.ones(3)})
    publish(there, start=EARLIER, arrays={"filters": np.ones(3)})
    merged(here, there)
    assert unmerged(here) == ""
    assert read_record(path).load_artifacts()["filters"].tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    ("theirs", "says"),
    [
        ({"loss": 0.5}, "metric  loss"),
        ({"code": "b" * 16}, "they were made by other code"),
        ({"arrays": {"filters": np.zeros(3)}}, "3 of 3 elements"),
    ],
)
def test_what_differs_is_told_and_waits_for_a_person(clones, theirs, says):
    here, there = clones
    arrays = {"filters": np.ones(3)}
    path = publish(here, arrays=arrays, start=EARLIER)
    publish(there, **{"arrays": arrays, **theirs})
    before = path.read_bytes()
    done = merged(here, there)
    assert says in done.output and "git checkout --ours docs/records/toy/KEY.json" in done.output
    assert path.name in unmerged(here) and path.read_bytes() == before


def test_what_git_does_not_add_is_told_and_waits(clones):
    here, there = clones
    path = publish(here, start=EARLIER)
    publish(there)
    assert git(here, "pull", "-q", "--no-rebase", there, "main", check=False).returncode
    (here / ".git/index.lock").touch()
    done = CliRunner().invoke(main, ["publish", "toy"], env={"LABBOOK_ROOT": str(here)})
    assert "git does not add it: " in done.output and "index.lock" in done.output
    assert read_record(path).start == EARLIER
    (here / ".git/index.lock").unlink()
    CliRunner().invoke(main, ["publish", "toy"], env={"LABBOOK_ROOT": str(here)})
    assert not unmerged(here)


def accept(folder, because, date="2026-11-22", text=""):
    entry = {"date": date, "by": "A", "because": because, "code": {"toy.train": {"a": because}}}
    path = Layout(folder).published_records("toy") / "accepted.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text or json.dumps({"schema": 1, "accepted": [entry]}, indent=1))
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "accepted")
    return path


def test_what_both_have_accepted_is_joined_and_the_merge_goes_on(clones):
    here, there = clones
    accept(here, "a comment", "2026-11-23")
    accept(there, "a name")
    done = merged(here, there)
    assert done.output.startswith("toy: what both have accepted is joined.\n\ngit commit")
    assert [entry.because for entry in read_acceptances("toy", here)] == ["a name", "a comment"]
    assert unmerged(here) == ""


def test_acceptances_that_cannot_be_read_wait_for_a_person(clones):
    here, there = clones
    path = accept(here, "a comment")
    accept(there, "a name", text="{")
    done = merged(here, there)
    assert "accepted.json of one side is gone, or damaged: take the other's" in done.output
    assert "goes on" not in done.output
    assert path.name in unmerged(here)
