"""What a trial's function returned, checked and made plain."""

import difflib
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from labbook.log.records.artifacts import Artifact

# Of an artifact: the name of a file of weights holds it, and a file's name has 255 bytes at most.
LONGEST_NAME_BYTES = 80


@dataclass
class Result:
    """What a trial measured, in Python numbers.

    Attributes:
        measured: fields of its record.
        made_with: what of it goes to the provenance.
        artifacts: arrays and weights by name.
    """

    measured: dict[str, Any] = field(default_factory=dict)
    made_with: dict[str, str | int] = field(default_factory=dict)
    artifacts: dict[str, Artifact] = field(default_factory=dict)


class UnrecordableResult(ValueError):
    """A trial's function returns what the log cannot keep, as it will for other configurations.

    Attributes:
        result: what of it can be kept.
    """

    def __init__(self, message: str, result: Result | None = None):
        super().__init__(message)
        self.result = result or Result()


class OtherSeed(UnrecordableResult):
    """A trial used another seed than it was asked for."""


def checked_result(returned: Any, configuration: Mapping[str, Any]) -> Result:
    """The result of a trial, refused unless it is what the log can keep and tell.

    Arguments:
        returned: what the function gave: a dict with ``metrics`` and any other of ``KEYS``.
        configuration: the trial's arguments.

    Raises:
        UnrecordableResult: a part of it is of a wrong kind; it carries all others.
        OtherSeed: the seed is not the one that the configuration asked for.
    """
    if not isinstance(returned, Mapping):
        raise UnrecordableResult(
            f"a trial returns a dict with its metrics, not {type(returned).__name__}: "
            'for instance {"metrics": {"accuracy": 0.9}}.'
        )
    parts = _Parts({name: value for name, value in returned.items() if value is not None})
    throughput = parts.given.get("throughput", {})
    if not isinstance(throughput, Mapping):
        throughput = {"examples_per_s": throughput}
    if "training_time_s" in parts.given:
        throughput = {**throughput, "training_time_s": parts.given["training_time_s"]}
    parts.given["throughput"] = throughput
    measured = {name: parts.each(name, check) for name, check in MAPPINGS.items()}
    measured |= parts.ones(SINGLE)
    artifacts = parts.each("artifacts", _artifact, _identifier)
    result = Result(measured, parts.ones(MADE_WITH), artifacts)
    if "metrics" not in returned:
        parts.flaws.append("it holds no metrics.")
    if parts.flaws:
        flaws = " ".join(parts.flaws)
        raise UnrecordableResult(f"what the trial returned cannot be recorded: {flaws}", result)
    asked, used = configuration.get("seed"), measured.get("seed")
    if used is None:
        measured["seed"] = asked if type(asked) is int else None
    elif asked not in (None, used):
        message = f"the trial was asked for seed {asked} and says it used seed {used}."
        raise OtherSeed(message, result)
    return result


class _Parts:
    """The parts of a result, taken one by one; what is wrong with any of them is noted."""

    def __init__(self, given: dict[str, Any]):
        self.given = given
        self.flaws: list[str] = []
        for name in given:
            if name not in KEYS:
                near = difflib.get_close_matches(str(name), KEYS, n=1)
                hint = f"did you mean {near[0]!r}?" if near else f"it knows {', '.join(KEYS)}."
                self.flaws.append(f"it has no place for {name!r}; {hint}")

    def ones(self, checks: dict[str, Callable[[Any, str], Any]]) -> dict[str, Any]:
        """The parts that are one value, of those that are given and right."""
        found = {n: self._checked(self.given[n], n, checks[n]) for n in checks if n in self.given}
        return {name: value for name, value in found.items() if value is not None}

    def each(
        self,
        name: str,
        check: Callable[[Any, str], Any],
        check_name: Callable[[Any, str], str] | None = None,
    ) -> dict[str, Any]:
        """A part that maps names to values, without those that are wrong."""
        values = self.given.get(name, {})
        if not isinstance(values, Mapping):
            self.flaws.append(f"{name} is of type {type(values).__name__}, not a dict.")
            return {}
        found = {}
        for key, value in values.items():
            if self._checked(key, name, check_name or _name) is not None:
                plain = self._checked(value, f"{name}[{key!r}]", check)
                if plain is not None:
                    found[key] = plain
        return found

    def _checked(self, value: Any, where: str, check: Callable[[Any, str], Any]) -> Any:
        try:
            return check(value, where)
        except (TypeError, ValueError, RecursionError) as error:
            self.flaws.append(f"{error}")
            return None


def _number(value: Any, where: str) -> float:
    if not isinstance(value, (bool, int, float)) and hasattr(value, "item"):
        if getattr(value, "ndim", 0):
            raise TypeError(f"{where} has shape {tuple(value.shape)}; it must be one number.")
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{where} is {value!r:.80} of type {type(value).__name__}, not a number.")
    if isinstance(value, int) and abs(value) >= 1 << 63:
        raise ValueError(f"{where} is a number of {value.bit_length()} bits; 63 are the most.")
    return float(value) if isinstance(value, float) else int(value)


