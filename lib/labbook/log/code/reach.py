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
        self._annotated = annotated
        self._reads_annotations = False
        self._library = library
        self._notebook = notebook
        self._digests: dict[tuple[str, str], str] = {}
        self._sources: dict[str, str] = {}
        self._waiting: deque[tuple[str, str]] = deque()
        self._handed_around: set[str] = set()
        self._packages: set[str] = set()
        self._names, self._touching, self._joining = _finders(library)
        self._loads = False  # whether something loads modules by names that nothing tells
        self._texts: set[tuple[str, str]] = set()  # that may name a module, and where they stand
        self._run_inside: set[str] = set()  # modules that definitions import, as far as they are
        self._asks = False  # whether something asks a class for its subclasses
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
        if self._reads_annotations and not self._annotated:
            return Reach(self._library, self._notebook, annotated=True).used(module, name)
        places = {module: self._library.place(module) for module, _ in self._digests}
        changing = [*filter(self._elsewhere, self._acting), *self._unseen]
        return CodeUsed(
            {f"{module}.{name}": value for (module, name), value in sorted(self._digests.items())},
            {module: p.file for module, p in sorted(places.items()) if p and p.file},
            packages=frozenset(self._packages - sys.stdlib_module_names),
            sources=self._sources,
            patches=tuple(source_of([s]) for s in changing),
        )

    def _elsewhere(self, statement: ast.stmt) -> bool:
        return any(m != NOTEBOOK for m, _ in self._touching.targets(self._notebook, statement))

    def _reached(self, meaning: Meaning, given: str, where: str) -> None:
        """Follow what a name in a module stands for.

        Arguments:
            given: the text, or its beginning, that a function of that name is called with.
        """
        self._want_meant(meaning)
        for function in meaning.finding:
            self._cannot_tell(function, given, where)

    def _want_meant(self, meaning: Meaning) -> None:
        for module, name in meaning.definitions:
            if name == WHOLE:
                self._want_whole(module)
            else:
                self._want(module, name)
        self._packages.update(meaning.packages)

    def _want_named(self) -> None:
        """Where modules are loaded by names that nothing tells: what the texts reached name."""
        for where, text in sorted(self._texts) if self._loads else ():
            module, rest = self._library.named(text, where)
            if module and not rest:
                self._want_whole(module)
            elif module and self._library.gives(module, rest[0]):
                self._want_meant(self._names.inside(module, rest))

    def _want(self, module: str, name: str) -> None:
        if (module, name) not in self._digests:
            self._digests[module, name] = ""
            self._waiting.append((module, name))

    def _want_whole(self, module: str) -> None:
        """A module that is handed around; of a package any module may be meant.

        Whoever is handed it may ask it for what it imports from others, too.
        """
        if module in self._handed_around:
            return
        self._handed_around.add(module)
        for inner in (module, *self._library.submodules(module)):
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

    def _module(self, name: str) -> Module | None:
        return self._notebook if name == NOTEBOOK else self._library.read(name)

    def _follow(self, module: str, name: str) -> None:
        text = self._module(module)
        if text is None:
            return
        part = self._part(text, name)
        self._digests[module, name] = part.digest
        self._sources[f"{module}.{name}"] = part.source
        for meaning, given in part.named:
            self._reached(meaning, given, module)
        if name in text.registries:
            self._want(module, WHOLE)
        self._asks |= part.asks
        self._reads_annotations |= part.reads_annotations
        self._run_inside |= part.imported
        self._texts |= {(module, text) for text in part.texts}

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
        fillers = {
            function
            for module, name in list(self._digests)
            if (text := self._module(module))
            for function in text.registries.get(name, ())
        }
        for module in (with_them := self._executed()):
            text = self._library.read(module)
            if text.effects:
                self._want(module, STATEMENTS)
            if fillers and any(calls(fillers, statement) for statement in text.body):
                self._want(module, WHOLE)
        self._follow_joining()
        for module in self._executed(self._run_by_notebook()):
            text = self._library.read(module)
            if changing := [s for s in text.effects if self._touched(text, s)]:
                self._want(module, STATEMENTS)
                self._unseen += [] if module in with_them else changing
        if self._notebook:
            self._follow_notebook(self._notebook)

    def _follow_joining(self) -> None:
        """Definitions that join a registry or a family of classes that is reached."""
        modules = [self._library.read(name) for name in self._executed(self._run_by_notebook())]
        for module in (*modules, *([self._notebook] if self._notebook else [])):
            if (module.name, WHOLE) in self._digests:
                continue
            for name, joined, if_asked in self._joining.candidates(module):
                # What a notebook defined before cannot be told from a cell that ran twice.
                if name == WHOLE and module is self._notebook:
                    continue
                if (self._asks or not if_asked) and any(map(self._is_reached, joined)):
                    self._want(module.name, name)

    def _run_by_notebook(self) -> list[str]:
        executed = self._notebook.executed if self._notebook else ()
        names = (name for module in executed for name in prefixes(module))
        return [name for name in names if self._library.has(name)]

    def _is_reached(self, place: Target) -> bool:
        module, name = place
        of_package = name is None and module in self._packages
        return of_package or place in self._digests or (module, WHOLE) in self._digests

    def _follow_notebook(self, notebook: Module) -> None:
        """Statements of the notebook that change what is reached, before trials run."""
        acting = lasting(s for s in notebook.effects if self._touched(notebook, s))
        if acting != self._acting:
            self._acting = acting
            self._digests.pop((NOTEBOOK, STATEMENTS), None)
            self._want(NOTEBOOK, STATEMENTS)

    def _touched(self, module: Module, statement: ast.stmt) -> bool:
        """Whether a statement changes something that is reached."""
        modules = {module for module, _ in self._digests}
        return any(
            self._is_reached(place) or (place[1] is None and place[0] in modules)
            for place in self._touching.targets(module, statement)
        )

    def _executed(self, more: Iterable[str] = ()) -> list[str]:
        """The modules of the log that are imported with those reached and others."""
        start = self._run_inside | {module for module, _ in self._digests if module != NOTEBOOK}
        waiting = [*more, *(name for module in start for name in prefixes(module))]
        if self._notebook and any(
            name in text.registries
            for module, name in self._digests
            if (text := self._module(module))
        ):  # all imports of the notebook may fill a registry
            waiting += self._notebook.executed
        found: set[str] = set()
        while waiting:
            module = waiting.pop()
            if module in found or keeps_books(module):
                continue
            if (text := self._library.read(module)) is None:
                continue
            found.add(module)
            waiting += [name for other in text.executed for name in prefixes(other)]
        return sorted(found)


def _finders(library: Library) -> tuple[Names, Touching, Joining]:
    """What finds names, changes and joins: the same for all that is asked in one look."""
    if _finders not in library.answers:
        names = Names(library)
        touching = Touching(library, names)
        library.answers[_finders] = names, touching, Joining(touching)
    return library.answers[_finders]
