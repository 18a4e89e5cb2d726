"""The code that a trial's function uses: which files, and a digest for each part.

Compared are syntax trees, never the times of files: docstrings, comments and layout change
nothing. What counts as the code of a trial:

- a function of a notebook: the function, everything at the notebook's level that it uses,
  directly or not (functions, classes, the import statements of the names), and the modules of
  ``labbook`` that those imports reach, transitively;
- a function of a module: the whole module and the modules of ``labbook`` that it reaches.

``labbook.log``, ``labbook.site`` and ``labbook.cli`` are left out: they keep and show trials,
they do not change what a trial computes.
"""

import ast
import hashlib
import inspect
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from labbook.log import notebook_code
from labbook.log.imports import (
    PACKAGE,
    library_folder,
    module_file,
    reached_modules,
    read_module,
)
from labbook.log.layout import Layout

if TYPE_CHECKING:
    from labbook.log.records import Record


class SourceUnknown(ValueError):
    """The source of a function cannot be found, so nothing can be said of its code."""


@dataclass(frozen=True)
class CodeUsed:
    """The code of a trial: ``{module or part of the notebook: digest}`` and the files it is in."""

    digests: dict[str, str]
    files: tuple[Path, ...]

    @property
    def digest(self) -> str:
        """One digest (16 hex digits) of all of it."""
        return hashlib.sha256(json.dumps(self.digests, sort_keys=True).encode()).hexdigest()[:16]


def code_used(function: Callable) -> CodeUsed:
    """The code that a live function uses, with its files; see ``code_digest``."""
    function = inspect.unwrap(function)
    if not inspect.isfunction(function):
        raise SourceUnknown(f"{function!r} is no plain function: define the trial with def.")
    if function.__module__ != "__main__":
        return module_code_used(function.__module__, library_folder())
    trees = notebook_code.kernel_cells()
    live = function.__globals__ if trees is not None else None
    if trees is None:
        trees = notebook_code.script_text(function)
    name = function.__qualname__.split(".")[0]
    part = notebook_code.part_used(trees, name, live) if trees else None
    if part is None:
        raise SourceUnknown(
            f"the source of {function.__qualname__}() is not known in this process: define it in "
            "a notebook, a script or a module."
        )
    return _with_library(part, library_folder(), [])


def notebook_code_used(path: Path, function_name: str, library: Path) -> CodeUsed:
    """The code that a function of a text notebook uses; see ``notebook_code_digest``.

    Arguments:
        library: the folder of the package ``labbook`` to look modules up in.
    """
    part = _notebook_part(path, function_name.split(".")[0])
    if part is None:
        raise SourceUnknown(f"the notebook has no {function_name}() any more")
    return _with_library(part, library, [path])


def whole_notebook_code(path: Path, library: Path) -> CodeUsed:
    """The code of a whole notebook: all its statements and the modules that they reach.

    Raises:
        SourceUnknown: the file is gone or does not parse.
    """
    return _with_library(_notebook_part(path, None), library, [path])


def _notebook_part(path: Path, name: str | None) -> notebook_code.NotebookPart | None:
    try:
        return _read_part(path.read_text(encoding="utf-8"), name)
    except FileNotFoundError:
        raise SourceUnknown(f"the notebook {path.name} is gone") from None
    except SyntaxError as error:
        where = f"{path.name} does not parse (line {error.lineno})"
        raise SourceUnknown(f"the notebook {where}") from None


@lru_cache(maxsize=256)
def _read_part(text: str, name: str | None) -> notebook_code.NotebookPart | None:
    tree = ast.parse(text)
    return notebook_code.whole(tree) if name is None else notebook_code.part_used([tree], name)


def module_code_used(module: str, library: Path, root: Path | None = None) -> CodeUsed:
    """The code of a function that lies in a module: the module and what it reaches.

    Raises:
        SourceUnknown: the module is found neither in the library nor on the path.
    """
    if module.split(".")[0] == PACKAGE:
        reached = reached_modules([module], library)
        if module not in reached:
            raise SourceUnknown(f"the module {module} is gone")
        return _code_used({}, reached, [])
    file = _other_module_file(module, root)
    if file is None:
        raise SourceUnknown(f"the module {module} is gone")
    text = file.read_text(encoding="utf-8")
    digest, mentioned = read_module(text, module, file.name == "__init__.py")
    return _code_used({module: digest}, reached_modules(mentioned, library), [file])


def _other_module_file(module: str, root: Path | None) -> Path | None:
    """The file of a module outside the library: as it is loaded, else on the path."""
    if file := getattr(sys.modules.get(module), "__file__", None):
        return Path(file)
    top = module.split(".")[0]
    for folder in ([root, root / "lib"] if root else []) + [Path(entry) for entry in sys.path]:
        if file := module_file(module, folder / top) or _single_file(module, folder):
            return file
    return None


def _single_file(module: str, folder: Path) -> Path | None:
    file = folder / f"{module}.py"
    return file if "." not in module and file.is_file() else None


def _with_library(part: notebook_code.NotebookPart, library: Path, files: list[Path]) -> CodeUsed:
    return _code_used(part.code, reached_modules(part.imported, library), files)


def _code_used(own: dict[str, str], reached: dict, files: list[Path]) -> CodeUsed:
    digests = own | {module: digest for module, (digest, _) in reached.items()}
    return CodeUsed(digests, (*files, *(file for _, file in reached.values())))


def current_code(record: "Record", root: Path) -> CodeUsed:
    """The code that a trial or a run would use today, read from the files of the log.

    Raises:
        SourceUnknown: its notebook, module or function is gone; the message is a phrase.
    """
    code = record.provenance.get("code") or {}
    library = library_folder(root)
    source = Layout(root).source(record.experiment)
    if notebook_code.WHOLE in code:
        return whole_notebook_code(source, library)
    if any(key.startswith("notebook.") for key in code):
        name = record.function.removeprefix(f"{record.experiment}.")
        return notebook_code_used(source, name, library)
    recorded = [module for module in code if record.function.startswith(f"{module}.")]
    module = max(recorded, key=len, default=record.function.rpartition(".")[0])
    return module_code_used(module, library, root)
