"""``labbook mv EXPT.FUNCTION[.PARAMETER] NEW``: records follow a function or a parameter renamed.

The author renames it in the text; its records are keyed anew here, so that nothing is run again.
Their code has changed (a name is a part of it), which ``labbook accept`` answers.
"""

import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from labbook.log.freshness.running import what_runs
from labbook.log.records.files import write_whole
from labbook.log.records.folder import read_or_warn
from labbook.log.records.key import record_key
from labbook.log.records.layout import Layout
from labbook.log.records.plan import Plan, publish_plan, read_published_plans

Entry = dict[str, Any]
RECORD = re.compile(r"[0-9a-f]{16}(\.attempt)?\.json")


def rename(what: str, new: str, root: Path) -> int:
    """Give the records of a trial's function the new name of it, or of one of its parameters.

    Arguments:
        what: ``EXPT.FUNCTION``, or ``EXPT.FUNCTION.PARAMETER``, as records have it.
        new: the name that it has in the text now.

    Returns:
        How many records were keyed anew, here and published.

    Raises:
        UnknownExperiment: there is no such experiment.
        ValueError: a name is none, no record has it, or something is running.
        FileExistsError: a record under the new name is there already.
    """
    experiment, function, *parameter = what.split(".")
    layout = Layout(root)
    layout.require(experiment)
    if len(parameter) > 1 or not all(map(str.isidentifier, (function, new, *parameter))):
        raise ValueError(
            f"labbook mv {what} {new}: write EXPT.FUNCTION or EXPT.FUNCTION.PARAMETER, and a name."
        )
    if what.endswith(f".{new}"):  # each record would be moved onto itself, and go
        raise ValueError(f"{what} has that name already; write the name that it has in the text.")
    if running := what_runs(root):
        raise ValueError(f"{running[0].experiment} is running: rename {what} when that has ended.")
    change = _change(f"{experiment}.{function}", parameter[0] if parameter else None, new)
    folders = [layout.local_records(experiment), layout.published_records(experiment)]
    moves = [move for folder in folders for move in _moves(folder, change)]
    if not moves:
        raise ValueError(f"no record of {experiment} has {what}; nothing was renamed.")
    for _, to, text in moves:
        if to.exists() and to.read_bytes() != text:  # equal ones a killed command has left
            raise FileExistsError(f"{to} is there already: keep one of them.")
    for path, to, text in moves:
        _move(path, to, text)
    for name in layout.experiments():
        folder = layout.published_records(name)
        for profile, plan in read_published_plans(folder).items():
            lists = ([change(e) or e for e in some] for some in (plan.to_run, plan.looked_up))
            if (renamed := Plan(*lists)) != plan:
                publish_plan(folder, profile, renamed)
    return len(moves)


def _change(function: str, parameter: str | None, new: str) -> Callable[[Entry], Entry | None]:
    """What gives a record or a planned trial its new name and key; None for any other."""

    def change(entry: Entry) -> Entry | None:
        configuration = entry["configuration"]
        if entry["function"] != function or (parameter and parameter not in configuration):
            return None
        name = function
        if parameter is None:
            name = f"{function.partition('.')[0]}.{new}"
        elif new in configuration:
            raise ValueError(f"{function} has a parameter {new} already, beside {parameter}.")
        else:
            configuration = {
                new if one == parameter else one: value for one, value in configuration.items()
            }
        key = record_key(name, configuration, entry["data_digest"])
        return entry | {"key": key, "function": name, "configuration": configuration}

    return change


def _moves(folder: Path, change: Callable) -> Iterator[tuple[Path, Path, bytes]]:
    """Each record of a folder that changes: its file, its new file and what that will hold."""
    for path in sorted(folder.glob("*.json")):
        record = read_or_warn(path) if RECORD.fullmatch(path.name) else None
        if record and (after := change(json.loads(path.read_bytes()))):
            text = json.dumps(after, indent=1, ensure_ascii=False, allow_nan=False)
            yield path, _renamed(path, after["key"]), f"{text}\n".encode()


def _move(path: Path, to: Path, text: bytes) -> None:
    """Write a record under its new key; its arrays and weights go along.

    At each moment a whole record is there under one of its keys, so that a killed command can be
    given again. Checkpoints are those of other code, as the name has changed, and stay behind.
    """
    files = path.parent.glob(f"{path.name[:16]}.*")
    beside = [file for file in files if file.suffix in (".npz", ".safetensors")]
    for file in beside:
        linked = _renamed(file, to.name[:16])
        linked.unlink(missing_ok=True)
        os.link(file, linked)
    write_whole(to, text)
    for file in (path, *beside):
        file.unlink()


def _renamed(path: Path, key: str) -> Path:
    return path.with_name(key + path.name[16:])
