"""The code that a trial's function or a notebook uses: its definitions, with a digest of each."""

import ast
import contextlib
import inspect
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from labbook.log.code.library import Library, keeps_books, stamp_of
from labbook.log.code.live import (
    EDITED,
    changed_since_loaded,
    edited_since_loaded,
    held_as,
    remember,
    statements_of_main,
)
from labbook.log.code.reach import NOTEBOOK, WHOLE, CodeUsed, Reach, name_of
from labbook.log.code.reading.module import Module, read_statements
from labbook.log.code.source import parsed
from labbook.log.records.json_file import Misfit, read_file


class SourceUnknown(ValueError):
    """The source of a function cannot be found, so nothing can be said of its code.

    Attributes:
        files: those of the log that were read in search of it.
    """

    def __init__(self, message: str, library: Library | None = None):
        super().__init__(message)
        self.files = list(library.stamps()) if library else []


def code_of(function: Callable, root: Path | None = None) -> CodeUsed:
    """The code that a live function uses.

    A definition that was edited on disk after this process loaded it has no digest but says so:
    the file would vouch for code that does not run. Its records are stale from the start.

    Arguments:
        function: a plain function, defined in a notebook, a script or a module.
        root: the log's root.

    Raises:
        SourceUnknown: the function has no source in this process (unpickled by value, or typed
            into a plain interpreter), or a module that it reaches is no Python.
    """
    inner = inspect.unwrap(function)
    if not inspect.isfunction(inner) or (held := held_as(function)) is None:
        raise SourceUnknown(f"{function!r} is no plain function: define the trial with def.")
    module, name = held[0], held[1].partition(".")[0]
    library = Library(root)
    if module == "__main__":
        own = inner if inner.__module__ == "__main__" else None
        notebook = read_statements(statements_of_main(own), NOTEBOOK, is_main=True)
        if name in notebook.statements:
            used = _reach(library, notebook, NOTEBOOK, name)
        elif place := _used_elsewhere(notebook, name, library):
            used = _of_definition(*place, library, notebook)
        else:
            raise SourceUnknown(
                f"the source of {function.__qualname__}() is not known in this process: define it "
                "in a notebook, a script or a module."
            )
    else:
        place = _defined(module, name, library) or (module, name)
        notebook = read_statements(statements_of_main(), NOTEBOOK, is_main=True)
        used = _of_definition(*place, library, notebook)
    edited = _edited(used.digests, used.modules)
    return replace(used, digests=used.digests | dict.fromkeys(edited, EDITED))


def edited_here(code: Iterable[str]) -> list[str]:
    """Which definitions (``<module>.<name>``) were edited after this process loaded them."""
    modules = {key.rpartition(".")[0] for key in code} & sys.modules.keys()
    files = {name: getattr(sys.modules[name], "__file__", None) for name in sorted(modules)}
    return _edited(code, {name: Path(file) for name, file in files.items() if file})


def _edited(code: Iterable[str], modules: Mapping[str, Path]) -> list[str]:
    remember()
    edited = []
    for module, file in modules.items():
        keys = [key for key in code if key.rpartition(".")[0] == module]
        names = {name_of(key) for key in keys}
        names = edited_since_loaded(module, names, file) | changed_since_loaded(module, names, file)
        edited += [key for key in keys if name_of(key) in names]
    return edited


def code_of_definition(
    module: str, name: str, library: Library, notebook: Module | None = None
) -> CodeUsed:
    """The code of a definition of a module of the log.

    Arguments:
        notebook: the one that runs it, for what it changes.

    Raises:
        SourceUnknown: there is no such module or definition, or one that it reaches is no Python.
    """
    _check_defined(module, name, library)
    return _reached(library, notebook, module, name)


def _of_definition(module: str, name: str, library: Library, running: Module) -> CodeUsed:
    """As ``code_of_definition``, with statements that are not kept."""
    _check_defined(module, name, library)
    return _reach(library, running, module, name)


def _check_defined(module: str, name: str, library: Library) -> None:
    try:
        text = library.read(module)
    except SyntaxError as error:
        raise SourceUnknown(_no_python(error), library) from None
    if text is None:
        raise SourceUnknown(f"the module {module} is gone")
    if name not in text.statements:
        raise SourceUnknown(f"{module} has no {name}() any more", library)


