"""Two records or two runs, side by side."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from labbook.log.records.artifacts import load_artifacts
from labbook.log.records.code import recorded_code
from labbook.log.records.files import DamagedRecord
from labbook.log.records.folder import read_records
from labbook.log.records.json_file import read_json
from labbook.log.records.key import short_digest
from labbook.log.records.layout import Layout
from labbook.log.records.outcome import reason_of
from labbook.log.records.record import TIME_UNIT, Record
from labbook.log.records.run_record import RECORD, RunRecord, read_runs
from labbook.log.records.text import table, value_text, value_texts

# Sections whose numbers were measured: only there is a difference of numbers worth a column.
MEASURED = ("model", "metrics", "cost")


def diff(a: str, b: str, root: Path, *, all_rows: bool = False) -> str:
    """What differs between two records, or two runs, as a table.

    Arguments:
        a, b: each the key of a trial or the id of a run, or its beginning, with the experiment
            in front where it is needed (``mixer/3f2a``); or the path of a record or of a run.
        all_rows: also what is equal.

    Raises:
        ValueError: nothing, or more than one thing, is called so.
    """
    one, other = find(a, root), find(b, root)
    found = [
        (section, name, *value_texts(*pair), _difference(*pair) if section in MEASURED else "")
        for section, name, *pair in differing(one, other, all_rows=all_rows)
    ]
    title = f"A: {_label(one)}\nB: {_label(other)}"
    if not found:
        return f"{title}\n\nThey do not differ."
    return f"{title}\n\n{table(('', 'name', 'A', 'B', 'B − A'), grouped(found))}"


def find(name: str, root: Path) -> Record | RunRecord:
    """The record or the run that a name or a path means; see ``diff``.

    Raises:
        ValueError: nothing, or more than one thing, is called so; the message lists them.
    """
    path = Path(name)
    if path.is_dir():
        path = path / RECORD
    if path.is_file():
        return _read(path)
    experiment, _, start = name.rpartition("/")
    found = [
        one
        for known in ([experiment] if experiment else _experiments(root))
        for one in (*read_records(known, root=root), *read_runs(known, root=root))
        if start and (one.key if isinstance(one, Record) else one.id).startswith(start)
    ]
    if len(found) == 1:
        return found[0]
    if not found:
        raise ValueError(
            f"no record and no run is called {name!r}: give a path, or the beginning of a key (a "
            "record's page tells it) or of a run's id (the name of its folder in runs/)."
        )
    listed = ", ".join(sorted(_label(one) for one in found)[:6])
    raise ValueError(f"{name!r} may be any of {len(found)}: {listed}; write more of it.")


def _read(path: Path) -> Record | RunRecord:
    try:
        content = read_json(path)
        is_record = isinstance(content, dict) and "configuration" in content
        if not is_record:
            return RunRecord.from_json(content)
        return dataclasses.replace(Record.from_json(content), folder=path.parent)
    except ValueError as error:
        raise ValueError(f"{path} holds neither a record nor a run ({error}).") from error


def _experiments(root: Path) -> list[str]:
    """Every experiment that has a notebook, a run or a record."""
    layout = Layout(root)
    folders = [layout.local_records(""), layout.published_records(""), layout.runs("")]
    names = {path.name for folder in folders for path in folder.glob("*/")}
    return sorted(names - {"records"} | set(layout.experiments()))


def _label(one: Record | RunRecord) -> str:
    name = one.key if isinstance(one, Record) else one.id
    return f"{one.experiment}/{name} ({one.outcome}, {one.end[:16].replace('T', ' ')} UTC)"


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
    if not (names := [name for name in record.artifacts if name not in told]):
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


def _difference(was: Any, is_: Any) -> str:
    """The difference of two numbers, absolute and relative; empty for other values."""
    numeric = all(isinstance(v, int | float) and not isinstance(v, bool) for v in (was, is_))
    if not numeric or was == is_:
        return ""
    relative = f" ({(is_ - was) / abs(was):+.2%})" if was else ""
    return f"{is_ - was:+.6g}{relative}"


def grouped(rows: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The rows of a table, each section named once."""
    sections = [section for section, *_ in rows]
    return [
        ("" if section == before else section, *row[1:])
        for before, section, row in zip(["", *sections], sections, rows, strict=False)
    ]
