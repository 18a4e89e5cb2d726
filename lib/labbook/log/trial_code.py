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
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

from labbook.log import notebook_code
from labbook.log.imports import (
    PACKAGE,
    library_folder,
    reached_modules,
    read_module,
)
from labbook.log.loaded import EDITED, edited_since_loaded


class SourceUnknown(ValueError):
    """The source of a function cannot be found, so nothing can be said of its code."""


@dataclass(frozen=True)
class CodeUsed:
    """The code of a trial.

    Attributes:
        digests: ``{module or part of the notebook: digest}``.
        modules: the files of the modules.
        notebook: the file of the notebook, where it was read from one.
    """

    digests: dict[str, str]
    modules: dict[str, Path] = field(default_factory=dict)
    notebook: Path | None = None

    @property
    def digest(self) -> str:
        """One digest (16 hex digits) of all of it."""
        return hashlib.sha256(json.dumps(self.digests, sort_keys=True).encode()).hexdigest()[:16]

    @property
    def files(self) -> list[Path]:
        """All files that the code is in."""
        return [*self.modules.values(), *([self.notebook] if self.notebook else [])]


def code_used(function: Callable) -> CodeUsed:
    """The code that a live function uses, with its files.

    A module whose file was edited after this process loaded it has no digest but says so: the
    file would vouch for code that does not run. Its records are stale from the start.

    Raises:
        SourceUnknown: see ``labbook.log.freshness.code_digest``.
    """
    function = inspect.unwrap(function)
    if not inspect.isfunction(function):
        raise SourceUnknown(f"{function!r} is no plain function: define the trial with def.")
    if function.__module__ == "__main__":
        used = _main_code_used(function)
    else:
        used = module_code_used(function.__module__, library_folder())
    edited = (module for module, file in used.modules.items() if edited_since_loaded(module, file))
    return replace(used, digests=used.digests | dict.fromkeys(edited, EDITED))


def _main_code_used(function: Callable) -> CodeUsed:
    """The code of a function of a notebook that runs here, or of a script."""
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
    return _with_library(part, library_folder())


def notebook_code_used(path: Path, function_name: str, library: Path) -> CodeUsed:
    """The code that a function of a text notebook uses; see ``notebook_code_digest``.

    Arguments:
        library: the folder of the package ``labbook`` to look modules up in.
    """
    part = _notebook_part(path, function_name.split(".")[0])
    if part is None:
        raise SourceUnknown(f"the notebook has no {function_name}() any more")
    return _with_library(part, library, path)


def _notebook_part(path: Path, name: str) -> notebook_code.NotebookPart | None:
    try:
        return _read_part(path.read_text(encoding="utf-8"), name)
    except FileNotFoundError:
        raise SourceUnknown(f"the notebook {path.name} is gone") from None
    except SyntaxError as error:
        where = f"{path.name} does not parse (line {error.lineno})"
        raise SourceUnknown(f"the notebook {where}") from None


@lru_cache(maxsize=256)
def _read_part(text: str, name: str) -> notebook_code.NotebookPart | None:
    return notebook_code.part_used([ast.parse(text)], name)


def module_code_used(module: str, library: Path, root: Path | None = None) -> CodeUsed:
    """The code of a function that lies in a module: the module and what it reaches.

    Raises:
        SourceUnknown: the module is found neither in the library nor on the path.
    """
    if module.split(".")[0] == PACKAGE:
        reached = reached_modules([module], library)
        if module not in reached:
            raise SourceUnknown(f"the module {module} is gone")
        return _code_used({}, {}, reached)
    file = _other_module_file(module, root)
    if file is None:
        raise SourceUnknown(f"the module {module} is gone")
    text = file.read_text(encoding="utf-8")
    digest, mentioned = read_module(text, module, file.name == "__init__.py")
    return _code_used({module: digest}, {module: file}, reached_modules(mentioned, library))


def _other_module_file(module: str, root: Path | None) -> Path | None:
    """The file of a module outside the library: as it is loaded, else on the path."""
    if file := getattr(sys.modules.get(module), "__file__", None):
        return Path(file)
    parts = module.split(".")
    for folder in ([root, root / "lib"] if root else []) + [Path(entry) for entry in sys.path]:
        path = folder.joinpath(*parts)
        for file in (path / "__init__.py", path.with_name(f"{parts[-1]}.py")):
            if file.is_file():
                return file
    return None


def _with_library(
    part: notebook_code.NotebookPart, library: Path, notebook: Path | None = None
) -> CodeUsed:
    return _code_used(part.code, {}, reached_modules(part.imported, library), notebook)


def _code_used(
    own: dict[str, str],
    own_files: dict[str, Path],
    reached: dict[str, tuple[str, Path]],
    notebook: Path | None = None,
) -> CodeUsed:
    digests = own | {module: digest for module, (digest, _) in reached.items()}
    files = own_files | {module: file for module, (_, file) in reached.items()}
    return CodeUsed(digests, files, notebook)
