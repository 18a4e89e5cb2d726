"""The parameters of a notebook: read from the cell tagged ``parameters``, never executed."""

import ast
import difflib
import io
import re
import symtable
import tokenize
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from nbformat import NotebookNode

from labbook.log.code.source import without_magics
from labbook.log.notebook.notebooks import code_cells, tags
from labbook.log.notebook.types import Refused, Type, describe, read_annotation, type_of
from labbook.log.records.text import table

TAG = "parameters"


class ParameterError(ValueError):
    """A parameter that a notebook declares wrongly, or that was given wrongly."""


@dataclass(frozen=True)
class Parameter:
    """One parameter.

    Attributes:
        name: as in the notebook.
        type: what values it takes.
        default: its value when it is not given.
        help: the comment behind it.
    """

    name: str
    type: Type
    default: object
    help: str


def declared(notebook: NotebookNode) -> list[Parameter]:
    """The parameters that a notebook declares, in their order; none without such a cell.

    Raises:
        ParameterError: there are two such cells, or a line of it is no
            ``name: type = value`` with a literal value of that type.
    """
    cells = [cell for cell in code_cells(notebook) if TAG in tags(cell)]
    if not cells:
        return []
    if len(cells) > 1:
        raise ParameterError(f"{len(cells)} cells are tagged {TAG}; exactly one can be.")
    source = cells[0].source
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        raise ParameterError(
            f"line {error.lineno} of the cell of parameters is no Python: {error.msg}."
        ) from None
    _check_no_magic(source, tree)
    comments = _comments(source)
    found = [_parameter(node, comments) for node in tree.body if not _is_aside(node)]
    names = [parameter.name for parameter in found]
    for name in names:
        if names.count(name) > 1:
            raise ParameterError(f"parameter {name} is declared twice.")
    return found


def check_read(notebook: NotebookNode, parameters: Iterable[Parameter]) -> None:
    """Make sure that every declared parameter is read by a later cell.

    A parameter that nothing reads looks as if it had been varied and changes nothing.

    Raises:
        ParameterError: names the parameters that no later cell reads.
    """
    cells = code_cells(notebook)
    start = next((i for i, cell in enumerate(cells) if TAG in tags(cell)), len(cells))
    read = set().union(*(_names_read(cell.source) for cell in cells[start + 1 :]))
    unread = [parameter.name for parameter in parameters if parameter.name not in read]
    if unread:
        names, are = ", ".join(unread), "is" if len(unread) == 1 else "are"
        raise ParameterError(
            f"{names} {are} declared as parameter{'s'[: len(unread) - 1]} but read by no later "
            "cell, so no value would change anything; use it or take it out."
        )


def parse(parameters: list[Parameter], given: Iterable[tuple[str, str]]) -> dict[str, object]:
    """Values from the command line: pairs of a name and a text.

    Raises:
        ParameterError: a name is unknown or given twice, or a text is no value of its type.
    """
    values: dict[str, object] = {}
    for name, text in given:
        parameter = _find(parameters, name)
        if name in values:
            raise ParameterError(f"{name} is given twice; give it once.")
        values[name] = _typed(parameter, parameter.type.parse, text)
    return values


def check(parameters: list[Parameter], given: Mapping[str, object]) -> dict[str, object]:
    """Values given as Python objects, each in the plain type that stands for it.

    Raises:
        ParameterError: a name is unknown, or a value is not of its type.
    """
    return {
        name: _typed(parameter, parameter.type.check, value)
        for name, value in given.items()
        if (parameter := _find(parameters, name))
    }


def left(notebook: NotebookNode) -> dict[str, object]:
    """The parameters that outputs without a record were made with, as the notebook tells them.

    Papermill notes what it was given; JupyterLab leaves the values in the cell of parameters.
    """
    noted = notebook.metadata.get("papermill", {}).get("parameters", {})
    try:
        return defaults(declared(notebook)) | dict(noted)
    except ParameterError:
        return dict(noted)


def defaults(parameters: Iterable[Parameter]) -> dict[str, object]:
    """The value of every parameter that is not given."""
    return {parameter.name: parameter.default for parameter in parameters}


