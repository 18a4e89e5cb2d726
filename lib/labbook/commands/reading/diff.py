"""Two records or two runs, side by side."""

from pathlib import Path
from typing import Any

from labbook.commands.reading.find import find, label
from labbook.commands.reading.rows import differing, grouped
from labbook.log.records.text import table, value_texts

# Sections whose numbers were measured: only there is a difference of numbers worth a column.
MEASURED = ("model", "metrics", "cost")


def diff(a: str, b: str, root: Path, *, all_rows: bool = False) -> str:
    """What differs between two records, or two runs, as a table.

    Arguments:
        a, b: names of records or of runs, as ``find`` takes them.
        all_rows: also what is equal.

    Raises:
        ValueError: nothing, or more than one thing, is called so.
    """
    one, other = find(a, root), find(b, root)
    found = [
        (section, name, *value_texts(*pair), _difference(*pair) if section in MEASURED else "")
        for section, name, *pair in differing(one, other, all_rows=all_rows)
    ]
    title = f"A: {label(one)}\nB: {label(other)}"
    if not found:
        return f"{title}\n\nThey do not differ."
    return f"{title}\n\n{table(('', 'name', 'A', 'B', 'B − A'), grouped(found))}"


def _difference(was: Any, is_: Any) -> str:
    """The difference of two numbers, absolute and relative; empty for other values."""
    numeric = all(isinstance(v, int | float) and not isinstance(v, bool) for v in (was, is_))
    if not numeric or was == is_:
        return ""
    relative = f" ({(is_ - was) / abs(was):+.2%})" if was else ""
    return f"{is_ - was:+.6g}{relative}"
