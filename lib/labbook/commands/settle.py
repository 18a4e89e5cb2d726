"""Where git stopped a merge because both sides had published the same trials, or had accepted.

Two people who run the same trial leave records that differ in their times, and git joins none.
Where both give the same there is nothing to choose: the earlier one stays. Of acceptances all stay.
"""

import subprocess
import tempfile
from pathlib import Path

from labbook.commands.reading.compare import compared
from labbook.log.freshness.acceptance import FILE, joined
from labbook.log.records.code import made_by
from labbook.log.records.files import write_whole
from labbook.log.records.folder import read_record
from labbook.log.records.json_file import DamagedFile, Misfit
from labbook.log.records.layout import Layout
from labbook.log.records.text import number_of

SIDES = ("2", "3")  # as git numbers them: ours, theirs


def settle(experiment: str, root: Path) -> str:
    """Keep the earlier one of two published records that give the same, made by the same code.

    It is added to git's index as it is, with its arrays. Where they differ, both are left to git.
    What both sides have accepted is joined.

    Returns:
        What was settled, and what differs and waits for a person; "" where no merge has stopped.
    """
    folder = Layout(root).published_records(experiment)
    stopped = _unmerged(folder)
    equal, waiting, told, flaw = [], [], [], ""
    if accepted := stopped.pop(FILE, {}):
        flaw = _joined(folder, accepted)
        told.append(f"{experiment}: {flaw or 'what both have accepted is joined.'}")
    for key in dict.fromkeys(name[:16] for name in stopped):
        with tempfile.TemporaryDirectory(prefix="labbook-settle-") as place:
            why = _settled(key, folder, stopped, Path(place))
        if why:
            waiting.append(f"{experiment}/{key}: {why}")
        else:
            equal.append(key)
    if equal:
        records = number_of(len(equal), "record")
        told.append(f"{experiment}: {records} published by both, equal: the earlier ones stay.")
    if waiting:
        path = folder.relative_to(root) / "KEY.json"
        take = f"take one side with git checkout --ours {path} (or --theirs), then git add it."
        told += [*waiting, f"These wait for you: {take}"]
    elif told and not flaw:
        told.append("git commit (or git rebase --continue) goes on.")
    return "\n\n".join(told)


def _unmerged(folder: Path) -> dict[str, dict[str, str]]:
    """The files of records that git could not join: by name, the blob of each side."""
    found: dict[str, dict[str, str]] = {}
    try:
        entries = _git(folder, "ls-files", "--unmerged", "-z", "--", ".").decode().split("\0")
    except (OSError, subprocess.CalledProcessError):  # no such folder, no git, or no repository
        return found
    for entry in filter(None, entries):
        told, name = entry.split("\t")
        _, blob, side = told.split()
        if name.endswith((".json", ".npz")) and "/" not in name:
            found.setdefault(name, {})[side] = blob
    return found


def _joined(folder: Path, sides: dict[str, str]) -> str:
    """Keep all acceptances of both sides; or why a person has to."""
    try:
        text = joined(_git(folder, "cat-file", "blob", sides[side]) for side in SIDES)
        write_whole(folder / FILE, text)
        _git(folder, "add", "--", FILE)
    except (KeyError, ValueError, Misfit):
        return f"{FILE} of one side is gone, or damaged: take the other's, then git add it."
    except subprocess.CalledProcessError as error:
        return _not_added(error)
    return ""


def _settled(key: str, folder: Path, stopped: dict[str, dict[str, str]], place: Path) -> str:
    """Keep the earlier record of a trial; or why a person has to choose."""
    names = [f"{key}.json", f"{key}.npz"]
    files = [name for name in names if name in stopped or (folder / name).exists()]
    if any(not {*SIDES} <= stopped.get(name, {}).keys() for name in files):
        return "one side alone has it, or its arrays."
    sides = []
    for side in SIDES:
        beside = place / side / folder.name
        beside.mkdir(parents=True)
        for name in files:
            (beside / name).write_bytes(_git(folder, "cat-file", "blob", stopped[name][side]))
        try:
            sides.append(read_record(beside / names[0]))
        except DamagedFile as error:
            return str(error)
    earlier, later = sorted(sides, key=lambda record: record.start)
    same, differing = compared(earlier, later)
    if not same:
        return differing
    if made_by(earlier) != made_by(later):
        return f"{differing} But they were made by other code."
    for name in files:
        write_whole(folder / name, (earlier.folder / name).read_bytes())
    try:
        _git(folder, "add", "--", *files)
    except subprocess.CalledProcessError as error:
        return _not_added(error)
    return ""


def _not_added(error: subprocess.CalledProcessError) -> str:
    """Another git is at work, or the disk is full."""
    return f"git does not add it: {error.stderr.decode(errors='replace').strip()}"


def _git(folder: Path, *arguments: str) -> bytes:
    return subprocess.run(["git", *arguments], cwd=folder, capture_output=True, check=True).stdout
