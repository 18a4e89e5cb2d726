"""How tables and figures lie in a cell's output, beside what Jupyter shows: by type and name."""

import re

TABLE = "application/vnd.labbook.table+json"
FIGURE = "application/vnd.labbook.figure+json"
OURS = (TABLE, FIGURE)
WORDS_IN_NAME = 7


def name_from(text: str) -> str:
    """A stable name, of the first words of a text: ``loss-over-examples``; "" where it has none."""
    return "-".join(re.findall(r"[a-z0-9]+", text.lower())[:WORDS_IN_NAME])
