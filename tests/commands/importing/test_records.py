"""Imported records say that they are, are found by no trial, and come once."""

import dataclasses
import json
import re
import subprocess
import sys

import pytest
from tests.commands.importing.written import ImportingLog

from labbook.commands.importing import tensorboard as reader
from labbook.commands.importing.original import Original, Point, record_of
from labbook.commands.importing.records import import_runs
from labbook.commands.publish import publish
from labbook.log import trials
from labbook.log.freshness.acceptance import acceptable
from labbook.log.freshness.standing import standings
from labbook.log.records.folder import read_records
from labbook.log.records.key import record_key

FIRST = 1_700_000_000.0
ORIGINAL = Original(
    run="abc",
    name="first",
    path="runs/first",
    start=FIRST,
    end=FIRST + 9,
    settings={"rate": 0.5, "limit": float("inf"), "nested": {"big": 2**70}},
    curves={"loss": [Point(0, FIRST, 2.0), Point(5, FIRST + 4, 1.0)]},
    metrics={"loss": 1.0, "huge": 2**70},
    outcome="ok",
)


@pytest.fixture
def log(tmp_path):
    return ImportingLog(tmp_path / "log")


@pytest.fixture
def import_(log, monkeypatch):
    """Imports runs as if TensorBoard's reader had found them."""

    def import_(*originals, into="tiny"):
        monkeypatch.setattr(reader, "read", lambda path: iter(originals))
        return import_runs("tensorboard", log.root, log.root, into)

    return import_


def test_times_are_those_of_the_run():
    record = record_of(ORIGINAL, "wandb", "tiny")
    assert record.start == "2023-11-14T22:13:20.000000+00:00"
    assert (record.wall_time_s, record.history["loss_time_s"]) == (9, [0, 4])


@pytest.mark.parametrize("names", [["loss", "loss_step"], ["loss_step", "loss"]])
def test_curve_that_is_called_as_the_steps_of_another_is_kept_beside_them(names):
    points = {"loss": Point(5, FIRST, 2.0), "loss_step": Point(6, FIRST, 3.0)}
    original = dataclasses.replace(ORIGINAL, curves={name: [points[name]] for name in names})
    history = record_of(original, "wandb", "tiny").history
    assert (history["loss"], history["loss_step"]) == ([2.0], [5])
    own = "loss_step (curve)"
    assert (history[own], history[f"{own}_step"]) == ([3.0], [6])


def test_number_that_no_record_holds_is_a_near_one(log, import_):
    import_(ORIGINAL)
    (record,) = log.records()
    assert record.metrics["huge"] == float(2**70)
    assert record.configuration["limit"] == "inf"


def test_origin_is_imported(log, import_):
    import_(ORIGINAL)
    assert [record.origin for record in log.records()] == ["imported"]


def test_origin_stays_imported_once_it_is_published(log, import_):
    import_(ORIGINAL)
    assert publish("tiny", log.root, confirm=lambda text: True).confirmed
    for path in (log.root / "runs" / "records" / "tiny").glob("*.json"):
        path.unlink()
    assert [record.origin for record in log.records()] == ["imported"]


def test_provenance_names_tool_run_and_path(log, import_):
    import_(ORIGINAL)
    assert log.records()[0].provenance["imported"] == {
        "tool": "tensorboard",
        "run": "abc",
        "path": "runs/first",
    }


def test_imported_again_it_is_not_doubled(log, import_):
    import_(ORIGINAL)
    assert "0 imported from tensorboard, 0 imported anew, 1 as they were" in import_(ORIGINAL)
    assert len(log.records()) == 1


def test_run_that_has_gone_on_replaces_its_record(log, import_):
    import_(ORIGINAL)
    later = dataclasses.replace(ORIGINAL, metrics={"loss": 0.5}, settings={"rate": 0.25})
    assert "1 imported anew" in import_(later)
    assert [record.metrics for record in log.records()] == [{"loss": 0.5}]


def test_published_record_of_other_settings_of_a_run_stays_and_is_named(log, import_):
    import_(ORIGINAL)
    (before,) = log.records()
    publish("tiny", log.root, confirm=lambda text: True)
    said = import_(dataclasses.replace(ORIGINAL, settings={"rate": 0.25}))
    assert f"Published records of other settings of the same runs stay: {before.key}." in said
    assert sorted(record.configuration["rate"] for record in log.records()) == [0.25, 0.5]


@pytest.mark.parametrize("outcomes", [("killed", "ok"), ("ok", "failed")])
def test_run_whose_outcome_has_changed_has_the_new_one_alone(log, import_, outcomes):
    for outcome in outcomes:
        import_(dataclasses.replace(ORIGINAL, outcome=outcome))
    (record,) = log.records()
    assert (record.outcome, record.newer_attempt) == (outcomes[-1], None)


def test_two_runs_of_one_name_and_settings_are_two(log, import_):
    other = dataclasses.replace(ORIGINAL, run="other")
    import_(ORIGINAL)
    import_(other)
    assert set(log.by_run()) == {"first", "first (other)"}
    assert "2 as they were" in import_(other, ORIGINAL)


def tensorboard(rate, run):
    return {"metrics": {"loss": 7}}


def train(run, rate, limit, nested):
    return {"metrics": {"loss": 7}}


def test_no_trial_finds_it(log, import_, monkeypatch):
    import_(ORIGINAL)
    monkeypatch.setenv("LABBOOK_ROOT", str(log.root))

    configuration = log.records()[0].configuration
    grid = [{name: configuration[name] for name in ("rate", "run")}]
    assert trials.find(tensorboard, grid, experiment="tiny").outcome.tolist() == ["planned"]


