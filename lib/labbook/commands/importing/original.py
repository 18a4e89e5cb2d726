"""A run as another tool logged it, and the record that it becomes here."""

import datetime
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from labbook.log.records.key import normalise, record_key
from labbook.log.records.record import IMPORTED, Record
from labbook.log.records.schemas import Outcome, time_text

LARGEST_WHOLE = 2**63


class ImportFailed(ValueError):
    """What was named cannot be imported; one sentence."""


@dataclass(frozen=True)
class Point:
    """One value of a curve: at which step, when (seconds since 1970), and what was measured."""

    step: float
    time: float
    value: float


@dataclass(frozen=True, kw_only=True)
class Original:
    """A run as another tool logged it.

    Attributes:
        run: what identifies it there, wherever its files lie.
        name: what tells a reader which run it is.
        path: of its files, from the folder that was named on.
        start, end: seconds since 1970.
        settings: its configuration, of any depth.
        curves: points of each, in the order in which they were logged.
        metrics: its last or best values, as the tool keeps them; what is no number is left out.
        outcome: None where its files do not tell how it ended.
        error: why it did not end well, where its files tell.
        commit: of the code that made it, where its files tell.
    """

    run: str
    name: str
    path: str
    start: float
    end: float
    settings: dict[str, Any] = field(default_factory=dict)
    curves: dict[str, list[Point]] = field(default_factory=dict)
    metrics: dict[str, Any] = field(default_factory=dict)
    outcome: Outcome | None = None
    error: str = ""
    commit: str | None = None


def record_of(original: Original, tool: str, experiment: str) -> Record:
    """The record of an imported run.

    Its function is called ``<experiment>.import.<tool>``, as no function of Python can be called:
    no trial of the log ever finds it. Its configuration is ``run``, the run's name, and its
    settings. A curve ``loss`` comes with ``loss_step`` and ``loss_time_s``, one number a point;
    where another curve was logged as ``loss_step``, that one is ``loss_step (curve)``.

    Arguments:
        tool: that logged it: ``tensorboard``, ``wandb`` or ``mlflow``.
        experiment: that the record belongs to.
    """
    settings = {("run (setting)" if n == "run" else n): v for n, v in original.settings.items()}
    configuration = normalise({"run": original.name} | _plain(settings))
    function = f"{experiment}.import.{tool}"
    outcome = original.outcome or "ok"
    seed = configuration.get("seed")
    history: dict[str, list[float]] = {}
    beside = {f"{name}{end}" for name in original.curves for end in ("_step", "_time_s")}
    for logged, points in original.curves.items():
        name = f"{logged} (curve)" if logged in beside else logged
        history[name] = [_number(point.value) for point in points]
        history[f"{name}_step"] = [_number(point.step) for point in points]
        history[f"{name}_time_s"] = [round(point.time - original.start, 3) for point in points]
    imported = {"tool": tool, "run": original.run, "path": original.path}
    if original.outcome is None:
        imported["outcome"] = "not told"
    return Record(
        key=record_key(function, configuration, None),
        function=function,
        experiment=experiment,
        configuration=configuration,
        data_digest=None,
        outcome=outcome,
        start=_time(original.start),
        end=_time(original.end),
        error=None if outcome == "ok" else {"type": tool, "message": original.error},
        metrics={n: _number(v) for n, v in original.metrics.items() if isinstance(v, int | float)},
        history=history,
        seed=seed if type(seed) is int else None,
        wall_time_s=max(0.0, original.end - original.start),
        provenance={"imported": imported}
        | ({"commit": original.commit} if original.commit else {}),
        origin=IMPORTED,
    )


def place_of(path: Path, named: Path) -> str:
    """Where a run's files lie, from the folder on that was named, or that holds the named file."""
    folder = named.parent if named.is_file() else named
    return (Path(folder.resolve().name) / path.relative_to(folder)).as_posix()


def _plain(value: Any) -> Any:
    """Settings as a configuration holds them: numbers that are not finite become texts."""
    if isinstance(value, dict):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def _number(value: float) -> float:
    """A number that records hold: whole ones of at most 63 bits, True as 1."""
    if isinstance(value, int):
        return int(value) if abs(value) < LARGEST_WHOLE else float(value)
    return float(value)


def _time(seconds: float) -> str:
    return time_text(datetime.datetime.fromtimestamp(seconds, datetime.UTC))
