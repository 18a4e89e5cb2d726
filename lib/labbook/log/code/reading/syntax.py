"""A statement's syntax tree as text, with each name replaced by what it stands for.

Two statements with the same text compute the same, wherever they lie: layout, comments,
docstrings and the aliases of imports do not enter, and the name of a definition stands without
its module. Annotations of undecorated functions and of variables do not enter either, for nothing
reads them while the function runs; those of a class body and of a decorated function do, and all
where code that is reached reads annotations.
"""

import ast
import itertools
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress

from labbook.log.code.reading.scopes import COMPOUND, Import, Scope, bind, imports_of, stored_names
from labbook.log.records.key import short_digest

# Says what a dotted name stands for, of module level or bound by an import statement; the answer is
# ``(text, used)``: what to write, and for how many of the parts.
Resolve = Callable[[tuple[str, ...], Import | None], tuple[str, int]]


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


def chain(node: ast.expr) -> tuple[str, ...]:
    """The parts of a dotted name such as ``np.random.rand``; empty for any other expression."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return (node.id, *reversed(parts)) if isinstance(node, ast.Name) else ()


def dotted_text(node: ast.AST) -> str:
    """A text such as ``p.nets.Net``, ``p.nets:Net`` or ``.nets``; empty for anything else.

    ``__package__`` is ``.``, the package around.
    """
    if isinstance(node, ast.Name) and node.id == "__package__":
        return "."
    text = node.value if isinstance(node, ast.Constant) else ""
    if not isinstance(text, str) or not {".", ":"} & set(text):
        return ""
    return text if all(map(str.isidentifier, re.split("[.:]", text.lstrip(".")))) else ""


def as_written(parts: tuple[str, ...], what: Import | None) -> tuple[str, int]:
    """Leaves a name as it is written, for a text that is compared with itself alone."""
    if what is None:
        return parts[0], 1
    return ".".join((what.module, what.name)) if what.name else what.module, 1


class Writer:
    """Writes statements as text.

    Arguments:
        resolve: says what the names of module level stand for.
        module, is_package: where the statements stand, for relative imports.
        annotated: whether the annotations of undecorated functions enter, too.
    """

    def __init__(
        self,
        resolve: Resolve,
        module: str = "",
        is_package: bool = False,
        annotated: bool = False,
    ):
        self._resolve = resolve
        self._annotated = annotated
        self._module = module, is_package
        self._scopes: list[Scope] = []
        self.given = ""  # what the function that is written is called with: a text's beginning

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

    def _Call(self, node: ast.Call) -> str:
        before, self.given = self.given, _beginning(node.args[0]) if node.args else ""
        function = self.text(node.func)
        self.given = before
        others = (f"{name}={self.text(v)}" for name, v in _written(node) if name != "func")
        return f"Call({', '.join((f'func={function}', *others))})"

    def _dotted(self, node: ast.Name | ast.Attribute) -> str:
        parts = chain(node)
        scope = self._scope_of(parts[0])
        binds = isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)
        if scope is None and binds:
            return f"Name({node.id!r})"
        text = self._stands_for(parts, scope)
        if scope is None or not scope.in_class or binds or parts[0] in scope.sure:
            return text
        # A class body that binds a name reads the one around it until then.
        around = self._stands_for(parts, self._scope_of(parts[0], 1))
        return text if around in (text, ".".join(parts)) else f"{text} or {around}"

    def _stands_for(self, parts: tuple[str, ...], scope: Scope | None) -> str:
        if scope is None:
            found = [self._resolve(parts, None)]
        elif not (imports := scope.names[parts[0]]):
            return ".".join((f"Name({parts[0]!r})", *parts[1:]))
        else:
            found = [self._resolve(parts, what) for what in imports]
        texts = [".".join((text, *parts[used:])) for text, used in found]
        if len(texts) > 1:  # which branch gives which of them
            texts = [f"{what.module}: {t}" for what, t in zip(imports, texts, strict=True)]
        return " or ".join(texts)

    def _inside(self, scope: Scope, bound: list[ast.AST], write: Callable[[], str]) -> str:
        """What is written inside of a body that binds the names of these nodes."""
        bind(bound, scope, *self._module)
        self._scopes.append(scope)
        text = write()
        self._scopes.pop()
        return text

    def _scope_of(self, name: str, outwards: int = 0) -> Scope | None:
        """The innermost body that binds a name; None for names of module level."""
        for depth, scope in enumerate(reversed(self._scopes)):
            if depth < outwards:
                continue
            if name in scope.outside:
                return None
            # Methods do not see the names of the class around them.
            if name in scope.names and not (scope.in_class and depth):
                return scope
        return None

    def _FunctionDef(self, node: ast.FunctionDef) -> str:
        return self._function(node, self._annotated or bool(node.decorator_list))

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
            for annotation in filter(None, (*(a.annotation for a in names), node.returns)):
                self._read_texts_of(annotation)
            around += [self.text(a.annotation) for a in names] + [self.text(node.returns)]
        scope = Scope(False)
        scope.bind(a.arg for a in names)
        body = node.body if isinstance(node.body, list) else [node.body]
        inside = self._inside(scope, body, lambda: self.text(body))
        name = getattr(node, "name", "")
        return f"{type(node).__name__}({name!r}, {given}, {defaults}, {around}, {inside})"

    def _ClassDef(self, node: ast.ClassDef) -> str:
        around = self.text([*node.decorator_list, *node.bases, *node.keywords])
        scope = Scope(True)
        inside = self._inside(scope, node.body, lambda: self._in_order(node.body, scope))
        return f"ClassDef({node.name!r}, {around}, {inside})"

    def _in_order(self, body: list[ast.stmt], scope: Scope) -> str:
        """The text of a class body, each statement of which sees what was bound before it."""
        texts = []
        for statement in body:
            texts.append("" if is_bare_string(statement) else self.text(statement))
            if not isinstance(statement, COMPOUND):
                scope.sure |= stored_names([statement])
        return f"[{', '.join(filter(None, texts))}]"

    def _comprehension_like(self, node: ast.expr) -> str:
        first = self.text(node.generators[0].iter)
        targets = [generator.target for generator in node.generators]
        inside = self._inside(Scope(False), targets, lambda: self._plain(node, _written(node)))
        return f"({first}, {inside})"

    _ListComp = _SetComp = _DictComp = _GeneratorExp = _comprehension_like

    def _AnnAssign(self, node: ast.AnnAssign) -> str:
        if self._scopes and self._scopes[-1].in_class:
            self._read_texts_of(node.annotation)
            return self._plain(node, _written(node))
        if node.value is None:
            return ""
        return f"Assign(targets=[{self.text(node.target)}], value={self.text(node.value)})"

    def _read_texts_of(self, annotation: ast.expr) -> None:
        """Resolve what an annotation names in a text, such as ``"Net"``."""
        for node in ast.walk(annotation):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                with suppress(SyntaxError):
                    self.text(ast.parse(node.value, mode="eval").body)

    def _Import(self, node: ast.Import | ast.ImportFrom) -> str:
        bound = list(imports_of(node, *self._module))
        if self._scopes and self._scopes[-1].in_class:  # an attribute, which others may use
            return ", ".join(f"{n}={self._stands_for((n,), self._scopes[-1])}" for n, _ in bound)
        if self._scopes:  # what it binds is written where it is used, if it is bound here
            bound = [(n, what) for n, what in bound if n in self._scopes[-1].outside]
        found = [(what.module, *self._resolve((n,), what)) for n, what in bound]
        texts = [
            (text if text.startswith(module) else f"{module}: {text}", used)
            for module, text, used in found
        ]
        return str(texts) if texts else ""

    _ImportFrom = _Import


def _beginning(node: ast.expr) -> str:
    """A text that is written out, or the whole names that one to be filled in begins with."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    match node:
        case ast.JoinedStr([first, *_]) | ast.BinOp(first):
            pass
        case ast.Call(ast.Attribute(first, "format")):
            pass
        case _:
            return ""
    told = first.value if isinstance(first, ast.Constant) else ""
    return re.split("[%{]", told)[0].rpartition(".")[0] if isinstance(told, str) else ""


def _written(node: ast.AST) -> Iterator[tuple[str, object]]:
    """The fields of a node that are written: empty ones differ between versions of Python."""
    for name, value in ast.iter_fields(node):
        # Constant(value=None) is the literal None; anywhere else None means "not there".
        if name in ("ctx", "kind", "type_comment", "type_params"):
            continue
        if isinstance(node, ast.Constant) or (value is not None and value != []):
            yield name, value
