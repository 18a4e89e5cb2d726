"""Records follow a function or a parameter that was renamed in the text."""

import dataclasses
import json

import numpy as np
import pytest

from labbook.commands.move import renamed
from labbook.commands.publish import publish
from labbook.commands.rename import rename
from labbook.log import trials
from labbook.log.records.files import lock_path
from labbook.log.records.folder import read_records, write_record
from labbook.log.records.json_file import DamagedFileWarning
from labbook.log.records.locks import TrialLock

TEXT = """\
# ---
# jupyter:
#   labbook: {{expt: 1, title: Toy}}
# ---
# %%
import numpy as np


def {function}({parameter}, seed):
    print("trained")
    return {{"metrics": {{"loss": {parameter} / 2}}, "artifacts": {{"x": np.ones(2)}}}}
"""


@pytest.fixture
def log(tmp_path, monkeypatch):
    """A log, and what makes its trials under given names."""
    (tmp_path / "notebooks").mkdir()
    monkeypatch.setenv("LABBOOK_ROOT", str(tmp_path))
    monkeypatch.setenv("LABBOOK_EXPERIMENT", "toy")

    def run(function="train", parameter="rate"):
        text = TEXT.format(function=function, parameter=parameter)
        (tmp_path / "notebooks" / "toy.py").write_text(text)
        names = {"__name__": "__main__", "np": np}
        exec(compile(text, "toy.py", "exec"), names)
        return trials.run(names[function], trials.grid(**{parameter: [1, 2]}, seed=0))

    run()
    return tmp_path, run


def made(root):
    return {r.metrics["loss"]: r for r in read_records("toy", root=root)}


@pytest.mark.parametrize(
    ("names", "old", "new"),
    [
        ({"parameter": "learning_rate"}, "toy.train.rate", "learning_rate"),
        ({"function": "fit"}, "toy.train", "fit"),
    ],
)
def test_before_training_it_is_said_that_a_name_alone_differs(log, capfd, names, old, new):
    _, run = log
    run(**names)
    said = capfd.readouterr().err
    assert "2 of 2 trials to run differ from records in a name alone" in said
    assert f"{old} is {new} now; to keep the records: labbook mv {old} {new}" in said


def test_nothing_is_said_of_trials_that_differ_in_a_value(log, capfd):
    _, run = log
    capfd.readouterr()
    names = {"__name__": "__main__", "np": np}
    exec(TEXT.format(function="train", parameter="rate"), names)
    trials.run(names["train"], trials.grid(rate=[3], seed=0))
    assert "in a name alone" not in capfd.readouterr().err


@pytest.mark.parametrize(
    ("names", "old", "new"),
    [
        ({"parameter": "learning_rate"}, "toy.train.rate", "learning_rate"),
        ({"function": "fit"}, "toy.train", "fit"),
    ],
)
def test_renamed_records_are_found_and_nothing_is_run(log, names, old, new):
    root, run = log
    before = made(root)
    publish("toy", root, confirm=lambda text: True)
    assert rename(old, new, root) == 4  # two here, and two published
    assert list(run(**names)["freshness"].str.partition(":")[0]) == ["stale", "stale"]
    after = made(root)
    assert {loss: r.start for loss, r in after.items()} == {
        loss: r.start for loss, r in before.items()
    }
    assert all(list(record.load_artifacts()["x"]) == [1, 1] for record in after.values())
    assert len(list((root / "docs/records/toy").glob("*.json"))) == 2


def test_an_attempt_that_did_not_end_well_goes_along(log):
    root, _ = log
    good = read_records("toy", root=root)[0]
    error = {"type": "ValueError", "message": "seven"}
    failed = dataclasses.replace(good, outcome="failed", error=error, artifacts=["y"])
    later = "2999-01-01T00:00:00+00:00"
    write_record(
        dataclasses.replace(failed, start=later, end=later), good.folder, {"y": np.zeros(1)}
    )
    assert rename("toy.train.rate", "learning_rate", root) == 3
    after = made(root)[good.metrics["loss"]]
    assert after.load_artifacts().keys() == {"x"}
    assert after.newer_attempt.load_artifacts().keys() == {"y"}


@pytest.mark.parametrize("old", ["toy.train", "toy"])
def test_nothing_is_renamed_while_a_trial_runs(log, old):
    root, _ = log
    record = read_records("toy", root=root)[0]
    lock = TrialLock.take(lock_path(record.folder, record.key))
    lock.write({"pid": 1, "host": "here", "record": record.to_json()})
    with pytest.raises(ValueError, match=f"^toy is running: rename {old} when that has ended"):
        renamed(old, "fit", root)
    lock.release()
    assert renamed(old, "fit", root)


@pytest.mark.parametrize("page", ["toy", "other"])
def test_published_plans_name_the_new_keys(log, page):
    root, _ = log
    (root / "notebooks" / f"{page}.py").touch()
    plans = root / f"docs/records/{page}/plans"
    plans.mkdir(parents=True)
    entries = [
        {name: vars(record)[name] for name in ("key", "function", "configuration", "data_digest")}
        for record in read_records("toy", root=root)
    ]
    (plans / "full.jsonl").write_text("".join(f"{json.dumps(entry)}\n" for entry in entries))
    rename("toy.train.rate", "learning_rate", root)
    planned = [json.loads(line) for line in (plans / "full.jsonl").read_text().splitlines()]
    assert {entry["key"] for entry in planned} == {r.key for r in read_records("toy", root=root)}


def test_a_command_that_was_killed_midway_can_be_given_again(log):
    root, _ = log
    folder = root / "runs" / "records" / "toy"
    before = {path: path.read_bytes() for path in folder.glob("*.*") if path.is_file()}
    rename("toy.train.rate", "learning_rate", root)
    for path, content in before.items():
        path.write_bytes(content)  # as if it had been killed before it removed what it had copied
    assert rename("toy.train.rate", "learning_rate", root) == 2
    records = read_records("toy", root=root)
    assert [sorted(record.configuration) for record in records] == [["learning_rate", "seed"]] * 2
    assert all(list(record.load_artifacts()["x"]) == [1, 1] for record in records)


def test_a_name_that_another_parameter_has_is_refused_and_nothing_is_lost(log):
    root, _ = log
    with pytest.raises(ValueError, match="has a parameter seed already"):
        rename("toy.train.rate", "seed", root)
    assert len(read_records("toy", root=root)) == 2


@pytest.mark.parametrize(("old", "new"), [("toy.train", "train"), ("toy.train.rate", "rate")])
def test_the_name_that_it_has_already_is_refused_and_nothing_is_lost(log, old, new):
    root, _ = log
    with pytest.raises(ValueError, match=f"{old} has that name already"):
        rename(old, new, root)
    records = read_records("toy", root=root)
    assert [list(record.load_artifacts()["x"]) for record in records] == [[1, 1]] * 2


def test_a_damaged_record_stays_and_the_others_are_renamed(log):
    root, _ = log
    folder = root / "runs" / "records" / "toy"
    damaged = sorted(folder.glob("*.json"))[0]
    damaged.write_text("{")
    with pytest.warns(DamagedFileWarning, match=damaged.name):
        assert rename("toy.train.rate", "learning_rate", root) == 1
    assert damaged.read_text() == "{"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("toy.train.width", "w", "no record of toy has toy.train.width"),
        ("toy.train.rate.x", "w", "write EXPT.FUNCTION or"),
        ("toy.train", "two words", "write EXPT.FUNCTION or"),
        ("tay.train", "fit", "there is no experiment 'tay'"),
    ],
)
def test_what_cannot_be_renamed_is_a_sentence(log, old, new, says):
    with pytest.raises(ValueError, match=says):
        rename(old, new, log[0])


def test_a_record_that_is_there_already_is_not_replaced(log):
    root, run = log
    run(function="fit")
    with pytest.raises(FileExistsError, match="is there already"):
        rename("toy.train", "fit", root)
