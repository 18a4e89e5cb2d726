"""What statements read of names that are bound anew later: ``old = g`` above a second ``def g``.

A name of a module stands for what is bound to it last, for functions read it when they run. What
runs at once reads what was bound to it until then, and keeps that.
"""

import ast
from collections import defaultdict

from labbook.log.code.reading.changing import acts, at_once
from labbook.log.code.reading.scopes import Import


class Bindings:
    """The statements and imports that bind each name of a module, those set aside included.

    Arguments:
        statements, imports: of the module; they are filled while its statements are taken in order.
    """

    def __init__(self, statements: dict[str, list[ast.stmt]], imports: dict[str, Import]):
        self._statements = statements
        self._imports = imports
        self._by_import: dict[str, ast.stmt] = {}
        self._aside: dict[str, list[tuple[int, list[ast.stmt]]]] = defaultdict(list)
        self._position: dict[int, int] = {}

    def begin(self, statement: ast.stmt) -> None:
        """Take a statement as the one that runs now."""
        self._position[id(statement)] = len(self._position)

    def bind(self, name: str, statement: ast.stmt) -> None:
        """Bind a name to what a statement gives it, whatever it was before."""
        self._set_aside(name)
        self._imports.pop(name, None)
        self._statements[name] = [statement]

    def bind_import(self, name: str, what: Import, statement: ast.Import | ast.ImportFrom) -> None:
        """Bind a name by an import statement, whatever it was before."""
        if self._imports.get(name) == what:
            return
        self._set_aside(name)
        self._statements.pop(name, None)
        self._imports[name] = what
        self._by_import[name] = alone = _alone(statement, name)
        self.begin(alone)

    def may_bind(self, name: str, statement: ast.stmt) -> None:
        """Add a statement that changes a name, or binds it in one case and not in another.

        A cell of a kernel that chooses an import may have run again.
        """
        before = self._now(name)
        if before and _only_chooses(statement) and ast.dump(before[-1]) == ast.dump(statement):
            before = before[:-1]
        self._imports.pop(name, None)
        self._statements[name] = [*before, statement]

    def complete(self) -> None:
        """Give each name what its statements have read of names that were bound anew later."""
        if self._aside:
            last = {name: self._now(name) for name in (*self._statements, *self._imports)}
            for name, own in list(self._statements.items()):
                if earlier := self._earlier(own, last):
                    together = {id(s): s for s in (*earlier, *own)}.values()
                    self._statements[name] = sorted(together, key=self._place)

    def _earlier(self, own: list[ast.stmt], last: dict[str, list[ast.stmt]]) -> list[ast.stmt]:
        found: list[ast.stmt] = []
        waiting = list(own)
        while waiting:
            statement = waiting.pop()
            for name in _read_at_once(statement) & self._aside.keys():
                known = {ast.dump(s) for s in (*last.get(name, ()), *found)}
                new = [s for s in self._until(statement, name) if ast.dump(s) not in known]
                found += new
                waiting += new
        return found

    def _until(self, statement: ast.stmt, name: str) -> list[ast.stmt]:
        """What a name was bound to when a statement ran; nothing where that is what it is last."""
        place = self._place(statement)
        return next((version for until, version in self._aside[name] if until >= place), [])

    def _place(self, statement: ast.stmt) -> int:
        return self._position[id(statement)]

    def _now(self, name: str) -> list[ast.stmt]:
        if name in self._imports:
            return [self._by_import[name]]
        return self._statements.get(name, [])

    def _set_aside(self, name: str) -> None:
        if before := self._now(name):
            self._aside[name].append((len(self._position) - 1, list(before)))


def _alone(statement: ast.Import | ast.ImportFrom, name: str) -> ast.Import | ast.ImportFrom:
    """An import statement of one name out of one of several."""
    names = [a for a in statement.names if (a.asname or a.name.partition(".")[0]) == name]
    if isinstance(statement, ast.Import):
        return ast.Import(names)
    return ast.ImportFrom(statement.module, names, statement.level)


def _only_chooses(statement: ast.stmt) -> bool:
    """Whether it is a choice of what is imported, defined and named, the same however often."""
    if not isinstance(statement, ast.If | ast.Try):
        return False
    more = ast.Call | ast.BinOp | ast.AugAssign | ast.For | ast.While
    return not any(isinstance(node, more) or acts(node) for node in at_once(statement))


def _read_at_once(statement: ast.stmt) -> set[str]:
    return {
        node.id
        for node in at_once(statement)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }
