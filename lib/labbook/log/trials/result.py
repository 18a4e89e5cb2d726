"""What a trial's function returned, checked and made plain."""

import difflib
import json
from collections.abc import Mapping
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


@dataclass
class Result:
    """What a trial measured, in Python numbers; ``made_with`` goes to the provenance."""

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


def checked_result(returned: Any, configuration: Mapping[str, Any]) -> Result:
    """The result of a trial, refused unless it is what the log can keep and tell.

    Arguments:
        returned: what the function gave: a dict with ``metrics`` and any other of ``KEYS``.
        configuration: the trial's arguments.

    Raises:
        TypeError: it is no dict, or a value is no number where one belongs.
        ValueError: an unknown key, or another seed than the configuration asked for.
    """
    if not isinstance(returned, Mapping):
        raise TypeError(
            f"a trial returns a dict with its metrics, not {type(returned).__name__}: "
            'for instance {"metrics": {"accuracy": 0.9}}.'
        )
    for name in returned:
        if name not in KEYS:
            near = difflib.get_close_matches(str(name), KEYS, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"it knows {', '.join(KEYS)}."
            raise ValueError(f"a trial's result has no place for {name!r}; {hint}")
    given = {name: value for name, value in returned.items() if value is not None}
    asked, used = configuration.get("seed"), given.get("seed", configuration.get("seed"))
    if asked is not None and used != asked:
        raise ValueError(f"the trial was asked for seed {asked} and says it used seed {used}.")
    throughput = given.get("throughput", {})
    if not isinstance(throughput, Mapping):
        throughput = {"examples_per_s": throughput}
    times = {"training_time_s": given["training_time_s"]} if "training_time_s" in given else {}
    return Result(
        metrics=_numbers(given.get("metrics", {}), "metrics"),
        history={
            name: _curve(values, f"history[{name!r}]")
            for name, values in given.get("history", {}).items()
        },
        parameters=_whole(given, "parameters"),
        flops=_whole(given, "flops"),
        throughput=_numbers({**throughput, **times}, "throughput"),
        peak_gpu_memory_bytes=_whole(given, "peak_gpu_memory_bytes"),
        fingerprint=_fingerprint(given.get("fingerprint")),
        seed=used if isinstance(used, int) else None,
        made_with={name: given[name] for name in ("threads", "device", "dtype") if name in given},
        artifacts={name: _array(name, a) for name, a in given.get("artifacts", {}).items()},
    )


def _number(value: Any, where: str) -> Any:
    if not isinstance(value, (bool, int, float)) and hasattr(value, "item"):
        if getattr(value, "ndim", 0):
            raise TypeError(f"{where} has shape {tuple(value.shape)}; it must be one number.")
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{where} is {value!r} of type {type(value).__name__}, not a number.")
    return float(value) if isinstance(value, float) else int(value)


def _numbers(values: Any, where: str) -> dict[str, float]:
    if not isinstance(values, Mapping):
        raise TypeError(f"{where} is of type {type(values).__name__}; it maps names to numbers.")
    return {str(name): _number(value, f"{where}[{name!r}]") for name, value in values.items()}


def _curve(values: Any, where: str) -> list[float]:
    if hasattr(values, "tolist"):
        values = values.tolist()
    if not isinstance(values, (list, tuple)):
        raise TypeError(f"{where} is of type {type(values).__name__}; it is a list of numbers.")
    return [_number(value, f"{where}[{index}]") for index, value in enumerate(values)]


def _whole(given: Mapping[str, Any], name: str) -> int | None:
    return int(_number(given[name], name)) if name in given else None


def _fingerprint(fingerprint: Any) -> dict[str, Any] | None:
    if fingerprint is None:
        return None
    if not isinstance(fingerprint, Mapping):
        raise TypeError(f"fingerprint is of type {type(fingerprint).__name__}; it is a dict.")
    plain = dict(fingerprint)
    if "first_losses" in plain:
        plain["first_losses"] = _curve(plain["first_losses"], "fingerprint['first_losses']")
    try:
        return json.loads(json.dumps(plain))
    except TypeError as error:
        raise TypeError(f"fingerprint holds what JSON cannot: {error}.") from None


def _array(name: Any, array: Any) -> np.ndarray:
    if not str(name).isidentifier() or name in ("file", "allow_pickle", "args"):
        raise ValueError(f"{name!r} is no name for an artifact: take letters and digits.")
    array = np.asarray(array)
    if array.dtype.hasobject:
        raise TypeError(f"artifacts[{name!r}] holds Python objects; only plain arrays are kept.")
    return array
