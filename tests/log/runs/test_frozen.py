"""A batch executes the text as it was at its start, and tells where the library was edited."""

import subprocess
import sys
import time
from types import SimpleNamespace

import nbformat
import pytest
from tests.log.tiny_log import TINY, make_log

from labbook.log.records.run_record import read_runs

CELLS = """
# %% tags=["parameters"]
seed: int = 0  # of everything random
# %%
import os
import time
from pathlib import Path

import mylib

root = Path(os.environ["LABBOOK_ROOT"])
(root / "began").touch()
while not (root / "go").exists():
    time.sleep(0.05)
# %%
print("the text at the start", mylib.double(seed))
"""
LIBRARY = "def double(x):\n    return 2 * x\n"


def labbook(root, *arguments):
    command = [sys.executable, "-m", "labbook", *arguments]
    return subprocess.Popen(
        command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def begun(root, cells=CELLS, *options):
    """A batch of two runs, one after the other, of which the first goes on; or another run."""
    head = TINY.partition('# %% tags=["parameters"]')[0]
    make_log(root, head + cells)
    (root / "lib").mkdir()
    (root / "lib" / "mylib.py").write_text(LIBRARY)
    (root / "sweep.yaml").write_text("seed: [1, 2]\n")
    process = labbook(root, "run", "tiny", *(options or ("--sweep", "sweep.yaml")))
    until = time.monotonic() + 60
    while not (root / "began").exists():
        assert time.monotonic() < until and process.poll() is None
        time.sleep(0.05)
    return process


@pytest.fixture(scope="module")
def edited(tmp_path_factory):
    """What a batch left and said during which the text and a module were edited."""
    root = tmp_path_factory.mktemp("edited")
    process = begun(root)
    text = root / "notebooks" / "tiny.py"
    text.write_text(text.read_text().replace("the text at the start", "another text"))
    (root / "lib" / "mylib.py").write_text(LIBRARY.replace("2", "3"))
    (root / "go").touch()
    said, _ = process.communicate(timeout=100)
    runs = read_runs("tiny", root=root)
    printed = [nbformat.read(root / r.notebook, as_version=4).cells[-1].outputs[0] for r in runs]
    return SimpleNamespace(
        root=root, said=said, status=process.returncode, runs=runs, printed=printed
    )


def test_all_runs_execute_the_text_as_it_was(edited):
    assert [output.text for output in edited.printed] == [
        "the text at the start 2\n",
        "the text at the start 6\n",
    ]


def test_each_run_names_the_code_that_it_imported(edited):
    codes = [run.provenance["code"]["mylib.double"] for run in edited.runs]
    assert len(set(codes)) == 2


def test_both_codes_are_named_with_their_runs_and_what_differs(edited):
    first, second = (run.provenance["code_digest"] for run in edited.runs)
    said = edited.said.split("made by 2 codes:\n")[1].splitlines()
    assert said[:2] == [f"  {first}: seed=1", f"  {second}: seed=2"]
    assert said[2].startswith("  mylib.double changed; ")


def test_batch_of_several_codes_exits_with_1(edited):
    assert edited.status == 1


def test_batch_made_anew_where_stale_is_of_one_code(edited):
    text = edited.root / "notebooks" / "tiny.py"
    text.write_text(text.read_text().replace("another text", "the text at the start"))
    process = labbook(edited.root, "run", "tiny", "--sweep", "sweep.yaml", "--refresh", "stale")
    said, _ = process.communicate(timeout=100)
    assert process.returncode == 0 and "2 of 2 runs ok (1 of them before)" in said


def test_module_that_breaks_during_a_batch_fails_the_runs_that_need_it(tmp_path):
    process = begun(tmp_path)
    (tmp_path / "lib" / "mylib.py").write_text("def double(x:\n")
    (tmp_path / "go").touch()
    said, _ = process.communicate(timeout=100)
    assert process.returncode == 1 and "SyntaxError" in said
    runs = read_runs("tiny", root=tmp_path)
    assert [run.outcome for run in runs] == ["ok", "failed"]


def test_run_during_which_a_definition_was_edited_is_stale_also_once_that_is_undone(tmp_path):
    late = CELLS.replace("import mylib\n", "").replace('print("', 'import mylib\nprint("')
    process = begun(tmp_path, late, "-p", "seed", "1")
    (tmp_path / "lib" / "mylib.py").write_text(LIBRARY.replace("2", "3"))
    (tmp_path / "go").touch()
    assert process.wait(100) == 0
    (tmp_path / "lib" / "mylib.py").write_text(LIBRARY)
    assert "mylib.double changed" in labbook(tmp_path, "status", "-v").communicate(timeout=100)[0]
