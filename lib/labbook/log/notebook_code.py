"""The code that a notebook's function uses, read from text: definitions, imports, names.

The same reading serves a notebook's file and the cells that a live kernel has run, so that
both give the same digests.
"""

import ast
import inspect
import linecache
import symtable
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from labbook.log.imports import absolute_name, imported_names, syntax_digest

IMPORTS = "notebook imports"


@dataclass(frozen=True)
class NotebookPart:
    """What a function uses of its notebook.

    Attributes:
        code: ``{"notebook.train": digest, …, "notebook imports": digest}``.
        imported: dotted names that the used import statements mention.
    """

    code: dict[str, str]
    imported: frozenset[str]


def part_used(trees: list[ast.Module], name: str, live: dict | None = None) -> NotebookPart | None:
    """The part of a notebook that the function ``name`` uses, itself included.

    Arguments:
        trees: the notebook's text, or one tree per executed cell in the order of execution;
            where a name is bound twice the last one counts.
        name: the function, or the class for a method.
        live: globals of a running kernel. Functions found there are read as they were
            defined, which matters where a cell broke off half-way.

    Returns:
        None where nothing in the notebook binds ``name``.
    """
    bindings, imports = _read(trees)
    for other in bindings:
        if live is not None and (node := _live_definition(live.get(other), other)):
            bindings[other] = node
    if name not in bindings:
        return None
    used: dict[str, ast.stmt] = {}
    used_imports: set[str] = set()
    imported: set[str] = set()
    waiting = [name]
    while waiting:
        current = waiting.pop()
        for statement, alias in imports.get(current, []) + imports.get("*", []):
            used_imports.add(_import_text(statement, alias))
            imported |= _names_of(statement, alias)
        if current in bindings and current not in used:
            statement = used[current] = bindings[current]
            imported.update(imported_names([statement]))
            waiting.extend(_global_names(statement))
    code = {f"notebook.{name}": syntax_digest(node) for name, node in sorted(used.items())}
    if used_imports:
        text = ast.parse("\n".join(sorted(used_imports)))
        code[IMPORTS] = syntax_digest(text)
    return NotebookPart(code, frozenset(imported))


def kernel_cells() -> list[ast.Module] | None:
    """The cells that this process's IPython kernel has run, or None outside IPython."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is None:
        return None
    return list(_parsed(shell.user_ns.get("In", [])))


def script_text(function: Callable) -> list[ast.Module] | None:
    """The text of the script that runs as ``__main__`` and defines ``function``, if one does."""
    file = getattr(sys.modules.get("__main__"), "__file__", None)
    if file is None or Path(function.__code__.co_filename).resolve() != Path(file).resolve():
        return None
    return list(_parsed([Path(file).read_text(encoding="utf-8")]))


def _parsed(texts: list[str]) -> Iterator[ast.Module]:
    for text in texts:
        try:
            yield ast.parse(text)
        except SyntaxError:
            continue  # such a cell never ran: it defined nothing


def _read(trees: list[ast.Module]) -> tuple[dict, dict]:
    """The last statement that binds each name, and the import statements of each name."""
    bindings: dict[str, ast.stmt] = {}
    imports: dict[str, list[tuple[ast.Import | ast.ImportFrom, ast.alias]]] = {}
    for tree in trees:
        for statement in _statements(tree.body):
            if isinstance(statement, ast.Import | ast.ImportFrom):
                for alias in statement.names:
                    name = alias.asname or alias.name.split(".")[0]
                    dotted = isinstance(statement, ast.Import) and not alias.asname
                    earlier = imports.get(name, []) if dotted or name == "*" else []
                    imports[name] = [*earlier, (statement, alias)]
                    bindings.pop(name, None)
            else:
                for name in _bound_names(statement):
                    bindings[name] = statement
                    imports.pop(name, None)
    return bindings, imports


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements of a module's level, those inside if, try, with, match and loops included."""
    for statement in body:
        yield statement
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        for field in ("body", "orelse", "finalbody"):
            yield from _statements(getattr(statement, field, []))
        for inner in (*getattr(statement, "handlers", []), *getattr(statement, "cases", [])):
            yield from _statements(inner.body)


def _bound_names(statement: ast.stmt) -> list[str]:
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [statement.name]
    if isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        return [node.id for t in targets for node in ast.walk(t) if isinstance(node, ast.Name)]
    return []


def _global_names(statement: ast.stmt) -> set[str]:
    """Names that a statement looks up at the level of the module."""
    top = symtable.symtable(ast.unparse(statement), "notebook", "exec")
    names = {symbol.get_name() for symbol in top.get_symbols() if symbol.is_referenced()}
    tables = list(top.get_children())
    while tables:
        table = tables.pop()
        names |= {s.get_name() for s in table.get_symbols() if s.is_global()}
        tables.extend(table.get_children())
    return names


def _import_text(statement: ast.Import | ast.ImportFrom, alias: ast.alias) -> str:
    """One imported name as a statement of its own."""
    if isinstance(statement, ast.Import):
        return ast.unparse(ast.Import([alias]))
    return ast.unparse(ast.ImportFrom(statement.module, [alias], statement.level))


def _names_of(statement: ast.Import | ast.ImportFrom, alias: ast.alias) -> set[str]:
    if isinstance(statement, ast.Import):
        return {alias.name}
    base = absolute_name(statement, "", False)
    return {base} if alias.name == "*" else {base, f"{base}.{alias.name}"}


def _live_definition(value: object, name: str) -> ast.stmt | None:
    """The statement that defined a live function of the notebook, if its source is known."""
    if not inspect.isfunction(value) or value.__module__ != "__main__" or value.__name__ != name:
        return None
    if not linecache.getlines(value.__code__.co_filename):
        return None
    try:
        (node,) = ast.parse(textwrap.dedent(inspect.getsource(value))).body
    except (OSError, SyntaxError, ValueError):
        return None  # a lambda, or a definition made by other code: its cell's text stands
    return node if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else None
