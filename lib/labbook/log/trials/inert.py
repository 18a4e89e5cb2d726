"""Swept parameters that changed nothing: the comparison that compared nothing.

Two trials that differ in one parameter only, and agree in everything they declare, show that
the parameter never reached the model or its training.
"""

import functools
import itertools
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from labbook.log.records.key import canonical_json
from labbook.log.records.record import Record

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
    comparable = [
        record
        for record in records
        if record.ok
        and (record.fingerprint or {}).get("model")
        and record.fingerprint.get("first_losses")
    ]
    by_key = {record.key: record for record in comparable}
    # Texts, each made once at most: a grid of a thousand trials has half a million pairs.
    built = functools.cache(lambda key: repr(by_key[key].fingerprint))
    became = functools.cache(lambda key: _became(by_key[key]))
    spread = _spread_over_seeds(comparable)
    found: dict[str, set[str]] = defaultdict(set)
    for name in {name for record in comparable for name in record.configuration}:
        for differing in _differing_only_in(name, comparable):
            for alike in _alike(differing, built):
                unchanged = [alike] if name == "seed" else _alike(alike, became)
                for record in itertools.chain(*unchanged, _within_spread(alike, spread)):
                    found[record.key].add(name)
    return {key: sorted(names) for key, names in found.items()}


def _alike(records: list[Record], text_of: Callable[[str], str]) -> list[list[Record]]:
    """Groups of two records or more that have the same text."""
    groups: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        groups[text_of(record.key)].append(record)
    return [group for group in groups.values() if len(group) > 1]


def _differing_only_in(name: str, records: list[Record]) -> list[list[Record]]:
    """Groups of records whose configurations agree but for one parameter, which differs."""
    groups: dict[tuple, dict[str, Record]] = defaultdict(dict)
    for record in records:
        if name in record.configuration:
            groups[_without(record, name)][_text(record.configuration[name])] = record
    return [list(group.values()) for group in groups.values() if len(group) > 1]


def _without(record: Record, name: str) -> tuple:
    """What tells a trial from others, one parameter left out."""
    settings = record.configuration.items()
    rest = frozenset([(key, _text(value)) for key, value in settings if key != name])
    return record.function, rest, record.data_digest


def _text(value: Any) -> str:
    # Most are numbers and words: their repr tells them apart, and costs less.
    return repr(value) if type(value) in (int, float, bool, str) else canonical_json(value)


def _became(record: Record) -> str:
    return repr((_declared(record), _untimed(record.history), _untimed(record.metrics)))


def _declared(record: Record) -> tuple:
    made_with = tuple(record.provenance.get(name) for name in ("dtype", "threads"))
    lengths = {name: len(curve) for name, curve in record.history.items()}
    return record.parameters, record.flops, made_with, lengths


def _untimed(values: dict[str, Any]) -> dict[str, Any]:
    return {name: values[name] for name in sorted(values) if not _TIMING.search(name)}


def _spread_over_seeds(records: list[Record]) -> dict[tuple, dict[str, float]]:
    """For each configuration without its seed, how far apart each metric lies over seeds."""
    spread = {}
    for alike in _differing_only_in("seed", records):
        names = set.intersection(*(set(r.metrics) for r in alike))
        values = {name: [r.metrics[name] for r in alike] for name in names}
        spread[_without(alike[0], "seed")] = {n: max(v) - min(v) for n, v in values.items()}
    return spread


def _within_spread(alike: list[Record], spread: dict[tuple, dict[str, float]]) -> Iterator[Record]:
    """Those of the records, made on a GPU, that differ no more than trials over seeds do."""
    on_gpu = [r for r in alike if r.provenance.get("device", "cpu") != "cpu"]
    on_gpu = [r for r in on_gpu if _without(r, "seed") in spread]
    for one, other in itertools.combinations(on_gpu, 2):
        metrics, others = _untimed(one.metrics), _untimed(other.metrics)
        mine = spread[_without(one, "seed")]
        if (
            _declared(one) == _declared(other)
            and metrics.keys() == others.keys()
            and all(abs(metrics[name] - others[name]) <= mine.get(name, 0.0) for name in metrics)
        ):
            yield one
            yield other
