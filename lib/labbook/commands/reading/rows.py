"""What a record or a run holds, as the rows of a table; and the rows in which two differ."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from labbook.log.records.artifacts import load_artifacts
from labbook.log.records.code import recorded_code
from labbook.log.records.files import DamagedRecord
from labbook.log.records.key import short_digest
from labbook.log.records.outcome import reason_of
from labbook.log.records.record import TIME_UNIT, Record
from labbook.log.records.run_record import RunRecord
from labbook.log.records.text import value_text


def differing(
    one: Record | RunRecord, other: Record | RunRecord, *, all_rows: bool = False
) -> Iterator[tuple[str, str, Any, Any]]:
    """Section, name and both values of what differs, or of all; None where one lacks it."""
    left, right = rows(one), rows(other)
    for row in dict.fromkeys([*left, *right]):
        if all_rows or repr(left.get(row)) != repr(right.get(row)):
            yield *row, left.get(row), right.get(row)


def rows(one: Record | RunRecord) -> dict[tuple[str, str], Any]:
    """``{(section, name): value}``, in the order in which they are read."""
    return {
        (section, name): value
        for section, values in _sections(one).items()
        for name, value in _flat(values)
    }


def _sections(one: Record | RunRecord) -> dict[str, dict[str, Any]]:
    provenance = dict(one.provenance)
    code = recorded_code(one) if isinstance(one, Record) else provenance.get("code") or {}
    versions = provenance.pop("versions", {})
    for name in ("code", "code_digest"):
        provenance.pop(name, None)
    error = (one.error or {}).get("message")
    if isinstance(one, RunRecord):
        return {
            "parameters": one.parameters_used,
            "code": {"notebook": one.source_digest} | code,
            "environment": versions | provenance,
            "outcome": {"outcome": one.outcome, "error": error},
            "cost": {"wall_time_s": one.wall_time_s},
        }
    attempt = one.newer_attempt
    newer = {"newer attempt": f"{attempt.outcome}, {reason_of(attempt)}"} if attempt else {}
    model = ("parameters", "flops", "fingerprint")
    cost = ("wall_time_s", "cpu_time_s", "peak_memory_bytes", "peak_gpu_memory_bytes", "throughput")
    return {
        "configuration": one.configuration,
        "code": {"function": one.function} | code,
        "data": {"data_digest": one.data_digest},
        "environment": versions | provenance,
        "outcome": {"outcome": one.outcome, "error": error, **newer, "seed": one.seed},
        "model": {name: getattr(one, name) for name in model},
        "metrics": one.metrics,
        "curves": _curves(one),
        "artifacts": _artifacts(one),
        "cost": {name: getattr(one, name) for name in cost},
    }


def _curves(record: Record) -> dict[str, str]:
    """How long each curve is and where it ends, and a digest of all of it; times are left out."""
    return {
        name: f"{len(curve)} points{f', last {value_text(curve[-1])}' if curve else ''}, "
        f"digest {short_digest(repr([float(value) for value in curve]))[:8]}"
        for name, curve in record.history.items()
        if not name.endswith(TIME_UNIT)
    }


def _artifacts(record: Record) -> dict[str, str]:
    """The type, shape and digest of each array, and the digest of weights."""
    told = {name: f"weights, digest {digest[:8]}" for name, digest in record.digests.items()}
    if not (names := record.arrays):
        return told
    folder = record.folder or Path()
    try:
        arrays = load_artifacts(folder, record.stem, record.start, names, {})
    except FileNotFoundError:
        return told | dict.fromkeys(names, "not on this machine")
    except DamagedRecord:
        return told | dict.fromkeys(names, "damaged")
    return told | {
        name: f"{array.dtype} {array.shape}, digest {short_digest(array.tobytes())[:8]}"
        for name, array in arrays.items()
    }


def _flat(values: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def grouped(rows: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The rows of a table, each section named once."""
    sections = [section for section, *_ in rows]
    return [
        ("" if section == before else section, *row[1:])
        for before, section, row in zip(["", *sections], sections, rows, strict=False)
    ]
