"""Text notebooks: read, digested, and joined with the outputs of a run."""

import ast
import contextlib
import datetime
import json
import re
import sys
import warnings
from pathlib import Path
from typing import Any
from urllib.parse import quote

from labbook.log.code.reading.syntax import Writer, as_written, digest
from labbook.log.code.source import parsed_cells
from labbook.log.records.files import write_whole
from labbook.log.records.json_file import read_text
from labbook.log.records.key import short_digest

# jsonschema, which nbformat imports, can check IRIs: it builds a grammar for that at import,
# which takes seconds. No notebook needs it, so it is told that the grammar is not installed.
if "jsonschema" not in sys.modules and "rfc3987_syntax" not in sys.modules:
    sys.modules["rfc3987_syntax"] = None
    import jsonschema  # noqa: F401

    del sys.modules["rfc3987_syntax"]

# Jupytext imports all of Jupyter's server where it is there, for the contents managers that only
# `labbook lab` needs (``labbook.lab.contents``); without it, it does the same for notebooks.
if "jupytext" not in sys.modules:
    managers = dict.fromkeys(f"jupytext.{kind}_contentsmanager" for kind in ("sync", "async"))
    sys.modules |= managers
    import jupytext

    for name in managers:
        del sys.modules[name]

import jupytext
import nbformat
import yaml
from nbformat import NotebookNode

KERNELSPEC = {"display_name": "Python 3", "language": "python", "name": "python3"}
FORMATS = "ipynb,py:percent"


class NotebookError(ValueError):
    """A notebook that cannot be read, or that says something that cannot be."""


def read(path: Path) -> NotebookNode:
    """Read a text notebook (or an ``.ipynb``), with the kernel named that Papermill asks for.

    Raises:
        NotebookError: the file is missing, is not UTF-8, or its header is not YAML.
    """
    try:
        notebook = jupytext.reads(read_text(path), fmt={"extension": path.suffix})
    except FileNotFoundError:
        raise NotebookError(f"there is no notebook {path}.") from None
    except (
        *(ValueError, SyntaxError, yaml.YAMLError, nbformat.ValidationError),
        *(AttributeError, KeyError, TypeError),  # an .ipynb of other types
    ) as error:
        raise NotebookError(f"{path} does not read as a notebook: {_why(error)}.") from error
    if fault := _fault_of_header(notebook):
        raise NotebookError(f"{path} does not read as a notebook: {fault}.")
    return complete(notebook)


def _fault_of_header(notebook: NotebookNode) -> str | None:
    """What Jupytext takes for a cell, or for a header, and is none; as a phrase."""
    first = notebook.cells[0] if notebook.cells else None
    if first and first.cell_type == "raw" and first.source.startswith("---\njupyter:"):
        return "its header is no YAML"
    if first and first.cell_type == "code" and first.source.startswith("# ---\n# jupyter:"):
        return "each line of its header begins with # and a space, up to the closing # ---"
    header = notebook.metadata.get("labbook", {})
    if not isinstance(header, dict):
        return f"below labbook: its header lists names and values, such as expt: 1, not {header!r}"
    return None


def _why(error: Exception) -> str:
    """Why a file is no notebook, as a phrase."""
    if not isinstance(error, yaml.YAMLError):
        return getattr(error, "message", None) or " ".join(str(error).split())
    problem = getattr(error, "problem", None) or " ".join(str(error).split())
    mark = getattr(error, "problem_mark", None)
    place = f", line {mark.line + 2}" if mark else ""  # from 1, below the opening ---
    quotes = "; a text with a colon in it wants quotes" if "mapping values" in problem else ""
    return f"its header is no YAML{place}: {problem}{quotes}"


def reads(text: str) -> NotebookNode:
    """As ``read``, from the text of a percent notebook."""
    return complete(jupytext.reads(text, fmt="py:percent"))


def from_json(fields: dict) -> NotebookNode:
    """As ``read``, from the JSON types of an ``.ipynb``."""
    return complete(nbformat.reads(json.dumps(fields), as_version=4))


def complete(notebook: NotebookNode) -> NotebookNode:
    """Fill in the kernel and the language, which a text notebook may leave out.

    Dates in the header become text.
    """
    given = notebook.metadata.get("kernelspec", {})
    notebook.metadata.kernelspec = NotebookNode({**KERNELSPEC, **given})
    notebook.metadata.setdefault("language_info", NotebookNode(name="python"))
    dates_as_text(notebook.metadata)
    return notebook


def dates_as_text(metadata: dict) -> None:
    """Turn dates into text: YAML makes a date of ``date: 2026-11-22``, and JSON has none."""
    for key, value in metadata.items():
        metadata[key] = _dates_as_text(value)


def _dates_as_text(value: Any) -> Any:
    if isinstance(value, dict):
        dates_as_text(value)
    elif isinstance(value, list):
        return [_dates_as_text(one) for one in value]
    return value.isoformat() if isinstance(value, datetime.date) else value


def tags(cell: NotebookNode) -> list[str]:
    """The tags of a cell; none where it has no metadata about them."""
    return cell.metadata.get("tags", [])


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    """The code cells that were written by hand (not those that Papermill injected)."""
    return [
        cell
        for cell in notebook.cells
        if cell.cell_type == "code" and "injected-parameters" not in tags(cell)
    ]


