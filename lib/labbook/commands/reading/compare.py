"""Whether two attempts at one trial gave the same: to the last bit, or what differs."""

import math
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from labbook.commands.reading.rows import differing
from labbook.log.records.artifacts import load_artifacts
from labbook.log.records.files import DamagedRecord
from labbook.log.records.outcome import reason_of
from labbook.log.records.record import TIME_UNIT, Record
from labbook.log.records.text import number_of, table, value_text, value_texts

# The commit differs from run to run; the digests of the code say whether it matters.
_OF_GIT = ("commit", "tree", "diff_digest")

Row = tuple[str, str, str, str, str]


def compared(before: Record, now: Record) -> tuple[bool, str]:
    """Whether both gave the same, times left aside; in words, with tables of what differs.

    The tables are of the results, and of what made them.
    """
    found = list(_differences(before, now))
    causes = _causes(before, now)
    if not found:
        text = f"equal to the last bit: {_what(before)}."
    else:
        text = f"{len(found)} of its results differ.\n\n" + table(
            ("", "name", "record", "now", "difference"), found
        )
    if causes:
        text += "\n\nWhat made them differs in:\n\n" + table(("", "name", "record", "now"), causes)
    return not found, text


def _what(record: Record) -> str:
    numbers = len(record.metrics) + sum(
        value is not None for value in (record.parameters, record.flops)
    )
    curves = sum(not name.endswith(TIME_UNIT) for name in record.history)
    arrays = _arrays(record)
    count_of_arrays = sum(map(len, arrays.values()))
    counts = [(numbers, "number"), (curves, "curve"), (count_of_arrays, "array")]
    told = [number_of(count, word) for count, word in counts if count]
    lacking = [name for name in record.arrays if name not in arrays]
    note = " (its arrays are not on this machine)" if lacking else ""
    return (", ".join(told) or "its outcome") + note


def _differences(before: Record, now: Record) -> Iterator[Row]:
    if before.outcome != now.outcome:
        yield "outcome", "", before.outcome, now.outcome, (now.error or {}).get("message", "")
        return
    if before.outcome == "failed" and reason_of(before) != reason_of(now):
        yield "outcome", "error", reason_of(before), reason_of(now), ""
    for name in ("parameters", "flops", "fingerprint", "seed"):
        yield from _values("model", name, getattr(before, name), getattr(now, name))
    for name in dict.fromkeys([*before.metrics, *now.metrics]):
        yield from _values("metric", name, before.metrics.get(name), now.metrics.get(name))
    for name in dict.fromkeys([*before.history, *now.history]):
        if not name.endswith(TIME_UNIT):
            yield from _curves(name, before.history.get(name, []), now.history.get(name, []))
    theirs, ours = _arrays(before), _arrays(now)
    for name in dict.fromkeys([*before.artifacts, *now.artifacts]):
        if name in before.artifacts and name not in theirs:  # of weights their digest is told
            digests = (one.digests.get(name, "")[:16] for one in (before, now))
            yield from _values("weights", name, *digests)
            continue
        was, is_ = theirs.get(name, {}), ours.get(name, {})
        for part in dict.fromkeys([*was, *is_]):
            yield from _array(f"{name}{part}", was.get(part), is_.get(part))


def _values(section: str, name: str, was: Any, is_: Any) -> Iterator[Row]:
    if repr(was) == repr(is_):
        return
    numeric = all(type(value) in (int, float) for value in (was, is_))
    yield section, name, *value_texts(was, is_), f"{is_ - was:+.3g}" if numeric else ""


def _curves(name: str, was: list[float], is_: list[float]) -> Iterator[Row]:
    if len(was) != len(is_):
        yield "curve", name, f"{len(was)} points", f"{len(is_)} points", ""
        return
    pairs = zip(map(float, was), map(float, is_), strict=True)
    differing = [i for i, (x, y) in enumerate(pairs) if repr(x) != repr(y)]
    if differing:
        first = differing[0]
        # NaN is more than any number, wherever it stands; for max() it is where it comes first.
        apart = [abs(is_[i] - was[i]) for i in differing]
        largest = next(filter(math.isnan, apart), max(apart))
        count = f"{len(differing)} of {len(was)} points"
        told = f"{count}, from point {first + 1} on, at most by {largest:.3g}"
        yield "curve", name, *value_texts(was[first], is_[first]), told


def _array(name: str, was: np.ndarray | None, is_: np.ndarray | None) -> Iterator[Row]:
    shapes = [f"{one.dtype} {one.shape}" if one is not None else "none" for one in (was, is_)]
    if shapes[0] != shapes[1]:
        yield "array", name, *shapes, ""
    elif was is not None and was.tobytes() != is_.tobytes():
        yield "array", name, *shapes, f"{_unequal(was, is_)} of {was.size} elements"


def _unequal(was: np.ndarray, is_: np.ndarray) -> int:
    """How many elements differ in a bit: NaN equals itself, and -0.0 is not 0.0."""
    raw = [np.frombuffer(one.tobytes(), np.uint8).reshape(one.size, -1) for one in (was, is_)]
    return int((raw[0] != raw[1]).any(axis=1).sum())


def _arrays(record: Record) -> dict[str, dict[str, np.ndarray]]:
    """The arrays of each artifact of an attempt that is at hand, by what follows its name."""
    found = {}
    weights = [([name], {name: digest}) for name, digest in record.digests.items()]
    for names, digests in [(record.arrays, {}), *weights]:
        with suppress(FileNotFoundError, DamagedRecord):
            place = record.folder or Path(), record.stem, record.start
            for name, one in load_artifacts(*place, names, digests).items():
                parts = one.items() if name in digests else [("", one)]
                found[name] = {f".{part}" if part else "": array for part, array in parts}
    return found


def _causes(before: Record, now: Record) -> list[tuple[str, str, str, str]]:
    """Code and environment, where they are not those of the record."""
    return [
        (section, name, value_text(was), value_text(is_))
        for section, name, was, is_ in sorted(differing(before, now), key=lambda row: row[:2])
        # A package that one of the two did not load says nothing.
        if section == "code"
        or (section == "environment" and None not in (was, is_) and name not in _OF_GIT)
    ]