def code_of_trial(
    notebook: Path,
    name: str,
    root: Path,
    before: Iterable[str] = (),
    library: Library | None = None,
) -> CodeUsed:
    """The code of a trial's function as the files of the log have it now.

    The function is the one that the notebook defines under this name, or imports, or uses as an
    attribute of a module of the log; else the one that another notebook of the log uses so, for a
    page may run trials of another experiment.

    Arguments:
        notebook: the text of the notebook of the trial's experiment.
        name: of the function, without the experiment.
        before: keys of the code that a record was made with: they name the module of a function
            that no notebook mentions.
        library: the modules of the log, where they were read for other trials; they are read anew
            when not given.

    Raises:
        SourceUnknown: the function is found nowhere, or a file that it reaches is no Python.
    """
    library = library or Library(root)
    name = name.partition(".")[0]
    text = _notebook(notebook)
    if text is not None:
        if name in text.statements:
            return replace(_reached(library, text, NOTEBOOK, name), notebook=notebook)
        if place := _used_elsewhere(text, name, library):
            return replace(code_of_definition(*place, library, text), notebook=notebook)
    for key in before:
        module = key.rpartition(".")[0]
        if name_of(key) == name and module != NOTEBOOK:
            used = code_of_definition(module, name, library, text)
            return replace(used, notebook=notebook if text else None)
    for other in sorted(notebook.parent.glob("*.py")):
        with contextlib.suppress(SourceUnknown, OSError, UnicodeDecodeError):
            page = _notebook(other) if other != notebook else None
            if page is not None and (place := _used_elsewhere(page, name, library)):
                return replace(code_of_definition(*place, library, page), notebook=other)
    raise SourceUnknown(
        f"the notebook {notebook.name} is gone"
        if text is None
        else f"the notebook has no {name}() any more"
    )


def code_of_notebook(statements: list[ast.stmt], library: Library) -> CodeUsed:
    """The definitions of the log's modules that the code cells of a notebook reach.

    Raises:
        SourceUnknown: a module that they reach is no Python.
    """
    notebook = read_statements(statements, NOTEBOOK, is_main=True)
    reached = _reach(library, notebook, NOTEBOOK, WHOLE)
    elsewhere = [key for key in reached.digests if not key.startswith(f"{NOTEBOOK}.")]
    return replace(
        reached,
        digests={key: reached.digests[key] for key in elsewhere},
        sources={key: reached.sources[key] for key in elsewhere},
    )


# What was read before: the notebook's statements, the stamps of the files, the answer.
_read: dict[tuple, tuple[Module | None, dict[Path, tuple[int, int]], CodeUsed]] = {}


def _reached(library: Library, notebook: Module | None, module: str, name: str) -> CodeUsed:
    """All that a definition of a file reaches; read again only where a file has changed."""
    key = library.root, id(notebook), module, name
    if key in _read:
        _, stamps, used = _read[key]
        if all(stamp_of(file) == stamp for file, stamp in stamps.items()):
            return used
    used = _reach(library, notebook, module, name)
    _read[key] = notebook, library.stamps(), used
    return used


def _reach(library: Library, notebook: Module | None, module: str, name: str) -> CodeUsed:
    """All that a definition reaches."""
    try:
        return Reach(library, notebook).used(module, name)
    except SyntaxError as error:
        raise SourceUnknown(_no_python(error), library) from None


def _no_python(error: SyntaxError) -> str:
    where = f" (line {error.lineno})" if error.lineno else f" ({error.msg})"
    return f"{error.filename} does not parse{where}"


def _notebook(path: Path) -> Module | None:
    try:
        return _read_notebook(read_file(path).decode("utf-8-sig"))
    except FileNotFoundError:
        return None
    except Misfit as misfit:
        raise SourceUnknown(f"the notebook {path.name} cannot be read: {misfit}") from None
    except UnicodeDecodeError:
        raise SourceUnknown(f"the notebook {path.name} is not UTF-8") from None
    except SyntaxError as error:
        error.filename = path.name
        raise SourceUnknown(f"the notebook {_no_python(error)}") from None


@lru_cache(maxsize=64)
def _read_notebook(text: str) -> Module:
    return read_statements(parsed(text), NOTEBOOK, is_main=True)


def _used_elsewhere(notebook: Module, name: str, library: Library) -> tuple[str, str] | None:
    """Module and name of a definition of the log that a notebook imports or uses by this name."""
    what = notebook.imports.get(name)
    if what and what.name and (place := _defined(what.module, what.name, library)):
        return place
    for parts in notebook.dotted:
        if parts[-1] == name and (what := notebook.imports.get(parts[0])):
            module = ".".join((what.module, *([what.name] if what.name else []), *parts[1:-1]))
            if place := _defined(module, name, library):
                return place
    return None


def _defined(module: str, name: str, library: Library) -> tuple[str, str] | None:
    """Where a name of a module is defined, through the imports of other modules."""
    seen = set()
    while module not in seen and not keeps_books(module):
        seen.add(module)
        text = library.read(module)
        if text is None:
            return None
        if name in text.statements:
            return module, name
        if (what := text.imports.get(name)) is None or what.name is None:
            return None
        module, name = what.module, what.name
    return None
