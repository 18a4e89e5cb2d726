"""Whether the outputs that JupyterLab saves are still those of a run, and which to keep.

What code was edited is no question here: outputs stay those of their run when the text above them
changes, and the page says that it did.
"""

import difflib
import json
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from labbook.log.notebook import notebooks, parameters
from labbook.log.notebook.streams import joined_streams, terminal_text
from labbook.log.records.key import short_digest

# In the notebook that the editor gets: what it shows. It is never saved.
LOADED = "labbook_loaded"
# What nbformat raises at JSON of other types than a notebook's.
OTHER_TYPES = (AttributeError, KeyError, TypeError)


def mark_loaded(content: NotebookNode, executed: Path) -> None:
    """Note in the editor's notebook what it shows, so that a save can say what was run since.

    And what its text is called, if it has one; and which parameters of the run differ from the
    text, which the editor tells above the outputs.

    Arguments:
        executed: the notebook of the last run, as it lies on the disk.
    """
    run = run_of(_read(executed)) or {}
    text = executed.with_suffix(".py")
    content.metadata[LOADED] = NotebookNode(
        text=text.name if text.is_file() else None,
        run=run.get("id"),
        results=sorted(_digests(content)),
        differs=_differing(content, run),
    )


def _differing(content: NotebookNode, run: dict) -> list[str]:
    """The parameters that a run was given otherwise than the text has them now, in words."""
    try:
        declared = parameters.declared(content)
    except parameters.ParameterError:
        return []  # running it says what is wrong
    used = run.get("parameters_used") or {}
    return [
        f"{p.name} was {used[p.name]!r}, and is {p.default!r} in the text"
        for p in declared
        if p.name in used and used[p.name] != p.default
    ]


def keep_run(executed: Path, content: NotebookNode) -> dict | None:
    """The record of the run whose outputs are to be saved; None where they were made by hand.

    Where other outputs have taken the place of those that the editor was opened with, and no cell
    was run in it, ``content`` gets these, and keeps its text: a run has ended, or trials have new
    keys, as after a new name.

    Arguments:
        executed: the notebook of the last run, as it lies on the disk.
        content: what the editor saves.
    """
    loaded = content.metadata.pop(LOADED, None)
    before = _read(executed)
    if (run := run_of(before)) is None:
        return None
    # The run's own copy has all of its outputs, also of cells that were deleted and come back.
    own = _read(executed.parents[1] / run["notebook"]) if run.get("notebook") else None
    made = own or before
    if shows(content, made):
        return run
    if loaded is None or not _digests(content) <= set(loaded["results"]):
        return None
    if loaded["run"] != run.get("id") or not set(loaded["results"]) <= _digests(made):
        take_outputs(content, made)
        return run
    return None


def _read(path: Path) -> NotebookNode | None:
    """A notebook; None where there is none, or a damaged one."""
    try:
        return nbformat.read(path, as_version=4)
    except (OSError, ValueError, nbformat.ValidationError, *OTHER_TYPES):
        return None


def run_of(notebook: NotebookNode | None) -> dict | None:
    """The record of the run whose outputs a notebook holds, if they have one."""
    metadata = notebook.metadata.get("labbook") if notebook else None
    run = metadata.get("run") if isinstance(metadata, dict) else None
    return run if isinstance(run, dict) and run else None


def forget_run(notebook: NotebookNode) -> None:
    """Take out what a notebook says of the run that made its outputs: no text says it."""
    metadata = notebook.metadata.get("labbook")
    if isinstance(metadata, dict) and metadata.pop("run", None) is not None and not metadata:
        del notebook.metadata["labbook"]


def shows(content: NotebookNode, made: NotebookNode) -> bool:
    """Whether all outputs of a notebook are those of a run, and none was cleared by hand."""
    kept = _digests(content)
    if not kept or not kept <= _digests(made):
        return False
    gone = {source for digest, source in results(made) if digest not in kept}
    return not any(
        cell.source.strip() in gone for cell in notebooks.code_cells(content) if not _ran(cell)
    )


def take_outputs(content: NotebookNode, run: NotebookNode) -> None:
    """Put the outputs of a run under the cells of an edited notebook."""
    cells, ran = notebooks.code_cells(content), notebooks.code_cells(run)
    for cell in cells:
        cell.outputs, cell.execution_count = [], None
    sources = [[cell.source.strip() for cell in each] for each in (cells, ran)]
    matcher = difflib.SequenceMatcher(None, *sources, autojunk=False)
    for _, first, last, other, end in matcher.get_opcodes():
        if last - first == end - other:  # the same cells, or as many that were edited
            for cell, after in zip(cells[first:last], ran[other:end], strict=True):
                cell.outputs = after.outputs
                cell.execution_count = after.execution_count


def results(notebook: NotebookNode) -> list[tuple[str, str]]:
    """For each code cell that was run: a digest of what it gave, and its source.

    Outputs enter in the form in which JupyterLab gives them back.
    """
    return [
        (_digest([cell.get("execution_count"), _outputs(cell.get("outputs", []))]), source)
        for cell in notebooks.code_cells(notebook)
        if _ran(cell) and (source := cell.source.strip())
    ]


def _digests(notebook: NotebookNode) -> set[str]:
    return {digest for digest, _ in results(notebook)}


def _ran(cell: NotebookNode) -> bool:
    return bool(cell.get("execution_count") or cell.get("outputs"))


def _digest(value: object) -> str:
    return short_digest(json.dumps(value, sort_keys=True))


def _outputs(outputs: list[NotebookNode]) -> list[dict]:
    """Outputs, with the text of a stream joined and as a terminal would leave it."""
    return [
        {"name": output["name"], "text": terminal_text(output["text"]).rstrip()}
        if output["output_type"] == "stream"
        else output
        for output in joined_streams(outputs)
    ]
