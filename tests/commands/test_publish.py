"""Publishing copies good local records, says what changes, and asks first."""

import dataclasses
import json
import shutil

import pytest
from click.testing import CliRunner

from labbook.cli import main
from labbook.commands.publish import publish
from labbook.log.records.folder import read_records, write_record
from labbook.log.records.json_file import DamagedFileWarning
from labbook.log.records.key import record_key
from labbook.log.records.layout import Layout, UnknownExperiment
from labbook.log.records.plan import Plan, publish_plan, read_published_plans
from labbook.log.records.record import Record
from labbook.log.records.run_record import RunRecord


def record(seed, loss, outcome="ok", **fields):
    return Record(
        key=record_key("toy.train", {"seed": seed}, ""),
        function="toy.train",
        experiment="toy",
        configuration={"seed": seed},
        data_digest="",
        outcome=outcome,
        start="2026-11-22T10:00:00+00:00",
        end="2026-11-22T10:00:01+00:00",
        metrics={"loss": loss},
        **fields,
    )


def plan_of(*seeds):
    return [
        {
            "key": record_key("toy.train", {"seed": seed}, ""),
            "configuration": {"seed": seed},
            "function": "toy.train",
            "data_digest": "",
        }
        for seed in seeds
    ]


@pytest.fixture
def log(tmp_path):
    """A log with two good local records, one failed attempt, and a plan."""
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks/toy.py").touch()
    local = Layout(tmp_path).local_records("toy")
    local.mkdir(parents=True)
    write_record(record(1, 0.25), local)
    write_record(record(2, 0.5), local)
    write_record(record(3, 0.0, "failed"), local)
    write_page(tmp_path, "demo", plan_of(1, 2, 3))
    return tmp_path


def write_page(root, profile, to_run):
    """The page's notebook, with the record of a run that asked for these trials."""
    run = RunRecord(
        id=f"run-{profile}",
        experiment="toy",
        outcome="ok",
        error=None,
        parameters_given={},
        parameters_used={"profile": profile},
        profile=profile,
        start="2026-11-22T10:00:00+00:00",
        end="2026-11-22T10:00:01+00:00",
        wall_time_s=1.0,
        source_digest="",
        provenance={},
        notebook="",
        trials=Plan(to_run),
    )
    notebook = {"cells": [], "metadata": {"labbook": {"run": run.to_json()}}}
    Layout(root).executed("toy").write_text(json.dumps(notebook))


def yes(text):
    return True


def published_files(log):
    folder = Layout(log).published_records("toy")
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_good_records_and_the_plan_are_copied_and_attempts_are_not(log):
    publish("toy", log, confirm=yes)
    keys = [record(seed, 0.0).key for seed in (1, 2)]
    assert published_files(log) == sorted([f"{key}.json" for key in keys] + ["plans/demo.jsonl"])


def test_published_record_is_the_local_one(log):
    publish("toy", log, confirm=yes)
    for path in Layout(log).local_records("toy").glob("*.json"):
        path.unlink()
    found = {r.configuration["seed"]: (r.metrics, r.origin) for r in read_records("toy", root=log)}
    assert found == {1: ({"loss": 0.25}, "published"), 2: ({"loss": 0.5}, "published")}


def test_nothing_is_written_where_a_person_says_no(log):
    done = publish("toy", log, confirm=lambda text: False)
    assert (done.confirmed, published_files(log)) == (False, [])


def test_changed_metrics_are_shown_old_beside_new(log):
    publish("toy", log, confirm=yes)
    write_record(record(2, 0.125), Layout(log).local_records("toy"))
    texts = []
    publish("toy", log, confirm=texts.append)
    assert ["seed=2", "loss", "0.5", "0.125"] in [line.split() for line in texts[0].splitlines()]


