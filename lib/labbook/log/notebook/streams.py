"""What a cell wrote to its streams, as a reader sees it at the end."""

from collections.abc import Iterable
from itertools import groupby

from nbformat import NotebookNode


def joined_streams(outputs: Iterable[NotebookNode]) -> list[NotebookNode]:
    """The outputs, with what was written to one stream in several pieces as one.

    Streams are copies: the outputs that were given stay as they are.
    """
    joined: list[NotebookNode] = []
    for name, found in groupby(outputs, _stream):
        pieces = list(found)
        if name is not None:
            text = "".join(piece["text"] for piece in pieces)
            pieces = [NotebookNode({**pieces[0], "text": text})]
        joined += pieces
    return joined


def _stream(output: NotebookNode) -> str | None:
    return output.get("name") if output["output_type"] == "stream" else None


def terminal_text(text: str) -> str:
    """What a terminal, and JupyterLab, shows at the end: a progress bar once, in its last state.

    What follows a carriage return overwrites as much of its line as it is long.
    """
    return "\n".join(_overwritten(line) for line in text.split("\n"))


def _overwritten(line: str) -> str:
    seen = ""
    for part in line.split("\r"):
        seen = part + seen[len(part) :]
    return seen.rstrip()
