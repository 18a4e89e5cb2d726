"""Which modules belong to a log, and their texts.

A module belongs to the log when its file lies below the log's root (in ``lib/``, ``src/``, the root
or ``notebooks/``) or is found on the path outside of folders that pip fills (``site-packages``,
those of ``pip install --target``) and of Python's own library, as packages installed in editable
mode are. Nothing is imported to find out.
"""

import importlib.util
import sys
import sysconfig
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from labbook.log.code.reading.module import Module, read_module
from labbook.log.code.reading.scopes import absolute
from labbook.log.records.json_file import Misfit, read_text

FOLDERS = ("lib", "src", ".", "notebooks")
# Rooms that show, keep and start trials: they do not change what a trial computes.
BOOKKEEPING = tuple(f"labbook.{r}." for r in ("log", "show", "site", "lab", "commands", "cli"))

_INSTALLED = {"site-packages", "dist-packages"}
_PYTHON = [Path(sysconfig.get_path(name)).resolve() for name in ("stdlib", "platstdlib")]


def keeps_books(module: str) -> bool:
    """Whether a module is of labbook's own rooms that no trial's code counts."""
    return f"{module}.".startswith(BOOKKEEPING)


@dataclass(frozen=True)
class Place:
    """Where a module lies.

    Attributes:
        file: None for folders without ``__init__.py``.
        folders: of a package: where the modules inside of it are looked for.
    """

    file: Path | None
    folders: tuple[Path, ...] = ()


class Library:
    """One look at the modules of a log: each as it was when it was read first.

    Whoever wants to see what was changed since takes another look; what was made of a text is kept
    by the text itself (``read_module``).

    Arguments:
        root: the log's root; without one, modules are looked for on the path alone.

    Attributes:
        answers: what was found out in this look, by what was asked.
    """

    def __init__(self, root: Path | None = None):
        self.root = root
        self.answers: dict[Hashable, Any] = {}
        self._places: dict[str, Place | None] = {}
        self._modules: dict[str, Module | None] = {}

    def gives(self, module: str, name: str, seen: frozenset[str] = frozenset()) -> bool:
        """Whether an import of all names of a module binds this one; ``__all__`` is not asked."""
        text = None if module in seen or name.startswith("_") else self.read(module)
        if text is None:
            return False
        own = name in text.statements or name in text.imports
        return own or any(self.gives(star, name, seen | {module}) for star in text.stars)

    def place(self, module: str) -> Place | None:
        """Where a module of the log lies; None for a module that does not belong to it."""
        if module not in self._places:
            above, _, name = module.rpartition(".")
            if above:
                package = self.place(above)
                self._places[module] = _in_folders(package.folders if package else (), name)
            else:
                folders = [self.root / folder for folder in (FOLDERS if self.root else ())]
                found = _in_folders(folders, name)
                if found is None or found.file is None:  # a package elsewhere goes before folders
                    found = _on_the_path(name, found)
                self._places[module] = found
        return self._places[module]

    def read(self, module: str) -> Module | None:
        """A module of the log; None for one that does not belong to it.

        Raises:
            SyntaxError: its text is no Python.
        """
        if module not in self._modules:
            self._modules[module] = self._read(module)
        return self._modules[module]

    def named(self, name: str, module: str) -> tuple[str, tuple[str, ...]]:
        """The module that a text names, as far as it belongs to the log, and the names after it.

        Arguments:
            name: such as ``p.nets``, ``p.nets.Net``, ``p.nets:Net`` or ``.nets``.
            module: the one in which it stands.
        """
        level = len(name) - len(name.lstrip("."))
        place = self.place(module) if level else None
        inside = place is not None and place.file is not None and place.file.stem == "__init__"
        found, rest = absolute(name.lstrip(".").replace(":", "."), level, module, inside), ()
        while found and self.place(found) is None:
            found, _, last = found.rpartition(".")
            rest = (last, *rest)
        return found, rest

    def has(self, module: str) -> bool:
        """Whether a module belongs to the log and is Python."""
        try:
            return self.read(module) is not None
        except SyntaxError:
            return False

    @property
    def files(self) -> list[Path]:
        """The file of each module that was looked for and is there."""
        return list({place.file for place in self._places.values() if place and place.file})

    def submodules(self, module: str) -> list[str]:
        """All modules inside a package, however deep; itself left out.

        What lies in folders such as ``.ipynb_checkpoints``, where JupyterLab keeps copies, is none.
        """
        place = self.place(module)
        names = [
            path.relative_to(folder).with_suffix("").parts
            for folder in (place.folders if place else ())
            for path in sorted(folder.rglob("*.py"))
        ]
        parts = [n[:-1] if n[-1] == "__init__" else n for n in names]
        return [".".join((module, *p)) for p in parts if p and "." not in "".join(p)]

    def _read(self, module: str) -> Module | None:
        place = self.place(module)
        if place is None:
            return None
        if place.file is None:
            return read_module("", module, True)
        try:
            return read_module(read_text(place.file), module, bool(place.folders))
        except SyntaxError as error:
            error.filename = place.file.name
            raise
        except Misfit as misfit:
            raise SyntaxError(str(misfit), (place.file.name, 0, 0, "")) from None