def test_unchanged_records_are_not_written_again(log):
    publish("toy", log, confirm=yes)
    folder = Layout(log).published_records("toy")
    before = {path: path.stat().st_ino for path in folder.glob("*.json")}
    write_record(record(2, 0.125), Layout(log).local_records("toy"))
    done = publish("toy", log, confirm=yes)
    rewritten = [path.stem for path in before if path.stat().st_ino != before[path]]
    key = record(2, 0).key
    assert (rewritten, done.changed, done.unchanged) == ([key], [key], 1)


def test_second_publication_asks_nothing(log):
    publish("toy", log, confirm=yes)
    publish("toy", log, confirm=pytest.fail)


def test_record_with_a_metric_that_is_no_number_is_unchanged_the_second_time(log):
    write_record(record(2, float("nan")), Layout(log).local_records("toy"))
    publish("toy", log, confirm=yes)
    assert publish("toy", log, confirm=yes).unchanged == 2


def test_records_that_no_page_shows_stay_here_and_are_told(log):
    write_page(log, "demo", plan_of(1))
    texts = []
    done = publish("toy", log, confirm=lambda text: texts.append(text) or True)
    assert done.new == [record(1, 0.25).key]
    assert "1 other good record of it stays here, for no page shows it" in texts[0]
    assert texts[0].partition("(--all publishes all): ")[2].startswith("train(seed=2)")
    again = publish("toy", log, confirm=yes)
    assert again.text.startswith("toy: all 1 records that pages show are published.\n\n1 other")


def test_records_that_no_page_shows_are_published_where_all_are_asked_for(log):
    write_page(log, "demo", plan_of(1))
    command, environment = ["publish", "toy", "--all", "--yes"], {"LABBOOK_ROOT": str(log)}
    said = CliRunner(env=environment).invoke(main, command).output
    assert said.endswith("toy: 2 new, 0 changed, published.\n")


def test_published_record_that_no_page_shows_any_more_is_kept_up_to_date(log):
    publish("toy", log, confirm=yes)
    shutil.rmtree(Layout(log).published_records("toy") / "plans")
    write_page(log, "demo", plan_of(1))
    write_record(record(2, 0.125), Layout(log).local_records("toy"))
    assert publish("toy", log, confirm=yes).changed == [record(2, 0).key]


def test_records_of_a_published_plan_are_published_whatever_the_page_shows(log):
    publish_plan(Layout(log).published_records("toy"), "full", Plan(plan_of(2)))
    write_page(log, "demo", plan_of(1))
    assert len(publish("toy", log, confirm=yes).new) == 2


def test_records_that_the_page_of_another_experiment_shows_are_published(log):
    write_page(log, "demo", plan_of(1))
    (log / "notebooks/other.py").write_text("# %%\n1\n")
    publish_plan(Layout(log).published_records("other"), "demo", Plan([], plan_of(2)))
    assert len(publish("toy", log, confirm=yes).new) == 2


def test_records_of_outputs_by_hand_are_published_where_these_name_them(log):
    cell = {"cell_type": "code", "metadata": {}, "source": "", "execution_count": 1}
    output = {"output_type": "stream", "name": "stdout", "text": record(2, 0.5).key}
    notebook = {"cells": [cell | {"outputs": [output]}], "metadata": {}}
    Layout(log).executed("toy").write_text(json.dumps(notebook))
    assert publish("toy", log, confirm=yes).new == [record(2, 0.5).key]


def test_without_a_page_and_a_plan_all_good_records_are_published(log):
    Layout(log).executed("toy").unlink()
    assert len(publish("toy", log, confirm=yes).new) == 2


def test_plan_of_another_profile_stays_published(log):
    publish("toy", log, confirm=yes)
    write_page(log, "full", plan_of(1))
    publish("toy", log, confirm=yes)
    plans = read_published_plans(Layout(log).published_records("toy"))
    assert {name: len(plan.to_run) for name, plan in plans.items()} == {"demo": 3, "full": 1}


def test_records_that_differ_in_times_alone_are_not_offered(log):
    publish("toy", log, confirm=yes)
    again = dataclasses.replace(
        record(2, 0.5), start="2030-01-01T00:00:00+00:00", wall_time_s=9.0, history={"time_s": [2]}
    )
    write_record(again, Layout(log).local_records("toy"))
    assert publish("toy", log, confirm=yes).unchanged == 2


