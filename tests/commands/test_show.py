"""The code that made a record can be printed, uncommitted changes included."""

import pytest

from labbook.commands.show import code, show
from labbook.log import trials
from labbook.log.records.folder import read_records

NET = "def double(x):\n    return 2 * x  # twice\n"


@pytest.fixture
def key(log, monkeypatch):
    """The key of a record of a function of a module of the log."""
    (log.root / "mynet.py").write_text(NET)
    fit = "def fit(seed):\n    return {'metrics': {'loss': double(seed)}}\n"
    (log.root / "mytrial.py").write_text(f"from mynet import double\n\n\n{fit}")
    monkeypatch.syspath_prepend(log.root)
    import mytrial

    trials.run(mytrial.fit, [{"seed": 3}], experiment="toy")
    (record,) = read_records("toy", root=log.root)
    return record.key


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