def source_digest(notebook: NotebookNode) -> str:
    """Digest (16 hex digits) of what the notebook computes: its code cells, in order.

    Prose, comments, layout and outputs do not enter; the tags that change what is executed do.
    """
    parts = []
    for cell in code_cells(notebook):
        acting = sorted({"parameters", "raises-exception", "skip-execution"} & set(tags(cell)))
        parts.append(f"{','.join(acting)}:{_cell_digest(cell.source)}")
    return short_digest("\n".join(parts))


def _cell_digest(source: str) -> str:
    try:
        tree = ast.parse(source)
    except SyntaxError:  # a magic, or a mistake that the kernel will report
        return short_digest(source)
    # What a cell shows depends on its last line too: a bare string there, or a semicolon.
    last = tree.body[-1] if tree.body else None
    is_text = isinstance(last, ast.Expr) and isinstance(last.value, ast.Constant)
    text = repr(last.value.value) if is_text else ""
    silent = ";" if source.rstrip().endswith(";") else ""
    return digest([Writer(as_written).text(tree)]) + text + silent


def check_syntax(notebook: NotebookNode) -> None:
    """Make sure that every code cell compiles, so that no run ends hours later at a typo.

    Magics count as IPython translates them. Cells that shall raise, or are skipped, may hold
    anything.

    Raises:
        NotebookError: names the cell (code cells count from 1), its line, and the mistake.
    """
    for number, cell in enumerate(code_cells(notebook), start=1):
        if {"raises-exception", "skip-execution"} & set(tags(cell)):
            continue
        try:
            _compile(cell.source)
        except SyntaxError as error:
            if mistake := _mistake(cell.source, error):
                line = (mistake.text or "").strip()
                raise NotebookError(
                    f"cell {number} is no Python, line {mistake.lineno} of it: {mistake.msg}"
                    + (f" ({line})." if line else ".")
                ) from None


def _mistake(source: str, error: SyntaxError) -> SyntaxError | None:
    """The mistake in a cell that is no plain Python; None where IPython can run it."""
    from IPython.core.inputtransformer2 import TransformerManager  # takes a while to import

    try:
        _compile(TransformerManager().transform_cell(source))
    except SyntaxError:
        return error
    return None


def _compile(source: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        compile(source, "cell", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)


def statements(notebook: NotebookNode) -> list[ast.stmt]:
    """The statements of each code cell that is Python but for its magics, in order."""
    found = []
    for cell in code_cells(notebook):
        with contextlib.suppress(SyntaxError):  # the kernel will say so
            found += parsed_cells(cell.source)
    return found


def title(notebook: NotebookNode, index: int) -> str:
    """What to call a cell in one line: the heading above it and its first line of code."""
    heading = ""
    for cell in notebook.cells[:index]:
        if cell.cell_type == "markdown" and (
            found := re.findall(r"^#{1,6}\s+(.+?)\s*$", cell.source, flags=re.MULTILINE)
        ):
            heading = found[-1]
    lines = [line.strip() for line in notebook.cells[index].source.splitlines() if line.strip()]
    return " · ".join(part for part in (heading, lines[0] if lines else "") if part)


def with_outputs(source: NotebookNode, executed: NotebookNode) -> NotebookNode:
    """The notebook that stands beside the text: its cells, with the outputs of a run.

    The cells and their metadata are exactly those of the text, so that Jupytext, which pairs
    the two, finds nothing to write back into it. Papermill's notes on each cell stay with the
    run's own copy.

    Arguments:
        source: the text notebook that was run.
        executed: the same notebook after the run, with at most an injected cell more.
    """
    joined = nbformat.from_dict(source)
    ran = [cell for cell in executed.cells if "injected-parameters" not in tags(cell)]
    for cell, after in zip(joined.cells, ran, strict=True):
        if cell.cell_type == "code":
            cell.outputs = after.get("outputs", [])
            cell.execution_count = after.get("execution_count")
    for key in ("papermill", "widgets", "language_info", "labbook"):
        if key in executed.metadata:
            joined.metadata[key] = executed.metadata[key]
    joined.metadata.setdefault("jupytext", NotebookNode()).setdefault("formats", FORMATS)
    joined.nbformat_minor = max(joined.nbformat_minor, executed.nbformat_minor)
    return joined


def keep_attachments(joined: NotebookNode, before: NotebookNode) -> None:
    """Carry images that were pasted into cells over from the page before: no text holds them.

    A cell gets those that it names, of the cell with its text where there is one.
    """
    pasted = [cell for cell in before.cells if cell.get("attachments")]
    by_name = {name: image for cell in pasted for name, image in cell.attachments.items()}
    by_source = {cell.source: cell.attachments for cell in pasted}
    for cell in joined.cells:
        known = by_name | by_source.get(cell.source, {})
        named = {n: known[n] for n in known if f"attachment:{quote(n)}" in cell.source}
        if named and cell.cell_type != "code":
            cell.attachments = NotebookNode(named)


def write(notebook: NotebookNode, path: Path) -> None:
    """Write an ``.ipynb`` whole or not at all.

    Raises:
        OSError: the folder cannot be written; the file that was there is untouched.
    """
    write_whole(path, (nbformat.writes(notebook) + "\n").encode())
