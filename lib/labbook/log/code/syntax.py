"""A statement's syntax tree as text, with each name replaced by what it stands for.

Two statements with the same text compute the same, wherever they lie: layout, comments,
docstrings and the aliases of imports do not enter, and the name of a definition stands without
its module. Annotations of undecorated functions and of variables do not enter either, for nothing
reads them while the function runs; those of a class body and of a decorated function do.
"""

import ast
import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from labbook.log.records.key import short_digest

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
DEFINITIONS = (*FUNCTIONS, ast.ClassDef)


@dataclass(frozen=True)
class Import:
    """What an import statement binds to a name: a module, or a name of a module."""

    module: str
    name: str | None = None


# Says what a dotted name stands for, of module level or bound by an import statement; the answer is
# ``(text, used)``: what to write, and for how many of the parts.
Resolve = Callable[[tuple[str, ...], Import | None], tuple[str, int]]


@dataclass
class Scope:
    """The names of one function or class body; None where a name is no import."""

    in_class: bool
    names: dict[str, Import | None] = field(default_factory=dict)
    outside: set[str] = field(default_factory=set)


def digest(texts: Iterable[str]) -> str:
    """Digest (16 hex digits) of the texts of statements."""
    return short_digest("\n".join(texts))


def is_bare_string(node: object) -> bool:
    """Whether a statement is a docstring, or any other string that computes nothing."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def imports_of(
    statement: ast.Import | ast.ImportFrom, module: str = "", is_package: bool = False
) -> Iterator[tuple[str, Import]]:
    """Each name that an import statement binds, and what it binds to it; ``*`` for all names.

    Arguments:
        module, is_package: where the statement stands, for relative imports.
    """
    for alias in statement.names:
        if isinstance(statement, ast.ImportFrom):
            base = _absolute(statement, module, is_package)
            yield alias.asname or alias.name, Import(base, alias.name)
        elif alias.asname:
            yield alias.asname, Import(alias.name)
        else:
            yield alias.name.partition(".")[0], Import(alias.name.partition(".")[0])


def _absolute(node: ast.ImportFrom, module: str, is_package: bool) -> str:
    """The dotted name after ``from``, with the dots of a relative import resolved."""
    if node.level == 0:
        return node.module or ""
    parts = module.split(".")
    above = parts[: len(parts) - node.level + is_package]
    return ".".join([*above, node.module] if node.module else above)


def chain(node: ast.expr) -> tuple[str, ...]:
    """The parts of a dotted name such as ``np.random.rand``; empty for any other expression."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return (node.id, *reversed(parts)) if isinstance(node, ast.Name) else ()


def as_written(parts: tuple[str, ...], what: Import | None) -> tuple[str, int]:
    """Leaves a name as it is written, for a text that is compared with itself alone."""
    if what is None:
        return parts[0], 1
    return ".".join((what.module, what.name)) if what.name else what.module, 1


