"""Swept parameters that changed nothing: the comparison that compared nothing.

Two trials that differ in one parameter only, and agree in everything they declare, show that
the parameter never reached the model or its training.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from itertools import combinations
from typing import Any

from labbook.log.canonical import canonical_json
from labbook.log.record import Record

# What differs between two runs of the same thing, and says nothing of what was run.
_TIMING = re.compile(r"(_s|_ms|_per_s|time|speed|throughput|bytes|memory)$")


def inert_parameters(records: Iterable[Record]) -> dict[str, list[str]]:
    """The inert parameters of each trial: ``{key: [names]}``, sorted, empty lists left out.

    A parameter is inert in a trial if another trial differs from it in this parameter only and

    - both built the same model and saw the same first losses, bit for bit (``fingerprint``),
    - both declare the same counts of parameters and FLOPs, dtype and threads,
    - on the CPU, all curves and all metrics but timings are equal bit for bit; on other
      devices, where two runs of the same trial differ, metrics lie within the spread over
      seeds (without other seeds in the grid they must be equal).

    A seed is inert as soon as the first losses are the same. Trials without a fingerprint, and
    those that did not end well, tell nothing.
    """
    telling = [r for r in records if r.ok and _has_fingerprint(r)]
    spread = _spread_over_seeds(telling)
    found: dict[str, set[str]] = defaultdict(set)
    for name in {name for record in telling for name in record.configuration}:
        for alike in _differing_only_in(name, telling):
            for one, other in combinations(alike, 2):
                if _nothing_changed(name, one, other, spread):
                    found[one.key].add(name)
                    found[other.key].add(name)
    return {key: sorted(names) for key, names in found.items()}


def _has_fingerprint(record: Record) -> bool:
    fingerprint = record.fingerprint or {}
    return bool(fingerprint.get("model")) and bool(fingerprint.get("first_losses"))


def _differing_only_in(name: str, records: list[Record]) -> list[list[Record]]:
    """Groups of records whose configurations agree but for one parameter, which differs."""
    groups: dict[str, dict[str, Record]] = defaultdict(dict)
    for record in records:
        if name in record.configuration:
            value = canonical_json(record.configuration[name])
            groups[_without(record, name)][value] = record
    return [list(group.values()) for group in groups.values() if len(group) > 1]


def _without(record: Record, name: str) -> str:
    rest = {key: value for key, value in record.configuration.items() if key != name}
    return canonical_json([record.function, rest, record.data_digest])


def _nothing_changed(name: str, one: Record, other: Record, spread: dict[str, Any]) -> bool:
    if repr(one.fingerprint) != repr(other.fingerprint):
        return False
    if name == "seed":
        return True
    if _declared(one) != _declared(other):
        return False
    if repr(_telling(one.history)) == repr(_telling(other.history)) and repr(
        _telling(one.metrics)
    ) == repr(_telling(other.metrics)):
        return True
    if _on_cpu(one) and _on_cpu(other):
        return False
    return _within_spread(one, other, spread)


def _declared(record: Record) -> tuple:
    made_with = tuple(record.provenance.get(name) for name in ("dtype", "threads"))
    lengths = {name: len(curve) for name, curve in record.history.items()}
    return record.parameters, record.flops, made_with, lengths


def _telling(values: dict[str, Any]) -> dict[str, Any]:
    return {name: values[name] for name in sorted(values) if not _TIMING.search(name)}


def _on_cpu(record: Record) -> bool:
    return record.provenance.get("device", "cpu") == "cpu"


def _spread_over_seeds(records: list[Record]) -> dict[str, dict[str, float]]:
    """For each configuration without its seed, how far apart each metric lies over seeds."""
    spread = {}
    for alike in _differing_only_in("seed", records):
        names = set.intersection(*(set(r.metrics) for r in alike))
        values = {name: [r.metrics[name] for r in alike] for name in names}
        spread[_without(alike[0], "seed")] = {n: max(v) - min(v) for n, v in values.items()}
    return spread


def _within_spread(one: Record, other: Record, spread: dict[str, dict[str, float]]) -> bool:
    mine = spread.get(_without(one, "seed"))
    metrics, others = _telling(one.metrics), _telling(other.metrics)
    if mine is None or metrics.keys() != others.keys():
        return False
    return all(abs(metrics[name] - others[name]) <= mine.get(name, 0.0) for name in metrics)
