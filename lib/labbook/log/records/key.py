"""Configurations as plain JSON, and the key that a configuration gives to its trial."""

import dataclasses
import hashlib
import json
import math
import sys
from collections.abc import Iterable, Mapping
from typing import Any


def normalise(configuration: Mapping[str, Any], *, where: str = "configuration") -> dict[str, Any]:
    """The configuration in JSON types only: tuples become lists, numpy scalars Python numbers.

    A value that JSON cannot hold is refused rather than turned into text: two trials would
    otherwise share a key, or a function would get a string where it was given a path.

    Arguments:
        configuration: names and values as they were written in the grid.
        where: what the configuration is called in messages.

    Raises:
        TypeError: a value that is not None, bool, int, float, str, list, tuple, dict or a numpy
            scalar; the message names its key.
        ValueError: a number that is not finite, or text that is not valid Unicode.
    """
    for name in configuration:
        if type(name) is not str:
            kind = type(name).__name__
            raise TypeError(f"{where} has the key {name!r} of type {kind}; keys are strings.")
    return {
        _plain(name, f"a key of {where}"): _plain(value, f"{where}[{name!r}]")
        for name, value in configuration.items()
    }


def canonical_json(value: Any) -> str:
    """JSON text that is the same for equal values: keys sorted, no spaces, floats by ``repr``."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def record_key(function_id: str, configuration: Mapping[str, Any], data_digest: str | None) -> str:
    """The digest of function, configuration and data.

    Arguments:
        function_id: ``<experiment>.<qualname>``.
        configuration: the trial's arguments, normalised.
        data_digest: digest of the data that the trial reads; ``""`` for none, None for data that
            is not at hand.
    """
    return short_digest(canonical_json([function_id, configuration, data_digest]))


def short_digest(content: str | bytes) -> str:
    """The first 16 hexadecimal digits of SHA-256; a text counts in UTF-8."""
    if isinstance(content, str):
        content = content.encode("utf-8", "surrogatepass")
    return hashlib.sha256(content).hexdigest()[:16]


def _plain(value: Any, where: str) -> Any:
    if (numpy := sys.modules.get("numpy")) and isinstance(value, numpy.generic):
        value = value.item()  # where nobody has loaded numpy, nothing is of it
    if value is None or type(value) in (bool, int):
        return value
    if type(value) is float:
        if not math.isfinite(value):
            raise ValueError(f"{where} is {value}; a configuration holds finite numbers only.")
        return value
    if type(value) is str:
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            raise ValueError(f"{where} is {value!r}, which is not valid Unicode text.") from None
        return value
    if type(value) in (list, tuple):
        return [_plain(item, f"{where}[{index}]") for index, item in enumerate(value)]
    if type(value) is dict:
        return normalise(value, where=where)
    raise TypeError(
        f"{where} is of type {type(value).__name__}; a configuration holds None, bool, int, "
        f"float, str, lists and dicts of these ({_instead(value)})."
    )


def _instead(value: Any) -> str:
    """What to write in place of a value that a configuration cannot hold."""
    if dataclasses.is_dataclass(value):
        return "write dataclasses.asdict(…)"
    if isinstance(value, str):
        return "write str(…)"
    if hasattr(value, "tolist"):  # an array or a tensor
        return "write its .tolist(), or list(…)"
    if isinstance(value, Mapping):
        return "write dict(…)"
    if isinstance(value, Iterable) and not isinstance(value, (bytes, bytearray)):
        return "write list(…)"
    return "for a path, give its text"
