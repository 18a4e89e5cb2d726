"""One record: how an attempt at a trial ended, and its JSON form."""

import dataclasses
import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Self

from labbook.log.records.artifacts import Artifact, files_of, load_artifacts
from labbook.log.records.json_file import Misfit
from labbook.log.records.key import record_key, short_digest
from labbook.log.records.schemas import (
    Count,
    Error,
    Key,
    Number,
    Outcome,
    Provenance,
    Seconds,
    check_times,
    read_as,
)

# Numbers that may be infinite or none: JSON has no word for these, and their names stand for them.
_NONFINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
_NUMBERS = ("metrics", "history", "throughput", "fingerprint")

# The origin of a record that was made of what another tool logged.
IMPORTED = "imported"

# Histories of elapsed time differ between any two runs of the same trial.
TIME_UNIT = "_s"


@dataclass(frozen=True, kw_only=True)
class Record:
    """One attempt at a trial and how it ended; times in seconds, memory in bytes, dates in UTC.

    Attributes:
        error: ``{type, message, traceback, log_tail}`` unless the outcome is ok.
        history: curves, one number for each epoch or step.
        throughput: speeds, ``examples_per_s`` above all.
        fingerprint: what tells whether two trials built and trained the same model.
        artifacts: names of what ``load_artifacts`` reads.
        digests: SHA-256 of the file of each artifact that has one of its own.
        wall_time_s, cpu_time_s: None for an attempt that went on from an earlier one's checkpoint,
            whose time nobody has measured; what a trial tells of its training counts all of it.
        provenance: where the numbers come from (``labbook.log.code.provenance``).
        origin: ``local`` or ``published``, by the folder that it was read from, or ``imported``;
            not stored.
        folder: where it was read from; not stored.
        newer_attempt: a later attempt that did not end well; a file of its own.
    """

    key: Key
    function: str
    experiment: str
    configuration: dict[str, Any]
    data_digest: str | None
    outcome: Outcome
    start: str
    end: str
    schema: Literal[1] = 1
    error: Error | None = None
    metrics: dict[str, Number] = field(default_factory=dict)
    history: dict[str, list[Number]] = field(default_factory=dict)
    parameters: Count | None = None
    flops: Count | None = None
    throughput: dict[str, Number] = field(default_factory=dict)
    fingerprint: dict[str, Any] | None = None
    artifacts: list[str] = field(default_factory=list)
    digests: dict[str, str] = field(default_factory=dict)
    seed: int | None = None
    wall_time_s: Seconds | None = None
    cpu_time_s: Seconds | None = None
    peak_memory_bytes: Count | None = None
    peak_gpu_memory_bytes: Count | None = None
    provenance: Provenance = field(default_factory=dict)
    origin: str = field(default="local", compare=False)
    folder: Path | None = field(default=None, compare=False, repr=False)
    newer_attempt: "Record | None" = field(default=None, compare=False, repr=False)

    @property
    def spent_cpu_s(self) -> float | None:
        """Its CPU time; of a trial that went on from a checkpoint, that of the training alone.

        The latter by the speed that the training loop reports. None where neither is known.
        """
        if self.cpu_time_s is not None:
            return self.cpu_time_s
        seen, per_s = self.history.get("inputs"), self.throughput.get("examples_per_cpu_s")
        return seen[-1] / per_s if seen and per_s else None

    @property
    def ok(self) -> bool:
        """Whether this attempt ended well."""
        return self.outcome == "ok"

    def to_json(self) -> dict[str, Any]:
        """The record as JSON types; NaN and infinities among its numbers become their names."""
        fields = {name: getattr(self, name) for name in _STORED}
        return fields | {name: _name_nonfinite(fields[name]) for name in _NUMBERS}

    @classmethod
    def from_json(cls, fields: Any, *, origin: str = "local", folder: Path | None = None) -> Self:
        """The record that ``to_json`` gave.

        Raises:
            Misfit: something is missing, unknown or does not fit together.
        """
        if isinstance(fields, dict) and (unknown := fields.keys() - _STORED):
            raise Misfit(f"object contains unknown field `{min(unknown)}`")
        try:
            record = read_as(fields, cls)
        except Misfit:
            if not isinstance(fields, dict):
                raise
            # Names of numbers are rare, and records many.
            numbers = {name: _number(fields[name]) for name in _NUMBERS if name in fields}
            record = read_as(fields | numbers, cls)
        vars(record).update(
            fingerprint=_number(record.fingerprint),
            provenance=fields.get("provenance", {}),  # it may hold more than its type names
            origin=IMPORTED if "imported" in record.provenance else origin,
            folder=folder,
        )
        check_times(record)
        if record.key != record_key(record.function, record.configuration, record.data_digest):
            raise Misfit("its key does not fit its function, configuration and data")
        if not record.function.startswith(f"{record.experiment}."):
            raise Misfit(f"{record.function} is no function of {record.experiment}")
        return record

    @property
    def stem(self) -> str:
        """What the names of its files begin with."""
        return self.key if self.ok else f"{self.key}.attempt"

    @property
    def arrays(self) -> list[str]:
        """The names of those artifacts that lie together in one file: all but weights."""
        return [name for name in self.artifacts if name not in self.digests]

    @property
    def has_artifacts(self) -> bool:
        """Whether the files of all its artifacts lie beside it."""
        files = files_of(self.folder or Path(), self.stem, self.artifacts, self.digests)
        return all(path.is_file() for path in files)

    def load_artifacts(self) -> dict[str, Artifact]:
        """What the trial returned beside its numbers: arrays, and weights as ``{name: array}``.

        Raises:
            FileNotFoundError: they were not kept beside the record.
            DamagedRecord: a file belongs to another attempt, was changed, or cannot be read.
        """
        if not self.artifacts:
            return {}
        folder = self.folder or Path()
        return load_artifacts(folder, self.stem, self.start, self.artifacts, self.digests)


_STORED = [f.name for f in dataclasses.fields(Record) if f.compare]


def result_digest(record: Record) -> str:
    """Digest (16 hex digits) of a record's outcome, metrics, parameters, history, names of arrays.

    Records of the same trial with equal digests show the same: start, times, machine and histories
    in seconds do not enter.
    """
    history = {k: v for k, v in record.history.items() if not k.endswith(TIME_UNIT)}
    parts = [record.outcome, record.metrics, record.parameters, history, sorted(record.artifacts)]
    return short_digest(json.dumps(parts, sort_keys=True))


def _name_nonfinite(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _name_nonfinite(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_name_nonfinite(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return next(name for name, number in _NONFINITE.items() if repr(number) == repr(value))
    return value


def _number(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _number(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_number(item) for item in value]
    return _NONFINITE.get(value, value) if isinstance(value, str) else value
