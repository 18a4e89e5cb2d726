"""One record's trial again, alone: equal to the last bit, or what differs; the record stays."""

import os
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import psutil
import pytest
from tests.log.records.whole import a_record
from tests.log.tiny_log import make_log

from labbook.commands.rerun import rerun
from labbook.log.records.files import lock_path
from labbook.log.records.folder import read_records, write_record
from labbook.log.records.key import record_key
from labbook.log.records.layout import Layout
from labbook.log.records.locks import TrialLock

TEXT = """\
# %%
import random

import beside
import numpy as np
from own import scale

from labbook.log import trials

SIZE = 3


def numbers(seed: int, size: int = SIZE) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(size)


def train(seed: int, exact: bool = True) -> dict:
    x = numbers(seed) if exact else numbers(random.SystemRandom().randrange(10**9))
    history = {"loss": [float(v) for v in x], "time_s": [random.random()]}
    return {
        "metrics": {"sum": float(scale.twice(x.sum()))},
        "history": history,
        "artifacts": {"x": x},
    }

# %%
open("cells", "a").write("x")
table = trials.run(train, [{"seed": 1}, {"seed": 2, "exact": False}])
own = trials.run(scale.measure, [{"seed": 3}])
trials.run(beside.weigh, [{"seed": 5}])
read = trials.run(train, [{"seed": 4, "exact": False}], data_digest="of a file")
"""
OWN = """\
def twice(value):
    return 2 * value


def measure(seed: int) -> dict:
    return {"metrics": {"seed": twice(seed)}}
"""
BESIDE = """\
def weigh(seed: int) -> dict:
    return {"metrics": {"seed": seed}}
"""


def labbook(root, *arguments):
    command = [sys.executable, "-m", "labbook", *arguments]
    environment = os.environ | {"LABBOOK_ROOT": str(root), "LABBOOK_RUN_FOLDER": ""}
    return subprocess.run(command, env=environment, capture_output=True, text=True)


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """A log whose notebook was run."""
    root = make_log(tmp_path_factory.mktemp("ran"), TEXT, "small")
    (root / "lib" / "own").mkdir(parents=True)
    (root / "lib" / "own" / "__init__.py").touch()
    (root / "lib" / "own" / "scale.py").write_text(OWN)
    (root / "notebooks" / "beside.py").write_text(BESIDE)
    done = labbook(root, "run", "small")
    assert done.returncode == 0, done.stderr
    return root


@pytest.fixture
def root(ran, tmp_path):
    """A copy of it, which a test may change."""
    return shutil.copytree(ran, tmp_path / "log")


def record(root, seed):
    (found,) = [r for r in read_records("small", root=root) if r.configuration["seed"] == seed]
    return found


def test_exact_trial_is_equal_to_the_last_bit_and_its_record_stays(root):
    before = record(root, 1)
    done = labbook(root, "rerun", before.key[:8])
    said = f"small/{before.key}: equal to the last bit: 1 number, 1 curve, 1 array.\n"
    assert (done.returncode, done.stdout) == (0, said)
    assert record(root, 1) == before


def test_no_other_cell_of_the_notebook_is_run(root):
    labbook(root, "rerun", record(root, 1).key)
    assert (root / "notebooks" / "cells").read_text() == "x"


def test_function_of_a_module_is_found(root):
    done = labbook(root, "rerun", record(root, 3).key)
    assert done.stdout.endswith("equal to the last bit: 1 number.\n")


def test_module_beside_the_notebook_is_found(root):
    done = labbook(root, "rerun", record(root, 5).key)
    assert done.stdout.endswith("equal to the last bit: 1 number.\n")


def test_what_a_module_changes_that_the_notebook_alone_imports_is_changed_again(root):
    (root / "lib" / "own" / "doubled.py").write_text(
        "from own import scale\n\nscale.twice = lambda value: 4 * value\n"
    )
    notebook = root / "notebooks" / "small.py"
    notebook.write_text(TEXT.replace("import scale", "import doubled, scale  # noqa: F401"))
    assert labbook(root, "run", "small", "--refresh", "stale").returncode == 0
    assert record(root, 3).metrics == {"seed": 12}
    done = labbook(root, "rerun", record(root, 3).key)
    assert done.stdout.endswith("equal to the last bit: 1 number.\n")


def test_trial_that_is_not_reproducible_tells_what_differs(root):
    done = labbook(root, "rerun", record(root, 2).key)
    assert done.returncode == 1
    assert "3 of its results differ." in done.stdout
    assert "3 of 3 points, from point 1 on, at most by" in done.stdout
    assert "What made them" not in done.stdout


