"""How an experiment stands: never run, by hand, stale because of what, fresh."""

import dataclasses
import json
import os
import subprocess
import sys

import pytest
from tests.log.freshness.toy_experiment import add_run, planned, write

from labbook.commands.status import exit_code
from labbook.log.code.library import Library
from labbook.log.code.used import code_of_definition
from labbook.log.freshness.acceptance import accept
from labbook.log.freshness.standing import standings
from labbook.log.records.folder import read_records, write_record
from labbook.log.records.key import record_key
from labbook.log.records.layout import Layout
from labbook.log.records.locks import TrialLock
from labbook.log.records.plan import Plan, publish_plan
from labbook.log.records.record import Record
from labbook.log.records.run_record import last_good_run
from labbook.log.runs.run import run_notebook


@pytest.fixture
def log(tmp_path):
    """A log with one experiment that was never run."""
    return write(tmp_path)


def edit(log, old, new):
    path = log / "notebooks/toy.py"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def edit_run(log, **changes):
    """Change the record of the page's run."""
    path = Layout(log).executed("toy")
    notebook = json.loads(path.read_text())
    notebook["metadata"]["labbook"]["run"] |= changes
    path.write_text(json.dumps(notebook))


def test_experiment_without_any_result_was_never_run(log):
    (one,) = standings(log)
    assert (one.experiment, one.word, exit_code([one])) == ("toy", "never run", 1)


def test_unchanged_trials_are_fresh(tried):
    (one,) = standings(tried)
    assert (one.word, one.because) == ("fresh", [])


def test_failed_trial_is_told_by_the_exit_code(tried):
    assert exit_code(standings(tried)) == 1


def test_good_run_is_green_though_trials_that_it_looked_up_are_missing(tried):
    edit(tried, "[1, 2, 7]", "[1, 2]")
    run_notebook("toy", profile="demo", root=tried)
    assert exit_code(standings(tried)) == 0


def test_changed_code_is_told_of_the_run_and_of_its_trials(tried):
    edit(tried, "seed / depth", "seed * depth")
    (one,) = standings(tried)
    assert (one.word, one.because) == (
        "stale",
        ["the notebook's code changed", "the notebook's train() changed"],
    )


def test_run_that_goes_on_is_told_and_the_page_stays_what_it_is(tried):
    folder = Layout(tried).runs("toy") / "now"
    folder.mkdir()
    lock = TrialLock.take(folder / "run.lock")
    (one,) = standings(tried)
    assert (one.running, one.word) == (["now"], "fresh")
    lock.release()


def test_plan_for_other_data_makes_the_experiment_stale(tried):
    run = last_good_run("toy", tried)
    for entry in run.plan.to_run:
        entry["data_digest"] = "other"
        entry["key"] = record_key(entry["function"], entry["configuration"], "other")
    edit_run(tried, trials=run.to_json()["trials"])
    assert "data changed (2 of 3 trials)" in standings(tried)[0].because


@pytest.mark.parametrize("parameters", ({}, {"profile": "smoke"}))
def test_outputs_without_a_record_are_by_hand_with_the_parameters_left_in_them(tried, parameters):
    path = Layout(tried).executed("toy")
    notebook = json.loads(path.read_text())
    del notebook["metadata"]["labbook"]["run"]
    notebook["metadata"]["papermill"]["parameters"] = parameters
    path.write_text(json.dumps(notebook))
    (one,) = standings(tried)
    assert (one.word, one.profile) == ("by hand", parameters.get("profile", "demo"))


def test_plan_of_a_sweep_a_script_or_other_parameters_is_not_the_pages(tried):
    before = planned(tried)
    run_notebook("toy", {"seeds": 1}, profile="demo", batch="b", root=tried)
    environment = os.environ | {"LABBOOK_ROOT": str(tried), "OMP_NUM_THREADS": "1"}
    subprocess.run([sys.executable, "notebooks/toy.py"], cwd=tried, env=environment, check=True)
    assert (planned(tried), standings(tried)[0].word) == (before, "fresh")


def test_record_made_again_with_equal_numbers_changes_nothing(tried):
    good = next(r for r in read_records("toy", root=tried) if r.ok)
    again = dataclasses.replace(good, start="2030-01-01T00:00:00+00:00", wall_time_s=99.0)
    write_record(again, Layout(tried).local_records("toy"))
    assert standings(tried)[0].word == "fresh"


def test_record_made_again_with_other_numbers_makes_the_page_stale(tried):
    good = next(r for r in read_records("toy", root=tried) if r.ok)
    write_record(
        dataclasses.replace(good, metrics={"loss": 9.0}), Layout(tried).local_records("toy")
    )
    assert standings(tried)[0].because == ["a record changed"]


def test_newest_run_by_itself_is_the_last_run(log):
    add_run(log, "a", "failed", ago_s=300)
    add_run(log, "b", "ok", ago_s=200)
    add_run(log, "c", "killed", batch="sweep", ago_s=100)
    assert standings(log)[0].last_run.id == "b"


def test_run_that_failed_beside_the_pages_run_is_newer_whatever_the_clock_says(tried):
    record = last_good_run("toy", tried)
    add_run(tried, "bad", "failed", ago_s=10**6, beside=record.id)
    (one,) = standings(tried)
    assert (one.last_run.id, one.good) == ("bad", False)


def test_accepted_trials_are_fresh_and_say_so(tried):
    edit(tried, "seed / depth", "depth and seed / depth")
    accept("toy", "the same numbers", tried)
    (one,) = standings(tried)
    assert one.word == "fresh" and ": the same numbers" in one.accepted[0]


def test_damaged_acceptance_is_told_and_stops_nothing(tried):
    edit(tried, "seed / depth", "seed * depth")
    published = Layout(tried).published_records("toy")
    published.mkdir(parents=True)
    (published / "accepted.json").write_text("{")
    (one,) = standings(tried)
    assert one.word == "stale" and "accepted.json is damaged" in one.problems[0]


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
    assert one.because == [] and any(text.startswith("python 2.7") for text in one.aged)


def test_misspelt_experiment_is_one_sentence_with_the_nearest_name(log):
    with pytest.raises(ValueError, match=r"^there is no experiment 'toi'; did you mean toy\?$"):
        standings(log, ["toi"])


def test_trials_of_another_experiment_are_found_where_a_page_asks_for_them(tried):
    (tried / "notebooks/other.py").write_text("# %%\n1\n")
    plan = last_good_run("toy", tried).plan
    publish_plan(Layout(tried).published_records("other"), "full", Plan(looked_up=plan.to_run))
    (other,) = standings(tried, ["other"])
    (toy,) = standings(tried, ["toy"])
    assert (other.trials.looked_up, other.trials.looked_up_found) == (3, toy.trials.found)
