"""The source of definitions, as it was read, and where it is kept: once for each code."""

import ast
from collections.abc import Iterable, Mapping
from pathlib import Path

from labbook.log.records.files import write_whole


def parsed(text: str) -> list[ast.stmt]:
    """The statements of a text; each keeps its lines, decorators and comments included.

    Raises:
        SyntaxError: it is no Python.
    """
    body, lines = ast.parse(text).body, text.split("\n")
    for statement in body:
        decorators = getattr(statement, "decorator_list", [])
        first = min([statement.lineno, *(d.lineno for d in decorators)])
        statement.source = "\n".join(lines[first - 1 : statement.end_lineno])
    return body


def parsed_cells(text: str) -> list[ast.stmt]:
    """As ``parsed``, of one cell or of all of a notebook, where IPython's magics may stand.

    Raises:
        SyntaxError: what is left without them is no Python.
    """
    try:
        return parsed(text)
    except SyntaxError:
        return parsed(without_magics(text))


def without_magics(text: str) -> str:
    """A text with an empty line in place of each magic of IPython."""
    lines = text.split("\n")
    return "\n".join("" if line.lstrip()[:1] in ("%", "!") else line for line in lines)


def source_of(statements: Iterable[ast.stmt]) -> str:
    """The lines of statements; written anew where they were not read from a text."""
    return "\n".join(getattr(s, "source", None) or ast.unparse(s) for s in statements)


def keep_source(sources: Mapping[str, str], digest: str, folder: Path) -> None:
    """Write the source of a code as ``code/<digest>.py`` in a folder of records, if it is new.

    Arguments:
        sources: of each definition, by its name with its module.

    Raises:
        OSError: the folder cannot be written.
    """
    path = source_path(folder, digest)
    if sources and not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, source_text(sources).encode("utf-8", "surrogatepass"))


def source_text(sources: Mapping[str, str]) -> str:
    """The definitions of a code one after the other, each below its name with its module."""
    return "\n\n".join(f"# {name}\n{text}\n" for name, text in sorted(sources.items()))


def source_path(folder: Path, digest: str) -> Path:
    """Where a folder of records keeps the source of a code."""
    return folder / "code" / f"{digest}.py"
