"""``.. datatable:: file``: a table from a file, in a page or in a raw cell of a notebook."""

from pathlib import Path
from typing import TYPE_CHECKING

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from labbook.log.records.text import first_line
from labbook.show.table import csv_text, markup
from labbook.site.assets import Assets
from labbook.site.markup import sanitise
from labbook.site.markup.inside import is_inside

if TYPE_CHECKING:
    import pandas as pd

logger = logging.getLogger(__name__)
SHEETS = (".xlsx", ".xlsm")
SEPARATED = {".csv": ",", ".tsv": "\t"}
FORMATS = (*SEPARATED, *SHEETS, ".parquet", ".json")


class TableError(ValueError):
    """A file that can't be shown as the table asked for; the text says why."""


def read_table(
    path: Path, sheet: str | None = None, cells: str | None = None, columns: list[str] | None = None
) -> "pd.DataFrame":
    """Read a table from a CSV, TSV, XLSX, Parquet or JSON file.

    Arguments:
        path: the file; its suffix tells the format.
        sheet: the sheet of a workbook; its first when not given.
        cells: a range such as ``B2:E20`` whose first row holds the headers (text and workbooks).
        columns: the columns wanted, in this order; all when not given.

    Raises:
        TableError: no such file, sheet or column, or the file doesn't hold a table.
    """
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        raise TableError(f"{path.name} ends in none of {', '.join(FORMATS)}")
    if not path.is_file():
        raise TableError(f"there is no file {path.name} in {path.parent.name}/")
    if sheet and suffix not in SHEETS:
        raise TableError(f"{path.name} has no sheets, so none can be named {sheet!r}")
    if cells and suffix not in (*SHEETS, *SEPARATED):
        raise TableError(f"{path.name} has no cells such as {cells!r}: a range needs a sheet")
    where = _where(cells) if cells else {}
    try:
        frame = _read(path, suffix, sheet, where)
    except TableError:
        raise
    except Exception as error:  # readers of foreign formats raise whatever they met
        raise TableError(f"{path.name} does not read as a table: {first_line(error)}") from error
    frame.columns = [str(column) for column in frame.columns]
    if absent := [column for column in columns or [] if column not in frame.columns]:
        raise TableError(
            f"{path.name} has no column {', '.join(map(repr, absent))}; it has "
            f"{', '.join(map(repr, frame.columns))}"
        )
    return frame[columns] if columns else frame


def _where(cells: str) -> dict:
    from openpyxl.utils import range_boundaries

    try:
        left, top, right, bottom = range_boundaries(cells)
    except ValueError:
        left = None
    if left is None or bottom is None or right is None:
        raise TableError(f"{cells!r} is no range of cells such as B2:E20")
    return {
        "skiprows": top - 1,
        "nrows": bottom - top,
        "usecols": list(range(left - 1, right)),
    }


def _read(path: Path, suffix: str, sheet: str | None, where: dict) -> "pd.DataFrame":
    import pandas as pd

    if suffix in SEPARATED:
        return pd.read_csv(path, sep=SEPARATED[suffix], **where)
    if suffix in SHEETS:
        with pd.ExcelFile(path, engine="openpyxl") as book:
            if sheet and sheet not in book.sheet_names:
                names = ", ".join(map(repr, book.sheet_names))
                raise TableError(f"{path.name} has no sheet {sheet!r}; it has {names}")
            return book.parse(sheet or 0, **where)
    if suffix == ".parquet":
        return pd.read_parquet(path)
    return pd.read_json(path)


class DataTable(SphinxDirective):
    """The directive; see ``docs/howto.rst`` for its options."""

    required_arguments = 1
    final_argument_whitespace = True
    option_spec = {
        "sheet": directives.unchanged_required,
        "range": directives.unchanged_required,
        "columns": directives.unchanged_required,
        "caption": directives.unchanged_required,
    }

    def run(self):
        relative, absolute = self.env.relfn2path(self.arguments[0])
        path = Path(absolute)
        if not is_inside(Path(self.env.srcdir), path):
            return self._box(f"{self.arguments[0]} lies outside the log")
        if path.is_file():
            self.env.note_dependency(relative)
        columns = [name.strip() for name in self.options.get("columns", "").split(",") if name]
        try:
            frame = read_table(
                path, self.options.get("sheet"), self.options.get("range"), columns or None
            )
        except TableError as error:
            return self._box(str(error))
        return [nodes.raw("", sanitise.own(self._html(frame, path)), format="html")]

    def _box(self, why: str) -> list[nodes.Node]:
        logger.warning("datatable: %s", why, location=self.get_location())
        box = nodes.container(classes=["lb-box", "lb-error"])
        box += nodes.paragraph("", f"The table {self.arguments[0]} can't be shown: {why}.")
        return [box]

    def _html(self, frame: "pd.DataFrame", path: Path) -> str:
        from labbook.show import tables

        assets = Assets.of_current(self.env)
        name = "-".join(filter(None, (path.stem, self.options.get("sheet"))))
        spec = tables.describe(frame, self.options.get("caption"), name=name)
        table_id = assets.unique("table-" + name)
        files = [("CSV", assets.add(f"{table_id}.csv", csv_text.as_csv(spec)))]
        if path.suffix.lower() != ".csv":
            suffix = path.suffix.lower()
            href = assets.add(f"{table_id}{suffix}", path.read_bytes())
            files.append((suffix[1:].upper(), href))
        return markup.for_site(spec, table_id, files, number=assets.number("Table"))


def setup(app) -> None:
    app.add_directive("datatable", DataTable)
