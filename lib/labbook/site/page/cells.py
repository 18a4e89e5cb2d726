"""A notebook on its way to its page: which text, which outputs, in the form that nbsphinx reads."""

import re

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_notebook, new_raw_cell

from labbook.log.freshness.inputs import files_named
from labbook.log.notebook import notebooks
from labbook.log.records.layout import Layout
from labbook.show import mime
from labbook.site.experiment import Experiment
from labbook.site.markup.datatable import FORMATS
from labbook.site.page.outputs import Outputs

LONG_CODE_LINES = 10
# A longer table is there to be drawn: the points of a curve.
READ_NOT_DRAWN_BYTES = 20_000
# Pandoc makes no link of one without text; a text like this is replaced by the title.
_NO_TEXT = re.compile(r"\[\]\(expt:(\d+)\)")
_TITLE = re.compile(r"\A\s*#\s+(.+?)\s*#*\s*(?:\n|\Z)")


def page(experiment: Experiment, outputs: Outputs) -> NotebookNode:
    """The notebook that nbsphinx turns into the page of an experiment.

    The text is today's, with the outputs of the last good run, as long as its code is what ran;
    where the code has changed since, text and outputs are both those of the run, so that no
    output ever stands beside code that didn't make it (the head of the page says so). Without a
    run there are no outputs.
    """
    cells = _cells(experiment)
    title, cells = _split_title(experiment, cells)
    shown = [new_markdown_cell(f"# {title}"), directive(".. labbook-head::")]
    number = 0
    for cell in cells:
        tags = cell.metadata.get("tags", [])
        number += cell.cell_type == "code"
        if "hide" in tags:
            continue
        if cell.cell_type == "code":
            shown += _code(cell, tags, number, outputs)
        else:
            if cell.cell_type == "markdown":
                cell.source = _NO_TEXT.sub(r"[expt:\1](expt:\1)", cell.source)
            shown.append(cell)
    if experiment.source is not None and not experiment.has_run:
        shown += _reported(experiment)
    notebook = new_notebook(cells=shown)
    notebook.metadata.language_info = {"name": "python", "pygments_lexer": "ipython3"}
    return notebook


def directive(text: str) -> NotebookNode:
    """A cell of reST."""
    return new_raw_cell(text, metadata={"raw_mimetype": "text/restructuredtext"})


def _reported(experiment: Experiment) -> list[NotebookNode]:
    """The tables that the notebook of an experiment that was never run would read."""
    layout = Layout(experiment.root)
    tables = [
        name
        for name in files_named(experiment.source, layout.notebooks)
        if name.lower().endswith(FORMATS)
        and (layout.notebooks / name).stat().st_size <= READ_NOT_DRAWN_BYTES
    ]
    told = "Nothing of this experiment was run here. These are the figures that its notebook reads:"
    return [
        *([new_markdown_cell(f"## Reported\n\n{told}")] if tables else []),
        *(directive(f".. datatable:: {name}\n   :caption: {name}") for name in tables),
    ]


def _cells(experiment: Experiment) -> list[NotebookNode]:
    if experiment.source is None:
        return []
    if not experiment.has_run:
        return nbformat.from_dict(experiment.source).cells
    if experiment.code_changed:
        return nbformat.from_dict(experiment.executed).cells
    ran = iter(notebooks.code_cells(experiment.executed))
    cells = nbformat.from_dict(experiment.source).cells
    for cell in cells:
        if cell.cell_type == "code":
            cell.outputs = nbformat.from_dict(next(ran)).outputs
    return cells


def _split_title(experiment: Experiment, cells: list[NotebookNode]):
    """The page's title: the first heading of the text, else the title in the header."""
    for position, cell in enumerate(cells):
        if cell.cell_type != "markdown":
            continue
        if found := _TITLE.match(cell.source):
            cell.source = cell.source[found.end() :]
            rest = cells if cell.source.strip() else cells[:position] + cells[position + 1 :]
            return found.group(1), rest
        break
    return experiment.title, cells


def _code(cell: NotebookNode, tags: list[str], number: int, outputs: Outputs):
    """A code cell with its outputs converted, its code folded where it is long."""
    # What only displays would say each caption twice.
    displays = any(kind in output.get("data", {}) for output in cell.outputs for kind in mime.OURS)
    cell.outputs = [] if "hide-output" in tags else outputs.convert(cell, number)
    cell.execution_count = None
    cell.metadata = NotebookNode()
    source = cell.source.strip("\n")
    if not source and not cell.outputs:
        return []
    lines = source.count("\n") + 1
    long = displays or lines > LONG_CODE_LINES
    fold = "hide-input" in tags or (long and "show-input" not in tags)
    return [directive(f".. labbook-fold:: {lines}"), cell] if fold else [cell]
