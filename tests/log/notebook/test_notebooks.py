"""Text notebooks are read, digested, and joined with outputs."""

import ast
import os

import jupytext
import nbformat
import pytest
from jupytext.combine import combine_inputs_with_outputs
from tests.log.tiny_log import TINY, cells_of

from labbook.log.notebook import notebooks
from labbook.log.notebook.notebooks import NotebookError

CODE = "# %%\nimport math\n\nx = 1  # one\n# %%\nx\n"


def digest(text):
    return notebooks.source_digest(notebooks.reads(text))


def executed(source):
    """The notebook as Papermill leaves it: an injected cell, outputs, notes everywhere."""
    notebook = nbformat.from_dict(source)
    injected = nbformat.v4.new_code_cell("# Parameters\nseed = 1\n")
    injected.metadata.tags = ["injected-parameters"]
    notebook.cells.insert(2, injected)
    for number, cell in enumerate(notebook.cells):
        cell.metadata.papermill = {"status": "completed"}
        cell.metadata.setdefault("tags", [])
        if cell.cell_type == "code":
            cell.metadata.execution = {"iopub.status.busy": "now"}
            cell.outputs = [nbformat.v4.new_output("stream", text=f"{number}")]
    notebook.metadata.papermill = {"parameters": {"seed": 1}}
    notebook.metadata.setdefault("labbook", {})["run"] = {"id": "x"}
    return notebook


@pytest.mark.parametrize(
    "changed",
    [
        CODE.replace("  # one", "  # the first number"),
        CODE.replace("x = 1", "x  =  1"),
        CODE + "# %% [markdown]\n# Prose\n",
        CODE.replace("# %%\nx", '# %% tags=["hide-input"]\nx'),
    ],
)
def test_digest_ignores_what_computes_nothing(changed):
    assert digest(changed) == digest(CODE)


@pytest.mark.parametrize(
    "changed",
    [
        CODE.replace("x = 1", "x = 2"),
        CODE.replace("\nx\n", "\nx;\n"),
        CODE + '# %%\n"shown"\n',
        CODE + "# %%\n# %matplotlib inline\n",
        CODE.replace("# %%\nx", '# %% tags=["skip-execution"]\nx'),
        "# %%\nx\n# %%\nimport math\n\nx = 1\n",
    ],
)
def test_digest_tells_what_computes_or_shows_something_else(changed):
    assert digest(changed) != digest(CODE)


def test_digest_ignores_outputs_and_injected_cells():
    source = notebooks.reads(TINY)
    assert notebooks.source_digest(executed(source)) == notebooks.source_digest(source)


def test_kernel_is_filled_in():
    assert notebooks.reads(CODE).metadata.kernelspec.name == "python3"


def test_kernel_that_is_named_is_kept():
    text = "# ---\n# jupyter:\n#   kernelspec: {name: mine, display_name: Mine}\n# ---\n# %%\n1\n"
    assert notebooks.reads(text).metadata.kernelspec.name == "mine"


def test_date_in_the_header_is_text():
    assert notebooks.reads(TINY).metadata.labbook.date == "2026-11-22"


def test_dates_in_lists_of_the_header_are_text():
    text = "# ---\n# jupyter:\n#   labbook: {tags: [2026-11-22, [2026-11-23]]}\n# ---\n# %%\n1\n"
    assert notebooks.reads(text).metadata.labbook.tags == ["2026-11-22", ["2026-11-23"]]


def test_missing_notebook_is_told(tmp_path):
    with pytest.raises(NotebookError, match=r"there is no notebook .*x\.py"):
        notebooks.read(tmp_path / "x.py")


def test_notebook_that_is_not_utf8_is_told(tmp_path):
    (tmp_path / "x.py").write_bytes(b"# %%\n\xff\n")
    with pytest.raises(NotebookError, match="does not read as a notebook"):
        notebooks.read(tmp_path / "x.py")


@pytest.mark.parametrize(("make", "what"), [(os.mkfifo, "a FIFO"), (os.mkdir, "a folder")])
def test_what_is_no_file_is_told(tmp_path, make, what):
    make(tmp_path / "x.py")
    with pytest.raises(NotebookError, match=f"x.py does not read as a notebook: it is {what}"):
        notebooks.read(tmp_path / "x.py")


def test_header_that_is_no_notebooks_is_told(tmp_path):
    (tmp_path / "x.py").write_text(
        "# ---\n# jupyter:\n#   kernelspec: {name: mine}\n# ---\n# %%\n1\n"
    )
    with pytest.raises(NotebookError, match="'display_name' is a required property"):
        notebooks.read(tmp_path / "x.py")


def test_header_that_is_no_yaml_is_told(tmp_path):
    (tmp_path / "x.py").write_text("# ---\n# jupyter: [\n# ---\n# %%\n1\n")
    with pytest.raises(NotebookError, match="does not read as a notebook"):
        notebooks.read(tmp_path / "x.py")


