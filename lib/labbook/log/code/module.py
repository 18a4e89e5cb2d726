"""One module's text: which statements of its level bind or change each of its names."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from labbook.log.code.source import parsed
from labbook.log.code.syntax import (
    DEFINITIONS,
    FUNCTIONS,
    Import,
    chain,
    imports_of,
    is_bare_string,
    stored_names,
)

COMPOUND = (ast.If, ast.Try, ast.TryStar, ast.With, ast.For, ast.While, ast.Match)
# Methods that change the list, set or dictionary that they are called on.
CHANGING = {"add", "append", "extend", "insert", "register", "setdefault", "update"}
CONTAINERS = {"Counter", "OrderedDict", "defaultdict", "deque", "dict", "list", "set"}


@dataclass(frozen=True)
class Module:
    """What a module holds at its own level.

    Attributes:
        statements: what binds or changes each name; a later definition replaces an earlier one.
        imports: what the import statements bind.
        stars: modules of which all names are imported.
        effects: statements that act on something else when the module is imported.
        executed: dotted names that its import statements of module level mention.
        registries: containers that functions of the module change, each with those functions.
    """

    name: str
    is_package: bool
    body: tuple[ast.stmt, ...]
    statements: dict[str, list[ast.stmt]] = field(default_factory=dict)
    imports: dict[str, Import] = field(default_factory=dict)
    stars: list[str] = field(default_factory=list)
    effects: list[ast.stmt] = field(default_factory=list)
    executed: set[str] = field(default_factory=set)
    registries: dict[str, set[str]] = field(default_factory=dict)


@lru_cache(maxsize=1024)
def read_module(text: str, name: str, is_package: bool) -> Module:
    """Read a module's text.

    Raises:
        SyntaxError: it is no Python.
    """
    return read_statements(parsed(text), name, is_package)


def read_statements(
    body: Iterable[ast.stmt], name: str, is_package: bool = False, *, effects: bool = True
) -> Module:
    """Read statements in the order in which they run.

    Arguments:
        effects: whether statements that bind nothing belong to the code. In a notebook they do
            not: its cells show and start trials.
    """
    module = Module(name, is_package, tuple(body))
    for statement in module.body:
        _take(statement, module, effects)
    _find_registries(module)
    return module


def _take(statement: ast.stmt, module: Module, effects: bool) -> None:
    is_if = isinstance(statement, ast.If)
    if is_bare_string(statement) or (is_if and "__name__" in _names(statement.test)):
        return
    if is_if and chain(statement.test)[-1:] == ("TYPE_CHECKING",):
        _import(_imports_in(statement), module)
    elif isinstance(statement, ast.Import | ast.ImportFrom):
        _import([statement], module)
    elif isinstance(statement, DEFINITIONS):
        _define(module, statement.name, statement)
        for decorator in statement.decorator_list:
            _change(module, _root(decorator), statement)
    elif isinstance(statement, COMPOUND):
        _import(_imports_in(statement), module)
        for name in stored_names([statement]):
            module.statements.setdefault(name, []).append(statement)
        if effects and any(map(_acts, ast.walk(statement))):
            module.effects.append(statement)
    elif isinstance(statement, ast.Assign | ast.AnnAssign):
        reads = _names(statement.value) if statement.value else set()
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        names = stored_names(targets)
        for name in names:
            _define(module, name, statement, keep=name in reads)
        if not names:
            _act(module, [_root(target) for target in targets], statement, effects)
    else:
        _act(module, _changed_by(statement), statement, effects)


def _define(module: Module, name: str, statement: ast.stmt, *, keep: bool = False) -> None:
    before = module.statements.get(name, []) if keep else []
    module.statements[name] = [*before, statement]
    if not keep:
        module.imports.pop(name, None)


def _change(module: Module, name: str, statement: ast.stmt) -> bool:
    """Count a statement among those of a name of the module that it changes."""
    if name not in module.statements:
        return False
    if statement not in module.statements[name]:
        module.statements[name].append(statement)
    return True


def _act(module: Module, names: list[str], statement: ast.stmt, effects: bool) -> None:
    changed = [name for name in names if _change(module, name, statement)]
    if effects and not changed:
        module.effects.append(statement)


def _import(statements: Iterable[ast.Import | ast.ImportFrom], module: Module) -> None:
    for statement in statements:
        for name, what in imports_of(statement, module.name, module.is_package):
            if name == "*":
                module.stars.append(what.module)
            else:
                module.imports[name] = what
                module.statements.pop(name, None)
            module.executed.add(what.module)
            module.executed.add(f"{what.module}.{what.name}" if what.name else what.module)
        if isinstance(statement, ast.Import):
            module.executed.update(alias.name for alias in statement.names)


def _imports_in(statement: ast.stmt) -> list[ast.Import | ast.ImportFrom]:
    return [s for s in ast.walk(statement) if isinstance(s, ast.Import | ast.ImportFrom)]


def _changed_by(statement: ast.stmt) -> list[str]:
    """The roots of what an expression, ``+=`` or ``del`` may change."""
    if isinstance(statement, ast.Expr):
        call = statement.value
        method = isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)
        return [_root(call.func)] if method else []
    if isinstance(statement, ast.AugAssign):
        return [_root(statement.target)]
    return [_root(t) for t in statement.targets] if isinstance(statement, ast.Delete) else []


def _root(node: ast.AST) -> str:
    """The name at the root of ``a.b[c].d(e)``; empty where there is none."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def _names(node: ast.AST) -> set[str]:
    return {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}


def _acts(node: ast.AST) -> bool:
    """Whether a statement acts on something, other than binding a name."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Call)
    if isinstance(node, ast.Assign | ast.AugAssign | ast.Delete):
        targets = [node.target] if isinstance(node, ast.AugAssign) else node.targets
        return any(isinstance(target, ast.Attribute | ast.Subscript) for target in targets)
    return False


def _find_registries(module: Module) -> None:
    """Containers of the module that its functions fill."""
    containers = {
        name
        for name, statements in module.statements.items()
        if any(_is_container(getattr(statement, "value", None)) for statement in statements)
    }
    if not containers:
        return
    for function in (node for outer in module.body for node in ast.walk(outer)):
        if isinstance(function, FUNCTIONS):
            for name in containers & set(_filled_by(function)):
                module.registries.setdefault(name, set()).add(function.name)


def _is_container(value: ast.AST | None) -> bool:
    if isinstance(value, ast.Call):
        return chain(value.func)[-1:] != () and chain(value.func)[-1] in CONTAINERS
    return isinstance(value, ast.Dict | ast.List | ast.Set)


def _filled_by(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    arguments = {node.arg for node in ast.walk(function.args) if isinstance(node, ast.arg)}
    own = arguments | stored_names(function.body)
    for node in ast.walk(function):
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
            name = _root(node)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            name = _root(node.func) if node.func.attr in CHANGING else ""
        else:
            continue
        if name not in own:
            yield name
