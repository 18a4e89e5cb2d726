"""Runs in W&B's offline folders: ``run-<id>.wandb``, records of wandb's own protocol.

The file is a log of LevelDB's format: blocks of 32 KiB, and in them pieces of records, each after
a header of checksum, length and type.
"""

import dataclasses
import json
import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from labbook.commands.importing.original import ImportFailed, Original, Point, place_of

MAGIC = b":W&B"
BLOCK_BYTES = 32 * 1024
FILE_HEADER_BYTES = 7
PIECE = struct.Struct("<IHB")
WHOLE, LAST = 1, 4  # types of pieces that end a record


def read(path: Path) -> Iterator[Original | ImportFailed]:
    """Each run with a ``.wandb`` file at or below ``path``, or what is wrong with a file.

    A run that was resumed has several, one for each time that it went on.

    Raises:
        ImportFailed: there is none.
    """
    there = [path] if path.is_file() else path.rglob("*.wandb")
    files = sorted({file.resolve(): file for file in there}.values())
    if not files:
        raise ImportFailed(f"{path} holds no run of W&B (run-….wandb).")
    found = []
    for file in files:
        try:
            found.append(_run(file, path))
        except ImportFailed as error:
            yield error
    runs: dict[str, Original] = {}
    for one in sorted(found, key=lambda one: one.start):
        runs[one.run] = _resumed(runs[one.run], one) if one.run in runs else one
    yield from runs.values()


def _resumed(run: Original, later: Original) -> Original:
    """A run with what it did when it went on; how that ended is how it ended."""
    names = dict.fromkeys([*run.curves, *later.curves])
    return dataclasses.replace(
        later,
        name=run.name,
        path=run.path,
        start=run.start,
        end=max(run.end, later.end),
        settings=run.settings | later.settings,
        curves={n: [*run.curves.get(n, []), *later.curves.get(n, [])] for n in names},
        metrics=run.metrics | later.metrics,
    )


def _run(file: Path, root: Path) -> Original:
    os.environ.setdefault("WANDB_ERROR_REPORTING", "false")  # reading a file concerns nobody else
    from wandb.proto.wandb_internal_pb2 import Record

    settings: dict[str, Any] = {}
    summary: dict[str, Any] = {}
    curves: dict[str, list[Point]] = {}
    begun, ended, last = None, None, 0.0
    for content in _records(file):
        record = Record.FromString(content)
        kind = record.WhichOneof("record_type")
        if kind == "run":
            begun = record.run
            last = begun.start_time.ToMicroseconds() / 1e6
            _update(settings, begun.config)
        elif kind == "config":
            _update(settings, record.config)
        elif kind == "summary":
            _update(summary, record.summary)
        elif kind == "history":
            row = dict(_numbers(_update({}, record.history)))
            last = row.get("_timestamp", last)
            for name, value in row.items():
                if not name.startswith("_"):
                    point = Point(row.get("_step", record.history.step.num), last, value)
                    curves.setdefault(name, []).append(point)
        elif kind == "exit":
            ended = record.exit
    if begun is None:
        raise ImportFailed(
            f"{file} holds nothing yet: the run was killed before W&B had written it."
        )
    start = begun.start_time.ToMicroseconds() / 1e6
    settings.pop("_wandb", None)
    return Original(
        run=begun.run_id,
        name=f"{begun.display_name} ({begun.run_id})" if begun.display_name else begun.run_id,
        path=place_of(file, root),
        start=start,
        end=max(start, start + ended.runtime if ended else 0.0, last),
        settings=settings,
        curves=curves,
        metrics={name: points[-1].value for name, points in curves.items()}
        | {name: value for name, value in _numbers(summary) if not name.startswith("_")},
        commit=begun.git.commit or None,
        **_outcome(ended),
    )


def _outcome(ended: Any) -> dict[str, str]:
    if ended is None:
        return {
            "outcome": "killed",
            "error": "it never told that it had ended: it was killed, or still ran when imported.",
        }
    if code := ended.exit_code:
        return {"outcome": "failed", "error": f"its process ended with exit code {code}."}
    return {"outcome": "ok"}


def _update(values: dict[str, Any], change: Any) -> dict[str, Any]:
    """Put what a record changes into nested values, and take out what it removes."""
    for item in [*getattr(change, "update", []), *getattr(change, "item", [])]:
        inner = values
        *folders, name = list(item.nested_key) or [item.key]
        for folder in folders:
            inner = inner.setdefault(folder, {})
        inner[name] = json.loads(item.value_json)
    for item in getattr(change, "remove", []):
        if not item.nested_key:
            values.pop(item.key, None)
    return values


def _numbers(values: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, float]]:
    """The numbers in nested values, by names as W&B shows them: ``validation.loss``."""
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _numbers(value, f"{prefix}{name}.")
        elif isinstance(value, int | float):
            yield f"{prefix}{name}", value
        elif value in ("NaN", "Infinity", "-Infinity"):
            yield f"{prefix}{name}", float(value)


def _records(file: Path) -> Iterator[bytes]:
    """The records of a file, up to where it was cut off or damaged."""
    content = file.read_bytes()
    if not content.startswith(MAGIC):
        raise ImportFailed(f"{file} is no run of W&B: it does not begin with {MAGIC.decode()}.")
    place, record = FILE_HEADER_BYTES, b""
    while place + PIECE.size <= len(content):
        if (rest := BLOCK_BYTES - place % BLOCK_BYTES) < PIECE.size:
            place += rest  # no header fits into the end of a block
            continue
        checksum, length, kind = PIECE.unpack_from(content, place)
        piece = content[place + PIECE.size : place + PIECE.size + length]
        if len(piece) < length or zlib.crc32(bytes([kind]) + piece) != checksum:
            return
        place += PIECE.size + length
        record += piece
        if kind in (WHOLE, LAST):
            yield record
            record = b""
