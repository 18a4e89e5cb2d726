"""What may be a trial's function, what it is called, and which configurations it takes."""

import difflib
import dis
import inspect
import os
import sys
import types
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from labbook.log.code.live import functions_in, held_as
from labbook.log.records.text import settings_text


def experiment_and_id(function: Callable, experiment: str | None = None) -> tuple[str, str]:
    """The experiment whose folder holds a function's records, and the function's name there.

    The name is ``<experiment>.<qualname>``, wherever the function lies. The experiment is the name
    of the notebook that runs; for a function of a module that no notebook runs, it is the last
    part of the module.

    Arguments:
        experiment: the experiment where it is not to be found out.

    Raises:
        TypeError: the experiment's name is no text.
        ValueError: the notebook's name is nowhere to be found, or is no name of a file.
    """
    if not isinstance(experiment, str | None):
        told = f"{experiment!r:.80} ({type(experiment).__name__})"
        raise TypeError(f"experiment is {told}; it is the name of a notebook, a text.")
    experiment = experiment or notebook_name(function)
    if not experiment or Path(experiment).name != experiment or experiment.startswith("."):
        raise ValueError(f"{experiment!r} is no name of an experiment: write the notebook's name.")
    return experiment, f"{experiment}.{name_of_function(function)}"


def name_of_function(function: Callable) -> str:
    """The qualified name under which a trial's function is held, whatever it wraps."""
    held = held_as(function)
    return held[1] if held else function.__qualname__


def check_function(function: Any) -> None:
    """Refuse what cannot be a trial's function.

    A trial's result must follow from its configuration. A function of a notebook that reads a
    plain variable (itself, or in a function or class of the notebook that it uses) has a
    parameter that no key and no table shows.

    Raises:
        TypeError: it is no function made with ``def``.
        ValueError: it reads a plain variable, or a variable of the function around it; or it was
            defined inside of a function, so that others may have its name, or wraps another
            function and no module holds it by a name.
    """
    if not inspect.isfunction(function) or function.__name__ == "<lambda>":
        raise TypeError(
            f"a trial needs a function made with def; {function!r} is of type "
            f"{type(function).__name__} and would hide some of its arguments or its name."
        )
    if "<locals>" in function.__qualname__:
        outer, _, name = function.__qualname__.rpartition(".<locals>.")
        raise ValueError(
            f"{name}() is defined inside of {outer}(), where others may have the same name and so "
            "the same records: define it at the top of the notebook or of a module; a decorator "
            "keeps the name of what it decorates with functools.wraps."
        )
    if held_as(function) is None:
        raise ValueError(
            f"the function that wraps {function.__qualname__}() has no name in any module: write "
            f"it with def, or give it one, as in train = wrapped({function.__qualname__})."
        )
    for reader, name, value in _plain_variables(inspect.unwrap(function), set()):
        where = f"{function.__qualname__}()"
        if reader != function.__qualname__:
            where += f" uses {reader}(), which"
        raise ValueError(
            f"{where} reads the variable {name!r} ({type(value).__name__}), which is in no "
            "configuration: make it an argument, so that it is part of the trial."
        )


# What each name of a trial's function has stood for in this process: its module, the function.
_named: dict[tuple[Path, str], tuple[str, Callable]] = {}


def take_name(function: Callable, function_id: str, root: Path) -> None:
    """Refuse a second function of one name in one experiment: both would have the same records.

    A function that was defined anew, or moved to another module, takes the place of the first.

    Raises:
        ValueError: another module still has the function that the name stood for.
    """
    here, name = held_as(function)
    place, before = _named.get((root, function_id), (here, function))
    if place != here and _still_there(place, name, before):
        raise ValueError(
            f"{place} and {here} both have a function {name}(), and in one experiment both would "
            "have the same records: rename one of them."
        )
    _named[root, function_id] = here, function


def _still_there(module: str, name: str, function: Callable) -> bool:
    found: Any = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    return found is function


