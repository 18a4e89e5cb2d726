"""What the site counts as found of what an experiment planned, and what its page says first."""

import shlex

import pytest

from labbook.log.records import run_record
from labbook.log.records.folder import write_record
from labbook.log.records.key import record_key
from labbook.log.records.layout import Layout
from labbook.log.records.plan import Plan, publish_plan
from labbook.log.records.record import Record
from labbook.log.records.run_record import RunRecord
from labbook.site.experiments import read_experiments
from labbook.site.page.boxes import boxes_html
from labbook.site.page.head import command


def experiment(root, data_digest):
    """One trial, recorded with data "abc", and planned with the given digest of its data."""
    (root / "notebooks").mkdir()
    (root / "notebooks" / "waves.py").write_text("# # Waves\n")
    configuration = {"length_nm": 500}
    record = Record(
        key=record_key("waves.measure", configuration, "abc"),
        function="waves.measure",
        experiment="waves",
        configuration=configuration,
        data_digest="abc",
        outcome="ok",
        start="2026-11-22T00:00:00+00:00",
        end="2026-11-22T00:00:01+00:00",
    )
    folder = Layout(root).local_records("waves")
    folder.mkdir(parents=True)
    write_record(record, folder)
    entry = {
        "key": record_key("waves.measure", configuration, data_digest),
        "function": "waves.measure",
        "configuration": configuration,
        "data_digest": data_digest,
    }
    publish_plan(Layout(root).published_records("waves"), "full", Plan([entry]))
    return read_experiments(root)["waves"], record.key


def boxes_of_failed_run(root, error):
    """What the page of waves says first, after a run of it that failed."""
    folder = root / "runs" / "waves" / "20261122T000000-abcdef"
    folder.mkdir(parents=True)
    at = "2026-11-22T00:00:00+00:00"
    run = RunRecord(folder.name, "waves", "failed", error, {}, {}, None, at, at, 1.0, "", {}, "")
    run_record.write_record(run, folder)
    return boxes_html(None, read_experiments(root)["waves"], {"citations": {}})


@pytest.mark.parametrize("data_digest", ("abc", None))
def test_a_record_answers_a_plan_of_its_data_and_one_without_data_at_hand(tmp_path, data_digest):
    waves, key = experiment(tmp_path, data_digest)
    trials = waves.standing.trials
    assert (trials.found, trials.keys) == (1, [key])


def test_a_record_of_other_data_does_not(tmp_path):
    waves, _ = experiment(tmp_path, "def")
    assert waves.standing.trials.found == 0


def test_a_command_on_a_page_can_be_pasted_into_a_terminal(tmp_path):
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "two words.py").write_text("# # Two words\n")
    experiment = read_experiments(tmp_path)["two words"]
    assert command(experiment) == "labbook run 'two words'"
    boxes = boxes_html(None, experiment, {"citations": {}})
    assert "Never run here" in boxes and "labbook run &#x27;two words&#x27;" in boxes


def test_a_run_of_others_puts_nothing_of_its_own_into_the_command(tmp_path):
    waves, _ = experiment(tmp_path, "abc")
    given = {"profile": "demo; rm -r ~", "$(id)": "`id`"}
    at = "2026-11-22T00:00:00+00:00"
    vars(waves.evidence)["run"] = RunRecord(
        "a", "waves", "ok", None, given, given, given["profile"], at, at, 1.0, "", {}, ""
    )
    vars(waves)["executed"] = waves.source
    told = shlex.split(command(waves))
    assert told == ["labbook", "run", "waves", "--profile", "demo; rm -r ~", "-p", "$(id)", "`id`"]


def test_a_page_without_results_whose_run_failed_is_not_called_never_run(tmp_path):
    experiment(tmp_path, "abc")
    boxes = boxes_of_failed_run(tmp_path, None)
    assert "No run here ended well" in boxes and "Never run" not in boxes
    assert "The newest run, 22 November 2026, 00:00 UTC, ended as failed" in boxes


def test_an_experiment_is_called_by_its_number_where_it_has_one(tmp_path):
    (tmp_path / "notebooks").mkdir()
    header = "# ---\n# jupyter:\n#   labbook:\n#     expt: 3\n#     title: Waves\n# ---\n"
    (tmp_path / "notebooks" / "waves.py").write_text(header)
    (tmp_path / "notebooks" / "beside.py").write_text("# # Beside\n")
    called = {name: one.called for name, one in read_experiments(tmp_path).items()}
    assert called == {"waves": "3 Waves", "beside": "beside"}


def test_a_long_error_is_cut_between_characters(tmp_path):
    experiment(tmp_path, "abc")
    error = {"type": "ValueError", "message": 298 * "x" + "''''"}
    boxes = boxes_of_failed_run(tmp_path, error)
    assert "xx&#x27;&#x27;</div>" in boxes
