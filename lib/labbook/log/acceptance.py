"""A person's word that stale records are still valid: ``docs/records/<expt>/accepted.json``.

An acceptance joins two digests, the one of the code that made a record and the one of the
code as it was when the person looked. It ends by itself when either changes.
"""

import datetime
import json
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from labbook.log.files import write_text
from labbook.log.layout import Layout, find_root
from labbook.log.trial_code import SourceUnknown, current_code

if TYPE_CHECKING:
    from labbook.log.records import Record


@dataclass(frozen=True)
class Acceptance:
    """One "still valid, because …".

    Attributes:
        date: ISO date.
        by: git's ``user.name``, or empty.
        because: the reason, in a person's words.
        code: ``{function id: {digest of the code that made a record: accepted digest}}``.
    """

    date: str
    by: str
    because: str
    code: dict[str, dict[str, str]]

    def __str__(self) -> str:
        by = f" by {self.by}" if self.by else ""
        return f"accepted on {self.date}{by}: {self.because}"


def accept(experiment: str, because: str, root: Path | None = None) -> Acceptance:
    """Accept the stale records of an experiment under the code as it is today.

    Arguments:
        because: why they are still valid.
        root: the log's root; found from the working directory when not given.

    Raises:
        ValueError: no reason is given; no record is stale; or code is gone, so that there is
            nothing to accept.
    """
    from labbook.log.records import read_records

    root = root or find_root()
    if not because.strip():
        raise ValueError(f"say why the records of {experiment} are still valid.")
    code: dict[str, dict[str, str]] = {}
    gone = set()
    for record in read_records(experiment, root=root):
        then = record.provenance.get("code_digest")
        try:
            now = current_code(record, root).digest
        except SourceUnknown as error:
            gone.add(str(error))
            continue
        if then is not None and then != now and acceptance_for(record, now, root) is None:
            code.setdefault(record.function, {})[then] = now
    if not code:
        why = f" ({'; '.join(sorted(gone))})" if gone else ""
        raise ValueError(f"no record of {experiment} can be accepted: none is stale{why}.")
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    acceptance = Acceptance(today, _user_name(root), because.strip(), code)
    entries = [*read_acceptances(experiment, root), acceptance]
    text = json.dumps({"schema": 1, "accepted": [asdict(e) for e in entries]}, indent=1)
    write_text(_path(experiment, root), text + "\n")
    return acceptance


def read_acceptances(experiment: str, root: Path) -> list[Acceptance]:
    """All acceptances of an experiment, oldest first.

    Raises:
        ValueError: the file is damaged.
    """
    path = _path(experiment, root)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    try:
        return [Acceptance(**entry) for entry in json.loads(text)["accepted"]]
    except (ValueError, KeyError, TypeError) as error:
        place = path.relative_to(root)
        raise ValueError(
            f"{place} is damaged ({error}): restore it from git, or remove it and accept again."
        ) from error


def acceptance_for(record: "Record", code_digest: str, root: Path) -> Acceptance | None:
    """The newest acceptance of a record's code under the code with ``code_digest``."""
    then = record.provenance.get("code_digest")
    for acceptance in reversed(read_acceptances(record.experiment, root)):
        if acceptance.code.get(record.function, {}).get(then) == code_digest:
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
