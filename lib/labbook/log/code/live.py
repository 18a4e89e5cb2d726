"""The code of functions that live in this process: a kernel's cells, a script, loaded modules.

In a kernel that stays open, the library that computes may be older than the library on disk; a
digest of the file would then vouch for code that never ran.
"""

import ast
import dis
import functools
import inspect
import linecache
import sys
import textwrap
from collections import defaultdict
from collections.abc import Callable, Iterator
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

from labbook.log.code.library import is_installed
from labbook.log.code.reading.module import Module, read_module, statements_of
from labbook.log.code.reading.scopes import FUNCTIONS
from labbook.log.code.reading.syntax import Writer, as_written
from labbook.log.code.source import parsed
from labbook.log.records.json_file import Misfit, read_text

# Magics that run the statements of their cell with the notebook's own names.
RUNNING = {"capture", "prun", "time"}

# What a class holds its functions in, by which names.
HOLDING = {
    staticmethod: ("__func__",),
    classmethod: ("__func__",),
    property: ("fget", "fset", "fdel"),
    functools.cached_property: ("func",),
    functools.partialmethod: ("func",),
    functools.singledispatchmethod: ("func",),
}

EDITED = "edited after it was loaded"
# By the module's name: what it was loaded by, which a reload makes anew, and its text.
_texts: dict[str, tuple[object, str | None]] = {}


def shell() -> Any:
    """IPython's shell that this process is; None in any other, also where IPython is loaded."""
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython is not None else None


def held_as(function: Callable) -> tuple[str, str] | None:
    """Module and qualified name under which a function is held; None for one that no module holds.

    A decorator that copies the name of what it wraps (``functools.wraps``) gives a function the
    name of another one: ``train = timed(inner)`` is held as ``train`` and calls itself ``inner``.
    """
    named = function.__module__, function.__qualname__
    if not hasattr(function, "__wrapped__") or "<locals>" in named[1]:
        return named
    own = value = sys.modules.get(named[0])
    for part in named[1].split("."):
        value = inspect.getattr_static(value, part, None)
    if value is function or getattr(value, "__func__", None) is function:
        return named
    main = sys.modules.get("__main__")
    others = [m for _, m in sorted(sys.modules.items()) if m is not own and m is not main]
    for module in (own, *others, main):
        held = list(vars(module).items()) if inspect.ismodule(module) else ()
        if name := next((name for name, value in held if value is function), None):
            return module.__name__, name
    return None


def statements_of_main(function: Callable | None = None) -> list[ast.stmt]:
    """The statements that this process's kernel has run, in order, or those of its script.

    In a kernel a function is read as it was defined last, which matters where a cell broke off
    before it came to its definitions. Empty where a plain interpreter was typed into, or read
    its text from elsewhere than a file.
    """
    if (kernel := shell()) is not None:
        statements = [s for text in kernel.user_ns.get("In", []) for s in _run_by(text, kernel)]
        defined = {s.name for s in statements if isinstance(s, FUNCTIONS)}
        live = kernel.user_ns
        again = (_definition(live.get(name), name) for name in sorted(defined))
        return statements + [node for node in again if node is not None]
    file = Path(getattr(sys.modules.get("__main__"), "__file__", None) or "").resolve()
    if not file.is_file() or (function and Path(function.__code__.co_filename).resolve() != file):
        return []
    return _parsed(file.read_text(encoding="utf-8"))


def _run_by(text: str, kernel: Any) -> list[ast.stmt]:
    """The statements that a cell has run, also below a magic such as ``%%time``."""
    statements = _parsed(text)
    match statements:
        case [ast.Expr(ast.Call(ast.Attribute(attr="run_cell_magic"), [magic, _, inside]))]:
            if magic.value in RUNNING:
                return _run_by(kernel.transform_cell(inside.value), kernel)
    return statements


def _parsed(text: str) -> list[ast.stmt]:
    try:
        return parsed(text)
    except SyntaxError:
        return []  # such a cell never ran: it defined nothing


def _definition(value: object, name: str) -> ast.stmt | None:
    """The statement that defined a live function of the notebook, if its source is known."""
    if not inspect.isfunction(value) or value.__module__ != "__main__" or value.__name__ != name:
        return None
    if not linecache.getlines(value.__code__.co_filename):
        return None
    try:
        (node,) = parsed(textwrap.dedent(inspect.getsource(value)))
    except (OSError, SyntaxError, ValueError):
        return None  # a lambda, or a definition made by other code: its cell's text stands
    return node if isinstance(node, FUNCTIONS) else None


