"""What lies beside the page of a record: the record as JSON and as a script, and its pictures."""

import json
import math
from collections.abc import Sequence
from pathlib import Path

from labbook.log.records.record import Record
from labbook.show import places
from labbook.site.changes import put
from labbook.site.records.curve import curves_in, places_shown
from labbook.site.records.pictures import Picture


def offer(records: list[Record], pictures: dict[str, list[Picture]], folder: Path) -> None:
    """Each record as JSON to download, and in short as a script: a page may load it from a disk.

    Beside them its arrays as pictures.
    """
    for record in records:
        drawn = pictures[record.key]
        put(folder / f"{record.key}.json", json.dumps(record.to_json(), indent=1))
        put(folder / f"{record.key}.js", _as_script(record, drawn))
        for picture in drawn:
            put(folder / picture.file(record.key), picture.png)


def _as_script(record: Record, pictures: list[Picture]) -> str:
    """What comparisons need of a record: settings, numbers, curves of so many points, pictures."""
    costs = {"parameters": record.parameters, "cpu_time_s": record.spent_cpu_s}
    told = {
        "key": record.key,
        "configuration": record.configuration,
        "metrics": record.metrics | {name: v for name, v in costs.items() if v is not None},
        "history": {name: _curve(name, record.history) for name in curves_in(record.history)},
        "pictures": {picture.name: picture.described(record.key) for picture in pictures},
    }
    return f"labbookRecord({json.dumps(told)})"


def _curve(name: str, history: dict[str, list[float]]) -> dict:
    """The values of a curve, and along what they lie."""
    over, along = places.along(name, history)
    values = {"values": _thinned(history[name]), "label": places.label(over)}
    return values if over == places.POINT else values | {"over": _thinned(along)}


def _thinned(values: Sequence) -> list:
    """The points of a curve that are shown; what is no finite number is nothing."""
    shown = places_shown(len(values))
    finite = (isinstance(values[i], int | float) and math.isfinite(values[i]) for i in shown)
    return [float(f"{values[i]:.6g}") if ok else None for i, ok in zip(shown, finite, strict=True)]
