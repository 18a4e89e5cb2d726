"""How JupyterLab reads and writes the files of a log: experiments are notebooks, code is text.

An experiment is ``notebooks/<name>.py``, paired with ``notebooks/<name>.ipynb``, which keeps the
outputs and is not in git. The text decides: what is in the ``.ipynb`` but not in the text is only
outputs. Saving writes nothing into the text that its author didn't write.
"""

import os
import re
from pathlib import Path

import jupytext
import nbformat
from jupytext import TextFileContentsManager
from jupytext.config import JupytextConfiguration
from nbformat import NotebookNode

from labbook.log import notebooks

_EXPERIMENT = re.compile(r"/?notebooks/[^/]+\.(py|ipynb)")
_HEADER = re.compile(r"# ---\n.*?\n# ---\n", re.DOTALL)

# Of metadata, the text keeps the kernel and what the log itself says of the experiment. Outputs
# of `labbook run` are always written after the text, so their later time means nothing.
CONFIGURATION = JupytextConfiguration(
    formats=notebooks.FORMATS,
    notebook_metadata_filter="kernelspec,labbook,jupytext",
    outdated_text_notebook_margin=float("inf"),
)


class LogFiles(TextFileContentsManager):
    """The contents manager of ``labbook lab``; paths are relative to the log's root."""

    def get(self, path, content=True, type=None, format=None, **options):
        """As Jupytext's; but a ``.py`` elsewhere than in ``notebooks/`` is a text file."""
        if type is None and path.endswith(".py") and not _EXPERIMENT.fullmatch(path):
            type = "file"
        return super().get(path, content=content, type=type, format=format, **options)

    def get_config(self, path, use_cache=False):
        """Experiments are paired, whatever is configured elsewhere; others as configured."""
        if _EXPERIMENT.fullmatch(path):
            return CONFIGURATION
        return super().get_config(path, use_cache)

    def save(self, model, path=""):
        """Save as Jupytext does; but an unedited experiment leaves its text as it is on disk.

        JupyterLab puts the kernel's display name of this machine into the notebook, and Jupytext
        its version and its own layout of the text: none of these is an edit. Outputs that are
        still those of the last recorded run keep its record; others must not claim it.
        """
        if model["type"] != "notebook" or not _EXPERIMENT.fullmatch(path):
            return super().save(model, path)
        text_path = Path(self._get_os_path(path)).with_suffix(".py")
        outputs_path = text_path.with_suffix(".ipynb")
        content = nbformat.from_dict(model["content"])
        model["content"] = content
        text, before = "", None
        if text_path.is_file():
            text = text_path.read_text("utf-8")
            before = jupytext.reads(text, fmt="py:percent", config=CONFIGURATION)
            keep_kernel(content.metadata, before.metadata)
        run = recorded_run(outputs_path, content)
        saved = super().save(model, path)
        if before is not None:
            written = text_path.read_text("utf-8")
            kept = unedited_parts(text, as_text(before), written, as_text(content))
            if kept != written:
                with self.atomic_writing(str(text_path)) as file:
                    file.write(kept)
        if run is not None:
            self._put_run(outputs_path, run)
        return saved

    def _put_run(self, executed: Path, run: dict) -> None:
        """Put the record of a run back into an executed notebook, whose time stays as it is."""
        status = executed.stat()
        notebook = nbformat.read(executed, as_version=4)
        notebook.metadata.setdefault("labbook", NotebookNode())["run"] = run
        with self.atomic_writing(str(executed)) as file:
            nbformat.write(notebook, file)
        os.utime(executed, ns=(status.st_atime_ns, status.st_mtime_ns))


def keep_kernel(metadata: NotebookNode, before: NotebookNode) -> None:
    """Undo what JupyterLab does to a header: it names the kernel as this machine calls it.

    Another kernel, chosen by the author, stays.
    """
    kernel, kept = metadata.get("kernelspec"), before.get("kernelspec")
    if kept is None:
        metadata.pop("kernelspec", None)
    elif kernel is None or kernel.get("name") == kept.get("name"):
        metadata["kernelspec"] = kept


def unedited_parts(text: str, before: str, written: str, after: str) -> str:
    """What was written, with header and cells as they were in ``text`` where they are unedited.

    Arguments:
        text, written: the file before and after saving.
        before, after: the same two in Jupytext's own layout, where only edits make a difference.
    """
    headers, bodies = zip(*map(_header_and_body, (text, before, written, after)), strict=True)
    header = headers[0] if headers[1] == headers[3] else headers[2]
    body = bodies[0] if bodies[1] == bodies[3] else bodies[2]
    return header + body


def _header_and_body(text: str) -> tuple[str, str]:
    header = _HEADER.match(text)
    end = header.end() if header else 0
    return text[:end], text[end:]


def as_text(notebook: NotebookNode) -> str:
    """A notebook in the one layout that Jupytext gives it; equal for equal sources."""
    copy = nbformat.from_dict(notebook)
    copy.metadata.setdefault("jupytext", NotebookNode())["formats"] = notebooks.FORMATS
    copy.metadata.jupytext.pop("text_representation", None)
    return jupytext.writes(copy, fmt="py:percent", config=CONFIGURATION)


def recorded_run(executed: Path, content: NotebookNode) -> dict | None:
    """The record of the run in the executed notebook, if ``content`` still shows what it gave."""
    if not executed.is_file():
        return None
    try:
        before = nbformat.read(executed, as_version=4)
    except ValueError:
        return None  # a damaged file records nothing; it is about to be replaced
    run = before.metadata.get("labbook", {}).get("run")
    return run if run and shown(before) == shown(content) else None


def shown(notebook: NotebookNode) -> list:
    """What code was run and what it gave, in the form in which JupyterLab gives it back."""
    return [
        (cell.source.strip(), cell.get("execution_count"), _outputs(cell.get("outputs", [])))
        for cell in notebook.cells
        if cell.cell_type == "code" and "injected-parameters" not in notebooks.tags(cell)
    ]


def _outputs(outputs: list) -> list:
    """Outputs, with the text of a stream joined and as a terminal would leave it."""
    joined: list = []
    for output in outputs:
        if output["output_type"] != "stream":
            joined.append({**output, "data": dict(output.get("data", {}))})
        elif joined and joined[-1].get("name") == output["name"]:
            joined[-1]["text"] += output["text"]
        else:
            joined.append({"name": output["name"], "text": output["text"]})
    for output in joined:
        if "name" in output:
            output["text"] = [_overwritten(line) for line in output["text"].rstrip().split("\n")]
    return joined


def _overwritten(line: str) -> str:
    """A line after its carriage returns: what follows one overwrites what was there."""
    seen = ""
    for part in line.split("\r"):
        seen = part + seen[len(part) :]
    return seen.rstrip()
