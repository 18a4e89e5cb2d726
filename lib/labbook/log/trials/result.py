"""What a trial's function returned, checked and made plain.

All that can be kept is kept. What cannot is told in a sentence, and the trial has failed: other
trials would return the same, so that the sweep stops rather than train for nothing.
"""

import difflib
import math
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

KEYS = (
    "metrics",
    "history",
    "parameters",
    "flops",
    "throughput",
    "training_time_s",
    "peak_gpu_memory_bytes",
    "threads",
    "device",
    "dtype",
    "seed",
    "fingerprint",
    "artifacts",
)


class ResultError(ValueError):
    """A trial returned what cannot be recorded."""


@dataclass
class Result:
    """What a trial measured, in Python numbers; ``made_with`` goes to the provenance.

    Attributes:
        misfits: what was returned and could not be kept, one sentence each.
        wrong_seed: a sentence, where another seed was used than the configuration asked for.
    """

    metrics: dict[str, float] = field(default_factory=dict)
    history: dict[str, list[float]] = field(default_factory=dict)
    parameters: int | None = None
    flops: int | None = None
    throughput: dict[str, float] = field(default_factory=dict)
    peak_gpu_memory_bytes: int | None = None
    fingerprint: dict[str, Any] | None = None
    seed: int | None = None
    made_with: dict[str, Any] = field(default_factory=dict)
    artifacts: dict[str, np.ndarray] = field(default_factory=dict)
    misfits: list[str] = field(default_factory=list)
    wrong_seed: str = ""

    def check(self) -> None:
        """Make sure that all that was returned has been kept, and that the seed was used.

        Raises:
            ResultError: something has not; the message tells what.
            ValueError: the seed was another one.
        """
        if self.misfits:
            raise ResultError(" ".join(self.misfits))
        if self.wrong_seed:
            raise ValueError(self.wrong_seed)