@pytest.mark.parametrize("title", ["Mixers: a review", '"open', "*x", "@x", "[1", "a\n#  b: c"])
def test_title_that_is_no_yaml_is_told_with_its_line(title, tmp_path):
    header = f"# ---\n# jupyter:\n#   labbook:\n#     title: {title}\n# ---\n"
    (tmp_path / "x.py").write_text(header + "# %%\n1\n")
    with pytest.raises(NotebookError, match=r"x\.py does not read .* header is no YAML, line \d"):
        notebooks.read(tmp_path / "x.py")


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("#   labbook:\n", "below labbook: its header lists names and values, .* not None"),
        ("#   labbook: 3\n", "below labbook: its header lists names and values, .* not 3"),
        ("<<<<<<< HEAD\n#   labbook: {expt: 1}\n", "each line of its header begins with #"),
        ("#   labbook:\n\n#     expt: 1\n", "each line of its header begins with #"),
    ],
)
def test_header_that_would_be_none_of_the_log_is_told(header, message, tmp_path):
    (tmp_path / "x.py").write_text(f"# ---\n# jupyter:\n{header}# ---\n# %%\n1\n")
    with pytest.raises(NotebookError, match=message):
        notebooks.read(tmp_path / "x.py")


def test_mistake_in_the_header_is_told_with_the_files_line(tmp_path):
    (tmp_path / "x.py").write_text("# ---\n# jupyter:\n#   labbook:\n#     title: a: b\n# ---\n")
    with pytest.raises(NotebookError, match="line 4: mapping values are not allowed here; a text"):
        notebooks.read(tmp_path / "x.py")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("print('a'\n", r"cell 2 is no Python, line 1 of it: .*never closed"),
        ("x = 1\nreturn x\n", r"cell 2 is no Python, line 2 of it: 'return' outside function"),
        ("for x in y\n    pass\n", r"cell 2 .* line 1 .*expected ':' \(for x in y\)"),
    ],
)
def test_mistake_in_a_cell_is_told_before_it_is_run(source, message):
    with pytest.raises(NotebookError, match=message):
        notebooks.check_syntax(notebooks.reads(f"# %%\n1\n\n# %%\n{source}"))


@pytest.mark.parametrize(
    "cell",
    [
        "# %%\n# %matplotlib inline\nx = 1\n",
        "# %%\n# !ls\nawait f()\n",
        '# %% language="bash"\n# ls -l\n',
        '# %% tags=["raises-exception"]\nprint(\n',
    ],
)
def test_magics_and_cells_that_shall_raise_are_no_mistakes(cell):
    notebooks.check_syntax(notebooks.reads(cell))


def test_statements_are_read_where_a_line_goes_on_with_an_operator():
    (statement,) = notebooks.statements(notebooks.reads('# %%\nx = (\n    "%d"\n    % loss()\n)\n'))
    assert ast.unparse(statement) == "x = '%d' % loss()"


def test_statements_are_read_past_magics():
    notebook = notebooks.reads("# %%\n# %matplotlib inline\nimport mylib.net as m\n")
    assert len(notebooks.statements(notebook)) == 1


def test_title_is_heading_and_first_line():
    assert notebooks.title(notebooks.reads(TINY), 2) == (
        'Results · print("begun with", repr((profile, seed, rate, how, sizes)))'
    )


def test_joined_notebook_has_the_cells_of_the_text():
    source = notebooks.reads(TINY)
    joined = notebooks.with_outputs(source, executed(source))
    assert [(c.source, c.metadata) for c in joined.cells] == [
        (c.source, c.metadata) for c in source.cells
    ]


def test_joined_notebook_has_the_outputs_of_the_run():
    source = notebooks.reads(TINY)
    joined = notebooks.with_outputs(source, executed(source))
    assert [c.outputs[0].text for c in notebooks.code_cells(joined)] == ["1", "3", "4", "5"]


def test_joining_leaves_the_text_notebook_without_outputs():
    source = notebooks.reads(TINY)
    notebooks.with_outputs(source, executed(source))
    assert not any(cell.outputs for cell in notebooks.code_cells(source))


def test_text_is_unchanged_when_the_pair_is_saved():
    source = notebooks.reads(TINY)
    joined = notebooks.with_outputs(source, executed(source))
    paired = combine_inputs_with_outputs(jupytext.reads(TINY, fmt="py:percent"), joined)
    paired.metadata.jupytext.notebook_metadata_filter = "kernelspec,labbook,jupytext"
    saved = jupytext.writes(paired, fmt="py:percent")
    assert cells_of(saved) == cells_of(TINY)


def test_notebook_with_a_byte_order_mark_is_read(tmp_path):
    path = tmp_path / "x.py"
    path.write_bytes(b"\xef\xbb\xbf# ---\n# jupyter:\n#   labbook: {expt: 3}\n# ---\n# %%\n1\n")
    notebook = notebooks.read(path)
    assert notebook.metadata.labbook.expt == 3 and notebook.cells[0].source == "1"


def test_notebook_in_another_encoding_is_named_with_the_line(tmp_path):
    path = tmp_path / "x.py"
    path.write_bytes("# %%\ngröße = 1\n".encode("latin-1"))
    with pytest.raises(NotebookError, match=r"x\.py .*line 2 is not UTF-8"):
        notebooks.read(path)
