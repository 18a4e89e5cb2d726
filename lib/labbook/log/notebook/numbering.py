"""The numbers of a log's experiments: each has its own, which never changes."""

from labbook.log.notebook import notebooks
from labbook.log.records.layout import Layout


def numbers(layout: Layout) -> dict[str, int]:
    """The number of each experiment that has one, by name.

    Raises:
        NotebookError: a notebook cannot be read.
    """
    found = {}
    for name in layout.experiments():
        header = notebooks.read(layout.source(name)).metadata.get("labbook", {})
        if isinstance(number := header.get("expt"), int):
            found[name] = number
    return found


def next_number(layout: Layout) -> int:
    """The number after the highest that an experiment has.

    Raises:
        NotebookError: as ``numbers`` does.
    """
    return 1 + max(numbers(layout).values(), default=0)
