"""``labbook show``: an experiment's trials; one record or run, in whole; the code that made it."""

import shlex
import subprocess
import tarfile
import tempfile
from contextlib import suppress
from io import BytesIO
from pathlib import Path

from labbook.commands.reading.find import find
from labbook.commands.reading.rows import grouped, rows
from labbook.log.code.reach import CodeUsed
from labbook.log.code.source import source_path, source_text
from labbook.log.code.used import SourceUnknown
from labbook.log.freshness.changes import code_now
from labbook.log.records.folder import read_records
from labbook.log.records.layout import Layout
from labbook.log.records.record import IMPORTED, Record
from labbook.log.records.run_record import RunRecord
from labbook.log.records.text import in_a_line, table, value_text, varying_names


def show(name: str, root: Path) -> str:
    """All that a record or a run tells, as a table; of an experiment, a line for each trial.

    Arguments:
        name: an experiment, or the beginning of a key or of a run's id, or a path; see ``diff``.

    Raises:
        ValueError: nothing, or more than one thing, is called so, or no trial has run.
    """
    if name in Layout(root).experiments():
        return _trials(name, root)
    found = rows(find(name, root))
    lines = [(section, what, value_text(value)) for (section, what), value in found.items()]
    return table(("", "name", "value"), grouped(lines))


def _trials(experiment: str, root: Path) -> str:
    """The trials of an experiment that have run, oldest first: what varies, metrics, keys."""
    if not (records := read_records(experiment, root=root)):
        again = f"labbook run {shlex.quote(experiment)}"
        raise ValueError(f"{experiment} has no records of its own yet: {again} makes them.")
    settings = [{"function": _function(r), **r.configuration} for r in records]
    varying = varying_names(settings)
    metrics = list(dict.fromkeys(name for record in records for name in record.metrics))
    lines = [
        (
            *(in_a_line(one[name]) if name in one else "" for name in varying),
            *(value_text(record.metrics.get(name)) for name in metrics),
            _outcome(record),
            record.key,
        )
        for record, one in zip(records, settings, strict=True)
    ]
    return table((*varying, *metrics, "outcome", "record"), lines)


def _outcome(record: Record) -> str:
    """How it ended; and how a later attempt did, which left it its place."""
    attempt = record.newer_attempt
    return f"{record.outcome}, newer attempt {attempt.outcome}" if attempt else record.outcome


def _function(record: Record) -> str:
    return record.function.rpartition(".")[2]


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


def source_of_code(one: Record | RunRecord, digest: str, root: Path) -> str | None:
    """The source of a code by its digest; None where it is not at hand.

    It is looked for where the code was kept when it ran, uncommitted changes included. That of a
    record may be today's, too, or that of the commit which made the record.
    """
    layout = Layout(root)
    for folder in (layout.local_records(one.experiment), layout.published_records(one.experiment)):
        if (path := source_path(folder, digest)).is_file():
            return path.read_text(encoding="utf-8")
    if isinstance(one, RunRecord):
        return None
    for code_of in (known_code_now, _code_at_its_commit):
        if (code := code_of(one, root)) is not None and code.digest == digest:
            return source_text(code.sources)
    return None


def known_code_now(record: Record, root: Path) -> CodeUsed | None:
    """The code of a record's trial as the files have it now; None where it is not to be found."""
    with suppress(SourceUnknown):
        return code_now(record, root)
    return None


def _code_at_its_commit(record: Record, root: Path) -> CodeUsed | None:
    if not (commit := record.provenance.get("commit")):
        return None
    command = ["git", "archive", "--format=tar", commit, "--", "."]
    archive = subprocess.run(command, cwd=root, capture_output=True, check=False)
    if archive.returncode:
        return None
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(fileobj=BytesIO(archive.stdout)) as tar:
            texts = [m for m in tar.getmembers() if m.name.endswith(".py") or m.isdir()]
            tar.extractall(folder, texts, filter="data")
        return known_code_now(record, Path(folder))
