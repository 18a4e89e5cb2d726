"""A person's "still valid" holds for the code they looked at, and no longer."""

import dataclasses
import json
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from labbook.log.code.used import code_of_trial
from labbook.log.freshness.acceptance import accept, acceptable, read_acceptances
from labbook.log.freshness.stale import Verdicts, stale_because
from labbook.log.records.folder import read_records, write_record
from labbook.log.records.key import record_key
from labbook.log.records.layout import Layout, UnknownExperiment
from labbook.log.records.record import Record


@pytest.fixture
def log(tmp_path):
    """A log with one good record."""
    (tmp_path / "notebooks").mkdir()
    source = tmp_path / "notebooks/toy.py"
    source.write_text("def train(seed):\n    return seed\n")
    record = Record(
        key=record_key("toy.train", {"seed": 1}, ""),
        function="toy.train",
        experiment="toy",
        configuration={"seed": 1},
        data_digest="",
        outcome="ok",
        start="2026-11-22T10:00:00+00:00",
        end="2026-11-22T10:00:01+00:00",
        provenance={"code": code_of_trial(source, "train", tmp_path).digests},
    )
    folder = Layout(tmp_path).local_records("toy")
    folder.mkdir(parents=True)
    write_record(record, folder)
    return tmp_path


def change(log, body):
    (log / "notebooks/toy.py").write_text(f"def train(seed):\n    return {body}\n")


def stale(log):
    (record,) = read_records("toy", root=log)
    return stale_because(record, log)


def test_misspelt_experiment_is_told(log):
    with pytest.raises(UnknownExperiment, match=r"no experiment 'toi'; did you mean toy\?"):
        accept("toi", "a plus sign", log)


def test_accepted_record_is_fresh(log):
    change(log, "+seed")
    accept("toy", "a plus sign", log)
    assert stale(log) == []


def test_imported_record_is_never_stale_so_there_is_nothing_to_accept(log):
    (record,) = read_records("toy", root=log)
    imported = {"imported": {"tool": "wandb", "run": "a1", "path": "a1.wandb"}}
    folder = Layout(log).local_records("toy")
    write_record(dataclasses.replace(record, provenance=imported), folder)
    with pytest.raises(ValueError, match="toy has no result that can be accepted: none is stale"):
        accept("toy", "it came from elsewhere", log)


def test_acceptance_is_told_with_date_and_reason(log):
    change(log, "+seed")
    acceptance = accept("toy", "a plus sign", log)
    (record,) = read_records("toy", root=log)
    assert Verdicts(log).accepted(record) == [str(acceptance)]
    assert str(acceptance).startswith(f"accepted on {acceptance.date}")


def test_acceptance_ends_when_the_code_changes_again(log):
    change(log, "+seed")
    accept("toy", "a plus sign", log)
    change(log, "-seed")
    assert stale(log) == ["the notebook's train() changed"]


def test_earlier_acceptance_stands_when_its_code_comes_back(log):
    change(log, "+seed")
    accept("toy", "a plus sign", log)
    change(log, "seed + 0")
    accept("toy", "nothing added", log)
    change(log, "+seed")
    assert stale(log) == []


def test_acceptance_names_the_git_user(log):
    subprocess.run(["git", "init", "-q"], cwd=log, check=True)
    subprocess.run(["git", "config", "user.name", "Ada"], cwd=log, check=True)
    change(log, "+seed")
    assert accept("toy", "a plus sign", log).by == "Ada"


def test_acceptance_lies_with_the_published_records(log):
    change(log, "+seed")
    accept("toy", "a plus sign", log)
    content = json.loads((log / "docs/records/toy/accepted.json").read_text())
    assert [entry["because"] for entry in content["accepted"]] == ["a plus sign"]


def test_nothing_stale_is_nothing_to_accept(log):
    with pytest.raises(ValueError, match=r"no result that can be accepted: none is stale\.$"):
        accept("toy", "why not", log)


def test_function_that_is_gone_cannot_be_accepted(log):
    (log / "notebooks/toy.py").write_text("")
    with pytest.raises(ValueError, match=r"\(the notebook has no train\(\) any more\)\.$"):
        accept("toy", "why not", log)


def test_acceptance_without_a_reason_is_refused(log):
    change(log, "+seed")
    with pytest.raises(ValueError, match="say why"):
        accept("toy", "  ", log)


def test_reason_that_no_file_can_hold_is_refused(log):
    change(log, "+seed")
    with pytest.raises(ValueError, match="not valid Unicode text"):
        accept("toy", "b\udcffcause", log)


def test_acceptances_form_a_chain_that_is_told_in_whole(log):
    change(log, "+seed")
    accept("toy", "a plus sign", log)
    change(log, "seed + 0")
    accept("toy", "nothing added", log)
    (record,) = read_records("toy", root=log)
    assert stale(log) == []
    assert [text.split(": ")[1] for text in Verdicts(log).accepted(record)] == [
        "a plus sign",
        "nothing added",
    ]


def test_none_is_lost_of_those_that_are_given_at_once(log):
    change(log, "+seed")
    steps = acceptable("toy", log)
    reasons = [f"reason {number}" for number in range(8)]
    with ThreadPoolExecutor(len(reasons)) as at_once:
        list(at_once.map(lambda because: accept("toy", because, log, steps), reasons))
    assert sorted(entry.because for entry in read_acceptances("toy", log)) == reasons
    assert not list(log.rglob(".accept.lock"))


def test_second_acceptance_begins_where_the_first_ended(log):
    change(log, "+seed")
    first = accept("toy", "a plus sign", log)
    change(log, "seed + 0")
    second = accept("toy", "nothing added", log)
    assert list(second.code["toy.train"]) == list(first.code["toy.train"].values())


def test_reasons_are_those_since_the_last_acceptance(log):
    path = log / "notebooks/toy.py"
    path.write_text("def one():\n    return 1\n\n\ndef train(seed):\n    return one()\n")
    accept("toy", "the same", log)
    path.write_text(path.read_text().replace("return 1", "return 2"))
    assert stale(log) == ["the notebook's one() changed"]