def check_configuration(function: Callable, configuration: Mapping[str, Any]) -> None:
    """Refuse a configuration that the function's signature does not take.

    Raises:
        TypeError: an unknown argument (the nearest one is suggested), a missing one, or one that
            cannot be given by name.
    """
    parameters = list(parameters_of(function).values())
    named = [p for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    names = [p.name for p in named]
    for p in parameters:
        if p.kind is p.POSITIONAL_ONLY and (p.default is p.empty or p.name in configuration):
            raise TypeError(
                f"{function.__qualname__}() takes {p.name!r} by its position alone, and a trial "
                "gives arguments by name: take the / out of its signature."
            )
    if not any(p.kind is p.VAR_KEYWORD for p in parameters):
        for name in configuration:
            if name not in names:
                near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
                hint = f"it takes {', '.join(names)}." if names else "it has no named argument."
                if near:
                    hint = f"did you mean {near[0]!r}?"
                elif any(p.kind is p.VAR_POSITIONAL for p in parameters):
                    hint += " A trial gives arguments by name: write them in place of the *."
                raise TypeError(f"{name_of_function(function)}() takes no {name!r}; {hint}")
    missing = [p.name for p in named if p.default is p.empty and p.name not in configuration]
    if missing:
        raise TypeError(
            f"{name_of_function(function)}() needs {', '.join(map(repr, missing))}, which the "
            f"configuration ({settings_text(configuration)}) does not give."
        )


@lru_cache(maxsize=8)
def parameters_of(function: Callable) -> Mapping[str, inspect.Parameter]:
    """The parameters that a function takes; of what it wraps where it hands on any keyword."""
    own = inspect.signature(function, follow_wrapped=False).parameters
    hands_on = any(p.kind is p.VAR_KEYWORD for p in own.values())
    inner = getattr(function, "__wrapped__", None)
    return parameters_of(inner) if hands_on and callable(inner) else own


def notebook_name(function: Callable | None = None) -> str:
    """The name of the notebook that this process runs, or of the function's module without one.

    Raises:
        ValueError: there is no such name.
    """
    if given := os.environ.get("LABBOOK_EXPERIMENT"):
        return given
    main = vars(sys.modules["__main__"])
    # JupyterLab names the notebook to its kernels; papermill --inject-input-path sets a variable.
    for path in (os.environ.get("JPY_SESSION_NAME"), main.get("PAPERMILL_INPUT_PATH")):
        if path:
            return Path(path).stem
    if function is not None and function.__module__ != "__main__":
        return function.__module__.rpartition(".")[2]
    if main.get("__file__"):
        return Path(main["__file__"]).stem  # a notebook's text, run as a script
    raise ValueError(
        "which experiment these trials belong to is not known: run the notebook with labbook "
        "run or JupyterLab, set LABBOOK_EXPERIMENT to its name, or give experiment=."
    )


def _plain_variables(function: Callable, seen: set[int]) -> Iterator[tuple[str, str, Any]]:
    """Reader, name and value of each plain variable that a function reads."""
    if id(function) in seen:
        return
    seen.add(id(function))
    read = [*inspect.getclosurevars(function).nonlocals.items()]
    if function.__module__ == "__main__":
        # The body of a class reads __name__, for its own __module__.
        names = [name for name in _globals_read(function.__code__) if name != "__name__"]
        names = dict.fromkeys(names)
        read += [(n, function.__globals__[n]) for n in names if n in function.__globals__]
    for name, value in read:
        if not _is_code(value):
            yield function.__qualname__, name, value
        elif getattr(value, "__module__", None) == "__main__":
            for part in functions_in(value):
                yield from _plain_variables(part, seen)


def _globals_read(code: types.CodeType) -> Iterator[str]:
    for instruction in dis.get_instructions(code):
        if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
            yield instruction.argval
    for constant in code.co_consts:
        if inspect.iscode(constant):
            yield from _globals_read(constant)


def _is_code(value: Any) -> bool:
    """Whether a name stands for code (module, class, function, type) and not for a value."""
    if inspect.ismethod(value):
        return inspect.isclass(value.__self__)
    if inspect.ismodule(value) or inspect.isclass(value) or inspect.isroutine(value):
        return True
    if type(value).__module__ in ("typing", "types"):
        return True
    # Ufuncs, cached functions and the like have a name; a callable object (a torch module, a
    # functools.partial) has none and holds values.
    return callable(value) and hasattr(value, "__name__")
