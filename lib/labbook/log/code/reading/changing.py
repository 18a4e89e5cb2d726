"""What statements and functions change, other than by binding a name."""

import ast
from collections.abc import Iterable, Iterator

from labbook.log.code.reading.scopes import FUNCTIONS, own_names, run_with
from labbook.log.code.reading.syntax import chain

# Methods that change the list, set or dictionary that they are called on.
CHANGING = {"add", "append", "extend", "insert", "register", "setdefault", "update"}
SETTERS = {"setattr", "delattr"}


def place_of(node: ast.AST) -> tuple[tuple[str, ...], bool]:
    """The dotted name that ``a.b[c].d`` begins with, if any, and whether that is called."""
    parts: list[str] = []
    called = False
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        if isinstance(node, ast.Attribute):
            parts.append(node.attr)
        else:
            parts.clear()
            called = isinstance(node, ast.Call)
        node = node.func if isinstance(node, ast.Call) else node.value
    return ((node.id, *reversed(parts)) if isinstance(node, ast.Name) else ()), called


def root_of(node: ast.AST) -> str:
    """The name at the root of ``a.b[c].d(e)``; empty where there is none."""
    return next(iter(place_of(node)[0]), "")


def stored_by(node: ast.AST) -> Iterator[ast.expr]:
    """What a single statement or call stores to: attributes, items and, by ``+=``, names."""
    if isinstance(node, ast.Assign | ast.Delete):
        targets = list(node.targets)
    elif isinstance(node, ast.AugAssign | ast.AnnAssign | ast.For | ast.AsyncFor):
        targets = [node.target]
    elif isinstance(node, ast.Call) and chain(node.func)[-1:] and node.args:
        yield from node.args[:1] if chain(node.func)[-1] in SETTERS else ()
        return
    else:
        return
    while targets:
        target = targets.pop()
        if isinstance(target, ast.Tuple | ast.List):
            targets.extend(target.elts)
        elif isinstance(target, ast.Starred):
            targets.append(target.value)
        elif not isinstance(target, ast.Name) or isinstance(node, ast.AugAssign | ast.Delete):
            yield target


def changed_by(node: ast.AST) -> list[str]:
    """The names of what a single statement stores to, or calls a method of for what that does."""
    match node:
        case ast.Expr(ast.Call(ast.Attribute(called_on)) as call):
            return [root_of(place) for place in (*stored_by(call), called_on)]
        case ast.Expr(value):
            return [root_of(place) for place in stored_by(value)]
    return [root_of(place) for place in stored_by(node)]


def at_once(statement: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a statement that run when it does: not what its functions hold."""
    waiting = [statement]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, (*FUNCTIONS, ast.Lambda)):
            waiting += run_with(node)
        else:
            waiting += ast.iter_child_nodes(node)


def acts(node: ast.AST) -> bool:
    """Whether a statement acts on something, other than binding a name."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Call)
    return any(isinstance(place, ast.Attribute | ast.Subscript) for place in stored_by(node))


def lasting(statements: Iterable[ast.stmt]) -> list[ast.stmt]:
    """Statements without assignments such as ``m.K = 1`` that a later one makes moot: ``m.K = 2``.

    A kernel has run the cells that were run again, and those that were edited and run again. Only
    where nothing else stands between is it sure that nothing has read what was assigned.
    """
    kept: list[ast.stmt] = []
    set_anew: set[str] = set()
    for statement in reversed(list(statements)):
        names = sum(isinstance(node, ast.Name) for node in ast.walk(statement))
        if not isinstance(statement, ast.Assign) or names != 1:  # a value that is not written out
            set_anew.clear()
        elif (place := ast.dump(statement.targets[0])) in set_anew:
            continue
        else:
            set_anew.add(place)
        kept.append(statement)
    return kept[::-1]


def filled_by(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    """Names from outside of a function to whose items it stores, or which it adds to."""
    own = own_names(function)
    for node in ast.walk(function):
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
            name = root_of(node)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            name = root_of(node.func) if node.func.attr in CHANGING else ""
        else:
            continue
        if name not in own:
            yield name


def calls(functions: set[str], statement: ast.stmt) -> bool:
    """Whether a statement of module level calls one of the functions, as a decorator or plainly."""
    run = [statement.value] if isinstance(statement, ast.Expr) else []
    run += getattr(statement, "decorator_list", ())
    names = (node for expression in run for node in ast.walk(expression))
    return any(getattr(node, "id", getattr(node, "attr", None)) in functions for node in names)
