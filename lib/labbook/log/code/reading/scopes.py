"""Which names a body of code binds: a module's, a function's or a class's, and by what."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
DEFINITIONS = (*FUNCTIONS, ast.ClassDef)
COMPOUND = (ast.If, ast.Try, ast.TryStar, ast.With, ast.For, ast.While, ast.Match)


@dataclass(frozen=True)
class Import:
    """What an import statement binds to a name: a module, or a name of a module."""

    module: str
    name: str | None = None


@dataclass
class Scope:
    """The names of one function or class body.

    Attributes:
        names: what import statements bind to each name, in either branch of a choice; nothing
            where it is no import.
        plain: the names that something else than an import statement binds.
        outside: those that are declared global.
        sure: those of a class body that are bound when the next statement runs.
    """

    in_class: bool
    names: dict[str, list[Import]] = field(default_factory=dict)
    plain: set[str] = field(default_factory=set)
    outside: set[str] = field(default_factory=set)
    sure: set[str] = field(default_factory=set)

    def bind(self, names: Iterable[str]) -> None:
        """Add names that are no imports."""
        for name in names:
            self.names.setdefault(name, [])
            self.plain.add(name)

    def bind_import(self, name: str, what: Import) -> None:
        """Add a name that an import statement binds."""
        before = self.names.setdefault(name, [])
        if what not in before:
            before.append(what)


def imports_of(
    statement: ast.Import | ast.ImportFrom, module: str = "", is_package: bool = False
) -> Iterator[tuple[str, Import]]:
    """Each name that an import statement binds, and what it binds to it; ``*`` for all names.

    Arguments:
        module, is_package: where the statement stands, for relative imports.
    """
    for alias in statement.names:
        if isinstance(statement, ast.ImportFrom):
            base = absolute(statement.module or "", statement.level, module, is_package)
            # What a package imports from itself is a module inside of it.
            inside = base == module and alias.name != "*"
            what = Import(f"{base}.{alias.name}") if inside else Import(base, alias.name)
            yield alias.asname or alias.name, what
        elif alias.asname:
            yield alias.asname, Import(alias.name)
        else:
            yield alias.name.partition(".")[0], Import(alias.name.partition(".")[0])


def modules_run(
    statement: ast.Import | ast.ImportFrom, module: str = "", is_package: bool = False
) -> set[str]:
    """The dotted names that may be modules which an import statement runs."""
    if isinstance(statement, ast.Import):
        return {alias.name for alias in statement.names}
    base = absolute(statement.module or "", statement.level, module, is_package)
    return {base, *(f"{base}.{alias.name}" for alias in statement.names)}


def absolute(name: str, level: int, module: str, is_package: bool) -> str:
    """A dotted name in a module, with the dots resolved that it begins with (``level`` of them)."""
    if level == 0:
        return name
    parts = module.split(".")
    return ".".join(filter(None, (*parts[: len(parts) - level + is_package], name)))


def bind(nodes: Iterable[ast.AST], scope: Scope, module: str, is_package: bool) -> None:
    """Add the names that a body binds to its scope; bodies inside of it have their own."""
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        if isinstance(node, (*DEFINITIONS, ast.Lambda)):
            scope.bind([] if isinstance(node, ast.Lambda) else [node.name])
            waiting.extend(run_with(node))
        elif isinstance(node, COMPREHENSIONS):
            walrus = (n for n in ast.walk(node) if isinstance(n, ast.NamedExpr))
            scope.bind(n.target.id for n in walrus)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            for name, what in imports_of(node, module, is_package):
                scope.bind_import(name, what)
        elif isinstance(node, ast.Global):
            scope.outside.update(node.names)
        else:
            scope.bind(_stored(node))
            waiting.extend(ast.iter_child_nodes(node))
    for name in scope.outside:
        scope.names.pop(name, None)
        scope.plain.discard(name)


def run_with(definition: ast.AST) -> list[ast.expr]:
    """What runs when a function, a lambda or a class is defined, but for what a class holds."""
    found = [*getattr(definition, "decorator_list", ()), *getattr(definition, "bases", ())]
    found += [keyword.value for keyword in getattr(definition, "keywords", ())]
    if arguments := getattr(definition, "args", None):
        found += [*arguments.defaults, *filter(None, arguments.kw_defaults)]
    return found


def _stored(node: ast.AST) -> Iterator[str]:
    """The names that a node binds by itself."""
    if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        yield node.id
    elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
        yield node.name
    elif isinstance(node, ast.MatchMapping) and node.rest:
        yield node.rest


def stored_names(nodes: Iterable[ast.AST]) -> set[str]:
    """The names that statements bind at their own level, other than by imports."""
    scope = Scope(False)
    bind(nodes, scope, "", False)
    return scope.plain


def own_names(function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    """The arguments of a function and the names that it binds, other than by imports."""
    arguments = {node.arg for node in ast.walk(function.args) if isinstance(node, ast.arg)}
    return arguments | stored_names(function.body)
