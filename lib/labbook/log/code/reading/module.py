"""One module's text: which statements of its level bind or change each of its names."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from labbook.log.code.reading.changing import (
    acts,
    at_once,
    changed_by,
    filled_by,
    place_of,
    root_of,
)
from labbook.log.code.reading.earlier import Bindings
from labbook.log.code.reading.scopes import (
    COMPOUND,
    DEFINITIONS,
    FUNCTIONS,
    Import,
    imports_of,
    modules_run,
    stored_names,
)
from labbook.log.code.reading.syntax import chain, is_bare_string
from labbook.log.code.source import parsed

CONTAINERS = {"Counter", "OrderedDict", "defaultdict", "deque", "dict", "list", "set"}


# What stands for a module as a whole, and for its statements that act while it is imported.
WHOLE, STATEMENTS = "<module>", "<statements>"


@dataclass(frozen=True, eq=False)
class Module:
    """What a module holds at its own level.

    Attributes:
        statements: what binds or changes each name, and what those read of names that were bound
            anew later.
        imports: what import statements bind to names that nothing else binds.
        stars: modules of which all names are imported.
        covering: those that are imported after a name was bound, and may bind it anew.
        effects: statements that act on something else when the module is imported.
        aliases: the dotted name that a name was given, where it may be another name for it.
        executed: dotted names that its import statements of module level mention.
        registries: containers that functions of the module change, each with those functions.
    """

    name: str
    is_package: bool
    body: tuple[ast.stmt, ...]
    statements: dict[str, list[ast.stmt]] = field(default_factory=dict)
    imports: dict[str, Import] = field(default_factory=dict)
    stars: list[str] = field(default_factory=list)
    covering: dict[str, list[str]] = field(default_factory=dict)
    effects: list[ast.stmt] = field(default_factory=list)
    aliases: dict[str, tuple[str, ...]] = field(default_factory=dict)
    executed: set[str] = field(default_factory=set)
    registries: dict[str, set[str]] = field(default_factory=dict)

    @cached_property
    def dotted(self) -> list[tuple[str, ...]]:
        """The parts of each dotted name that it mentions, at whatever depth."""
        nodes = (node for statement in self.body for node in ast.walk(statement))
        names = (chain(node) for node in nodes if isinstance(node, ast.Attribute))
        return list(dict.fromkeys(filter(None, names)))


def statements_of(module: Module, name: str) -> list[ast.stmt]:
    """The statements of a definition, or of a part of a module: ``WHOLE``, ``STATEMENTS``."""
    if name == WHOLE:
        return [s for s in module.body if not isinstance(s, ast.Import | ast.ImportFrom)]
    return module.effects if name == STATEMENTS else module.statements.get(name, [])


@lru_cache(maxsize=1024)
def read_module(text: str, name: str, is_package: bool) -> Module:
    """Read a module's text.

    Raises:
        SyntaxError: it is no Python.
    """
    return read_statements(parsed(text), name, is_package)


def read_statements(
    body: Iterable[ast.stmt], name: str, is_package: bool = False, *, is_main: bool = False
) -> Module:
    """Read statements in the order in which they run.

    Arguments:
        is_main: whether they run as a script or in a kernel, where ``__name__`` is ``__main__``.
    """
    module = Module(name, is_package, tuple(body))
    reader = _Reader(module, is_main)
    for statement in module.body:
        reader.take(statement)
    reader.bindings.complete()
    _find_registries(module)
    return module


class _Reader:
    """Takes the statements of a module one after the other."""

    def __init__(self, module: Module, is_main: bool):
        self._module = module
        self._is_main = is_main
        self.bindings = Bindings(module.statements, module.imports)

    def take(self, statement: ast.stmt) -> None:
        """Count a statement among those of the names that it binds or changes."""
        self.bindings.begin(statement)
        if is_bare_string(statement):
            return
        if isinstance(statement, ast.If) and (runs := self._runs(statement)) is not None:
            for inner in runs:
                self.take(inner)
        elif isinstance(statement, ast.Import | ast.ImportFrom):
            for name, what in self._imported(statement):
                self.bindings.bind_import(name, what, statement)
                self._module.covering.pop(name, None)
        elif isinstance(statement, DEFINITIONS):
            self._bind(sorted(stored_names([statement])), statement)
            for decorator in statement.decorator_list:
                self._change(root_of(decorator), statement)
        elif isinstance(statement, COMPOUND):
            self._take_compound(statement)
        elif isinstance(statement, ast.Assign | ast.AnnAssign):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            names = sorted(stored_names(targets))
            self._bind(sorted({*names, *_bound_amid(statement)}), statement)
            self._note_aliases(names, statement.value)
            if changed_by(statement) or not names:
                self._act(statement)
        else:
            self._bind(sorted(_bound_amid(statement)), statement)
            self._act(statement)

    def _runs(self, choice: ast.If) -> list[ast.stmt] | None:
        """What is run of a choice between reading and running a module; None for any other."""
        if chain(choice.test)[-1:] == ("TYPE_CHECKING",):
            return [*_imports_in(choice.body), *choice.orelse]
        tests = choice.test.values if isinstance(choice.test, ast.BoolOp) else [choice.test]
        both = not isinstance(choice.test, ast.BoolOp) or isinstance(choice.test.op, ast.And)
        if both and not self._is_main and any(map(_asks_for_main, tests)):
            return choice.orelse
        return None

    def _take_compound(self, statement: ast.stmt) -> None:
        """A name that one import statement alone binds is an import wherever that stands."""
        module, plain = self._module, stored_names([statement])
        bound: dict[str, list[tuple[Import, ast.stmt]]] = {}
        for node in _imports_in([statement]):
            for name, what in self._imported(node):
                bound.setdefault(name, []).append((what, node))
        for name, found in bound.items():
            what, node = found[0]
            known = {what for what, _ in found} | {module.imports.get(name, what)}
            if name in plain or name in module.statements or len(known) > 1:
                plain.add(name)
            else:
                self.bindings.bind_import(name, what, node)
        for name in sorted(plain):
            self.bindings.may_bind(name, statement)
        nodes = list(at_once(statement))
        for node in nodes:
            for name in changed_by(node):
                self._change(name, statement)
        # Of a notebook only what changes what is reached counts in the end.
        if self._is_main or any(map(acts, nodes)):
            module.effects.append(statement)

    def _bind(self, names: list[str], statement: ast.stmt) -> None:
        for name in names:
            self.bindings.bind(name, statement)
            self._module.aliases.pop(name, None)
            self._module.covering.pop(name, None)

    def _note_aliases(self, names: list[str], value: ast.expr | None) -> None:
        """``L = K`` and ``K = L = {}`` make two names of one object."""
        calls = value is None or any(isinstance(node, ast.Call) for node in ast.walk(value))
        of = () if calls else place_of(value)[0]
        for name in names:
            if of and of[0] != name:
                self._module.aliases[name] = of
            if not isinstance(value, ast.Constant):
                of = of or (name,)

    def _change(self, name: str, statement: ast.stmt) -> bool:
        """Count a statement among those of a name that it changes, and of what that stands for.

        Whether all of these are names of the module.
        """
        module, passed = self._module, []
        while name and name not in passed:
            passed.append(name)
            name = next(iter(module.aliases.get(name, ())), "")
        own = [name for name in passed if name in module.statements]
        for name in own:
            if statement not in module.statements[name]:
                self.bindings.may_bind(name, statement)
        return len(own) == len(passed) > 0

    def _act(self, statement: ast.stmt) -> None:
        added_to = statement.target if isinstance(statement, ast.AugAssign) else None
        if isinstance(added_to, ast.Name) and added_to.id in self._module.imports:
            self.bindings.may_bind(added_to.id, statement)
        changed = [self._change(name, statement) for name in changed_by(statement)]
        if not changed or not all(changed):
            self._module.effects.append(statement)

    def _imported(self, statement: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, Import]]:
        """The names that an import statement binds, and what; its modules are executed."""
        module = self._module
        for name, what in imports_of(statement, module.name, module.is_package):
            if name == "*":
                module.stars.append(what.module)
                for bound in {*module.statements, *module.imports}:
                    module.covering.setdefault(bound, []).append(what.module)
            else:
                yield name, what
        module.executed.update(modules_run(statement, module.name, module.is_package))


def _imports_in(body: list[ast.stmt]) -> list[ast.Import | ast.ImportFrom]:
    nodes = (node for statement in body for node in at_once(statement))
    return [node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)]


def _bound_amid(statement: ast.stmt) -> set[str]:
    """Names that expressions of a plain statement bind: ``[n := 5]``."""
    nodes = ast.iter_child_nodes(statement)
    return stored_names(n for n in nodes if isinstance(getattr(n, "ctx", ast.Load()), ast.Load))


def _asks_for_main(test: ast.expr) -> bool:
    """Whether it is ``__name__ == "__main__"``."""
    equals = isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.Eq)
    return equals and "__name__" in {getattr(node, "id", "") for node in ast.walk(test)}


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
            for name in containers & set(filled_by(function)):
                module.registries.setdefault(name, set()).add(function.name)


def _is_container(value: ast.AST | None) -> bool:
    if isinstance(value, ast.Call):
        return chain(value.func)[-1:] != () and chain(value.func)[-1] in CONTAINERS
    return isinstance(value, ast.Dict | ast.List | ast.Set)
