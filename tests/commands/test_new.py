"""New experiments: their numbers and names, and that they run as they are."""

import json
import re
import subprocess
import sys
from pathlib import Path

import jupytext
import pytest

from labbook.commands import new
from labbook.log.notebook.numbering import numbers
from labbook.log.records.layout import Layout
from labbook.log.runs.run import run_notebook


@pytest.fixture
def root(tmp_path) -> Path:
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "log"\n')
    return tmp_path


def header(path: Path) -> dict:
    return jupytext.read(path).metadata["labbook"]


def test_the_first_experiment_has_number_one(root):
    path = new.create(root, "Do wider layers help?")
    assert path == root / "notebooks" / "do_wider_layers_help.py"
    assert (header(path)["expt"], header(path)["title"]) == (1, "Do wider layers help?")


def test_the_next_number_follows_the_highest(root):
    first, second = new.create(root, "One"), new.create(root, "Two")
    third = new.create(root, "Three")
    first.unlink()
    second.unlink()
    assert header(third)["expt"] == 3
    assert header(new.create(root, "Four"))["expt"] == 4


@pytest.mark.parametrize("title", ['"Quotes": and # marks', "$5 per {hour}", "Größe – 大", "yes"])
def test_any_title_reaches_header_and_heading_as_written(root, title):
    notebook = jupytext.read(new.create(root, title))
    assert notebook.metadata["labbook"]["title"] == title
    assert notebook.cells[0].source.startswith(f"# {title}\n")


@pytest.mark.parametrize(
    "title, name",
    [
        ("Größe der Schichten", "grosse_der_schichten"),
        ("3D convolutions", "expt_3d_convolutions"),
        ("大", "expt_7"),
        ("a/../b", "a_b"),
        ("Random", "expt_random"),  # of Python
        ("NumPy?", "expt_numpy"),  # of an installed package
        ("Labbook", "expt_labbook"),
        ("Class", "expt_class"),
    ],
)
def test_a_name_is_a_python_module(title, name):
    assert new.file_name(title, 7) == name
    assert name.isidentifier()


def test_a_notebook_is_never_overwritten(root):
    path = new.create(root, "One")
    path.write_text(path.read_text() + "# mine\n")
    with pytest.raises(FileExistsError, match=r"one\.py is there already: choose another title"):
        new.create(root, "One!")
    assert path.read_text().endswith("# mine\n")


@pytest.mark.parametrize("title", ["", "  ", "two\nlines"])
def test_a_title_is_one_line_of_words(root, title):
    with pytest.raises(ValueError, match="a title is one line with some words"):
        new.create(root, title)


def test_a_notebook_whose_number_is_not_known_stops_it(root):
    (root / "notebooks" / "bad.py").write_bytes(b"# %%\n\xff\n")
    with pytest.raises(ValueError, match=r"bad\.py"):
        new.create(root, "Next")


def test_experiments_without_a_number_are_left_out(root):
    (root / "notebooks" / "plain.py").write_text("# %%\n1\n")
    assert numbers(Layout(root)) == {}


def test_the_text_is_as_jupytext_writes_it(root):
    path = new.create(root, "One")
    notebook = jupytext.read(path)
    notebook.metadata.jupytext.pop("text_representation", None)
    written = jupytext.writes(notebook, fmt="py:percent").split("# ---\n")[2]
    assert written == path.read_text().split("# ---\n")[2]


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    """A new experiment, run as it is in its demo profile, without any data."""
    root = tmp_path_factory.mktemp("log")
    (root / "pyproject.toml").write_text('[project]\nname = "log"\n')
    name = new.create(root, "Do wider layers help?").stem
    record = run_notebook(name, profile="demo", root=root)
    assert record.well, record.error
    return jupytext.read(root / "notebooks" / f"{name}.ipynb")


def shown_by(executed, call: str) -> str:
    """What the one cell with a call showed, as text."""
    (cell,) = [cell for cell in executed.cells if call in cell.source]
    return json.dumps([output.data for output in cell.outputs])


