"""Definitions that join something when their module runs: a registry, a family of classes.

Nothing that is reached names them, and yet it finds them: a function decorated by a method of a
reached object, or by a function that hands it on to one; what is made or kept by such a call
(``net = register(Net())``); a subclass of a reached class that hears of its subclasses. A registry
of an installed package is told by its name alone: ``@timm.models.register_model``.
"""

import ast
from collections.abc import Iterator

from labbook.log.code.reading.changing import CHANGING, at_once, place_of, root_of
from labbook.log.code.reading.module import WHOLE, Module
from labbook.log.code.reading.scopes import DEFINITIONS, FUNCTIONS, own_names
from labbook.log.code.touching import Found, Target, Touching

HEARING = "__init_subclass__"  # of a class that is told of its subclasses
MAKING = {"__init__", "__new__"}  # of a metaclass, or of a class
MADE = {"__post_init__", "__set_name__"}  # of a class, with what was made of it


class Joining:
    """Finds what joins what.

    Arguments:
        touching: finds definitions by dotted names.
    """

    def __init__(self, touching: Touching):
        self._touching = touching
        self._of: dict[Module, list[tuple[str, set[Target], bool]]] = {}

    def candidates(self, module: Module) -> list[tuple[str, set[Target], bool]]:
        """Name of a definition, what it joins, and whether only where subclasses are asked for."""
        if module not in self._of:
            self._of[module] = [found for found in self._find(module) if found[1]]
        return self._of[module]

    def _find(self, module: Module) -> Iterator[tuple[str, set[Target], bool]]:
        for name, statements in module.statements.items():
            for statement in statements:
                yield name, self._handed_on_at_once(module, statement), False
                for decorator in getattr(statement, "decorator_list", ()):
                    yield name, self._joined_by(module, decorator), False
                if isinstance(statement, ast.ClassDef):
                    for base in self._bases(module, statement):
                        hearing = self._hearing_of_subclasses(base, set())
                        yield name, {(base[0].name, base[1]), *hearing}, not hearing
        for statement in module.body:  # a second ``def _`` does not take the first one out again
            if isinstance(statement, DEFINITIONS) and not _is_last(statement, module):
                for decorator in statement.decorator_list:
                    yield WHOLE, self._joined_by(module, decorator), False

    def _handed_on_at_once(self, module: Module, statement: ast.stmt) -> set[Target]:
        """What a statement joins by what it calls: ``net = register(Net())``."""
        targets: set[Target] = set()
        for call in (node for node in at_once(statement) if isinstance(node, ast.Call)):
            if (found := self._definition(module, call.func)) is None:
                continue
            of, name, rest = found
            definition = of.statements[name][-1]
            if rest and rest[-1] in CHANGING:
                targets.add((of.name, name))
            elif not rest and isinstance(definition, FUNCTIONS):
                targets |= self._handed_on(of, definition, kept=True)
            elif not rest:
                targets |= self._handed_on_by(found, MAKING | MADE, kept=True)
        return targets

    def _joined_by(self, module: Module, decorator: ast.expr) -> set[Target]:
        """What a definition joins by being decorated."""
        function = decorator.func if isinstance(decorator, ast.Call) else decorator
        parts, gives = place_of(function)
        if (found := self._definition(module, function)) is None:
            return {(package, None) for package in self._touching.registering(module, parts)}
        of, name, rest = found
        definition = of.statements[name][-1]
        if rest or not isinstance(definition, FUNCTIONS):
            called = () if rest else self._touching.by_call(found, gives, set())
            return {(of.name, name), *called}
        return self._handed_on(of, definition)

    def _handed_on(self, module: Module, function: ast.stmt, kept: bool = False) -> set[Target]:
        """Objects from outside of a function to which it gives what it was given.

        Arguments:
            kept: whether what the function returns is kept: then a method that it calls counts only
                where its name says that it changes something, or most would join something.
        """
        arguments = {node.arg for node in ast.walk(function) if isinstance(node, ast.arg)}
        own = own_names(function) | arguments
        outside = {
            n for node in ast.walk(function) if isinstance(node, ast.Global) for n in node.names
        }
        places: list[ast.expr] = []
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                if kept and node.func.attr not in CHANGING:
                    continue
                given = [*node.args, *(keyword.value for keyword in node.keywords)]
                if any(_gives(value, own) for value in given):
                    places.append(node.func.value)
            elif isinstance(node, ast.Assign) and _gives(node.value, own):
                targets = node.targets
                places += [t for t in targets if not isinstance(t, ast.Name) or t.id in outside]
        found = [self._definition(module, p) for p in places if root_of(p) not in own]
        return {(of.name, name) for of, name, _ in filter(None, found)}

    def _definition(self, module: Module, node: ast.expr) -> Found | None:
        """The definition of the log at the root of an expression."""
        found = self._touching.locate(module, place_of(node)[0])
        return found if found and found[1] else None

    def _bases(self, module: Module, definition: ast.ClassDef) -> list[Found]:
        return [base for b in definition.bases if (base := self._definition(module, b))]

    def _hearing_of_subclasses(self, base: Found, seen: set[tuple[str, str]]) -> set[Target]:
        """The classes that hear of a class's subclasses, and to what they hand them on."""
        module, name, _ = base
        definition = module.statements[name][-1]
        if (module.name, name) in seen or not isinstance(definition, ast.ClassDef):
            return set()
        seen.add((module.name, name))
        kinds = [k.value for k in definition.keywords if k.arg == "metaclass"]
        made_by = [self._touching.locate(module, place_of(kind)[0]) for kind in kinds]
        hears = HEARING in {method.name for method in _methods(definition)}
        targets = {(module.name, name)} if hears else set()
        targets |= self._handed_on_by(base, {HEARING})
        for kind in filter(None, made_by):
            targets |= {(kind[0].name, kind[1]), *self._handed_on_by(kind, MAKING)}
        for inner in self._bases(module, definition):
            targets |= self._hearing_of_subclasses(inner, seen)
        return targets

    def _handed_on_by(self, found: Found, methods: set[str], kept: bool = False) -> set[Target]:
        """To what some methods of a class hand on what they are given."""
        module, name, _ = found
        definition = module.statements[name][-1] if name else None
        functions = [f for f in _methods(definition) if f.name in methods]
        return {target for f in functions for target in self._handed_on(module, f, kept)}


def _is_last(statement: ast.stmt, module: Module) -> bool:
    return any(statement is one for one in module.statements.get(statement.name, ()))


def _methods(definition: ast.stmt | None) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [s for s in getattr(definition, "body", ()) if isinstance(s, FUNCTIONS)]


def _gives(value: ast.expr, names: set[str]) -> bool:
    """Whether a value is what one of some names stands for, or holds it."""
    waiting = [value]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Name) and node.id in names:
            return True
        if isinstance(node, ast.Tuple | ast.List | ast.Dict | ast.Starred | ast.keyword):
            waiting += ast.iter_child_nodes(node)
    return False