def _whole(value: Any, where: str) -> int:
    number = _number(value, where)
    if not math.isfinite(number) or number != int(number):
        raise ValueError(f"{where} is {number!r}, not a whole number.")
    return int(number)


def _count(value: Any, where: str) -> int:
    if (number := _whole(value, where)) < 0:
        raise ValueError(f"{where} is {number}; it is a count.")
    return number


def _text(value: Any, where: str) -> str:
    if type(value).__name__ in ("dtype", "device"):  # of torch: shown as torch shows them
        value = str(value).removeprefix("torch.")
    if not isinstance(value, str):
        raise TypeError(f"{where} is {value!r:.80} of type {type(value).__name__}, not a text.")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{where} is {value!r:.80}, which is not valid Unicode text.") from None
    return value


def _curve(values: Any, where: str) -> list[float]:
    if hasattr(values, "tolist"):
        values = values.tolist()
    if not isinstance(values, (list, tuple)):
        raise TypeError(f"{where} is of type {type(values).__name__}; it is a list of numbers.")
    return [_number(value, f"{where}[{index}]") for index, value in enumerate(values)]


def _fingerprint(fingerprint: Any, where: str) -> dict[str, Any]:
    if not isinstance(fingerprint, Mapping):
        raise TypeError(f"{where} is of type {type(fingerprint).__name__}; it is a dict.")
    plain = dict(fingerprint)
    if "first_losses" in plain:
        plain["first_losses"] = _curve(plain["first_losses"], f"{where}['first_losses']")
    try:
        text = json.dumps(plain, ensure_ascii=False, default=lambda value: _number(value, "it"))
        text.encode()
    except (TypeError, ValueError) as error:
        raise TypeError(f"{where} holds what JSON cannot: {error}.") from None
    return json.loads(text)


def _name(name: Any, where: str) -> str:
    return _text(name, f"a name in {where}")


def _identifier(name: Any, where: str) -> str:
    name = _name(name, where)
    long = len(name.encode()) > LONGEST_NAME_BYTES
    if long or not name.isidentifier() or name in ("file", "allow_pickle", "args"):
        raise ValueError(
            f"{name!r:.80} is no name in {where}: take letters and digits, of "
            f"{LONGEST_NAME_BYTES} bytes at most."
        )
    return name


def _weight_name(name: Any, where: str) -> str:
    if name == "__metadata__":
        raise ValueError(f"{name!r} is no name in {where}: files of weights need it themselves.")
    return _name(name, where)


def _artifact(value: Any, where: str) -> Artifact:
    if isinstance(value, Mapping):
        return {_weight_name(n, where): _weights(a, f"{where}[{n!r}]") for n, a in value.items()}
    return _array(value, where)


def _weights(array: Any, where: str) -> np.ndarray:
    """An array of a mapping, whose format knows fewer kinds of numbers."""
    array = _array(array, where)
    if array.dtype.kind not in "biuf" and array.dtype != np.complex64 or array.dtype.itemsize > 8:
        raise TypeError(
            f"{where} is of type {array.dtype}; a dict of arrays holds numbers of up to 64 bits: "
            "give the array a name of its own in artifacts."
        )
    return array


def _array(array: Any, where: str) -> np.ndarray:
    try:
        array = np.asarray(_of_tensor(array) if hasattr(array, "detach") else array, order="C")
    except (TypeError, ValueError, RuntimeError) as error:  # of torch, or of lists of many lengths
        what = (
            f"a tensor of {array.dtype}"
            if hasattr(array, "detach")
            else f"of type {type(array).__name__}"
        )
        told = " ".join(str(error).split())
        raise TypeError(
            f"{where} is {what}, of which NumPy makes no array ({told:.200}); return an array of "
            "numbers."
        ) from None
    if array.dtype.hasobject:
        raise TypeError(f"{where} holds Python objects; only plain arrays are kept.")
    if _is_short(array.dtype):
        array = array.astype(np.float32)
    return array


def _of_tensor(tensor: Any) -> Any:
    """A tensor that NumPy can read, if there is one with the same values."""
    tensor = tensor.detach().cpu()
    if tensor.is_quantized:
        raise TypeError("it is quantised: return its .dequantize()")
    tensor = tensor.resolve_conj().resolve_neg()
    return tensor.float() if _is_short(tensor.dtype) else tensor


def _is_short(dtype: Any) -> bool:
    """Whether these are floating-point numbers that NumPy lacks and float32 holds exactly."""
    return str(dtype).removeprefix("torch.").startswith(("bfloat16", "float8_"))


# What a trial may return, and how each part is checked.
MAPPINGS = {"metrics": _number, "history": _curve, "throughput": _number}
SINGLE = dict.fromkeys(("parameters", "flops", "peak_gpu_memory_bytes"), _count)
SINGLE |= {"seed": _whole, "fingerprint": _fingerprint}
MADE_WITH = {"threads": _whole, "device": _text, "dtype": _text}
KEYS = (*MAPPINGS, *SINGLE, *MADE_WITH, "training_time_s", "artifacts")
