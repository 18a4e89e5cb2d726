"""What the search of the site finds records by: a script, which a page from a disk may load."""

import json
from pathlib import Path

from labbook.log.records.record import Record
from labbook.show.table import cell_text
from labbook.site.changes import put

FILE = "records.js"


def entry(experiment: str, record: Record, title: str) -> list[str]:
    """The address of a record's page, its title, and all its settings: ``kernel_size 13 …``."""
    settings = (
        f"{name} {cell_text.show_value(value)}" for name, value in record.configuration.items()
    )
    return [f"{experiment}/{record.key}", title, " ".join(settings)]


def write(entries: list[list[str]], outdir: Path) -> None:
    """Put the script beside the search page."""
    put(outdir / FILE, f"labbookRecords({json.dumps(entries, separators=(',', ':'))})")
