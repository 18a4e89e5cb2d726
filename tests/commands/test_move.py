"""A renamed experiment keeps number, records, runs and standing; nothing is trained again."""

import os
import subprocess
import sys

import pytest
from tests.log.records.whole import a_record
from tests.log.tiny_log import make_log

from labbook.commands.move import move
from labbook.log.freshness.standing import standings
from labbook.log.records.folder import read_records, write_record
from labbook.log.records.key import record_key
from labbook.log.records.plan import Plan, publish_plan, read_published_plans
from labbook.log.records.run_record import last_good_run, read_runs

FIRST = """\
# ---
# jupyter:
#   labbook:
#     expt: 7
#     title: First
# ---
# %%
import numpy as np

from labbook.log import trials
from labbook.show import tables


def train(seed: int) -> dict:
    open("trained", "a").write("x")
    if seed == 2:
        raise ValueError("two")
    return {"metrics": {"loss": 1.0}, "artifacts": {"x": np.ones(2)}}

# %%
table = trials.run(train, trials.grid(seed=[0, 1]))
tables.show(table, "Trials.")
"""
SECOND = """\
# %%
from labbook.log import trials
from labbook.show import tables


def train(seed: int) -> dict:
    raise RuntimeError("is of the other experiment")

# %%
table = trials.find(train, trials.grid(seed=[0, 1]), experiment="first")
tables.show(table, "Trials of another experiment.")
"""


def labbook(root, *arguments):
    command = [sys.executable, "-m", "labbook", *arguments]
    environment = os.environ | {"LABBOOK_ROOT": str(root), "LABBOOK_RUN_FOLDER": ""}
    return subprocess.run(command, env=environment, capture_output=True, text=True)


@pytest.fixture(scope="module")
def before(tmp_path_factory):
    """A log whose first experiment was run, published and shown by the second; its standings."""
    root = make_log(tmp_path_factory.mktemp("log"), FIRST, "first")
    make_log(root, SECOND, "second")
    assert labbook(root, "run", "first", "second").returncode == 0
    assert labbook(root, "publish", "first", "--yes").returncode == 0
    return root, standings(root)


@pytest.fixture(scope="module")
def moved(before):
    """The log after its first experiment was renamed, and what the command said."""
    root, _ = before
    records = {r.configuration["seed"]: r for r in read_records("first", root=root)}
    done = labbook(root, "mv", "first", "begun")
    assert done.returncode == 0, done.stderr
    return root, records, done.stdout


def test_it_says_what_went_along_and_who_still_says_the_former_name(moved):
    _, _, said = moved
    assert said == (
        "first is begun now: 2 records and 1 run went with it.\n"
        "first is still named in notebooks/second.py:10.\n"
    )


def test_nothing_of_the_former_name_is_left(moved):
    root = moved[0]
    assert not [path for path in root.rglob("*") if path.stem == "first"]
    texts = [*root.rglob("*.json*"), root / "notebooks" / "begun.ipynb"]
    assert not [path for path in texts if '"first' in path.read_text()]


def test_records_are_the_same_under_keys_that_fit(moved):
    root, records, _ = moved
    after = read_records("begun", root=root)
    assert sorted(record.configuration["seed"] for record in after) == sorted(records)
    for record in after:
        was = records[record.configuration["seed"]]
        assert (record.metrics, record.start, record.end) == (was.metrics, was.start, was.end)
        assert record.key != was.key and record.function == "begun.train"
        assert list(record.load_artifacts()["x"]) == [1, 1]


def test_experiment_stands_as_before(before, moved):
    was = before[1][0]
    (now,) = standings(moved[0], ["begun"])
    assert (now.word, now.because) == (was.word, was.because) == ("fresh", [])
    assert (now.trials.planned, now.trials.found) == (2, 2)
    assert now.published.keys() == was.published.keys()


def test_page_of_another_experiment_finds_the_trials_that_it_shows(before, moved):
    (now,) = standings(moved[0], ["second"])
    assert now.trials.looked_up == before[1][1].trials.looked_up == 2


