"""The types under which tables and figures lie in a cell's output, beside what Jupyter shows."""

TABLE = "application/vnd.labbook.table+json"
FIGURE = "application/vnd.labbook.figure+json"
OURS = (TABLE, FIGURE)
