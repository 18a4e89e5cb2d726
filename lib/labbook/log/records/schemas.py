"""Values of JSON files held against the types of the dataclasses that they become."""

import datetime
from typing import Annotated, Any, Literal, NotRequired, TypedDict, TypeVar

import msgspec
from msgspec import Meta

from labbook.log.records.json_file import Misfit

Format = TypeVar("Format")

Outcome = Literal["ok", "failed", "killed", "timeout", "cancelled"]
Number = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)] | float
Count = Annotated[int, Meta(ge=0)]
Seconds = Annotated[float, Meta(ge=0)]
Key = Annotated[str, Meta(pattern="^[0-9a-f]{16}$")]
Code = dict[str, str]


class Error(TypedDict, total=False):
    """How an attempt or a run ended that did not end well."""

    type: str
    message: str
    traceback: str | None
    log_tail: str | None
    cell: int | str | None


class Imported(TypedDict):
    """Whose record was made of what another tool logged (``labbook import``).

    ``run`` is the run's id there, wherever its files lie, ``path`` is where they lay; ``outcome``
    is ``not told`` where they do not say how it ended.
    """

    tool: str
    run: str
    path: str
    outcome: NotRequired[str]


class Provenance(TypedDict, total=False):
    """Where numbers come from (``labbook.log.code.provenance``); more may be in it."""

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
    imported: Imported


class _Papermill(TypedDict):
    parameters: NotRequired[dict[str, Any]]


class _Metadata(TypedDict):
    labbook: NotRequired[dict[str, Any]]
    papermill: NotRequired[_Papermill]
    jupytext: NotRequired[dict[str, Any]]
    kernelspec: NotRequired[dict[str, Any]]
    language_info: NotRequired[dict[str, Any]]


class Cell(TypedDict):
    """A cell of an executed notebook."""

    cell_type: str
    source: str | list[str]
    metadata: dict[str, Any]
    outputs: NotRequired[list[dict[str, Any]]]
    execution_count: NotRequired[int | None]


class Notebook(TypedDict):
    """An executed notebook, as far as anything here reads it."""

    cells: list[Cell]
    metadata: _Metadata


def read_as(value: Any, schema: type[Format]) -> Format:
    """The dataclass, or other type, that JSON types describe.

    A ``TypedDict`` keeps of them what it names.

    Raises:
        Misfit: they describe none; the phrase names the place.
    """
    later = value.get("schema") if isinstance(value, dict) else None
    if type(later) is int and later > 1:
        raise Misfit(f"its schema {later} is newer than this labbook knows")
    try:
        return msgspec.convert(value, schema)
    except msgspec.ValidationError as error:
        phrase = str(error)
        raise Misfit(phrase[0].lower() + phrase[1:].replace("$.", "")) from None
    except RecursionError:
        raise Misfit("it is nested too deep") from None


def time_text(moment: datetime.datetime | None = None) -> str:
    """A moment in UTC, this one when not given, in a form whose order is the order in time."""
    return (moment or datetime.datetime.now(datetime.UTC)).isoformat(timespec="microseconds")


def check_times(result: Any) -> None:
    """Make sure that start and end are in UTC, in the form whose order as text is that in time."""
    for name in ("start", "end"):
        text = getattr(result, name)
        try:
            good = text.endswith("+00:00") and bool(datetime.datetime.fromisoformat(text))
        except ValueError:
            good = False
        if not good:
            raise Misfit(f"{name} is {text[:40]!r}; it is a time as 2026-11-22T10:00:00+00:00")
