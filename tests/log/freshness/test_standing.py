"""Status tells of every experiment whether it is fresh, whole and well."""

import datetime
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from labbook.commands.status import as_json, as_text, exit_code
from labbook.log.code.library import Library
from labbook.log.code.used import code_of_definition
from labbook.log.freshness.acceptance import accept
from labbook.log.freshness.standing import standings
from labbook.log.records.folder import record_key, write_record
from labbook.log.records.json_file import DamagedFileWarning
from labbook.log.records.layout import Layout
from labbook.log.records.record import Record
from labbook.log.records.run_record import RunRecord
from labbook.log.records.run_record import write_record as write_run

NOTEBOOK = """
# %% tags=["parameters"]
seeds: int = 2

# %%
from labbook.log import trials


def train(seed, depth=1):
    if seed == 7:
        raise ValueError("seven")
    return {"metrics": {"loss": seed / depth}}


# %%
if __name__ == "__main__":
    trials.run(train, trials.grid(seed=[1, 2, 7], depth=3))
"""


def write(folder):
    (folder / "notebooks").mkdir()
    (folder / "pyproject.toml").touch()
    (folder / "notebooks/toy.py").write_text(NOTEBOOK)
    return folder


def run_trials(log):
    environment = os.environ | {"LABBOOK_ROOT": str(log), "OMP_NUM_THREADS": "1"}
    subprocess.run([sys.executable, "notebooks/toy.py"], cwd=log, env=environment, check=True)
    return log


@pytest.fixture
def log(tmp_path):
    """A log with one experiment that was never run."""
    return write(tmp_path)


@pytest.fixture(scope="module")
def tried_once(tmp_path_factory):
    return run_trials(write(tmp_path_factory.mktemp("tried")))


@pytest.fixture
def tried(tried_once, tmp_path):
    """The same log after its three trials, of which one failed."""
    return Path(shutil.copytree(tried_once, tmp_path / "log"))


def edit(log, old, new):
    path = log / "notebooks/toy.py"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def add_run(log, run_id="a", outcome="ok", batch=None, ago_s=7200):
    """A run's record that ended ``ago_s`` seconds ago."""
    now = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=ago_s)
    folder = Layout(log).runs("toy") / run_id
    folder.mkdir(parents=True)
    record = RunRecord(
        id=run_id,
        experiment="toy",
        outcome=outcome,
        error=None,
        parameters_given={},
        parameters_used={},
        profile="demo",
        start=now.isoformat(),
        end=now.isoformat(),
        wall_time_s=0.0,
        source_digest="0",
        provenance={"code": {}},
        notebook=f"runs/toy/{run_id}/notebook.ipynb",
        batch=batch,
    )
    write_run(record, folder)


def test_experiment_without_any_result_was_never_run(log):
    (one,) = standings(log)
    assert (one.experiment, one.freshness, exit_code([one])) == ("toy", "never run", 1)


def test_unchanged_trials_are_fresh(tried):
    (one,) = standings(tried)
    assert (one.freshness, one.because) == ("fresh", [])


def test_planned_and_found_are_counted_and_the_failed_one_is_named(tried):
    (one,) = standings(tried)
    (profile,) = one.profiles.values()
    assert (profile.planned, profile.found, profile.failed) == (3, 2, ["seed=7: failed"])


def test_failed_trial_is_told_by_the_exit_code(tried):
    assert exit_code(standings(tried)) == 1


def test_changed_code_is_named_with_the_number_of_trials(tried):
    edit(tried, "seed / depth", "seed * depth")
    (one,) = standings(tried)
    assert (one.freshness, one.because) == (
        "stale",
        ["the notebook's train() changed (2 trials)"],
    )


def test_trial_without_record_is_missing_by_name(tried):
    records = Layout(tried).local_records("toy")
    (key,) = [
        entry["key"]
        for plan in json.loads((records / "plan.json").read_text()).values()
        for entry in plan
        if entry["configuration"]["seed"] == 2
    ]
    (records / f"{key}.json").unlink()
    (one,) = standings(tried)
    assert [profile.missing for profile in one.profiles.values()] == [["seed=2"]]


