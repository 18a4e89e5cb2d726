"""Which definitions statements change when they run: by storing to them, or by what they call.

It is found in the syntax alone: a function changes what it declares global, and what it stores
attributes or items of; a method that is called for itself may change what it is called on.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress

from labbook.log.code.library import Library
from labbook.log.code.names import Names
from labbook.log.code.reading.changing import at_once, place_of, root_of, stored_by
from labbook.log.code.reading.module import WHOLE, Module
from labbook.log.code.reading.scopes import FUNCTIONS, own_names, stored_names

# In the name of a decorator that puts what it decorates into a registry of its package.
REGISTERS = re.compile("regist|custom_op|triton_op", re.IGNORECASE)

# Module and name of a definition; without a name, something else that the module holds.
Target = tuple[str, str | None]
# The same, and the attributes after it.
Found = tuple[Module, str | None, tuple[str, ...]]


class Touching:
    """Finds what statements change.

    Arguments:
        library: the modules of the log.
        names: what names in them stand for.
    """

    def __init__(self, library: Library, names: Names):
        self._library = library
        self._names = names
        self._of: dict[int, tuple[ast.stmt, frozenset[Target]]] = {}

    def targets(self, module: Module, statement: ast.stmt) -> frozenset[Target]:
        """What a statement of a module changes when it runs, of that module or of others."""
        if id(statement) not in self._of:
            nodes, seen = list(at_once(statement)), set()
            found = {*self._by(module, nodes, set(), seen), *self._by_calls(module, nodes, seen)}
            self._of[id(statement)] = statement, frozenset(found)
        return self._of[id(statement)][1]

    def locate(self, module: Module, parts: tuple[str, ...]) -> Found | None:
        """The definition that a dotted name in a module begins with, if it is of the log."""
        if not parts:
            return None
        for _ in module.aliases:
            if parts[0] not in module.aliases:
                break
            parts = module.aliases[parts[0]] + parts[1:]
        with suppress(SyntaxError):
            meaning = self._names.of(module, parts)
            place, name = next(reversed(meaning.definitions), (meaning.held_by, WHOLE))
            if meaning.definitions or place not in ("", module.name):
                of = module if place == module.name else self._library.read(place)
                return of, name if name != WHOLE else None, parts[meaning.used :]
        return None

    def registering(self, module: Module, parts: tuple[str, ...]) -> tuple[str, ...]:
        """The installed packages that a dotted name is of, if it says that it registers."""
        with suppress(SyntaxError):
            meaning = self._names.of(module, parts) if parts else None
            if meaning and REGISTERS.search(meaning.text):
                return meaning.packages
        return ()

    def _by(
        self, module: Module, nodes: Iterable[ast.AST], own: set[str], seen: set[int]
    ) -> Iterator[Target]:
        """What nodes of a module change, other than names of the function that they are in."""
        for node in nodes:
            for place in stored_by(node):
                if found := self._found(module, place, own):
                    stored, called = found
                    yield from self.by_call(stored, True, seen) if called else [_target(stored)]
            if isinstance(node, ast.For):
                yield from self._by_loop(module, node, own)
            if isinstance(node, ast.Global):
                yield from ((module.name, name) for name in node.names)
            match node:
                case ast.Expr(ast.Call(function)) | ast.withitem(ast.Call(function)):
                    found = self._found(module, function, own)
                    if found and found[0][1]:
                        yield from self.by_call(*found, seen)

    def _by_calls(
        self, module: Module, nodes: Iterable[ast.AST], seen: set[int]
    ) -> Iterator[Target]:
        """What functions change whose result is used at once: ``print(m.set_k(2))``."""
        for call in (node for node in nodes if isinstance(node, ast.Call)):
            found, given = self._found(module, call.func, set()) or (None, False)
            if found and found[1] and not found[2] and not given:
                of, name, _ = found
                if isinstance(of.statements[name][-1], FUNCTIONS):
                    yield from self.by_call(found, given, seen)

    def _by_loop(self, module: Module, loop: ast.For, own: set[str]) -> Iterator[Target]:
        """What is changed by its name in a loop: ``for net in (m.A, m.B): net.k = 1``."""
        changed = (place for n in loop.body for inner in at_once(n) for place in stored_by(inner))
        if stored_names([loop.target]) & set(map(root_of, changed)):
            for item in getattr(loop.iter, "elts", ()):
                if found := self._found(module, item, own):
                    yield _target(found[0])

    def _found(self, module: Module, node: ast.expr, own: set[str]) -> tuple[Found, bool] | None:
        """The definition at the root of an expression, and whether it is called there."""
        parts, called = place_of(node)
        found = None if own.intersection(parts[:1]) else self.locate(module, parts)
        return (found, called) if found else None

    def by_call(self, found: Found, given: bool, seen: set[int]) -> Iterator[Target]:
        """What a call changes, or (``given``) what a change of what it gives does.

        Arguments:
            seen: ids of the functions that were looked into; these are added to it.
        """
        module, name, rest = found
        definition = module.statements[name][-1] if name else None
        if rest or not isinstance(definition, (*FUNCTIONS, ast.ClassDef)):
            yield _target(found)
            return
        for function in _run_by(definition):
            own = own_names(function)
            if id(function) not in seen:
                seen.add(id(function))
                yield from self._by(module, ast.walk(function), own, seen)
            for node in ast.walk(function) if given else ():
                value = node.value if isinstance(node, ast.Return) else None
                if value and root_of(value) and (returned := self._found(module, value, own)):
                    yield _target(returned[0])


def _target(found: Found) -> Target:
    return found[0].name, found[1]


def _run_by(definition: ast.stmt) -> list[ast.stmt]:
    """The functions that run when a definition is called, or by ``with``."""
    if isinstance(definition, FUNCTIONS):
        return [definition]
    methods = (s for s in definition.body if isinstance(s, FUNCTIONS))
    return [s for s in methods if s.name in ("__init__", "__new__", "__enter__")]
