"""``labbook rerun KEY``: the trial of one record again, alone, and whether it gives the same."""

import ast
import dataclasses
import json
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from labbook.commands.reading.compare import compared
from labbook.commands.reading.find import find
from labbook.log.code.library import Library
from labbook.log.code.reach import NOTEBOOK, STATEMENTS, CodeUsed, name_of
from labbook.log.code.source import source_of
from labbook.log.code.used import SourceUnknown, code_of_definition, read_notebook
from labbook.log.freshness.changes import code_now
from labbook.log.processes.cleanup import watched
from labbook.log.processes.workers import THREAD_VARIABLES
from labbook.log.records.files import lock_path
from labbook.log.records.folder import read_folder, settle_unfinished, write_record
from labbook.log.records.layout import Layout
from labbook.log.records.locks import TrialLock
from labbook.log.records.record import IMPORTED, Record

SPECIFICATION = "trial.json"


def rerun(name: str, root: Path, *, replace: bool = False) -> tuple[str, bool]:
    """Make the trial of a record again in a process of its own and compare.

    It is made with as many threads as the record's. What the notebook shows and the records that
    are there stay as they are.

    Arguments:
        name: the beginning of the record's key, or a path, as ``find`` takes it.
        replace: whether a good result takes the place of the local record. Where it differs and the
            trial reads data, it does not: nobody told whether they are those of the record.

    Returns:
        What became of it, in words, and whether it is the same.

    Raises:
        ValueError: there is no such record, or its trial cannot be made from the notebook's text.
    """
    record = find(name, root)
    if not isinstance(record, Record):
        again = f"labbook run {shlex.quote(record.experiment)}"
        raise ValueError(f"{name!r} is a run; run it again with {again}.")
    if record.origin == IMPORTED:
        raise ValueError(
            f"{record.key} was imported from {record.provenance['imported']['tool']}: its code is "
            "not in this log, and cannot be run again."
        )
    if record.data_digest is None:
        raise ValueError(
            f"which data the record {record.key} is of is not known: run its notebook."
        )
    with tempfile.TemporaryDirectory(prefix="labbook-rerun-") as folder, watched(Path(folder)):
        now = _made(record, root, Path(folder))
        same, differing = compared(record, now)
        text = f"{record.experiment}/{record.key}: {differing}"
        if not replace:
            return text, same
        if why := _stays_because(record, now, same):
            return f"{text}\n\nThe record stays: {why}.", same
        if not _replaced(now, root):
            return f"{text}\n\nThe record stays: another process runs its trial now.", same
        return f"{text}\n\nThe record is replaced.", same


def make_again(function: Callable, specification: str) -> None:
    """Make a trial, in the process that the script of ``rerun`` runs in.

    Arguments:
        function: the trial's.
        specification: a file of JSON: key, experiment, configuration, data_digest, root. The
            record is written beside it.
    """
    from labbook.log.trials.attempt import attempt
    from labbook.log.trials.planned import Planned

    path = Path(specification)
    told = json.loads(path.read_text(encoding="utf-8"))
    root = Path(told["root"])
    grid = [told["configuration"]]
    planned = Planned(function, grid, told["data_digest"], told["experiment"], root)
    (job,) = planned.jobs(planned.trials, None)
    folder = path.parent / told["experiment"]
    folder.mkdir()
    alone = {"folder": folder, "folder_id": os.stat(folder).st_ino, "seen": frozenset()}
    attempt(dataclasses.replace(job, **alone))


def _made(record: Record, root: Path, folder: Path) -> Record:
    """The record of a new attempt, made below a temporary folder."""
    fields = ("key", "experiment", "configuration", "data_digest")
    told = {name: getattr(record, name) for name in fields} | {"root": str(root)}
    (folder / SPECIFICATION).write_text(json.dumps(told), encoding="utf-8")
    script = folder / f"{record.experiment}.py"
    script.write_text(_script(record, root, folder / SPECIFICATION), encoding="utf-8")
    layout = Layout(root)
    variables = {"LABBOOK_ROOT": str(root), "LABBOOK_EXPERIMENT": record.experiment}
    # The script lies elsewhere than where modules of notebooks/ do.
    variables["PYTHONPATH"] = os.pathsep.join([str(layout.notebooks), layout.python_path()])
    if threads := record.provenance.get("threads"):
        variables |= dict.fromkeys(THREAD_VARIABLES, str(threads))
    process = subprocess.Popen(
        [sys.executable, script],
        cwd=layout.notebooks,
        env=os.environ | variables,
        start_new_session=True,
    )
    with watched(process.pid):
        status = process.wait()
    found = read_folder(folder / record.experiment, "local")
    made = found.good | found.attempts | found.unfinished
    if record.key not in made:
        raise ValueError(
            f"the trial of {record.key} could not be begun, for what stands above (exit code "
            f"{status})."
        )
    return made[record.key]


def _script(record: Record, root: Path, specification: Path) -> str:
    """The notebook's imports, the definitions that the trial reaches, and a call that runs it."""
    function = record.function.removeprefix(f"{record.experiment}.")
    name = function.partition(".")[0]  # of the class that holds it, where one does
    try:
        code = code_now(record, root)
    except SourceUnknown as error:
        raise ValueError(f"{record.key} cannot be made again: {error}.") from None
    own = f"{NOTEBOOK}.{name}" in code.digests
    changes = code.patches or f"{NOTEBOOK}.{STATEMENTS}" in code.digests
    lines = [_needed(code.notebook, code)] if own or changes else []
    if not own:
        lines += [f"from {_module(name, code, root)} import {name}"]
    call = f"_again({function}, {str(specification)!r})"
    again = "from labbook.commands.rerun import make_again as _again"
    return "\n\n".join([*lines, again, call]) + "\n"


def _module(name: str, code: CodeUsed, root: Path) -> str:
    """The module of a trial's function: others that it reaches may have a function so called."""
    modules = [key.rpartition(".")[0] for key in code.digests if name_of(key) == name]
    library = Library(root)
    return max(modules, key=lambda one: len(code_of_definition(one, name, library).digests))


def _needed(notebook: Path, code: CodeUsed) -> str:
    """The imports of a notebook, and those of its statements that belong to a code."""
    own = [f"\n{code.sources[k]}\n" for k in code.digests if k.startswith(f"{NOTEBOOK}.")]
    return source_of(
        s
        for s in read_notebook(notebook).body
        if isinstance(s, ast.Import | ast.ImportFrom)
        or any(f"\n{source_of([s])}\n" in text for text in own)
    )


def _replaced(record: Record, root: Path) -> bool:
    """Write a record here, unless another process has its trial and will write one."""
    folder = Layout(root).local_records(record.experiment)
    folder.mkdir(parents=True, exist_ok=True)
    lock = TrialLock.take_soon(lock_path(folder, record.key))
    if lock is None:
        return False
    with lock:
        settle_unfinished(folder, record.key, lock)
        write_record(record, folder, record.load_artifacts())
    return True


def _stays_because(record: Record, now: Record, same: bool) -> str:
    if not now.ok:
        return f"the new attempt ended {now.outcome}"
    if not same and record.data_digest:
        return (
            "nothing tells whether the data are still those that it was made with; "
            f"labbook run {shlex.quote(record.experiment)} --refresh all reads them anew"
        )
    return ""
