"""A person's word that stale records are still valid: ``docs/records/<expt>/accepted.json``.

An acceptance joins two digests, the one of the code that made a record and the one of the
code as it was when the person looked. It ends by itself when either changes.
"""

import datetime
import json
import subprocess
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from labbook.log.code.library import Library
from labbook.log.freshness.changes import Comparison, changes, of_record, of_run
from labbook.log.records.code import CodeUsed, keep_digests, kept_digests, made_by
from labbook.log.records.files import write_whole
from labbook.log.records.folder import read_records
from labbook.log.records.json_file import DamagedFile, Misfit, leave_aside, read_json
from labbook.log.records.layout import Layout, find_root
from labbook.log.records.locks import waiting_lock
from labbook.log.records.record import IMPORTED, Record
from labbook.log.records.run_record import last_good_run
from labbook.log.records.schemas import Code, read_as

FILE = "accepted.json"


class Acceptance(Struct, frozen=True, forbid_unknown_fields=True):
    """One "still valid, because …".

    Attributes:
        date: ISO date.
        by: git's ``user.name``, or empty.
        because: the reason, in a person's words.
        code: ``{function id, or "notebook" for runs: {digest of the code that made a result:
            digest of the code under which it was accepted}}``.
    """

    date: str
    by: str
    because: str
    code: dict[str, Code]

    def __str__(self) -> str:
        by = f" by {self.by}" if self.by else ""
        return f"accepted on {self.date}{by}: {self.because}"


class Acceptances(Struct, forbid_unknown_fields=True):
    """All acceptances of an experiment, oldest first: what the file holds."""

    schema: Literal[1]
    accepted: list[Acceptance]


@dataclass(frozen=True)
class Step:
    """Results of one subject and one code that may be accepted together.

    Attributes:
        subject: the trial's function id, or ``notebook`` for a run.
        then: digest of the code that was accepted last, or else that made them.
        now: today's code.
        reasons: what changed between the two.
        count: how many results.
        example: one of their records; None for a run.
    """

    subject: str
    then: str
    now: CodeUsed
    reasons: tuple[str, ...]
    count: int
    example: Record | None


def acceptable(experiment: str, root: Path) -> list[Step]:
    """The stale results of an experiment that a person may accept under today's code.

    Raises:
        UnknownExperiment: there is no experiment of that name.
        ValueError: nothing is stale that can be accepted.
    """
    Layout(root).require(experiment)
    entries = read_acceptances(experiment, root)
    steps: dict[tuple[str, str], Step] = {}
    impossible = set()
    for records, comparison in _comparisons(experiment, root):
        reasons, _ = judge(comparison, root, entries)
        if reasons and not comparison.known:
            impossible.update(reasons)
        elif reasons:
            subject, now = comparison.subject, comparison.now
            then = _last(_ways(entries, subject, comparison.then.digest))
            count = steps[subject, then].count if (subject, then) in steps else 0
            count, example = count + max(1, len(records)), next(iter(records), None)
            steps[subject, then] = Step(subject, then, now, tuple(reasons), count, example)
    if not steps:
        why = f" ({'; '.join(sorted(impossible))})" if impossible else ": none is stale"
        raise ValueError(f"{experiment} has no result that can be accepted{why}.")
    return list(steps.values())


def accept(
    experiment: str, because: str, root: Path | None = None, steps: list[Step] | None = None
) -> Acceptance:
    """Accept the stale records of an experiment, and its last good run, under today's code.

    What was accepted before stays: each acceptance leads from the code that was accepted last to
    today's, so that together they form a chain from the code that made a record.

    Arguments:
        because: why they are still valid.
        root: the log's root; found from the working directory when not given.
        steps: what to accept; all that ``acceptable`` gives when not given.

    Raises:
        UnknownExperiment: there is no experiment of that name.
        ValueError: no reason is given, or nothing is stale that can be accepted.
        DamagedFile: what was accepted before cannot be read, and would be lost.
    """
    root = root or find_root()
    Layout(root).require(experiment)
    need_reason(experiment, because)
    steps = acceptable(experiment, root) if steps is None else steps
    folder = Layout(root).published_records(experiment)
    folder.mkdir(parents=True, exist_ok=True)
    code: dict[str, dict[str, str]] = {}
    for step in steps:
        code.setdefault(step.subject, {})[step.then] = step.now.digest
        keep_digests(step.now.digests, folder)
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    acceptance = Acceptance(today, _user_name(root), because.strip(), code)
    # Another who accepts at this moment would read the same file, and one of the two be lost.
    with waiting_lock(folder / ".accept.lock"):
        before = read_acceptances(experiment, root)
        write_whole(_path(experiment, root), _text([*before, acceptance]))
    return acceptance


