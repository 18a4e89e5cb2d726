"""A described table as a CSV file."""

import csv
import io

import pandas as pd

from labbook.show.table.description import BESIDE

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


def as_csv(spec: dict) -> str:
    """The same table as a file: every column, numbers unrounded, nothing where nothing is."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    header = []
    for column in spec["columns"]:
        unit = f" ({column['unit']})" if column["unit"] else ""
        header.append(column["label"] + unit)
        for end in BESIDE.get(column["kind"], ()):
            name = f"{column['label']} {'spread' if end == 'std' else end}"
            header.append(name if end == "n" else name + unit)
    writer.writerow([_csv_cell(name) for name in header])
    for number, row in enumerate(spec["rows"]):
        cells = []
        for column, value in zip(spec["columns"], row, strict=True):
            cells.append(_csv_cell(value))
            ends = BESIDE.get(column["kind"], ())
            cells += [_csv_cell(column[end][number]) for end in ends]
        writer.writerow(cells)
    return out.getvalue()


def numbers_as_csv(numbers: pd.DataFrame) -> str:
    """The numbers behind a figure as a file: what a legend or an axis is called is text there."""
    numbers = numbers.set_axis([_csv_cell(str(name)) for name in numbers], axis=1)
    return numbers.map(_csv_cell).to_csv(index=False, lineterminator="\n") if len(numbers) else ""


def _csv_cell(value: object) -> object:
    if value is None:
        return ""
    value = " ".join(map(str, value)) if isinstance(value, list) else value
    return inactive(value) if isinstance(value, str) else value


def inactive(text: str) -> str:
    """A text that no spreadsheet takes for a formula: with an apostrophe before it where it would.

    Numbers that are written as text, such as ``-0.5``, stay as they are.
    """
    if not text.startswith(FORMULA_SIGNS):
        return text
    try:
        float(text)
    except ValueError:
        return f"'{text}"
    return text
