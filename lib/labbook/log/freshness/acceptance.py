"""A person's word that stale records are still valid: ``docs/records/<expt>/accepted.json``.

An acceptance joins two digests, the one of the code that made a record and the one of the
code as it was when the person looked. It ends by itself when either changes.
"""

import datetime
import json
import subprocess
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from labbook.log.freshness.changes import Comparison, of_record, of_run
from labbook.log.records.files import write_whole
from labbook.log.records.folder import read_records
from labbook.log.records.json_file import DamagedFile, Misfit, leave_aside, read_json
from labbook.log.records.layout import Layout, find_root
from labbook.log.records.run_record import last_good_run
from labbook.log.records.schemas import AcceptancesFile, check


@dataclass(frozen=True)
class Acceptance:
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
    code: dict[str, dict[str, str]]

    def __str__(self) -> str:
        by = f" by {self.by}" if self.by else ""
        return f"accepted on {self.date}{by}: {self.because}"


def accept(experiment: str, because: str, root: Path | None = None) -> Acceptance:
    """Accept the stale records of an experiment, and its last good run, under today's code.

    Arguments:
        because: why they are still valid.
        root: the log's root; found from the working directory when not given.

    Raises:
        UnknownExperiment: there is no experiment of that name.
        ValueError: no reason is given, or nothing is stale that can be accepted.
        DamagedFile: what was accepted before cannot be read, and would be lost.
    """
    root = root or find_root()
    Layout(root).require(experiment)
    before = read_acceptances(experiment, root)
    if not because.strip():
        raise ValueError(f"say why the results of {experiment} are still valid.")
    code: dict[str, dict[str, str]] = {}
    impossible = set()
    for comparison in _comparisons(experiment, root):
        if not (reasons := comparison.reasons()) or acceptance_for(comparison, root):
            continue
        if isinstance(comparison.now, str) or not comparison.then.digests:
            impossible.update(reasons)
        else:
            accepted = code.setdefault(comparison.subject, {})
            accepted[comparison.then.digest] = comparison.now.digest
    if not code:
        why = f" ({'; '.join(sorted(impossible))})" if impossible else ": none is stale"
        raise ValueError(f"{experiment} has no result that can be accepted{why}.")
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    acceptance = Acceptance(today, _user_name(root), because.strip(), code)
    entries = [*before, acceptance]
    text = json.dumps({"schema": 1, "accepted": [asdict(e) for e in entries]}, indent=1)
    path = _path(experiment, root)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, text.encode() + b"\n")
    return acceptance


def _comparisons(experiment: str, root: Path) -> Iterator[Comparison]:
    """Then and now of everything that an experiment shows."""
    for record in read_records(experiment, root=root):
        if record.ok:
            yield of_record(record, root)
    if run := last_good_run(experiment, root):
        yield of_run(run, root)


def read_acceptances(experiment: str, root: Path) -> list[Acceptance]:
    """All acceptances of an experiment, oldest first.

    Raises:
        DamagedFile: the file is damaged.
    """
    path = _path(experiment, root)
    try:
        content = read_json(path)
        check(content, AcceptancesFile)
    except FileNotFoundError:
        return []
    except Misfit as misfit:
        remedy = "restore it from git, or remove it and accept again"
        raise DamagedFile.at(path, f"{misfit}; {remedy}") from misfit
    return [Acceptance(**entry) for entry in content["accepted"]]


def acceptance_for(comparison: Comparison, root: Path) -> Acceptance | None:
    """The newest acceptance of the code that made a result, if today's is what was accepted.

    A damaged file of acceptances is named in a ``DamagedFileWarning``, and nothing counts as
    accepted.
    """
    if isinstance(comparison.now, str) or not comparison.reasons():
        return None
    try:
        acceptances = read_acceptances(comparison.experiment, root)
    except DamagedFile as error:
        leave_aside(error)
        return None
    for acceptance in reversed(acceptances):
        accepted = acceptance.code.get(comparison.subject, {})
        if accepted.get(comparison.then.digest) == comparison.now.digest:
            return acceptance
    return None


def _path(experiment: str, root: Path) -> Path:
    return Layout(root).published_records(experiment) / "accepted.json"


def _user_name(root: Path) -> str:
    try:
        done = subprocess.run(
            ["git", "config", "user.name"], cwd=root, capture_output=True, text=True, check=False
        )
    except OSError:
        return ""
    return done.stdout.strip()
