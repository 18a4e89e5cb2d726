"""What each JSON file of a log holds: one type for each format, field by field.

Records (``<key>.json``), runs (``run.json``), acceptances (``accepted.json``), code
(``code/<digest>.json``), and what the holder of a trial's lock writes (``<key>.lock``).
"""

import datetime
from typing import Annotated, Any, Literal, TypedDict

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from labbook.log.records.json_file import Misfit

Outcome = Literal["ok", "failed", "killed", "timeout", "cancelled"]
Number = int | float
# JSON has no word for these three.
Measured = int | float | Literal["NaN", "Infinity", "-Infinity"]
Count = Annotated[int, Meta(ge=0)] | None
Seconds = Annotated[float, Meta(ge=0)] | None
Code = dict[str, str]


class Error(TypedDict, total=False):
    """How an attempt or a run ended that did not end well."""

    type: str
    message: str
    traceback: str | None
    log_tail: str | None
    cell: int | str | None


class Provenance(TypedDict, total=False):
    """Where numbers come from (``labbook.log.code.provenance``); more may be told."""

    commit: str | None
    tree: str | None
    diff_digest: str | None
    versions: dict[str, str]
    host: str
    platform: str
    cpu_model: str
    device: str
    dtype: str
    threads: int | None
    code: Code
    code_digest: str | None
    code_note: str


class RecordFile(Struct, forbid_unknown_fields=True):
    """An attempt at a trial; see ``record.Record``."""

    key: Annotated[str, Meta(pattern="^[0-9a-f]{16}$")]
    function: str
    experiment: str
    configuration: dict[str, Any]
    data_digest: str | None
    outcome: Outcome
    start: str
    end: str
    schema: Literal[1]
    error: Error | None = None
    metrics: dict[str, Measured] = {}
    history: dict[str, list[Measured]] = {}
    parameters: Count = None
    flops: Count = None
    throughput: dict[str, Measured] = {}
    fingerprint: dict[str, Any] | None = None
    artifacts: list[str] = []
    digests: dict[str, str] = {}
    seed: int | None = None
    wall_time_s: Seconds = None
    cpu_time_s: Seconds = None
    peak_memory_bytes: Count = None
    peak_gpu_memory_bytes: Count = None
    provenance: Provenance = {}

    def __post_init__(self) -> None:
        _utc(self.start, "start")
        _utc(self.end, "end")


class RunFile(Struct):
    """A run of a notebook; see ``run_record.RunRecord``."""

    id: str
    experiment: str
    outcome: Outcome
    error: Error | None
    parameters_given: dict[str, Any]
    parameters_used: dict[str, Any]
    profile: str | None
    start: str
    end: str
    wall_time_s: Annotated[float, Meta(ge=0)]
    source_digest: str
    provenance: Provenance
    notebook: str
    batch: str | None = None
    shown: dict[str, Code] | None = None
    cpu_time_s: Seconds = None
    peak_memory_bytes: Count = None
    schema: Literal[1] | UnsetType = UNSET

    def __post_init__(self) -> None:
        _utc(self.start, "start")
        _utc(self.end, "end")


class AcceptanceEntry(Struct, forbid_unknown_fields=True):
    """One "still valid, because …"; see ``freshness.acceptance.Acceptance``."""

    date: str
    by: str
    because: str
    code: dict[str, Code]


class AcceptancesFile(Struct, forbid_unknown_fields=True):
    """All acceptances of an experiment, oldest first."""

    schema: Literal[1]
    accepted: list[AcceptanceEntry]


class LockFile(Struct):
    """What the process that runs a trial tells of itself and of the trial."""

    record: dict[str, Any]
    pid: int
    host: str
    timeout_s: Seconds
    submission: str


def check(value: Any, schema: Any) -> None:
    """Make sure that a value is what a format holds.

    Arguments:
        value: what was read from a file.
        schema: one of the types above.

    Raises:
        Misfit: it is not; the phrase names the place.
    """
    later = value.get("schema") if isinstance(value, dict) else None
    if type(later) is int and later > 1:
        raise Misfit(f"its schema {later} is newer than this labbook knows")
    try:
        msgspec.convert(value, schema)
    except msgspec.ValidationError as error:
        phrase = str(error)
        raise Misfit(phrase[0].lower() + phrase[1:].replace("$.", "")) from None
    except RecursionError:
        raise Misfit("it is nested too deep") from None


def _utc(text: str, name: str) -> None:
    """A time in UTC, in the one form whose order as text is the order in time."""
    try:
        good = text.endswith("+00:00") and bool(datetime.datetime.fromisoformat(text))
    except ValueError:
        good = False
    if not good:
        raise ValueError(f"{name} is {text[:40]!r}; it is a time as 2026-11-22T10:00:00+00:00")
