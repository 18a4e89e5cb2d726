"""The text of an experiment: what JupyterLab gets of it, and what a save leaves as it is.

Saving writes nothing into the text that its author didn't write: no kernel as this machine calls
it, no version of Jupytext or layout of its own, no other ends of lines.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import jupytext
import nbformat
from jupytext.config import JupytextConfiguration
from nbformat import NotebookNode

from labbook.log.notebook import notebooks

# Of metadata, the text keeps the kernel and what the log itself says of the experiment.
HEADER = ("kernelspec", "labbook", "jupytext")
# Outputs of `labbook run` are always written after the text, so their later time means nothing.
CONFIGURATION = JupytextConfiguration(
    formats=notebooks.FORMATS,
    notebook_metadata_filter=",".join(HEADER),
    outdated_text_notebook_margin=float("inf"),
)
BYTE_ORDER_MARK = "\ufeff"
# With the empty lines below it.
_HEADER = re.compile(rf"{BYTE_ORDER_MARK}?# ---\r?\n.*?\n# ---\r?\n[\r\n]*", re.DOTALL)


@dataclass(frozen=True)
class Text:
    """A text as it lies on the disk, to the letter, and the notebook in it."""

    text: str
    notebook: NotebookNode

    @classmethod
    def at(cls, path: Path) -> Self:
        """The text of the experiment at ``path``.

        Raises:
            NotebookError: as ``notebooks.read`` does.
        """
        notebooks.read(path)
        text = path.read_bytes().decode()
        return cls(text, reads(text))

    def put_header(self, metadata: NotebookNode) -> None:
        """Have metadata say what the header says.

        Jupytext takes what the text lacks from the ``.ipynb``: all of it where there is no header.
        """
        for name in HEADER:
            metadata.pop(name, None)
            if name in self.notebook.metadata:
                metadata[name] = self.notebook.metadata[name]

    def keep_kernel(self, metadata: NotebookNode) -> None:
        """Undo what JupyterLab does to a header: it names the kernel as this machine calls it.

        Another kernel, chosen by the author, stays.
        """
        kernel, kept = metadata.get("kernelspec"), self.notebook.metadata.get("kernelspec")
        if kept is None:
            metadata.pop("kernelspec", None)
        elif kernel is None or kernel.get("name") == kept.get("name"):
            metadata["kernelspec"] = kept

    def keep_unedited(self, written: str) -> str:
        """What is to be written; but header and cells as they are here where nobody edited them.

        Whether they were edited is seen in Jupytext's own layout of both.
        """
        before, after = as_text(self.notebook), as_text(reads(written))
        if self.text.count("\r\n") > self.text.count("\n") / 2:
            written = written.replace("\n", "\r\n")
        headers, bodies = zip(
            *map(_header_and_body, (self.text, written, before, after)), strict=True
        )
        header = headers[0] if headers[2] == headers[3] else headers[1]
        body = bodies[0] if bodies[2] == bodies[3] else bodies[1]
        return header + body


def _header_and_body(text: str) -> tuple[str, str]:
    header = _HEADER.match(text)
    end = header.end() if header else 0
    return text[:end], text[end:]


def reads(text: str) -> NotebookNode:
    """The notebook in a text, its dates as text."""
    plain = text.removeprefix(BYTE_ORDER_MARK)
    notebook = jupytext.reads(plain, fmt="py:percent", config=CONFIGURATION)
    notebooks.dates_as_text(notebook.metadata)
    return notebook


def as_text(notebook: NotebookNode) -> str:
    """A notebook in the one layout that Jupytext gives it; equal for equal sources."""
    copy = nbformat.from_dict(notebook)
    copy.metadata.setdefault("jupytext", NotebookNode())["formats"] = notebooks.FORMATS
    copy.metadata.jupytext.pop("text_representation", None)
    return jupytext.writes(copy, fmt="py:percent", config=CONFIGURATION)