def prefixes(module: str) -> Iterator[str]:
    """A module and the packages that it is in, outermost first."""
    parts = module.split(".")
    return (".".join(parts[:length]) for length in range(1, len(parts) + 1))


def stamp_of(file: Path) -> tuple[int, int]:
    """Time of the last change (ns) and size (bytes) of a file; zeros where there is none."""
    try:
        status = file.stat()
    except OSError:
        return 0, 0
    return status.st_mtime_ns, status.st_size


def _in_folders(folders: Iterable[Path], name: str) -> Place | None:
    return _joined(_in_folder(folder, name) for folder in folders)


def _joined(places: Iterable[Place | None]) -> Place | None:
    """The first that has a file; else one of all folders without ``__init__.py``, as in Python."""
    folders: list[Path] = []
    for place in filter(None, places):
        if place.file:
            return place
        folders += place.folders
    return Place(None, tuple(dict.fromkeys(folders))) if folders else None


def _in_folder(folder: Path, name: str) -> Place | None:
    package = folder / name
    if (file := package / "__init__.py").is_file():
        return Place(file, (package,))
    if (file := folder / f"{name}.py").is_file():
        return Place(file)
    if package.is_dir() and next(package.rglob("*.py"), None):
        return Place(None, (package,))
    return None


def _on_the_path(name: str, below_root: Place | None) -> Place | None:
    """Where the path has a module, if it is of the log; ``below_root`` may be folders of its name.

    Those are no part of an installed package or a module of Python, as ``wandb/`` of its runs is.
    """
    if name in sys.stdlib_module_names or name == "__main__":
        return None
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        spec = None
    if spec is None:
        return below_root
    folders = (Path(folder) for folder in spec.submodule_search_locations or ())
    folders = tuple(folder for folder in folders if not _pip_put(folder))
    if spec.origin is None:
        return _joined([below_root, Place(None, folders) if folders else None])
    file = Path(spec.origin)
    of_log = file.suffix == ".py" and not _pip_put(file.parent if file.stem == "__init__" else file)
    return Place(file, folders) if of_log else None


def _pip_put(path: Path) -> bool:
    """Whether a module or package on the path is installed, ``--target`` included."""
    return is_installed(path.resolve()) or any(path.parent.glob("*.dist-info"))


@cache
def is_installed(path: Path) -> bool:
    """Whether a path lies in Python's own library, or where packages are installed."""
    of_python = any(path.is_relative_to(folder) for folder in _PYTHON)
    return of_python or not _INSTALLED.isdisjoint(path.parts)
