"""Which definitions a piece of code reaches, by name, transitively, with a digest of each.

From a definition the names in it lead on: to definitions of the same module or notebook, through
import statements to those of other modules of the log. What the log does not own (Python, installed
packages) and the rooms that only keep and show trials end the way. A whole module counts where the
reach cannot be told: it is handed around as an object, asked for a name that it does not define,
loads modules by name, reads ``globals()``, or is a registry that functions fill. Where modules are
loaded by names that are computed, what the texts reached name counts: ``"p.nets.Net"``.
"""

import ast
import sys
from collections import deque
from collections.abc import Iterable

from labbook.log.code.joining import Joining
from labbook.log.code.library import Library, keeps_books, prefixes
from labbook.log.code.names import LOADING, SELF_READING, Meaning, Names
from labbook.log.code.parts import NOTEBOOK, Part, part_of
from labbook.log.code.reading.changing import calls, lasting
from labbook.log.code.reading.module import STATEMENTS, WHOLE, Module, statements_of
from labbook.log.code.source import source_of
from labbook.log.code.touching import Target, Touching
from labbook.log.records.code import CodeUsed


def name_of(key: str) -> str:
    """The definition's name in a key of ``CodeUsed.digests``, without its module."""
    return key.rpartition(".")[2]


class Reach:
    """Follows names from where it is told to begin.

    Arguments:
        library: the modules of the log.
        notebook: the statements of the notebook in which the code begins, or which runs it.
        annotated: whether the annotations of all functions count.
    """

    def __init__(
        self, library: Library, notebook: Module | None = None, *, annotated: bool = False
    ):
        self._library = library
        self._notebook = notebook
        self._annotated = annotated
        self._names, self._touching, self._joining = _finders(library)
        self._parts: dict[tuple[str, str], Part] = {}  # those reached, by module and name
        self._waiting: deque[tuple[str, str]] = deque()
        self._handed_around: set[str] = set()
        self._packages: set[str] = set()
        self._loads = False  # whether something loads modules by names that nothing tells
        self._acting: list[ast.stmt] = []
        self._unseen: list[ast.stmt] = []  # of modules that the notebook alone imports

    def used(self, module: str, name: str) -> CodeUsed:
        """All that a definition reaches, itself included.

        Raises:
            SyntaxError: a module that they reach is no Python.
        """
        self._want(module, name)
        while self._waiting:
            while self._waiting:
                self._follow(*self._waiting.popleft())
            self._follow_imports()
            self._want_named()
        if not self._annotated and any(part.reads_annotations for part in self._parts.values()):
            return Reach(self._library, self._notebook, annotated=True).used(module, name)
        places = {module: self._library.place(module) for module, _ in self._parts}
        changing = [*filter(self._elsewhere, self._acting), *self._unseen]
        parts = {f"{module}.{name}": part for (module, name), part in sorted(self._parts.items())}
        return CodeUsed(
            {key: part.digest for key, part in parts.items()},
            {module: p.file for module, p in sorted(places.items()) if p and p.file},
            packages=frozenset(self._packages - sys.stdlib_module_names),
            sources={key: part.source for key, part in parts.items()},
            patches=tuple(source_of([s]) for s in changing),
        )

    def _elsewhere(self, statement: ast.stmt) -> bool:
        return any(m != NOTEBOOK for m, _ in self._touching.targets(self._notebook, statement))

    def _want_meant(self, meaning: Meaning) -> None:
        for module, name in meaning.definitions:
            if name == WHOLE:
                self._want_whole(module)
            else:
                self._want(module, name)
        self._packages.update(meaning.packages)

    def _want_named(self) -> None:
        """Where modules are loaded by names that nothing tells: what the texts reached name."""
        texts = {(module, text) for (module, _), p in self._parts.items() for text in p.texts}
        for where, text in sorted(texts) if self._loads else ():
            module, rest = self._library.named(text, where)
            if module and not rest:
                self._want_whole(module)
            elif module and self._library.gives(module, rest[0]):
                self._want_meant(self._names.inside(module, rest))

    def _want(self, module: str, name: str) -> None:
        if (module, name) not in self._parts:
            self._parts[module, name] = self._part(self._module(module), name)
            self._waiting.append((module, name))

    def _want_whole(self, module: str) -> None:
        """A module that is handed around; of a package any module that is Python may be meant.

        Whoever is handed it may ask it for what it imports from others, too.
        """
        if module in self._handed_around:
            return
        self._handed_around.add(module)
        inside = filter(self._library.has, self._library.submodules(module))
        for inner in (module, *inside):
            if not keeps_books(inner):
                self._want(inner, WHOLE)
                self._want_handed_on(self._library.read(inner))

    def _want_handed_on(self, module: Module) -> None:
        """The definitions, not the modules, that a module imports from others."""
        for name, what in module.imports.items():
            for definition in self._names.imported(what, (name,)).definitions:
                if definition[1] != WHOLE:
                    self._want(*definition)
        for star in filter(self._library.has, module.stars):
            self._want_whole(star)

    def _cannot_tell(self, function: str, given: str, where: str) -> None:
        """A function that finds names by their text: those in it count, or all around it."""
        if function in LOADING and given:
            module, rest = self._library.named(given, where)
            if module:
                self._want_whole(module)
            self._packages.update(() if module else rest[:1])
            return
        self._loads |= function in LOADING
        if function in SELF_READING:  # what it imports is among its names
            for name, what in self._module(where).imports.items():
                self._want_meant(self._names.imported(what, (name,)))
        if where != NOTEBOOK:
            self._want_whole(where)
        else:
            self._want(NOTEBOOK, WHOLE)

    def _module(self, name: str) -> Module:
        return self._notebook if name == NOTEBOOK else self._library.read(name)

    def _follow(self, module: str, name: str) -> None:
        for meaning, given in self._parts[module, name].named:
            self._want_meant(meaning)
            for function in meaning.finding:
                self._cannot_tell(function, given, module)
        if name in self._module(module).registries:
            self._want(module, WHOLE)

    def _part(self, module: Module, name: str) -> Part:
        if module is self._notebook and name == STATEMENTS:
            return part_of(module, self._acting, self._names, self._annotated)
        answers, asked = self._library.answers, (module, name, self._annotated)
        if asked not in answers:
            statements = statements_of(module, name)
            if module is self._notebook:
                statements = lasting(statements)
            answers[asked] = part_of(module, statements, self._names, self._annotated)
        return answers[asked]

    def _follow_imports(self) -> None:
        """What runs because the modules reached are imported: their statements that act, and
        whatever fills a registry that is reached; of other modules what changes what is reached."""
        registries = (self._module(module).registries.get(name, ()) for module, name in self._parts)
        fillers = set().union(*registries)
        by_notebook = self._run_by_notebook()
        with_them = self._executed(by_notebook if fillers else ())  # any import may fill one
        with_notebook = self._executed(by_notebook)
        for module in with_them:
            if module.effects:
                self._want(module.name, STATEMENTS)
            if fillers and any(calls(fillers, statement) for statement in module.body):
                self._want(module.name, WHOLE)
        self._follow_joining(with_notebook)
        for module in with_notebook:
            if changing := [s for s in module.effects if self._touched(module, s)]:
                self._want(module.name, STATEMENTS)
                self._unseen += [] if module in with_them else changing
        if self._notebook:
            self._follow_notebook(self._notebook)

    def _follow_joining(self, executed: list[Module]) -> None:
        """Definitions that join a registry or a family of classes that is reached."""
        asks = any(part.asks for part in self._parts.values())
        for module in (*executed, *([self._notebook] if self._notebook else [])):
            if (module.name, WHOLE) in self._parts:
                continue
            for name, joined, if_asked in self._joining.candidates(module):
                # What a notebook defined before cannot be told from a cell that ran twice.
                if name == WHOLE and module is self._notebook:
                    continue
                if (asks or not if_asked) and any(map(self._is_reached, joined)):
                    self._want(module.name, name)

    def _run_by_notebook(self) -> list[str]:
        executed = self._notebook.executed if self._notebook else ()
        names = (name for module in executed for name in prefixes(module))
        return [name for name in names if self._library.has(name)]

    def _is_reached(self, place: Target) -> bool:
        module, name = place
        if name is None:  # of an installed package, or what a module holds beside its definitions
            return module in self._packages or any(module == one for one, _ in self._parts)
        return place in self._parts or (module, WHOLE) in self._parts

    def _follow_notebook(self, notebook: Module) -> None:
        """Statements of the notebook that change what is reached, before trials run."""
        acting = lasting(s for s in notebook.effects if self._touched(notebook, s))
        if acting != self._acting:
            self._acting = acting
            self._parts.pop((NOTEBOOK, STATEMENTS), None)
            self._want(NOTEBOOK, STATEMENTS)

    def _touched(self, module: Module, statement: ast.stmt) -> bool:
        """Whether a statement changes something that is reached."""
        return any(map(self._is_reached, self._touching.targets(module, statement)))

    def _executed(self, more: Iterable[str] = ()) -> list[Module]:
        """The modules of the log that are imported with those reached and others."""
        start = {module for module, _ in self._parts if module != NOTEBOOK}
        start.update(*(part.imported for part in self._parts.values()))
        waiting = [*more, *(name for module in start for name in prefixes(module))]
        found: dict[str, Module] = {}
        while waiting:
            name = waiting.pop()
            if name in found or keeps_books(name):
                continue
            if module := self._library.read(name):
                found[name] = module
                waiting += [n for other in module.executed for n in prefixes(other)]
        return [module for _, module in sorted(found.items())]


def _finders(library: Library) -> tuple[Names, Touching, Joining]:
    """What finds names, changes and joins: the same for all that is asked in one look."""
    if _finders not in library.answers:
        names = Names(library)
        touching = Touching(library, names)
        library.answers[_finders] = names, touching, Joining(touching)
    return library.answers[_finders]