def test_plan_for_other_data_makes_the_experiment_stale(tried):
    path = Layout(tried).local_records("toy") / "plan.json"
    plans = json.loads(path.read_text())
    for plan in plans.values():
        for entry in plan:
            entry["data_digest"] = "other"
            entry["key"] = record_key(entry["function"], entry["configuration"], "other")
    path.write_text(json.dumps(plans))
    (one,) = standings(tried)
    assert one.because == ["data changed (2 trials)"]


def test_published_records_alone_are_fresh(tried):
    layout = Layout(tried)
    published = layout.published_records("toy")
    published.parent.mkdir(parents=True)
    layout.local_records("toy").rename(published)
    for attempt in published.glob("*.attempt.json"):
        attempt.unlink()
    (one,) = standings(tried)
    (profile,) = one.profiles.values()
    assert (one.freshness, profile.found) == ("fresh", 2)


def test_local_plan_of_one_profile_leaves_the_published_plan_of_another(tried):
    published = Layout(tried).published_records("toy")
    published.mkdir(parents=True)
    entry = {"key": "0" * 16, "configuration": {}, "function": "toy.train", "data_digest": ""}
    (published / "plan.json").write_text(json.dumps({"full": [entry]}))
    (one,) = standings(tried)
    assert one.profiles.keys() == {"full", "default"}


def test_whole_fresh_experiment_has_exit_code_0(tried):
    edit(tried, "[1, 2, 7]", "[1, 2]")
    run_trials(tried)
    assert exit_code(standings(tried)) == 0


def test_last_run_is_told_with_outcome_profile_and_age(log):
    add_run(log, outcome="killed")
    assert "killed, demo, 2 h ago" in as_text(standings(log))


def test_newest_run_by_itself_is_the_last_run(log):
    add_run(log, "a", "failed", ago_s=300)
    add_run(log, "b", "ok", ago_s=200)
    add_run(log, "c", "killed", batch="sweep", ago_s=100)
    assert standings(log)[0].last_run.id == "b"


def test_accepted_trials_are_fresh_and_say_so(tried):
    edit(tried, "seed / depth", "depth and seed / depth")
    accept("toy", "the same numbers", tried)
    (one,) = standings(tried)
    assert one.freshness == "fresh" and one.accepted[0].endswith(": the same numbers")


def test_damaged_acceptance_is_told_and_stops_nothing(tried):
    edit(tried, "seed / depth", "seed * depth")
    published = Layout(tried).published_records("toy")
    published.mkdir(parents=True)
    (published / "accepted.json").write_text("{")
    with pytest.warns(DamagedFileWarning, match="accepted.json is damaged"):
        (one,) = standings(tried)
    assert one.freshness == "stale" and not one.accepted


def test_other_version_makes_aged_and_not_stale(log):
    (log / "jobs.py").write_text("def fit(): return {}\n")
    code = code_of_definition("jobs", "fit", Library(log)).digests
    record = Record(
        key=record_key("toy.fit", {}, ""),
        function="toy.fit",
        experiment="toy",
        configuration={},
        data_digest="",
        outcome="ok",
        start="2026-11-22T10:00:00+00:00",
        end="2026-11-22T10:00:01+00:00",
        provenance={"code": code, "versions": {"python": "2.7"}},
    )
    folder = Layout(log).local_records("toy")
    folder.mkdir(parents=True)
    write_record(record, folder)
    (one,) = standings(log)
    assert one.freshness == "fresh" and any(text.startswith("python 2.7") for text in one.aged)


def test_text_is_a_table_with_one_line_for_each_experiment(tried):
    (tried / "notebooks/other.py").write_text("")
    lines = as_text(standings(tried)).splitlines()
    assert [line.split()[0] for line in lines[2:4]] == ["other", "toy"]


def test_json_holds_the_same_for_machines(tried):
    (one,) = json.loads(as_json(standings(tried)))
    assert (one["freshness"], one["good"], one["profiles"]["default"]["planned"]) == (
        "fresh",
        False,
        3,
    )


def test_misspelt_experiment_is_one_sentence_with_the_nearest_name(log):
    with pytest.raises(ValueError, match=r"^there is no experiment 'toi'; did you mean toy\?$"):
        standings(log, ["toi"])
