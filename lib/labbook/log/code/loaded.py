"""The text that each loaded module of a log had when it was loaded.

Byte code tells of functions alone; what else a module holds (constants, defaults, decorators, what
classes hold) can be compared with a file only where the file's text of that time is known.
"""

import sys
from functools import cache
from pathlib import Path

from labbook.log.code.library import INSTALLED, PYTHON_FOLDERS
from labbook.log.code.live import shell
from labbook.log.code.module import Module, read_module
from labbook.log.code.reach import statements_of
from labbook.log.code.syntax import Writer, as_written
from labbook.log.records.json_file import Misfit, read_file

# By the module's name: what it was loaded by, which a reload makes anew, and its text.
_texts: dict[str, tuple[object, str | None]] = {}


def remember() -> None:
    """Keep the texts of modules that were loaded, or loaded again, since the last call."""
    for name, module in list(sys.modules.items()):
        spec = getattr(module, "__spec__", None)
        if spec is not None and (name not in _texts or _texts[name][0] is not spec):
            _texts[name] = spec, _text_of(spec.origin)


def watch() -> None:
    """Do so after each cell of the kernel that this process is, if it is one."""
    if (kernel := shell()) is not None:
        kernel.events.register("post_run_cell", _after_cell)


def _after_cell(result: object) -> None:
    remember()


def changed_since_loaded(module: str, names: set[str], file: Path) -> set[str]:
    """Which definitions of a loaded module its file has in another form than when it was loaded.

    Comments, docstrings and annotations do not count. The text is that of the first time that
    somebody asked, or in a kernel of the end of the cell that loaded the module.

    Arguments:
        names: of definitions, or of a module's parts as :mod:`labbook.log.code.reach` names them.
    """
    remember()
    spec, text = _texts.get(module, (None, None))
    if text is None or Path(spec.origin).resolve() != file.resolve():
        return set()
    now = _text_of(str(file))
    if now is None or now == text:
        return set()
    package = file.name == "__init__.py"
    try:
        before, after = (read_module(one, module, package) for one in (text, now))
    except SyntaxError:
        return set()  # the byte code tells what is no longer there
    return {name for name in names if _text(before, name) != _text(after, name)}


def _text(module: Module, name: str) -> list[str]:
    writer = Writer(as_written, module.name, module.is_package)
    return [writer.text(statement) for statement in statements_of(module, name)]


def _text_of(origin: str | None) -> str | None:
    """A file's text; None for what is no file of Python, or belongs to no log."""
    if not origin or not origin.endswith(".py") or _is_installed(str(Path(origin).parent)):
        return None
    try:
        return read_file(Path(origin)).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError, Misfit):
        return None


@cache
def _is_installed(folder: str) -> bool:
    path = Path(folder)
    return bool(INSTALLED & {*path.parts}) or any(
        path.is_relative_to(place) for place in PYTHON_FOLDERS
    )
