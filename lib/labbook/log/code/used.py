"""The code that a trial's function or a notebook uses: its definitions, with a digest of each."""

import ast
import contextlib
import inspect
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from labbook.log.code.library import Library
from labbook.log.code.live import (
    EDITED,
    changed_since_loaded,
    edited_since_loaded,
    held_as,
    remember,
    statements_of_main,
)
from labbook.log.code.names import Meaning, Names
from labbook.log.code.reach import NOTEBOOK, WHOLE, CodeUsed, Reach, name_of
from labbook.log.code.reading.module import Module, read_statements
from labbook.log.code.source import parsed_cells
from labbook.log.records.json_file import Misfit, read_text


class SourceUnknown(ValueError):
    """The source of a function cannot be found, so nothing can be said of its code.

    Attributes:
        files: those of the log that were read in search of it.
    """

    def __init__(self, message: str, library: Library | None = None):
        super().__init__(message)
        self.files = library.files if library else []


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
    own = inner if module == inner.__module__ == "__main__" else None
    notebook = read_statements(statements_of_main(own), NOTEBOOK, is_main=True)
    with _told(library):
        if module != "__main__":
            place = _definition(Names(library).inside(module, (name,)), 1) or (module, name)
            used = code_of_definition(*place, library, notebook)
        elif name in notebook.statements:
            used = _reached(library, notebook, NOTEBOOK, name)
        elif place := _used_elsewhere(notebook, name, library):
            used = code_of_definition(*place, library, notebook)
        else:
            raise SourceUnknown(
                f"the source of {function.__qualname__}() is not known in this process: define it "
                "in a notebook, a script or a module."
            )
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
    with _told(library):
        text = library.read(module)
        if text is None:
            raise SourceUnknown(f"the module {module} is gone")
        if name not in text.statements:
            raise SourceUnknown(f"{module} has no {name}() any more", library)
        return _reached(library, notebook, module, name)


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
    text = read_notebook(notebook)
    with _told(library):
        if text and name in text.statements:
            return replace(_reached(library, text, NOTEBOOK, name), notebook=notebook)
        if text and (place := _used_elsewhere(text, name, library)):
            return replace(code_of_definition(*place, library, text), notebook=notebook)
    for key in before:
        module = key.rpartition(".")[0]
        if name_of(key) == name and module != NOTEBOOK:
            used = code_of_definition(module, name, library, text)
            return replace(used, notebook=notebook if text else None)
    for other in sorted(notebook.parent.glob("[!.]*.py")):
        with contextlib.suppress(SourceUnknown, OSError, SyntaxError):
            page = read_notebook(other) if other != notebook else None
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
    with _told(library):
        reached = Reach(library, notebook).used(NOTEBOOK, WHOLE)
    elsewhere = [key for key in reached.digests if not key.startswith(f"{NOTEBOOK}.")]
    return replace(
        reached,
        digests={key: reached.digests[key] for key in elsewhere},
        sources={key: reached.sources[key] for key in elsewhere},
    )


def read_notebook(path: Path) -> Module | None:
    """The statements of a text notebook; None where there is none.

    Raises:
        SourceUnknown: it cannot be read, or is no Python.
    """
    try:
        return _of_text(read_text(path))
    except FileNotFoundError:
        return None
    except Misfit as misfit:
        raise SourceUnknown(f"the notebook {path.name} cannot be read: {misfit}") from None
    except SyntaxError as error:
        error.filename = path.name
        raise SourceUnknown(f"the notebook {_no_python(error)}") from None


@lru_cache(maxsize=64)
def _of_text(text: str) -> Module:
    return read_statements(parsed_cells(text), NOTEBOOK, is_main=True)


def _reached(library: Library, notebook: Module | None, module: str, name: str) -> CodeUsed:
    """All that a definition reaches; found once for each look at the log."""
    asked = notebook, module, name
    if asked not in library.answers:
        library.answers[asked] = Reach(library, notebook).used(module, name)
    return library.answers[asked]


@contextlib.contextmanager
def _told(library: Library) -> Iterator[None]:
    """Tell of a module that is no Python, or too deep to be read, as of code that is not known."""
    try:
        yield
    except SyntaxError as error:
        raise SourceUnknown(_no_python(error), library) from None
    except RecursionError:
        raise SourceUnknown("code that it uses is nested too deep to be read", library) from None


def _no_python(error: SyntaxError) -> str:
    where = f" (line {error.lineno})" if error.lineno else f" ({error.msg})"
    return f"{error.filename} does not parse{where}"


def _used_elsewhere(notebook: Module, name: str, library: Library) -> tuple[str, str] | None:
    """Module and name of a definition of the log that a notebook imports or uses by this name."""
    names = Names(library)
    used = [(name,), *(parts for parts in notebook.dotted if parts[-1] == name)]
    found = (_definition(names.of(notebook, parts), len(parts)) for parts in used)
    return next((place for place in found if place and place[0] != NOTEBOOK), None)


def _definition(meaning: Meaning, length: int) -> tuple[str, str] | None:
    """Module and name of the definition that all parts of a name stand for."""
    place = next(reversed(meaning.definitions), None)
    return place if place and place[1] != WHOLE and meaning.used == length else None