def test_equal_numbers_of_other_code_are_offered(log):
    publish("toy", log, confirm=yes)
    again = record(2, 0.5, provenance={"code": {"notebook.train": "0123456789abcdef"}})
    write_record(again, Layout(log).local_records("toy"))
    assert publish("toy", log, confirm=yes).changed == [again.key]


def test_stale_records_are_told_before_they_are_published(log):
    texts = []
    publish("toy", log, confirm=texts.append)
    assert "2 of them are stale: its code was not recorded (2 trials)" in texts[0]


def test_newer_attempt_that_did_not_end_well_is_told_and_stays_here(log):
    failed = dataclasses.replace(record(2, 0.0, "failed"), start="2026-11-22T11:00:00+00:00")
    failed = dataclasses.replace(failed, end=failed.start)
    write_record(failed, Layout(log).local_records("toy"))
    texts = []
    assert len(publish("toy", log, confirm=lambda text: texts.append(text) or True).new) == 2
    assert "a newer attempt did not end well, and stays here: seed=2: failed" in texts[0]


@pytest.mark.parametrize(("answer", "files"), [("n", 0), ("y", 3)])
def test_it_is_asked_before_anything_is_published(log, answer, files):
    environment = {"LABBOOK_ROOT": str(log)}
    said = CliRunner(env=environment).invoke(main, ["publish", "toy"], input=f"{answer}\n").output
    assert "toy: 2 new records, 0 changed" in said and "Publish? [y/N]" in said
    assert len(published_files(log)) == files


def test_damaged_published_record_is_told_and_replaced(log):
    publish("toy", log, confirm=yes)
    path = Layout(log).published_records("toy") / f"{record(1, 0).key}.json"
    path.write_text("{")
    texts = []
    with pytest.warns(DamagedFileWarning):
        publish("toy", log, confirm=lambda text: texts.append(text) or True)
    assert "damaged" in texts[0] and json.loads(path.read_text())["metrics"] == {"loss": 0.25}


def test_damaged_published_plan_is_replaced(log):
    publish("toy", log, confirm=yes)
    path = Layout(log).published_records("toy") / "plans" / "demo.jsonl"
    whole = path.read_text()
    path.write_text("<<<<<<< HEAD\n")
    assert publish("toy", log, confirm=yes).confirmed and path.read_text() == whole


def test_plan_of_a_run_without_all_data_leaves_the_published_one(log):
    publish("toy", log, confirm=yes)
    path = Layout(log).published_records("toy") / "plans" / "demo.jsonl"
    whole = path.read_text()
    one, *others = plan_of(1, 2, 3)
    write_page(log, "demo", [one | {"data_digest": None}, *others])
    done = publish("toy", log, confirm=yes)
    assert path.read_text() == whole
    told = "the plan of its demo run stays here: it was made without the data of 1 of 3"
    assert told in done.text


def test_misspelt_experiment_is_not_published_but_told(log):
    with pytest.raises(UnknownExperiment, match=r"no experiment 'toi'; did you mean toy\?"):
        publish("toi", log, confirm=yes)


def test_experiment_without_good_records_is_one_sentence(log):
    (log / "notebooks" / "other.py").write_text("# %%\n1\n")
    with pytest.raises(ValueError, match="^other has no good record on this machine: run it"):
        publish("other", log, confirm=yes)


def test_page_that_shows_trials_of_another_experiment_publishes_its_plan_alone(log):
    for path in Layout(log).local_records("toy").glob("*.json"):
        path.unlink()
    assert publish("toy", log, confirm=yes).new == []
    assert published_files(log) == ["plans/demo.jsonl"]


def test_where_only_a_plan_is_published_no_records_are_counted(log):
    publish("toy", log, confirm=yes)
    shutil.rmtree(Layout(log).local_records("toy"))
    assert publish("toy", log, confirm=yes).text == "toy: its plan is published."
