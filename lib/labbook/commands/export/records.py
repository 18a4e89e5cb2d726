"""All records as one table."""

import io
from pathlib import Path

from labbook.log.records.files import write_whole
from labbook.log.records.layout import Layout


def export_parquet(root: Path, file: Path, experiment: str | None = None) -> int:
    """Write the records of an experiment, or of all, as one Parquet table; returns their number.

    Raises:
        ValueError: there is no such experiment; or pyarrow, which writes it, is not installed.
    """
    from labbook.commands.export.records_table import records_table

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