def test_trial_whose_key_it_was_given_runs_all_the_same(log, import_, monkeypatch):
    import_(ORIGINAL)
    (record,) = log.records()
    monkeypatch.setenv("LABBOOK_ROOT", str(log.root))
    function = "tiny.train"
    key = record_key(function, record.configuration, None)
    path = log.root / "runs" / "records" / "tiny" / f"{record.key}.json"
    text = path.read_text().replace("tiny.import.tensorboard", function)
    path.with_name(f"{key}.json").write_text(text.replace(record.key, key))
    path.unlink()

    grid = [record.configuration]
    found = trials.find(train, grid, lambda configuration: None, experiment="tiny")
    assert found.outcome.tolist() == ["planned"]


def test_table_of_a_notebook_says_imported_and_unknown(log, import_):
    import_(ORIGINAL)
    table = trials.imported(experiment="tiny", root=log.root)
    assert table[["run", "rate", "outcome", "loss", "origin", "freshness"]].values.tolist() == [
        ["first", 0.5, "ok", 1.0, "imported", "unknown"]
    ]


def test_curves_of_the_table_have_steps(log, import_, monkeypatch):
    import_(ORIGINAL)
    monkeypatch.setenv("LABBOOK_ROOT", str(log.root))
    points = trials.curves(trials.imported(experiment="tiny"), "loss_step", "loss")
    assert points[["loss_step", "loss"]].values.tolist() == [[0, 2], [5, 1]]


def test_status_tells_that_its_freshness_is_unknown(log, import_):
    import_(ORIGINAL)
    assert "1 imported, freshness unknown" in log.call("status").output


def test_it_makes_nothing_stale(log, import_):
    import_(ORIGINAL)
    (standing,) = standings(log.root)
    assert standing.because == []


def test_it_cannot_be_accepted(log, import_):
    import_(ORIGINAL)
    with pytest.raises(ValueError, match="tiny has no result that can be accepted: none is stale"):
        acceptable("tiny", log.root)


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("rerun", "was imported from tensorboard: its code is not in this log, and cannot be run"),
        ("show", "was imported: its code is not in this log."),
    ],
)
def test_its_code_is_not_here(log, import_, command, says):
    import_(ORIGINAL)
    options = ["--code"] if command == "show" else []
    done = log.call(command, log.records()[0].key, *options)
    assert done.exit_code == 2
    assert says in done.output


def test_renamed_experiment_keeps_it(log, import_):
    import_(ORIGINAL)
    assert log.call("mv", "tiny", "small").exit_code == 0
    assert "1 as they were" in import_(ORIGINAL, into="small")
    assert len(log.records("small")) == 1


def test_without_a_place_it_goes_to_an_experiment_that_shows_it(log, import_):
    assert "notebooks/imported_runs.py is new" in import_(ORIGINAL, into=None)
    assert "is new" not in import_(dataclasses.replace(ORIGINAL, run="b", name="b"), into=None)
    assert len(log.records("imported_runs")) == 2


def test_page_shows_them_and_is_stale_once_there_are_more(log, import_, monkeypatch):
    (log.root / "conf.py").write_text('project = "Log"\nextensions = ["labbook.site"]\n')
    (log.root / "index.rst").write_text("Log\n===\n\n.. experiments::\n")
    import_(ORIGINAL, into=None)
    monkeypatch.setenv("LABBOOK_ROOT", str(log.root))
    command = [sys.executable, "-m", "labbook"]
    done = subprocess.run([*command, "run", "imported_runs"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (standing,) = standings(log.root, ["imported_runs"])
    assert (standing.word, standing.trials.looked_up_found) == ("fresh", 1)
    subprocess.run([*command, "site"], check=False, capture_output=True)
    (record,) = read_records("imported_runs", root=log.root)
    html = log.root / "_build" / "html"
    page = (html / "records" / "imported_runs" / f"{record.key}.html").read_text()
    assert re.findall(r'lb-label lb-\w+">(\w+)<', page)[:3] == ["ok", "unknown", "imported"]
    assert "Imported from tensorboard: run <code>abc</code> in <code>runs/first</code>" in page
    assert ">step</text>" in page
    assert "labbook rerun" not in page
    shown = (html / "notebooks" / "imported_runs.html").read_text()
    assert "1 imported, freshness unknown" in shown
    assert "unknown</span>" in shown
    import_(dataclasses.replace(ORIGINAL, run="b", name="b"), into=None)
    (standing,) = standings(log.root, ["imported_runs"])
    assert (standing.word, standing.because) == ("stale", ["1 more imported since"])


def test_damaged_provenance_is_a_damaged_record(log, import_):
    import_(ORIGINAL)
    (path,) = (log.root / "runs" / "records" / "tiny").glob("*.json")
    fields = json.loads(path.read_text())
    fields["provenance"]["imported"] = {"tool": 3}
    path.write_text(json.dumps(fields))
    assert "is damaged: expected `str`, got `int`" in log.call("status", "-v").output


def test_tool_that_is_not_installed_is_a_sentence(log, monkeypatch):
    monkeypatch.setitem(sys.modules, "wandb", None)
    done = log.call("import", "wandb", log.root)
    assert done.exit_code == 2
    assert done.output == (
        "wandb is not installed, and its files are read with it: pip install wandb.\n"
    )


def test_path_that_is_not_there_is_a_sentence(log):
    done = log.call("import", "wandb", log.root / "nothing")
    assert (done.exit_code, done.output) == (2, f"{log.root}/nothing is not there.\n")