def edited_since_loaded(module: str, names: set[str], file: Path) -> set[str]:
    """Which definitions of a loaded module do something else than its file says.

    Functions and methods are compared by their byte code, without positions and docstrings.
    Values computed while the module was loaded (constants, defaults) are not seen here, but by
    :func:`changed_since_loaded`. A module that is not loaded, or from another file, was not
    edited.

    Arguments:
        names: of definitions; those that the module does not define are left out.
    """
    loaded = sys.modules.get(module)
    source = getattr(loaded, "__file__", None)
    if source is None or Path(source).resolve() != file.resolve():
        return set()
    on_disk = _instructions_on_disk(file.read_text(encoding="utf-8"), source)
    return {
        name
        for name in names
        for function in functions_in(vars(loaded).get(name))
        if function.__module__ == module
        and function.__code__.co_filename == source
        and _instructions(function.__code__) not in on_disk[function.__code__.co_qualname]
    }


def functions_in(value: object) -> Iterator[FunctionType]:
    """The functions in a value: itself, or those of a class, its properties and inner classes."""
    if held := next((names for kind, names in HOLDING.items() if isinstance(value, kind)), ()):
        for name in held:
            yield from functions_in(getattr(value, name))
        return
    # Nothing is asked of the value itself: some objects answer to any name.
    passed = []
    while (inner := inspect.getattr_static(value, "__wrapped__", None)) is not None:
        if any(inner is one for one in passed):  # a circle has no innermost
            break
        passed.append(inner)
        value = inner
    if inspect.isclass(value):
        for member in list(vars(value).values()):
            inner = f"{value.__qualname__}."
            if not inspect.isclass(member) or member.__qualname__.startswith(inner):
                yield from functions_in(member)
    elif inspect.isfunction(value):
        yield value


@functools.lru_cache(maxsize=256)
def _instructions_on_disk(text: str, file: str) -> dict[str, list[tuple]]:
    """``{qualified name: instructions of each function so called}`` of a text."""
    found: dict[str, list[tuple]] = defaultdict(list)
    try:
        waiting = [compile(text, file, "exec", dont_inherit=True)]
    except SyntaxError:
        return found
    while waiting:
        code = waiting.pop()
        found[code.co_qualname].append(_instructions(code))
        waiting.extend(constant for constant in code.co_consts if isinstance(constant, CodeType))
    return found


def _instructions(code: CodeType) -> tuple:
    return tuple((step.opname, _comparable(step.argval)) for step in dis.get_instructions(code))


def _comparable(value: object) -> object:
    if isinstance(value, CodeType):
        return _instructions(value)
    return sorted(map(repr, value)) if isinstance(value, frozenset) else repr(value)


def remember() -> None:
    """Keep the texts of modules that were loaded, or loaded again, since the last call."""
    for name in list(sys.modules):
        text_loaded(name)


def will_load(name: str, spec: ModuleSpec) -> str | None:
    """Keep the text that a module is loaded by; None for what belongs to no log."""
    _texts[name] = spec, text_of(spec.origin)
    return _texts[name][1]


def text_loaded(name: str) -> str | None:
    """The text that a module was loaded by; None where it is not loaded or belongs to no log."""
    spec = getattr(sys.modules.get(name), "__spec__", None)
    if spec is None:
        return None
    known, text = _texts.get(name, (None, None))
    return text if known is spec else will_load(name, spec)


def watch() -> None:
    """``remember`` after each cell of the kernel that this process is, if it is one."""
    if (kernel := shell()) is not None:
        kernel.events.register("post_run_cell", lambda result: remember())


def changed_since_loaded(module: str, names: set[str], file: Path) -> set[str]:
    """Which definitions of a loaded module its file has in another form than when it was loaded.

    Comments, docstrings and annotations do not count. The text is that of the first call of
    ``remember`` since it was loaded: in a kernel, at the end of the cell that did.

    Arguments:
        names: of definitions, or of a module's parts as :mod:`labbook.log.code.reach` names them.
    """
    spec, text = _texts.get(module, (None, None))
    if text is None or Path(spec.origin).resolve() != file.resolve():
        return set()
    now = text_of(str(file))
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


def text_of(origin: str | None) -> str | None:
    """A file's text; None for what is no file of Python, or belongs to no log."""
    if not origin or not origin.endswith(".py") or is_installed(Path(origin).parent):
        return None
    try:
        return read_text(Path(origin))
    except (FileNotFoundError, Misfit):
        return None