def test_changed_code_is_named_as_what_made_them_differ(root):
    path = root / "lib" / "own" / "scale.py"
    path.write_text(path.read_text().replace("2 *", "3 *"))
    done = labbook(root, "rerun", record(root, 3).key)
    (row,) = [line for line in done.stdout.splitlines() if line.startswith("metric")]
    assert row.split() == ["metric", "seed", "6", "9", "+3"]
    assert "own.scale.twice" in done.stdout.partition("What made them differs in:")[2]


def test_replaced_record_is_the_new_one_with_its_arrays(root):
    before = record(root, 2)
    done = labbook(root, "rerun", before.key, "--replace")
    assert done.stdout.endswith("The record is replaced.\n")
    now = record(root, 2)
    assert now.start > before.start
    assert np.array_equal(now.load_artifacts()["x"], now.history["loss"])
    assert now.provenance["code_digest"] == before.provenance["code_digest"]


def test_record_stays_while_another_process_runs_its_trial(root):
    before = record(root, 3)
    lock = TrialLock.take(lock_path(before.folder, before.key))
    done = labbook(root, "rerun", before.key, "--replace")
    lock.release()
    assert done.stdout.endswith("The record stays: another process runs its trial now.\n")
    assert (done.returncode, record(root, 3)) == (0, before)


def test_other_result_of_data_that_may_be_others_does_not_replace_the_record(root):
    before = record(root, 4)
    done = labbook(root, "rerun", before.key, "--replace")
    assert "The record stays: nothing tells whether the data are still those that" in done.stdout
    assert (done.returncode, record(root, 4)) == (1, before)


def test_record_of_unknown_data_is_refused(log):
    folder = log.folder("toy")
    folder.mkdir(parents=True)
    key = record_key("toy.train", {"width": 3}, None)
    write_record(a_record(key=key, data_digest=None), folder)
    with pytest.raises(ValueError, match=f"which data the record {key} is of is not known"):
        rerun(key, log.root)


NET = """\
class Net:
    @staticmethod
    def train(width: int) -> dict:
        return {"metrics": {"loss": width / 6}, "history": {"loss": [1.0, 0.5]}}
"""


@pytest.mark.parametrize("place", ["notebooks/toy.py", "lib/own.py"])
def test_function_that_a_class_holds_is_found(tmp_path, place):
    root = make_log(tmp_path, "from own import Net\n", "toy")
    (root / "lib").mkdir()
    (root / place).write_text(NET)
    folder = Layout(root).local_records("toy")
    folder.mkdir(parents=True)
    key = record_key("toy.Net.train", {"width": 3}, "")
    write_record(a_record(key=key, function="toy.Net.train"), folder)
    assert rerun(key, root)[0].startswith(f"toy/{key}: equal to the last bit: ")


def test_failed_attempt_does_not_replace_the_record(root):
    before = record(root, 3)
    path = root / "lib" / "own" / "scale.py"
    path.write_text(path.read_text().replace("return 2 * value", "return 1 / 0"))
    done = labbook(root, "rerun", before.key, "--replace")
    assert "The record stays: the new attempt ended failed." in done.stdout
    assert record(root, 3) == before


def test_run_is_refused_in_a_sentence(root):
    (run,) = (root / "runs" / "small").iterdir()
    done = labbook(root, "rerun", run.name)
    assert done.returncode == 2
    assert done.stderr.endswith("is a run; run it again with labbook run small.\n")


def test_function_that_is_gone_is_told(root):
    key = record(root, 3).key
    (root / "lib" / "own" / "scale.py").write_text("def twice(value): return value\n")
    done = labbook(root, "rerun", key)
    assert done.returncode == 2
    assert f"{key} cannot be made again: " in done.stderr


SLOW = """\
# %%
import os
import time
from pathlib import Path

from labbook.log import trials


def train(seed: int) -> dict:
    if Path("again").exists():
        Path("begun").write_text(str(os.getpid()))
        time.sleep(1000)
    return {"metrics": {"seed": seed}}


# %%
trials.run(train, [{"seed": 1}])
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_trial_ends_with_the_command_and_no_folder_is_left(tmp_path, number):
    root = make_log(tmp_path, SLOW, "small")
    assert labbook(root, "run", "small").returncode == 0
    begun, place = root / "notebooks" / "begun", tmp_path / "temporary"
    (root / "notebooks" / "again").touch()
    place.mkdir()
    command = [sys.executable, "-m", "labbook", "rerun", record(root, 1).key]
    environment = os.environ | {"LABBOOK_ROOT": str(root), "TMPDIR": str(place)}
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 60
    while not (begun.exists() and begun.read_text()):
        assert time.monotonic() < until and process.poll() is None
        time.sleep(0.05)
    family = psutil.Process(process.pid).children(recursive=True)
    assert int(begun.read_text()) in {one.pid for one in family}
    process.send_signal(number)
    process.wait(60)
    assert psutil.wait_procs(family, timeout=60)[1] == []
    assert list(place.iterdir()) == []
