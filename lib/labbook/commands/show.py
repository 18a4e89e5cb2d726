"""``labbook show``: one record or run, in whole, and the code that made it."""

from pathlib import Path

from labbook.commands.diff import find, grouped, rows
from labbook.commands.source import source_of_code
from labbook.log.records.record import IMPORTED, Record
from labbook.log.records.text import table, value_text


def show(name: str, root: Path) -> str:
    """All that a record or a run tells, as a table.

    Arguments:
        name: the beginning of a key or of a run's id, or a path; see ``diff``.

    Raises:
        ValueError: nothing, or more than one thing, is called so.
    """
    found = rows(find(name, root))
    lines = [(section, what, value_text(value)) for (section, what), value in found.items()]
    return table(("", "name", "value"), grouped(lines))


def code(name: str, root: Path) -> str:
    """The source of each definition that a record's trial, or a run, was made with.

    It is the source that ran, uncommitted changes included: it was kept when the trial began.
    Where only a published record is at hand, it is today's source, or that of its commit, if that
    is the same code.

    Raises:
        ValueError: nothing, or more than one thing, is called so, or the source is not at hand.
    """
    one = find(name, root)
    if isinstance(one, Record) and one.origin == IMPORTED:
        raise ValueError(f"{one.key} was imported: its code is not in this log.")
    digest = one.provenance.get("code_digest") or ""
    if (source := source_of_code(one, digest, root)) is not None:
        return source
    commit = one.provenance.get("commit")
    where = f"; it was made at commit {commit[:12]}" if commit else ""
    raise ValueError(f"the source of code {digest or '?'} is not at hand here{where}.")