def test_runs_are_kept(moved):
    root = moved[0]
    (run,) = read_runs("begun", root=root)
    assert (root / run.notebook).is_file() and run.experiment == "begun"
    assert last_good_run("begun", root).id == run.id


def test_page_leads_to_the_records_under_their_new_keys(moved):
    root, records, _ = moved
    page = (root / "notebooks" / "begun.ipynb").read_text()
    assert all(record.key in page for record in read_records("begun", root=root))
    assert not any(record.key in page for record in records.values())


def test_nothing_is_trained_again(moved):
    root = moved[0]
    (root / "conf.py").touch()
    done = labbook(root, "run", "begun", "--if-stale")
    assert done.stdout == "begun: fresh, nothing to run\n"
    assert labbook(root, "run", "begun").returncode == 0
    assert (root / "notebooks" / "trained").read_text() == "xx"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("tinny", "x", "there is no experiment 'tinny'; did you mean tiny?"),
        ("tiny", "My notes", "'My notes' is no name of an experiment"),
        ("tiny", "numpy", "'numpy' is the name of a module, which notebooks/numpy.py would hide"),
        ("tiny", "records", "'records' is no name"),
        ("tiny", "other", "other.py is there already"),
    ],
)
def test_bad_names_are_told_and_nothing_is_moved(tmp_path, old, new, says):
    make_log(make_log(tmp_path), "# %%\n1\n", "other")
    with pytest.raises((ValueError, OSError), match=says.replace("?", r"\?")):
        move(old, new, tmp_path)
    assert sorted(p.name for p in (tmp_path / "notebooks").glob("*.py")) == ["other.py", "tiny.py"]


def test_what_cannot_be_copied_leaves_all_as_it_was(tmp_path):
    root = make_log(tmp_path)
    folder = root / "docs" / "records" / "tiny"
    folder.mkdir(parents=True)
    keys = [record_key(f"{name}.train", {"width": 3}, "") for name in ("tiny", "small")]
    write_record(a_record(experiment="tiny", function="tiny.train", key=keys[0]), folder)
    for key in keys:
        (folder / f"{key}.npz").touch()  # both would have one name
    before = sorted(root.rglob("*"))
    with pytest.raises(FileExistsError):
        move("tiny", "small", root)
    assert [p for p in sorted(root.rglob("*")) if p.name != ".new.lock"] == before


def test_what_cannot_be_rewritten_elsewhere_can_be_given_again(tmp_path):
    root = make_log(tmp_path)
    folder = root / "docs" / "records" / "tiny"
    folder.mkdir(parents=True)
    key = record_key("tiny.train", {"width": 3}, "")
    write_record(a_record(experiment="tiny", function="tiny.train", key=key), folder)
    in_the_way = root / "notebooks" / "other.ipynb"
    in_the_way.mkdir()
    with pytest.raises(IsADirectoryError):
        move("tiny", "small", root)
    in_the_way.rmdir()
    assert move("tiny", "small", root) == "tiny is small now: 1 record and 0 runs went with it."


def test_damaged_record_goes_along_as_it_is(tmp_path):
    root = make_log(tmp_path)
    folder = root / "docs" / "records" / "tiny"
    folder.mkdir(parents=True)
    (folder / "0123456789abcdef.json").write_text("{")
    move("tiny", "small", root)
    assert (root / "docs" / "records" / "small" / "0123456789abcdef.json").read_text() == "{"


def test_trial_that_is_only_planned_gets_its_new_key_whatever_its_texts_hold(tmp_path):
    root = make_log(tmp_path)
    configuration = {"text": "two\u2028lines"}
    key = record_key("tiny.train", configuration, "")
    trial = {"key": key, "function": "tiny.train", "data_digest": ""}
    folder = root / "docs" / "records"
    publish_plan(folder / "tiny", "full", Plan([trial | {"configuration": configuration}]))
    move("tiny", "small", root)
    (planned,) = read_published_plans(folder / "small")["full"].to_run
    assert planned["key"] == record_key("small.train", configuration, "")