def joined(files: Iterable[bytes]) -> bytes:
    """The file with the acceptances of several, each once, the oldest first.

    Raises:
        Misfit: one of them is no file of acceptances.
        ValueError: one of them is no JSON.
    """
    entries: list[Acceptance] = []
    for file in files:
        accepted = read_as(json.loads(file), Acceptances).accepted
        entries += [entry for entry in accepted if entry not in entries]
    return _text(sorted(entries, key=lambda entry: entry.date))


def need_reason(experiment: str, because: str) -> None:
    """Refuse to accept without saying why.

    Raises:
        ValueError: the reason is empty, or no text that a file can hold.
    """
    if not because.strip():
        raise ValueError(f"say why the results of {experiment} are still valid.")
    try:
        because.encode()
    except UnicodeEncodeError:
        raise ValueError(f"the reason {because!r} is not valid Unicode text.") from None


def judge(
    comparison: Comparison, root: Path, entries: list[Acceptance] | None = None
) -> tuple[list[str], list[str]]:
    """Reasons why a result is stale, and the acceptances that take them away, the oldest first.

    Arguments:
        entries: all acceptances of its experiment; read where they are not given.
    """
    if not (reasons := comparison.reasons()) or not comparison.known:
        return reasons, []
    try:
        entries = read_acceptances(comparison.experiment, root) if entries is None else entries
    except DamagedFile as error:
        leave_aside(error)
        entries = []
    ways = _ways(entries, comparison.subject, comparison.then.digest)
    if way := ways.get(comparison.now.digest):
        return [], [str(entries[number]) for number in way]
    last = kept_digests(Layout(root).published_records(comparison.experiment), _last(ways))
    return changes(last or comparison.then.digests, comparison.now.digests), []


def _comparisons(experiment: str, root: Path) -> Iterator[tuple[list[Record], Comparison]]:
    """Then and now of all records that one code made, and of the run that the page shows."""
    of_code: dict[tuple[str, str | None], list[Record]] = defaultdict(list)
    for record in read_records(experiment, root=root):
        if record.ok and record.origin != IMPORTED:
            of_code[record.function, made_by(record)].append(record)
    library = Library(root)
    for records in of_code.values():
        yield records, of_record(records[0], root, library=library)
    if run := last_good_run(experiment, root):
        yield [], of_run(run, root, library)


def read_acceptances(experiment: str, root: Path) -> list[Acceptance]:
    """All acceptances of an experiment, oldest first.

    Raises:
        DamagedFile: the file is damaged.
    """
    path = _path(experiment, root)
    try:
        return read_as(read_json(path), Acceptances).accepted
    except FileNotFoundError:
        return []
    except Misfit as misfit:
        remedy = "restore it from git, or remove it and accept again"
        raise DamagedFile.at(path, f"{misfit}; {remedy}") from misfit


def _ways(entries: list[Acceptance], subject: str, then: str) -> dict[str, list[int]]:
    """Each code that acceptances lead to from the code ``then``, with their numbers."""
    ways: dict[str, list[int]] = {then: []}
    waiting = [then]
    for code in waiting:
        for number, entry in enumerate(entries):
            reached = entry.code.get(subject, {}).get(code)
            if reached is not None and reached not in ways:
                ways[reached] = [*ways[code], number]
                waiting.append(reached)
    return ways


def _last(ways: dict[str, list[int]]) -> str:
    """The code that the newest acceptance leads to; where there is none, where they begin."""
    return max(ways, key=lambda code: ways[code][-1:])


def _text(entries: list[Acceptance]) -> bytes:
    return json.dumps(msgspec.to_builtins(Acceptances(1, entries)), indent=1).encode() + b"\n"


def _path(experiment: str, root: Path) -> Path:
    return Layout(root).published_records(experiment) / FILE


def _user_name(root: Path) -> str:
    try:
        done = subprocess.run(
            ["git", "config", "user.name"], cwd=root, capture_output=True, text=True, check=False
        )
    except OSError:
        return ""
    return done.stdout.strip()
