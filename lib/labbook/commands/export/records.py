"""All records as one table."""

from pathlib import Path


def export_parquet(root: Path, file: Path) -> int:
    """Write all records as one Parquet table; returns how many there are.

    Raises:
        ValueError: pyarrow, which writes it, is not installed.
    """
    from labbook.log.freshness.records_table import records_table

    try:
        import pyarrow  # noqa: F401
    except ImportError:
        raise ValueError(
            "a Parquet file is written by pyarrow, which is not installed: "
            "pip install 'labbook[parquet]'."
        ) from None
    table = records_table(root)
    table.to_parquet(file, index=False, engine="pyarrow")
    return len(table)
