"""All records as one table, for databases."""

import io
import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labbook.log.freshness.stale import Verdicts, freshness_of
from labbook.log.records.files import write_whole
from labbook.log.records.folder import read_records
from labbook.log.records.layout import Layout
from labbook.log.records.record import Record

if TYPE_CHECKING:
    import pandas as pd

LARGEST_WHOLE = 2**63

_FIELDS = (
    "data_digest",
    "outcome",
    "start",
    "end",
    "wall_time_s",
    "cpu_time_s",
    "peak_memory_bytes",
    "peak_gpu_memory_bytes",
    "parameters",
    "flops",
    "seed",
    "origin",
)


def export_parquet(root: Path, file: Path, experiment: str | None = None) -> int:
    """Write the records of an experiment, or of all, as one Parquet table; returns their number.

    Raises:
        ValueError: there is no such experiment; or pyarrow, which writes it, is not installed.
    """
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        raise ValueError(
            "a Parquet file is written by pyarrow, which is not installed: "
            "pip install 'labbook[export]'."
        ) from None
    layout = Layout(root)
    if experiment is not None:
        layout.require(experiment)
    table = records_table(root, layout.experiments() if experiment is None else [experiment])
    content = io.BytesIO()
    table.to_parquet(content, index=False, engine="pyarrow")
    write_whole(file, content.getvalue())
    return len(table)


def records_table(root: Path, experiments: Iterable[str]) -> "pd.DataFrame":
    """One row for each record of each experiment, as ``read_records`` gives them.

    Returns:
        ``key``, ``experiment``, ``function``, ``freshness``, what a record tells of its trial,
        ``commit``, then a column for each ``configuration.*`` and ``metrics.*``. ``freshness`` is
        ``fresh``, ``accepted``, ``stale``, or ``unknown`` of an imported record, and empty for one
        that did not end well. A column whose values are not all numbers, all texts or all
        booleans, or one of whole numbers of more than 63 bits, holds them as JSON.
    """
    import pandas as pd

    verdicts = Verdicts(root)
    rows = [
        _row(record, verdicts)
        for experiment in experiments
        for record in read_records(experiment, root=root)
    ]
    names = sorted({name for row in rows for name in row if "." in name})
    columns = ["key", "experiment", "function", "freshness", *_FIELDS, "commit", *names]
    return pd.DataFrame({name: _column([row.get(name) for row in rows]) for name in columns})


def _row(record: Record, verdicts: Verdicts) -> dict[str, Any]:
    row = {name: getattr(record, name) for name in ("key", "experiment", "function", *_FIELDS)}
    row["freshness"] = _freshness(record, verdicts) if record.ok else None
    row["commit"] = record.provenance.get("commit")
    row |= {f"configuration.{name}": value for name, value in record.configuration.items()}
    return row | {f"metrics.{name}": value for name, value in record.metrics.items()}


def _freshness(record: Record, verdicts: Verdicts) -> str:
    freshness = freshness_of(record, verdicts.stale(record))
    return "accepted" if freshness == "fresh" and verdicts.accepted(record) else freshness


def _column(values: list[Any]) -> "pd.Series":
    """A column of one type, its gaps kept."""
    import pandas as pd

    kinds = {type(value) for value in values if value is not None}
    if kinds == {bool}:
        return pd.Series(values, dtype="boolean")
    whole = [value for value in values if type(value) is int]
    small = all(abs(value) < LARGEST_WHOLE for value in whole)
    if kinds == {int} and small:
        return pd.Series(values, dtype="Int64")
    if kinds and kinds <= {int, float} and small:
        return pd.Series(values, dtype="float64")
    if not all(issubclass(kind, str) for kind in kinds):
        values = [None if value is None else json.dumps(value) for value in values]
    return pd.Series([None if v is None else str(v) for v in values], dtype="string")
