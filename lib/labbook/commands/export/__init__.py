"""``labbook export``: a page as one file to send, or all records as one table."""

from labbook.commands.export.page import export_html, export_pdf
from labbook.commands.export.records import export_parquet

__all__ = ["export_html", "export_parquet", "export_pdf"]
