"""The code that made a record can be printed, uncommitted changes included."""

import dataclasses
import subprocess

import pytest
from click.testing import CliRunner

from labbook.cli import main
from labbook.commands.reading.show import code, show
from labbook.log import trials
from labbook.log.records.folder import read_records, write_record

NET = "def double(x):\n    return 2 * x  # twice\n"
TRIAL = """\
from mynet import double


def fit(seed, width=1):
    return {'metrics': {'loss': double(seed)}}
"""


@pytest.fixture
def key(log, monkeypatch):
    """The key of a record of a function of a module of the log."""
    (log.root / "mynet.py").write_text(NET)
    (log.root / "mytrial.py").write_text(TRIAL)
    monkeypatch.syspath_prepend(log.root)
    import mytrial

    trials.run(mytrial.fit, [{"seed": 3}], experiment="toy")
    (record,) = read_records("toy", root=log.root)
    return record.key


@pytest.fixture
def committed(log):
    """The log as a repository, in which what the trial reaches is committed."""
    (log.root / "notebooks" / "toy.py").write_text("from mytrial import fit\n")
    (log.root / "mynet.py").write_text(NET)
    (log.root / "mytrial.py").write_text(TRIAL)
    identity = ["-c", "user.name=x", "-c", "user.email=x@x"]
    for command in (["init", "-q"], ["add", "."], [*identity, "commit", "-qm", "all"]):
        subprocess.run(["git", *command], cwd=log.root, check=True)


def test_code_is_what_ran_although_the_file_has_changed(log, key):
    (log.root / "mynet.py").write_text(NET.replace("2", "3"))
    printed = CliRunner().invoke(main, ["show", key, "--code"]).output
    assert "# mynet.double\ndef double(x):\n    return 2 * x  # twice" in printed


def test_record_is_printed_with_its_numbers(log, key):
    assert "loss" in show(key, log.root) and "mynet.double" in show(key, log.root)


def test_code_that_is_not_at_hand_is_told(log, key):
    for path in log.folder("toy").glob("code/*.py"):
        path.unlink()
    (log.root / "mynet.py").write_text(NET.replace("2", "3"))
    with pytest.raises(ValueError, match="the source of code [0-9a-f]{16} is not at hand here"):
        code(key, log.root)


def test_code_that_was_not_kept_is_that_of_its_commit(log, committed, key):
    for path in log.folder("toy").glob("code/*.py"):
        path.unlink()
    (log.root / "mynet.py").write_text(NET.replace("2", "3"))
    assert "# mynet.double\ndef double(x):\n    return 2 * x  # twice" in code(key, log.root)


def test_experiment_is_a_line_for_each_trial_with_what_varies_and_its_key(log, key):
    (log.root / "notebooks" / "toy.py").touch()
    import mytrial

    trials.run(mytrial.fit, [{"seed": 4, "width": 8}], experiment="toy")
    header, _, *lines = show("toy", log.root).splitlines()
    assert header.split() == ["seed", "width", "loss", "outcome", "record"]
    assert [line.split()[:-2] for line in lines] == [["3", "6"], ["4", "8", "8"]]
    assert lines[0].endswith(f"ok       {key}")


def test_experiment_without_trials_says_what_makes_them(log):
    (log.root / "notebooks" / "toy.py").touch()
    with pytest.raises(ValueError, match="toy has no records of its own yet: labbook run toy"):
        show("toy", log.root)


def test_a_newer_attempt_that_did_not_end_well_is_told(log, key):
    good = read_records("toy", root=log.root)[0]
    later = {"start": "2999-01-01T00:00:00+00:00", "end": "2999-01-01T00:00:00+00:00"}
    error = {"type": "ValueError", "message": "seven"}
    write_record(
        dataclasses.replace(good, outcome="failed", error=error, **later), log.folder("toy")
    )
    (log.root / "notebooks" / "toy.py").touch()
    assert "ok, newer attempt failed" in show("toy", log.root)
    assert "failed, ValueError: seven" in show(key, log.root)
