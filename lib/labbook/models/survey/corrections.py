"""Where an earlier survey of the same networks differs from ours, cell by cell, and why.

The earlier survey is a workbook with a sheet for each network and a page of notes. Both are handed
in as tables; ours are traced.
"""

from collections.abc import Mapping

import pandas as pd

from labbook.models.survey.networks import NETWORKS
from labbook.models.survey.tables import layer_table

# The beginnings of the workbook's headers, and the columns of a layer table that they mean.
HEADERS = {
    "Kernel": "kernel", "Stride": "stride", "Pad": "padding", "Out Dim": "size",
    "Out Channels": "channels", "Depthwise": "depthwise", "ℓ": "fields",
}  # fmt: skip
_CODE = "The published code tells it: one channel, padding that keeps the size."
_ATOMNET = "The paper leaves it open; ours is the simplest reading, an assumption."
# (sheet, row of the sheet or None for any, column) → why ours differs.
REASONS = {
    ("AlexNet", 8, "size"): "A window of 3 with a stride of 2 fits 6 times into 13; the fully "
    "connected layer takes 6·6·256 values.",
    ("VGG-19", 21, "kernel"): "The last pool is one of 2x2, as the others.",
    ("VGG-19", 21, "size"): "14 becomes 7; the fully connected layer takes 7·7·512 values.",
    ("MobileNet", None, "padding"): "A 1x1 convolution with a padding of 1 would make the image "
    "larger by 2.",
    ("C3D", 2, "stride"): "The first pool keeps the frames: its stride is 1×2×2, as its sizes say.",
    ("C3D", 13, "kernel"): "As the other pools.",
    ("C3D", 13, "size"): "Padded by one in space, as the 8192 inputs of the next layer ask for.",
    ("C3D", 13, "channels"): "A pool keeps the channels.",
    **{("AtomNet", None, column): _ATOMNET for column in ("channels", "stride", "padding", "size")},
    **{("Emap2sec", None, column): _CODE for column in ("channels", "padding", "size")},
    ("Weiler2018", 10, "kernel"): "A fully connected layer has no kernel.",
}


def compare_workbook(sheets: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Every cell of the workbook that is not what our tables say.

    Arguments:
        sheets: name of a sheet → its rows, the input first, as ``pandas.read_excel`` reads them
            with ``sheet_name=None, dtype=object``. Cells that are empty say nothing.

    Returns:
        ``sheet``, ``row`` (the input is 0), ``layer``, ``column``, ``workbook`` ("?" where its
        author could not tell), ``ours`` and ``reason``; "" where no reason is known.

    Raises:
        KeyError: a sheet that no network of ``NETWORKS`` names.
    """
    names = {network.sheet: name for name, network in NETWORKS.items() if network.sheet}
    if unknown := [sheet for sheet in sheets if sheet not in names]:
        raise KeyError(
            f"no reviewed network names the sheet {unknown[0]!r}; known are {', '.join(names)}."
        )
    rows = [row for sheet, table in sheets.items() for row in _differences(sheet, table, names)]
    columns = ["sheet", "row", "layer", "column", "workbook", "ours", "reason"]
    return pd.DataFrame(rows, columns=columns, dtype=object)


def by_reason(differences: pd.DataFrame) -> pd.DataFrame:
    """The result of ``compare_workbook`` with cells of one column and one reason told together.

    Returns:
        ``sheet``, ``column``, ``rows``, ``workbook`` and ``ours`` (each value once), ``reason``.
    """
    groups = differences.groupby(["sheet", "column", "reason"], sort=False)
    joined = groups[["row", "workbook", "ours"]].agg(
        lambda values: ", ".join(dict.fromkeys(_as_text(value) or "none" for value in values))
    )
    joined = joined.reset_index().rename(columns={"row": "rows"})
    return joined[["sheet", "column", "rows", "workbook", "ours", "reason"]]


def _differences(sheet: str, theirs: pd.DataFrame, names: Mapping[str, str]) -> list[dict]:
    table = layer_table(names[sheet])
    rows = []
    for row in range(len(theirs)):
        ours = table.iloc[row].to_dict()
        ours["depthwise"] = "✓" if ours["layer"] == "depthwise conv" else None
        for header in theirs.columns:
            column = next((c for start, c in HEADERS.items() if header.startswith(start)), None)
            value = theirs.iloc[row][header]
            if column is None or pd.isna(value):
                continue
            mine = _irreps(ours["fields"], header) if column == "fields" else ours[column]
            if column == "fields" and row == 0:
                mine = ours["channels"]  # the input is of scalars
            if _as_text(value) == _as_text(mine):
                continue
            reason = REASONS.get((sheet, row, column), REASONS.get((sheet, None, column), ""))
            rows.append(
                {
                    "sheet": sheet, "row": row, "layer": ours["layer"], "column": column,
                    "workbook": value, "ours": mine, "reason": reason,
                }
            )  # fmt: skip
    return rows


def _irreps(fields: str | None, header: str) -> int | None:
    """How many irreps of the degree of a header, "ℓ = 1", are told in "8ρ0 4ρ1"."""
    degree = header.split("=")[1].strip()
    counts = dict(reversed(part.split("ρ")) for part in (fields or "").split())
    return int(counts[degree]) if degree in counts else None


def _as_text(value: object) -> str:
    """One way to write a cell: 3.0 is 3, nothing is nothing."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else str(value)


def compare_statements(statements: pd.DataFrame) -> pd.DataFrame:
    """What the notes of the earlier survey say, beside what our tables say.

    Arguments:
        statements: ``section``, ``statement``, ``reported`` and ``reason``; ``network``, ``row``
            and ``column`` of the layer table that answers, or ``correct`` where none does.

    Returns:
        ``section``, ``statement``, ``reported``, ``ours`` and ``reason``.
    """
    rows = statements.to_dict("records")
    answers = [
        layer_table(row["network"]).iloc[int(row["row"])][row["column"]]
        if isinstance(row["network"], str) and row["network"]
        else row["correct"]
        for row in rows
    ]
    columns = ["section", "statement", "reported", "ours", "reason"]
    return statements.assign(ours=pd.Series(answers, dtype=object))[columns]
