"""Whether a module's file was edited after this process loaded it.

In a kernel that stays open, the library that computes may be older than the library on disk;
a digest of the file would then vouch for code that never ran.
"""

import dis
import inspect
import sys
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from types import CodeType, FunctionType, ModuleType

EDITED = "edited after it was loaded"


def edited_since_loaded(module: str, file: Path) -> bool:
    """Whether a function of the loaded ``module`` does something else than its file says.

    Functions and methods are compared by their byte code, without positions and docstrings.
    Values computed while the module was loaded (constants, defaults) are not seen.
    A module that is not loaded, or from another file, was not edited.
    """
    loaded = sys.modules.get(module)
    name = getattr(loaded, "__file__", None)
    if name is None or Path(name).resolve() != file.resolve():
        return False
    on_disk = _instructions_on_disk(file.read_text(encoding="utf-8"), name)
    return any(
        function.__code__.co_filename == name
        and _instructions(function.__code__) not in on_disk[function.__code__.co_qualname]
        for function in _functions(loaded)
    )


def _functions(owner: ModuleType | type) -> Iterator[FunctionType]:
    """Functions and methods that stand in a module, or in a class of it."""
    module = owner.__name__ if isinstance(owner, ModuleType) else owner.__module__
    for value in list(vars(owner).values()):
        if isinstance(value, staticmethod | classmethod):
            value = value.__func__
        if isinstance(value, property):
            value = value.fget
        if inspect.isclass(value) and value.__module__ == module and value is not owner:
            yield from _functions(value)
        elif inspect.isfunction(value) and value.__module__ == module:
            yield inspect.unwrap(value)


@lru_cache(maxsize=256)
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
