"""Whether a record still tells what today's code and data would give.

Code is compared by digests of syntax trees, never by the times of files: docstrings, comments
and layout change nothing. What counts as the code of a trial:

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
from labbook.log.layout import Layout, find_root

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


def code_digest(function: Callable) -> tuple[str, dict[str, str]]:
    """Digest of the code that a live function uses.

    Arguments:
        function: a plain function, defined in a notebook, a script or a module.

    Returns:
        ``(digest, {module: digest})``; the keys are dotted names of modules, and for a
        notebook ``notebook.<name>`` and ``notebook imports``.

    Raises:
        SourceUnknown: the function has no source in this process (unpickled by value, or
            typed into a plain interpreter).
    """
    used = code_used(function)
    return used.digest, used.digests


def notebook_code_digest(path: Path, function_name: str) -> tuple[str, dict[str, str]]:
    """As ``code_digest``, for a function of a text notebook that is not running.

    Arguments:
        path: the notebook, ``notebooks/<experiment>.py``.
        function_name: name of the function in it.

    Raises:
        SourceUnknown: the file is gone or does not parse, or has no such function.
    """
    used = notebook_code_used(Path(path), function_name, library_folder())
    return used.digest, used.digests


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
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise SourceUnknown(f"the notebook {path.name} is gone") from None
    try:
        part = _notebook_part(text, function_name.split(".")[0])
    except SyntaxError as error:
        raise SourceUnknown(
            f"the notebook {path.name} does not parse (line {error.lineno})"
        ) from None
    if part is None:
        raise SourceUnknown(f"the notebook has no {function_name}() any more")
    return _with_library(part, library, [path])


@lru_cache(maxsize=256)
def _notebook_part(text: str, name: str) -> notebook_code.NotebookPart | None:
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


def current_code(record: "Record", root: Path | None = None) -> CodeUsed:
    """The code that a record's function would use today, read from files.

    Raises:
        SourceUnknown: its notebook, module or function is gone; the message is a phrase.
    """
    root = root or find_root()
    code = (record.provenance or {}).get("code") or {}
    module, _, name = record.function.rpartition(".")
    if any(key.startswith("notebook.") for key in code):
        name = record.function.removeprefix(f"{record.experiment}.")
        return notebook_code_used(
            Layout(root).source(record.experiment), name, library_folder(root)
        )
    return module_code_used(module, library_folder(root), root)


def stale_because(
    record: "Record",
    root: Path | None = None,
    *,
    code: dict[str, str] | None = None,
    data_digest: str | None = None,
) -> list[str]:
    """What has changed since a record was made, as phrases; ``[]`` means fresh.

    Arguments:
        root: the log's root; found from the working directory when not given.
        code: digests of today's code, as ``code_digest`` gives them for a live function; read
            from the files of the log when not given.
        data_digest: digest of today's data, where it is at hand.

    Returns:
        For instance ``["labbook.models.mixer changed", "the notebook's train() changed"]``.
    """
    reasons = code_changes(record, root, code=code)
    if data_digest is not None and data_digest != record.data_digest:
        reasons.append("data changed")
    return reasons


def code_changes(
    record: "Record", root: Path | None = None, *, code: dict[str, str] | None = None
) -> list[str]:
    """The part of ``stale_because`` that concerns code."""
    then = (record.provenance or {}).get("code")
    if not then:
        return ["its code was not recorded"]
    if code is None:
        try:
            code = current_code(record, root).digests
        except SourceUnknown as error:
            return [str(error)]
    return [_change(key, then.get(key), code.get(key)) for key in _differing(then, code)]


def _differing(then: dict[str, str], now: dict[str, str]) -> list[str]:
    return sorted(key for key in then.keys() | now.keys() if then.get(key) != now.get(key))


def _change(key: str, then: str | None, now: str | None) -> str:
    if key == notebook_code.IMPORTS:
        return "the notebook's imports changed"
    if key.startswith("notebook."):
        name = f"the notebook's {key.removeprefix('notebook.')}()"
    else:
        name = key
    if then is None:
        return f"{name} is used now"
    if now is None:
        return f"{name} is no longer used"
    return f"{name} changed"


def aged_because(record: "Record", versions: dict[str, str]) -> list[str]:
    """Which packages have another version than when the record was made.

    A record that is only aged is still fresh: nothing of the project changed.

    Arguments:
        versions: today's versions, as ``provenance.versions()`` gives them.

    Returns:
        For instance ``["torch 2.12.0 → 2.13.0"]``.
    """
    then = (record.provenance or {}).get("versions") or {}
    return [
        f"{name} {then.get(name, 'absent')} → {versions.get(name, 'absent')}"
        for name in sorted(then.keys() | versions.keys())
        if then.get(name) != versions.get(name)
    ]