def help_text(parameters: list[Parameter]) -> str:
    """A table of the parameters for ``--help-parameters``."""
    if not parameters:
        return "(no parameters)"
    rows = [(p.name, str(p.type), repr(p.default), p.help) for p in parameters]
    return table(("parameter", "type", "default", ""), rows)


def _check_no_magic(source: str, tree: ast.Module) -> None:
    """IPython takes a cell of one line that begins with a magic's name for that magic."""
    node = tree.body[0] if len(tree.body) == 1 and len(source.splitlines()) == 1 else None
    if not isinstance(node, ast.AnnAssign) or not isinstance(node.target, ast.Name):
        return
    from IPython.core import magics  # takes a while to import

    kinds = (getattr(getattr(magics, name), "magics", {}) for name in dir(magics))
    if node.target.id in set().union(*(kind["line"] for kind in kinds if kind)):
        raise ParameterError(
            f"parameter {node.target.id} is alone in its cell and bears the name of a magic of "
            "IPython, which would take the line: write a comment in a line above it."
        )


def _parameter(node: ast.stmt, comments: dict[int, str]) -> Parameter:
    target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
    simple = isinstance(node, ast.AnnAssign) or (
        isinstance(node, ast.Assign) and len(node.targets) == 1
    )
    if not simple or not isinstance(target, ast.Name) or node.value is None:
        raise ParameterError(
            f"line {node.lineno} of the cell of parameters, {ast.unparse(node)!r}, is no "
            "parameter; that would be name: type = value."
        )
    name = target.id
    try:
        value = ast.literal_eval(node.value)
    except (ValueError, TypeError):
        raise ParameterError(
            f"the default of {name}, {ast.unparse(node.value)}, is no literal; write the value "
            "itself and compute from it in a later cell."
        ) from None
    try:
        kind = read_annotation(node.annotation) if isinstance(node, ast.AnnAssign) else None
        kind = kind or type_of(value)
    except Refused as refused:
        raise ParameterError(f"parameter {name}: {refused}.") from None
    try:
        default = kind.check(value)
    except Refused as refused:
        raise ParameterError(f"the default of {name} must be {kind.wanted}; {refused}.") from None
    text = comments.get(node.end_lineno or node.lineno) or comments.get(node.lineno, "")
    return Parameter(name, kind, default, text)


def _is_aside(node: ast.stmt) -> bool:
    """Imports and bare strings may stand among the parameters."""
    is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return is_text or isinstance(node, ast.Import | ast.ImportFrom)


def _comments(source: str) -> dict[int, str]:
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {
        token.start[0]: token.string.lstrip("# ").rstrip()
        for token in tokens
        if token.type == tokenize.COMMENT
    }


def _find(parameters: list[Parameter], name: str) -> Parameter:
    names = [parameter.name for parameter in parameters]
    if name in names:
        return parameters[names.index(name)]
    if not names:
        raise ParameterError(f"there is no parameter {name!r}; the notebook declares none.")
    alike = unicodedata.normalize("NFKC", str(name)).lower()
    near = difflib.get_close_matches(alike, names, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(names)}."
    raise ParameterError(f"there is no parameter {name!r}; {hint}")


def _typed(parameter: Parameter, convert, value: object) -> object:
    try:
        return convert(value)
    except Refused as refused:
        raise ParameterError(
            f"{parameter.name} must be {parameter.type.wanted}; {refused}."
        ) from None
    except RecursionError:
        raise ParameterError(f"{parameter.name}: {describe(value)} is nested too deep.") from None


def _names_read(source: str) -> set[str]:
    """Names that a cell looks up at the level of the notebook."""
    text = without_magics(source)
    try:
        table = symtable.symtable(text, "cell", "exec")
    except SyntaxError:  # a cell in another language, or a mistake: every word may be a name
        return set(re.findall(r"\w+", source))
    found = {symbol.get_name() for symbol in table.get_symbols() if symbol.is_referenced()}
    if text != source:
        found |= set(re.findall(r"\w+", source))
    tables = list(table.get_children())
    while tables:
        inner = tables.pop()
        found |= {
            symbol.get_name()
            for symbol in inner.get_symbols()
            if symbol.is_global() and symbol.is_referenced()
        }
        tables.extend(inner.get_children())
    return found
