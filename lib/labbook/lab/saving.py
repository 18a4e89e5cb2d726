"""What is asked before an experiment is saved or taken elsewhere; what is said where it fails."""

from contextlib import suppress
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from tornado.web import HTTPError

from labbook.lab import outputs
from labbook.log.notebook.notebooks import NotebookError
from labbook.log.notebook.numbering import next_number, numbers
from labbook.log.records.layout import Layout


def refuse_gone(executed: Path, content: NotebookNode) -> None:
    """Refuse to save an experiment whose text was there when it was opened, and is not now."""
    opened = content.metadata.get(outputs.LOADED, {}).get("text")
    text = executed.with_suffix(".py")
    if opened == text.name and not text.is_file():
        raise HTTPError(
            409,
            f"notebooks/{opened} has been renamed or deleted since it was opened, so nothing was "
            "saved: open it under its new name, or save what you have here under another one "
            "(File, Save Notebook As).",
        )


def of_today(content: dict, path: str) -> NotebookNode:
    """A notebook in today's format: one that is uploaded may have an older one, or be none."""
    try:
        return nbformat.convert(nbformat.from_dict(content), 4)
    except (ValueError, nbformat.ValidationError, *outputs.OTHER_TYPES) as error:
        raise HTTPError(400, f"{path.strip('/')} does not read as a notebook: {error}") from None


def give_free_number(metadata: NotebookNode, layout: Layout) -> None:
    """Give a notebook that begins an experiment the next number, where it has another's."""
    header = metadata.get("labbook", {})
    with suppress(NotebookError):  # of one that does not read nobody knows the number
        if isinstance(header, dict) and header.get("expt") in numbers(layout).values():
            header["expt"] = next_number(layout)


def os_error_of(error: BaseException | None) -> OSError | None:
    """What the system said first, where that is why a file was not written."""
    found = None
    while error is not None:
        found = error if isinstance(error, OSError) else found
        error = error.__cause__ or error.__context__
    return found


def refuse_orphans(layout: Layout, experiment: str) -> None:
    """Refuse to take an experiment out of ``notebooks/`` that has records or runs there."""
    places = (layout.published_records, layout.local_records, layout.runs)
    kept = [place(experiment) for place in places if place(experiment).is_dir()]
    if kept:
        raise HTTPError(
            400,
            f"{experiment} stays in notebooks/, as {experiment}.py: elsewhere nothing would find "
            f"what belongs to it in {kept[0].relative_to(layout.root)}.",
        )
