"""What a run shows besides what its code computed: records of trials, and files that it named.

Both may move on while the code stands still; then the run's outputs are no longer what the
notebook would show.
"""

import ast
import hashlib
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from labbook.log.notebook import notebooks
from labbook.log.notebook.notebooks import NotebookNode
from labbook.log.records.files import path_of_attempt
from labbook.log.records.outcome import reason_of
from labbook.log.records.plan import Entry, Lookup, Plan
from labbook.log.records.record import IMPORTED, Record, result_digest
from labbook.log.records.run_record import PLANNED, RunRecord


def attempts_in(folder: Path) -> set[tuple[str, int, int]]:
    """Which bad attempts lie in a folder of records: a later one of the same trial is another.

    Arguments:
        folder: holds a folder of records for each experiment, as a run may run trials of several.
    """
    found = set()
    for path in folder.glob("*/*.attempt.json"):
        with suppress(FileNotFoundError):  # another process ran its trial again, with success
            status = path.stat()
            found.add((path.name, status.st_ino, status.st_mtime_ns))
    return found


def come_to(plan: Plan, lookup: Lookup, folder: Path, before: set[tuple[str, int, int]]) -> Plan:
    """What the trials of a run have come to at its end.

    Arguments:
        plan: the trials that the run asked for.
        lookup: the records of the plan's experiments at its end.
        folder: where each experiment has its folder of local records.
        before: ``attempts_in(folder)`` at its start; no trial of the run failed in these, unless
            it has no better record.

    Returns:
        The plan; each of its trials with its ``outcome``, the digest of its good record's
        ``result`` or None, and the ``error`` of an attempt that did not end well, in a sentence.
    """
    failed_since = {name for name, *_ in attempts_in(folder) - before}

    at_end: dict[bool, list[Entry]] = {False: [], True: []}
    for entry, looked_up, record in lookup.answers(plan):
        ended = {"outcome": PLANNED, "result": _result(record)}
        if record is not None:
            attempt = record.newer_attempt
            again = attempt and path_of_attempt(folder, attempt.key).name in failed_since
            last = attempt if again else record
            ended |= {"outcome": last.outcome} | ({} if last.ok else {"error": reason_of(last)})
        at_end[looked_up].append(entry | ended)
    return Plan(at_end[False], at_end[True])


def _result(record: Record | None) -> str | None:
    """The digest of what a good record gives."""
    return result_digest(record) if record is not None and record.ok else None


def results_changed(run: RunRecord, lookup: Lookup, files: Mapping[str, str]) -> list[str]:
    """What a run showed and what is another today, as phrases; ``[]`` where nothing is.

    A record that gives the same as the one that was shown is no other (see ``result_digest``).

    Arguments:
        lookup: the records of the experiments in the run's plan.
        files: digests of the files that the notebook names, as ``files_named`` gives them.
    """
    reasons = []
    if run.files is not None:
        names = sorted(run.files.keys() | files.keys())
        reasons += [f"{name} changed" for name in names if run.files.get(name) != files.get(name)]
    changed = sum(
        _result(record) != entry.get("result") for entry, _, record in lookup.answers(run.plan)
    )
    if changed:
        reasons.append("a record changed" if changed == 1 else f"{changed} records changed")
    shown = {entry["key"] for entry in run.plan.entries}
    imported = {key for key, record in lookup.by_key.items() if record.origin == IMPORTED}
    if shown & imported and (since := len(imported - shown)):
        reasons.append(f"{since} more imported since")
    return reasons


def files_named(notebook: NotebookNode, folder: Path) -> dict[str, str]:
    """Files that a notebook's code names in a text such as ``"reported/losses.csv"``.

    Arguments:
        folder: the folder that the names are relative to: the notebooks' own.

    Returns:
        The names with the files' digests (16 hex digits); none of a file that may not be read.
    """
    texts = {
        node.value
        for statement in notebooks.statements(notebook)
        for node in ast.walk(statement)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    names = (
        text
        for text in sorted(texts)
        if 0 < len(text) < 200 and not {"\n", "\0"} & set(text) and "." in Path(text).name
    )
    found = {}
    for name in names:
        if os.path.isfile(folder / name):  # False, too, where a sentence is too long for a name
            with suppress(OSError), open(folder / name, "rb") as file:
                found[name] = hashlib.file_digest(file, "sha256").hexdigest()[:16]
    return found
