"""What the site counts as found of what an experiment planned."""

import pytest

from labbook.log.records.folder import write_record
from labbook.log.records.key import record_key
from labbook.log.records.layout import Layout
from labbook.log.records.plan import Plan, publish_plan
from labbook.log.records.record import Record
from labbook.site.experiments import read_experiments


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


@pytest.mark.parametrize("data_digest", ("abc", None))
def test_a_record_answers_a_plan_of_its_data_and_one_without_data_at_hand(tmp_path, data_digest):
    waves, key = experiment(tmp_path, data_digest)
    trials = waves.standing.trials
    assert (trials.found, trials.keys) == (1, [key])


def test_a_record_of_other_data_does_not(tmp_path):
    waves, _ = experiment(tmp_path, "def")
    assert waves.standing.trials.found == 0