class Writer:
    """Writes statements as text; ``resolve`` says what the names of module level stand for."""

    def __init__(self, resolve: Resolve, module: str = "", is_package: bool = False):
        self._resolve = resolve
        self._module = module, is_package
        self._scopes: list[Scope] = []

    def text(self, value: object) -> str:
        """The text of a syntax tree, of a list of them, or of a field of one."""
        if isinstance(value, ast.AST):
            special = getattr(self, f"_{type(value).__name__}", None)
            return special(value) if special else self._plain(value, _written(value))
        if isinstance(value, list):
            texts = (self.text(item) for item in value if not is_bare_string(item))
            return f"[{', '.join(text for text in texts if text)}]"
        return repr(value)

    def _plain(self, node: ast.AST, fields: Iterable[tuple[str, object]]) -> str:
        written = ", ".join(f"{name}={self.text(value)}" for name, value in fields)
        return f"{type(node).__name__}({written})"

    def _Name(self, node: ast.Name) -> str:
        return self._dotted(node)

    def _Attribute(self, node: ast.Attribute) -> str:
        return self._dotted(node) if chain(node) else self._plain(node, _written(node))

    def _dotted(self, node: ast.Name | ast.Attribute) -> str:
        parts = chain(node)
        scope = self._scope_of(parts[0])
        if scope is None and isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            text, used = f"Name({node.id!r})", 1  # a name that this statement binds
        elif scope is None:
            text, used = self._resolve(parts, None)
        elif what := scope.names[parts[0]]:
            text, used = self._resolve(parts, what)
        else:
            return ".".join((f"Name({parts[0]!r})", *parts[1:]))
        return ".".join((text, *parts[used:]))

    def _inside(self, scope: Scope, bound: list[ast.AST], write: Callable[[], str]) -> str:
        """What is written inside of a body that binds the names of these nodes."""
        _bind(bound, scope, *self._module)
        self._scopes.append(scope)
        text = write()
        self._scopes.pop()
        return text

    def _scope_of(self, name: str) -> Scope | None:
        """The innermost body that binds a name; None for names of module level."""
        for depth, scope in enumerate(reversed(self._scopes)):
            if name in scope.outside:
                return None
            # Methods do not see the names of the class around them.
            if name in scope.names and not (scope.in_class and depth):
                return scope
        return None

    def _FunctionDef(self, node: ast.FunctionDef) -> str:
        return self._function(node, bool(node.decorator_list))

    _AsyncFunctionDef = _FunctionDef

    def _Lambda(self, node: ast.Lambda) -> str:
        return self._function(node, False)

    def _function(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, annotated: bool
    ) -> str:
        arguments = node.args
        kinds = [arguments.posonlyargs, arguments.args, arguments.kwonlyargs]
        stars = [arguments.vararg, arguments.kwarg]
        names = [*itertools.chain(*kinds), *filter(None, stars)]
        given = [[a.arg for a in kind] for kind in kinds] + [star and star.arg for star in stars]
        defaults = [d and self.text(d) for d in (*arguments.defaults, None, *arguments.kw_defaults)]
        around = [self.text(getattr(node, "decorator_list", []))]
        if annotated:
            around += [self.text(a.annotation) for a in names] + [self.text(node.returns)]
        scope = Scope(False, dict.fromkeys(a.arg for a in names))
        body = node.body if isinstance(node.body, list) else [node.body]
        inside = self._inside(scope, body, lambda: self.text(body))
        name = getattr(node, "name", "")
        return f"{type(node).__name__}({name!r}, {given}, {defaults}, {around}, {inside})"

    def _ClassDef(self, node: ast.ClassDef) -> str:
        around = self.text([*node.decorator_list, *node.bases, *node.keywords])
        inside = self._inside(Scope(True), node.body, lambda: self.text(node.body))
        return f"ClassDef({node.name!r}, {around}, {inside})"

    def _comprehension_like(self, node: ast.expr) -> str:
        first = self.text(node.generators[0].iter)
        targets = [generator.target for generator in node.generators]
        inside = self._inside(Scope(False), targets, lambda: self._plain(node, _written(node)))
        return f"({first}, {inside})"

    _ListComp = _SetComp = _DictComp = _GeneratorExp = _comprehension_like

    def _AnnAssign(self, node: ast.AnnAssign) -> str:
        if self._scopes and self._scopes[-1].in_class:
            return self._plain(node, _written(node))
        if node.value is None:
            return ""
        return f"Assign(targets=[{self.text(node.target)}], value={self.text(node.value)})"

    def _Import(self, node: ast.Import | ast.ImportFrom) -> str:
        if self._scopes:
            return ""  # what it binds is written where it is used
        return str([self._resolve((n,), what) for n, what in imports_of(node, *self._module)])

    _ImportFrom = _Import


def _written(node: ast.AST) -> Iterator[tuple[str, object]]:
    """The fields of a node that are written: empty ones differ between versions of Python."""
    for name, value in ast.iter_fields(node):
        # Constant(value=None) is the literal None; anywhere else None means "not there".
        if name in ("ctx", "kind", "type_comment", "type_params"):
            continue
        if isinstance(node, ast.Constant) or (value is not None and value != []):
            yield name, value


def _bind(nodes: Iterable[ast.AST], scope: Scope, module: str, is_package: bool) -> None:
    """Add the names that a body binds to its scope; bodies inside of it have their own."""
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        if isinstance(node, DEFINITIONS):
            scope.names.setdefault(node.name, None)
        elif isinstance(node, ast.Lambda):
            continue
        elif isinstance(node, COMPREHENSIONS):
            walrus = (n for n in ast.walk(node) if isinstance(n, ast.NamedExpr))
            scope.names.update({n.target.id: None for n in walrus})
        elif isinstance(node, ast.Import | ast.ImportFrom):
            scope.names.update(imports_of(node, module, is_package))
        elif isinstance(node, ast.Global):
            scope.outside.update(node.names)
        else:
            scope.names.update(dict.fromkeys(_stored(node)))
            waiting.extend(ast.iter_child_nodes(node))
    for name in scope.outside:
        scope.names.pop(name, None)


def _stored(node: ast.AST) -> Iterator[str]:
    """The names that a node binds by itself."""
    if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        yield node.id
    elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
        yield node.name
    elif isinstance(node, ast.MatchMapping) and node.rest:
        yield node.rest


def stored_names(nodes: Iterable[ast.AST]) -> set[str]:
    """The names that statements bind at their own level, imports left out."""
    scope = Scope(False)
    _bind(nodes, scope, "", False)
    return {name for name, what in scope.names.items() if what is None}