def checked_result(returned: Any, configuration: Mapping[str, Any]) -> Result:
    """What can be kept of the result of a trial, and what of it cannot.

    Arguments:
        returned: what the function gave: a dict with ``metrics`` and any other of ``KEYS``.
        configuration: the trial's arguments.
    """
    result = Result()
    if not isinstance(returned, Mapping):
        result.misfits.append(
            f"a trial returns a dict with its metrics, not {type(returned).__name__}: "
            'for instance {"metrics": {"accuracy": 0.9}}.'
        )
        return result
    given = {name: value for name, value in returned.items() if value is not None}
    if not given:
        result.misfits.append('the trial returned nothing: return {"metrics": {…}} at least.')
    for name in given:
        if name not in KEYS:
            near = difflib.get_close_matches(str(name), KEYS, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"it knows {', '.join(KEYS)}."
            result.misfits.append(f"a trial's result has no place for {name!r}; {hint}")
    keep = _Keeper(result.misfits)
    result.metrics = keep.each(given.get("metrics", {}), "metrics", _number)
    result.history = keep.each(given.get("history", {}), "history", _curve)
    result.artifacts = keep.each(given.get("artifacts", {}), "artifacts", _array)
    for name in list(result.artifacts):
        if not name.isidentifier() or name in ("file", "allow_pickle", "args"):
            del result.artifacts[name]
            result.misfits.append(f"{name!r} is no name for an artifact: take letters and digits.")
    throughput = given.get("throughput", {})
    if not isinstance(throughput, Mapping):
        throughput = {"examples_per_s": throughput}
    if "training_time_s" in given:
        throughput = {**throughput, "training_time_s": given["training_time_s"]}
    result.throughput = keep.each(throughput, "throughput", _number)
    for name in ("parameters", "flops", "peak_gpu_memory_bytes"):
        setattr(result, name, keep.one(given.get(name), name, _count))
    result.fingerprint = keep.one(given.get("fingerprint"), "fingerprint", _fingerprint)
    made_with = {"threads": _whole, "device": _as_text, "dtype": _as_text}
    for name, make in made_with.items():
        if (value := keep.one(given.get(name), name, make)) is not None:
            result.made_with[name] = value
    asked, used = configuration.get("seed"), keep.one(given.get("seed"), "seed", _whole)
    if used is None and type(asked) is int:
        used = asked
    elif None not in (asked, used) and used != asked:
        result.wrong_seed = f"the trial was asked for seed {asked} and says it used seed {used}."
    result.seed = used
    return result


class _Keeper:
    """Keeps values one by one; notes a sentence for each that cannot be kept."""

    def __init__(self, misfits: list[str]):
        self._misfits = misfits

    def one(self, value: Any, where: str, make: Callable[[Any, str], Any]) -> Any:
        """What ``make`` gives of a value; None where it refuses it, or there is none."""
        if value is None:
            return None
        try:
            return make(value, where)
        except (TypeError, ValueError, OverflowError, RecursionError) as error:
            self._misfits.append(f"{str(error).rstrip('.')}.")
            return None

    def each(self, values: Any, where: str, make: Callable[[Any, str], Any]) -> dict[str, Any]:
        """What ``make`` gives of each value of a dict, by its name as text."""
        if not isinstance(values, Mapping):
            self._misfits.append(f"{where} is of type {type(values).__name__}; it is a dict.")
            return {}
        kept: dict[str, Any] = {}
        for name, value in values.items():
            place = f"{where}[{name!r}]"
            text = self.one(str(name), f"the name {name!r} in {where}", _text)
            if text in kept:
                self._misfits.append(f"{where} has the name {text!r} twice, once as {name!r}.")
            elif text is not None and (made := self.one(value, place, make)) is not None:
                kept[text] = made
            elif value is None:
                self._misfits.append(f"{place} is None; leave it out, or give NaN.")
        return kept


def _number(value: Any, where: str) -> int | float:
    if not isinstance(value, (bool, int, float)) and hasattr(value, "item"):
        if getattr(value, "ndim", 0):
            raise TypeError(f"{where} has shape {tuple(value.shape)}; it must be one number")
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{where} is {_shown(value)} of type {type(value).__name__}, not a number")
    if isinstance(value, float):
        return float(value)
    if abs(value) > sys.float_info.max:
        raise ValueError(f"{where} is larger than any floating point number")
    return int(value)


def _curve(values: Any, where: str) -> list[float]:
    if hasattr(values, "tolist"):
        values = values.tolist()
    if not isinstance(values, (list, tuple)):
        raise TypeError(f"{where} is of type {type(values).__name__}; it is a list of numbers")
    return [_number(value, f"{where}[{index}]") for index, value in enumerate(values)]


def _whole(value: Any, where: str) -> int:
    number = _number(value, where)
    if not math.isfinite(number) or number != int(number):
        raise ValueError(f"{where} is {number!r}, not a whole number")
    return int(number)


def _count(value: Any, where: str) -> int:
    if (number := _whole(value, where)) < 0:
        raise ValueError(f"{where} is {number}; it is a number of things, 0 or more")
    return number


def _as_text(value: Any, where: str) -> str:
    """A device or a dtype in words: ``torch.float32``, ``cuda:0``; a type by its name."""
    return _text(value.__name__ if isinstance(value, type) else str(value), where)


def _text(text: str, where: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{where} is {_shown(text)}, which is not valid Unicode text") from None
    return text


def _fingerprint(fingerprint: Any, where: str) -> dict[str, Any]:
    if not isinstance(fingerprint, Mapping):
        raise TypeError(f"{where} is of type {type(fingerprint).__name__}; it is a dict")
    return _plain(fingerprint, where)


def _plain(value: Any, where: str) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _text(value, where)
    if isinstance(value, Mapping):
        names = [_text(str(name), where) for name in value]
        if len(set(names)) < len(names):
            raise ValueError(f"{where} has a name twice: {', '.join(map(repr, value))}")
        return {
            name: _plain(one, f"{where}[{name!r}]")
            for name, one in zip(names, value.values(), strict=True)
        }
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return [_plain(one, f"{where}[{index}]") for index, one in enumerate(value)]
    return _number(value, where)


def _array(value: Any, where: str) -> np.ndarray:
    array = np.asarray(value)
    if array.dtype.hasobject:
        raise TypeError(f"{where} holds Python objects; only plain arrays are kept")
    return array


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:39] + "…"
