"""The trials of an experiment: planned, found, running, missing, failed, looked up."""

import dataclasses
import json
import shutil

from tests.log.freshness.toy_experiment import add_run, planned

from labbook.commands.publish import publish
from labbook.log.freshness.standing import standings
from labbook.log.records.files import lock_path, path_of_good
from labbook.log.records.folder import read_records, write_record
from labbook.log.records.layout import Layout
from labbook.log.records.locks import TrialLock
from labbook.log.records.plan import Plan, publish_plan
from labbook.log.records.run_record import last_good_run


def test_planned_and_found_are_counted_and_the_failed_one_is_named_with_its_reason(tried):
    trials = planned(tried)
    assert (trials.planned, trials.found, trials.failed) == (
        3,
        2,
        ["seed=7: failed, ValueError: seven"],
    )


def test_a_killed_trial_is_not_called_killed_twice(tried):
    folder = Layout(tried).local_records("toy")
    (failed,) = [r for r in read_records("toy", root=tried) if r.outcome == "failed"]
    error = {"type": "Killed", "message": "process 7 was killed by SIGKILL"}
    write_record(dataclasses.replace(failed, outcome="killed", error=error), folder)
    assert planned(tried).failed == ["seed=7: killed, process 7 was killed by SIGKILL"]


def test_trials_that_were_only_looked_up_are_apart(tried):
    trials = planned(tried)
    assert (trials.looked_up, trials.looked_up_found, trials.missing) == (2, 0, [])


def test_trial_without_record_is_missing_by_name(tried):
    record = next(r for r in read_records("toy", root=tried) if r.configuration["seed"] == 2)
    path_of_good(Layout(tried).local_records("toy"), record.key).unlink()
    assert planned(tried).missing == ["seed=2"]


def test_trial_that_a_process_holds_is_running(tried):
    record = next(r for r in read_records("toy", root=tried) if r.configuration["seed"] == 2)
    lock = TrialLock.take(lock_path(Layout(tried).local_records("toy"), record.key))
    assert planned(tried).running == ["seed=2"]
    lock.release()


def test_published_records_without_a_run_here_were_never_run_and_are_counted(tried):
    layout = Layout(tried)
    publish("toy", tried, confirm=lambda text: True)
    layout.executed("toy").unlink()
    shutil.rmtree(tried / "runs")
    (one,) = standings(tried)
    assert (one.word, one.profile, str(one.trials)) == (
        "never run",
        "demo",
        "2 of 3 trials, 0 of 2 looked up, 1 missing",
    )


def test_a_first_run_that_was_killed_tells_its_trials(tried):
    plan = last_good_run("toy", tried).plan
    Layout(tried).executed("toy").unlink()
    shutil.rmtree(tried / "runs" / "toy")
    add_run(tried, outcome="killed", trials=plan)
    (one,) = standings(tried)
    assert (one.word, str(one.trials)) == ("never run", "2 of 3 trials, 0 of 2 looked up, 1 failed")


def test_published_plan_of_another_profile_is_apart(tried):
    entry = {"key": "0" * 16, "configuration": {}, "function": "toy.train", "data_digest": ""}
    publish_plan(Layout(tried).published_records("toy"), "full", Plan([entry]))
    (one,) = standings(tried)
    assert (one.trials.planned, one.published["full"].missing) == (3, ["the only trial"])


def test_trials_of_outputs_by_hand_are_those_that_the_outputs_show(tried):
    path = Layout(tried).executed("toy")
    notebook = json.loads(path.read_text())
    del notebook["metadata"]["labbook"]["run"]
    path.write_text(json.dumps(notebook))
    records = read_records("toy", root=tried)
    named = {r.key for r in records if r.configuration["seed"] in (1, 7)}  # 7 by a warning
    assert set(planned(tried).keys) == named
