"""``labbook show``: one record or run, in whole, and the code that made it."""

from pathlib import Path

from labbook.commands.diff import find, rows
from labbook.log.code.source import source_path, source_text
from labbook.log.code.used import SourceUnknown, code_of_trial
from labbook.log.records.layout import Layout, find_root
from labbook.log.records.record import IMPORTED, Record
from labbook.log.records.text import table, value_text


def show(name: str, root: Path | None = None) -> str:
    """All that a record or a run tells, as a table.

    Arguments:
        name: the beginning of a key or of a run's id, or a path; see ``diff``.
        root: the log's root; found from the working directory when not given.

    Raises:
        ValueError: nothing, or more than one thing, is called so.
    """
    lines, last = [], ""
    for (section, what), value in rows(find(name, root or find_root())).items():
        lines.append((section if section != last else "", what, value_text(value)))
        last = section
    return table(("", "name", "value"), lines)


def code(name: str, root: Path | None = None) -> str:
    """The source of each definition that a record's trial, or a run, was made with.

    It is the source that ran, uncommitted changes included: it was kept when the trial began.
    Where only a published record is at hand, today's source is given if it is the same code.

    Raises:
        ValueError: nothing, or more than one thing, is called so, or the source is not at hand.
    """
    root = root or find_root()
    one = find(name, root)
    if isinstance(one, Record) and one.origin == IMPORTED:
        raise ValueError(f"{one.key} was imported: its code is not in this log.")
    layout = Layout(root)
    digest = one.provenance.get("code_digest") or ""
    for folder in (layout.local_records(one.experiment), layout.published_records(one.experiment)):
        if (path := source_path(folder, digest)).is_file():
            return path.read_text(encoding="utf-8")
    if isinstance(one, Record):
        function = one.function.removeprefix(f"{one.experiment}.")
        try:
            now = code_of_trial(layout.source(one.experiment), function, root)
        except SourceUnknown:
            now = None
        if now is not None and now.digest == digest:
            return source_text(now.sources)
    commit = one.provenance.get("commit")
    where = f"; it was made at commit {commit[:12]}" if commit else ""
    raise ValueError(f"the source of code {digest or '?'} is not at hand here{where}.")
