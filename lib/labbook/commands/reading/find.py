"""The record or the run that a person means by a name."""

from pathlib import Path

from labbook.log.records.folder import read_records
from labbook.log.records.json_file import read_json
from labbook.log.records.layout import Layout
from labbook.log.records.record import Record
from labbook.log.records.run_record import RECORD, RunRecord, read_runs


def find(name: str, root: Path) -> Record | RunRecord:
    """The record or the run that a name means.

    Arguments:
        name: the key of a trial or the id of a run, or its beginning, with the experiment in front
            where it is needed (``mixer/3f2a``); or the path of a record or of a run.

    Raises:
        ValueError: nothing, or more than one thing, is called so; the message lists them.
    """
    path = Path(name)
    if path.is_dir():
        path = path / RECORD
    if path.is_file():
        return _read(path)
    experiment, _, start = name.rpartition("/")
    found = [
        one
        for known in ([experiment] if experiment else _experiments(root))
        for one in (*read_records(known, root=root), *read_runs(known, root=root))
        if start and (one.key if isinstance(one, Record) else one.id).startswith(start)
    ]
    if len(found) == 1:
        return found[0]
    if not found:
        raise ValueError(
            f"no record and no run is called {name!r}: give a path, or the beginning of a key (a "
            "record's page tells it) or of a run's id (the name of its folder in runs/)."
        )
    listed = ", ".join(sorted(label(one) for one in found)[:6])
    raise ValueError(f"{name!r} may be any of {len(found)}: {listed}; write more of it.")


def _read(path: Path) -> Record | RunRecord:
    try:
        content = read_json(path)
        if isinstance(content, dict) and "configuration" in content:
            return Record.from_json(content, folder=path.parent)
        return RunRecord.from_json(content)
    except ValueError as error:
        raise ValueError(f"{path} holds neither a record nor a run ({error}).") from error


def _experiments(root: Path) -> list[str]:
    """Every experiment that has a notebook, a run or a record."""
    layout = Layout(root)
    folders = [layout.local_records(""), layout.published_records(""), layout.runs("")]
    names = {path.name for folder in folders for path in folder.glob("*/")}
    return sorted(names - {"records"} | set(layout.experiments()))


def label(one: Record | RunRecord) -> str:
    """What it is called, how it ended, and when."""
    name = one.key if isinstance(one, Record) else one.id
    return f"{one.experiment}/{name} ({one.outcome}, {one.end[:16].replace('T', ' ')} UTC)"
