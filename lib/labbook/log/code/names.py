"""What a dotted name stands for, through the imports of the log's modules; nothing is imported."""

from dataclasses import dataclass, replace

from labbook.log.code.library import Library, keeps_books
from labbook.log.code.reading.module import WHOLE, Module
from labbook.log.code.reading.scopes import Import

# What loads modules by names, and what a module reads its own names by, both unseen by a reader.
LOADING = {
    *("__import__", "importlib.import_module", "pkgutil.resolve_name", "runpy.run_module"),
    *("hydra.utils.call", "hydra.utils.get_class", "hydra.utils.instantiate"),
    *("pydoc.locate", "sys.modules", "sys.modules.get"),
}
SELF_READING = {"__path__", "eval", "exec", "globals", "sys.modules", "sys.modules.get"}


@dataclass(frozen=True)
class Meaning:
    """What a dotted name stands for.

    Attributes:
        text: what is written for it, wherever it lies.
        used: how many of its parts that stands for; the others are attributes.
        definitions: module and name of each that it may be, what it is at last behind the others;
            ``WHOLE`` of a module that is meant itself, or asked for a name that it does not define.
        packages: those outside of the log that hold it.
        finding: the functions among them that find things by their text.
        held_by: the last module on the way to what the log does not own.
    """

    text: str
    used: int
    definitions: tuple[tuple[str, str], ...] = ()
    packages: tuple[str, ...] = ()
    finding: tuple[str, ...] = ()
    held_by: str = ""


class Names:
    """Finds what names stand for.

    Arguments:
        library: the modules of the log.
    """

    def __init__(self, library: Library):
        self._library = library
        self._asked: set[tuple[str, tuple[str, ...]]] = set()

    def of(self, module: Module, parts: tuple[str, ...]) -> Meaning:
        """What a name of a module's level, with attributes after it, stands for.

        Raises:
            SyntaxError: a module on the way is no Python.
        """
        asked = (module.name, parts)
        if asked in self._asked:
            return Meaning(parts[0], 1)  # modules that import a name from each other in a circle
        self._asked.add(asked)
        try:
            return self._of(module, parts)
        finally:
            self._asked.discard(asked)

    def _of(self, module: Module, parts: tuple[str, ...]) -> Meaning:
        name, found = parts[0], []
        if name in module.statements:
            found = [Meaning(name, 1, ((module.name, name),))]
        elif name in module.imports:
            meaning = self.imported(module.imports[name], parts)
            found = [replace(meaning, held_by=meaning.held_by or module.name)]
        stars = module.covering.get(name, []) if found else module.stars
        stars = [star for star in stars if self._library.gives(star, name)]
        found += [self.inside(star, parts) for star in stars]
        if not found:
            return Meaning(name, 1, finding=_finding(name))
        if len(found) == 1:
            return found[0]
        # the last one, unless its __all__ leaves the name out
        return replace(
            found[-1],
            text=f"{stars[-1]}: {found[-1].text}",
            definitions=tuple(one for meaning in found for one in meaning.definitions),
            packages=tuple(one for meaning in found for one in meaning.packages),
            finding=tuple(one for meaning in found for one in meaning.finding),
        )

    def imported(self, what: Import, parts: tuple[str, ...]) -> Meaning:
        """What a name bound by an import, with attributes after it, stands for."""
        if what.name is None:
            return self.inside(what.module, parts[1:], 1)
        meaning = self.inside(what.module, (what.name, *parts[1:]))
        return replace(meaning, used=max(meaning.used, 1))

    def inside(self, module: str, rest: tuple[str, ...], used: int = 0) -> Meaning:
        """What attributes of a module stand for; ``used`` parts before them name the module."""
        inner = f"{module}.{rest[0]}" if rest else ""
        text = None if keeps_books(module) else self._library.read(module)
        is_ours = text is not None or self._library.place(module) is not None
        if not is_ours:
            name = ".".join((module, *rest))
            package = module.partition(".")[0]
            return Meaning(name, used + len(rest), (), (package,), _finding(name))
        if text and rest and (rest[0] in text.statements or rest[0] in text.imports):
            meaning = self.of(text, rest)
            return replace(meaning, used=used + meaning.used)
        if inner and self._library.place(inner):
            return self.inside(inner, rest[1:], used + 1)
        if text is None:
            return Meaning(rest[0], used + 1) if rest else Meaning(_last(module), used)
        if rest and text.stars:
            meaning = self.of(text, rest)
            return replace(meaning, used=used + meaning.used)
        return Meaning(_last(module), used, ((module, WHOLE),))


def _finding(name: str) -> tuple[str, ...]:
    return (name,) if name in LOADING | SELF_READING else ()


def _last(module: str) -> str:
    return module.rpartition(".")[2]