def test_a_new_experiment_needs_no_model_or_data_of_the_package(executed):
    text = "\n".join(cell.source for cell in executed.cells)
    rooms = set(re.findall(r"^(?:from|import) labbook\.(\w+)", text, re.MULTILINE))
    assert rooms == {"log", "show"}


def test_a_new_experiment_shows_its_trials_and_their_curves(executed):
    assert "9 planned, 9 found" in shown_by(executed, "tables.show(table, ")
    assert "image/svg+xml" in shown_by(executed, "figures.show(")


def test_a_new_experiment_judges_a_claim(executed):
    assert "holds" in shown_by(executed, "claims.judge(")


def test_five_at_once_get_five_numbers(tmp_path):
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "conf.py").touch()
    code = "import sys; from labbook.commands.new import create; create(sys.argv[1], sys.argv[2])"
    begun = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path), f"Question {i}"])
        for i in range(5)
    ]
    assert [process.wait(timeout=120) for process in begun] == [0] * 5
    assert sorted(numbers(Layout(tmp_path)).values()) == [1, 2, 3, 4, 5]


def test_full_disk_leaves_no_empty_notebook(tmp_path):
    (tmp_path / "conf.py").touch()
    notebooks = tmp_path / "notebooks"
    notebooks.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", str(notebooks)]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("this user may not mount a small disk")
    try:
        (notebooks / "fill").write_bytes(b"x" * 4096)
        command = [sys.executable, "-m", "labbook", "new", "Question"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        assert not list(notebooks.glob("*.py"))
    finally:
        subprocess.run(["umount", str(notebooks)], check=True)
    assert done.returncode == 2
    assert done.stderr.startswith("the disk is full") and done.stderr.count("\n") == 1


HEADER = """\
# ---
# jupyter:
#   labbook:
#     expt: 4
#     title: One
#     date: '2026-11-22'
#     status: complete
#     tags: [a, b]
#     verdict: >-
#       It holds,
#       by far.
#   kernelspec:
#     display_name: Python 3
#     name: python3
# ---

# %% [markdown]
# # One
#
# ## Question

# %%
x = 1   # as it is
"""


def test_copy_has_the_next_number_and_all_else_to_the_letter(root):
    (root / "notebooks" / "one.py").write_text(HEADER)
    path = new.create(root, "Another: one", copy_of="one")
    assert path.name == "another_one.py"
    told = header(path)
    assert (told["expt"], told["title"], told["status"]) == (5, "Another: one", "in progress")
    assert (told["tags"], told["verdict"]) == (["a", "b"], "")
    copied = path.read_text().partition("#   kernelspec")[2]
    assert copied == HEADER.partition("#   kernelspec")[2].replace("# # One", "# # Another: one")


def test_copy_takes_no_records_of_the_former_name_of_what_it_copies(root):
    text = HEADER.replace("#     status", "#     formerly: zero\n#     status")
    (root / "notebooks" / "one.py").write_text(text)
    told = header(new.create(root, None, copy_of="one"))
    assert "formerly" not in told and told["tags"] == ["a", "b"]


def test_copy_without_a_title_is_named_after_what_it_copies(root):
    (root / "notebooks" / "one.py").write_text(HEADER)
    names = [new.create(root, None, copy_of=name).stem for name in ("one", "one_2", "one")]
    assert names == ["one_2", "one_3", "one_4"]
    assert header(root / "notebooks" / "one_2.py")["title"] == "One, again"


def test_what_cannot_be_copied_is_told(root):
    with pytest.raises(ValueError, match="there is no experiment 'one'"):
        new.create(root, None, copy_of="one")
    (root / "notebooks" / "one.py").write_text("# %%\n1\n")
    with pytest.raises(ValueError, match="one has no header with labbook"):
        new.create(root, None, copy_of="one")
    with pytest.raises(ValueError, match="an experiment needs a title, or --from"):
        new.create(root, None)
