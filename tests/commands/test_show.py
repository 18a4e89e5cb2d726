"""The code that made a record can be printed, uncommitted changes included."""

import subprocess

import pytest

from labbook.commands.show import code, show
from labbook.log import trials
from labbook.log.records.folder import read_records

NET = "def double(x):\n    return 2 * x  # twice\n"
TRIAL = """\
from mynet import double


def fit(seed):
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
    printed = code(key, log.root)
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
