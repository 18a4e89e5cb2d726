"""Runs of notebooks: checked parameters, a private copy, and a record of how it ended.

A run is kept in its own folder below ``runs/``; a run of a batch works there, too. Only one that
ended well, and was not part of a batch, takes the place of the experiment's last good run (see
``labbook.log.runs.page``).
"""

import logging
import os
import time
import warnings
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

from labbook.log.code import provenance
from labbook.log.code.live import EDITED
from labbook.log.code.reach import CodeUsed
from labbook.log.code.source import keep_source
from labbook.log.code.used import SourceUnknown
from labbook.log.freshness import inputs
from labbook.log.notebook import notebooks, sources
from labbook.log.notebook.sources import Source
from labbook.log.processes.limits import Interrupts
from labbook.log.processes.workers import THREAD_VARIABLES
from labbook.log.records import run_record
from labbook.log.records.folder import lookup_of
from labbook.log.records.layout import Layout, find_root
from labbook.log.records.plan import FILE, FOLDER_VARIABLE, read_plan
from labbook.log.records.run_record import RunRecord
from labbook.log.records.schemas import time_text
from labbook.log.runs import engine, page
from labbook.log.runs.workplace import own_folder

# isort: split
from nbformat import NotebookNode
from papermill.execute import prepare_notebook_metadata
from papermill.iorw import load_notebook_node
from papermill.parameterize import parameterize_notebook

KERNEL_LOG = "kernel.log"
LOG_TAIL_LINES = 20

# How a run ended is told once, by its record; what nbclient says on the way is kept quiet.
_quiet = logging.Logger("labbook.log.runs", logging.CRITICAL + 1)


def run_notebook(
    experiment: str,
    parameters: Mapping[str, object] | None = None,
    *,
    profile: str | None = None,
    root: Path | None = None,
    **options: object,
) -> RunRecord:
    """Run an experiment's notebook.

    Arguments:
        parameters: values for some of its parameters; the others keep their defaults.
        profile: value of the parameter ``profile``.
        root: the log's root; found from the working directory when not given.
        options: see ``run_source``.

    Returns:
        The record, whatever the outcome: a run that ends badly raises nothing.

    Raises:
        UnknownExperiment, NotebookError, ParameterError: before any kernel starts; each says
            what would be right.
        OSError: the run cannot be written.
    """
    source = sources.load(Layout(root or find_root()), experiment)
    given = source.values(parameters or {}, profile)
    return run_source(source, given, **options)


def run_source(
    source: Source,
    given: Mapping[str, object],
    *,
    timeout_s: float | None = None,
    batch: str | None = None,
    refresh: str = "missing",
    threads: int | None = None,
    records_only: bool = False,
    promote: bool = False,
    run_id: str | None = None,
    on_cell: engine.OnCell | None = None,
) -> RunRecord:
    """Run a notebook that was read already, with parameters that were checked already.

    Arguments:
        timeout_s: seconds for the whole run, the kernel's start included; None: no limit.
        batch: name of the sweep that the run belongs to; such a run never takes the page's place.
        refresh: which trials the notebook runs again (``$LABBOOK_REFRESH``).
        threads: how many threads numerical libraries in the kernel may use; None: as they like.
        records_only: whether trials are only looked up, whatever the notebook asks for
            (``$LABBOOK_RECORDS_ONLY``).
        promote: whether a run that ended well takes the page's place also where it would stand
            aside (see ``labbook.log.runs.page``).
        run_id: name of the run's folder; a new one when not given.
        on_cell: called before each code cell: its number, how many there are, its title.
    """
    layout = source.layout
    asked = {"batch": batch, "records_only": records_only}
    record = _begun(source, dict(given), run_id or run_record.new_id(), threads, **asked)
    folder = layout.root / Path(record.notebook).parent
    folder.mkdir(parents=True)
    log = folder / KERNEL_LOG
    options = {"kernel_log": log, "timeout_s": timeout_s, "on_cell": on_cell}
    options["environment"] = _environment(record, layout, refresh, threads)
    attempts = inputs.attempts_in(layout.local_records(source.experiment).parent)
    began = time.monotonic()
    place = own_folder(folder, layout) if batch else nullcontext(layout.notebooks)
    with Interrupts() as interrupts, run_record.watched(record, folder):
        with place as place, interrupts.welcome():
            executed, ended = _execute(source, record, folder=place, **options)
        ended |= {"error": _with_log(ended["error"], log), "end": time_text()}
        ended["wall_time_s"] = round(time.monotonic() - began, 3)
        ended["provenance"] = _with_edits(record, source)
        record = replace(record, **ended)
        # What follows reads the log again, and may find it damaged: the run is kept before.
        _keep(record, executed, folder)
        record = _with_inputs(record, source, attempts)
        record = replace(record, beside=page.stands_aside_for(record, source, promote=promote))
        _keep(record, executed, folder)
        if record.outcome == "ok" and batch is None and record.beside is None:
            page.promote(source, executed)
        if record.outcome == "cancelled":
            interrupts.heeded()
    return record


def _keep(record: RunRecord, executed: NotebookNode, folder: Path) -> None:
    """Write the executed notebook and the record of its run."""
    executed.metadata.setdefault("labbook", NotebookNode())["run"] = record.to_json()
    notebooks.write(executed, folder / run_record.NOTEBOOK)
    run_record.write_record(record, folder)


def _with_edits(record: RunRecord, source: Source) -> dict[str, Any]:
    """The record's provenance, where definitions that were edited meanwhile say so.

    Nothing tells which form of them the kernel has loaded, so the run is stale from the start.
    """
    code = record.provenance["code"]
    try:
        now = source.code_now().digests
    except SourceUnknown:
        now = {}
    edited = {name for name, digest in code.items() if now.get(name) != digest}
    return record.provenance | {"code": code | dict.fromkeys(edited, EDITED)}


def _with_inputs(record: RunRecord, source: Source, attempts: set) -> RunRecord:
    """The record with its trials and the files that it names; without what cannot be read."""
    layout = source.layout
    local = layout.local_records(source.experiment).parent
    try:
        plan = read_plan(layout.root / Path(record.notebook).parent / FILE)
        trials = inputs.come_to(plan, lookup_of(plan.experiments, layout.root), local, attempts)
    except (OSError, ValueError) as error:
        warnings.warn(f"the trials of run {record.id} cannot be told: {error}", stacklevel=3)
        trials = None
    try:
        files = inputs.files_named(source.notebook, layout.notebooks)
    except OSError as error:
        warnings.warn(f"a file that run {record.id} names cannot be read: {error}", stacklevel=3)
        files = None
    return replace(record, trials=trials, files=files)


def _begun(
    source: Source, given: dict, run_id: str, threads: int | None, **asked: object
) -> RunRecord:
    """The record as far as it is known at the start; its outcome, if nobody adds one: killed."""
    used, layout, start = source.used(given), source.layout, time_text()
    try:
        # Not as it was when the text was read: a batch may have begun long before this run of it.
        code, note = source.code_now(), {}
    except SourceUnknown as error:  # where the kernel needs the module, the run will fail
        code, note = CodeUsed({}), {"code_note": str(error)}
    text = layout.source(source.experiment)
    origin = provenance.collect(root=layout.root, used=[text, *code.files])
    origin |= {"code": code.digests, "code_digest": code.digest} | note
    origin |= {"threads": threads} if threads else {}
    keep_source(code.sources, code.digest, layout.local_records(source.experiment))
    path = layout.runs(source.experiment) / run_id / run_record.NOTEBOOK
    return RunRecord(
        id=run_id,
        experiment=source.experiment,
        outcome="killed",
        error=None,
        parameters_given=given,
        parameters_used=used,
        profile=used.get("profile"),
        start=start,
        end=start,
        wall_time_s=0.0,
        source_digest=source.digest,
        provenance=origin,
        notebook=str(path.relative_to(layout.root)),
        **asked,
    )


def _environment(
    record: RunRecord, layout: Layout, refresh: str, threads: int | None
) -> dict[str, str]:
    """What the kernel is told."""
    variables = {
        "LABBOOK_ROOT": str(layout.root),
        "LABBOOK_EXPERIMENT": record.experiment,
        "LABBOOK_PROFILE": record.profile or "",
        "LABBOOK_RUN": record.id,
        FOLDER_VARIABLE: str((layout.root / record.notebook).parent),
        "LABBOOK_REFRESH": refresh,
        "LABBOOK_RECORDS_ONLY": "1" if record.records_only else "",
    }
    if record.batch is not None:  # it works elsewhere than where modules of notebooks/ lie
        path = layout.python_path()  # a worker of a cluster was not told it
        variables["PYTHONPATH"] = os.pathsep.join([str(layout.notebooks), path])
    return variables | (dict.fromkeys(THREAD_VARIABLES, str(threads)) if threads else {})


def _execute(
    source: Source, record: RunRecord, **options: object
) -> tuple[NotebookNode, dict[str, Any]]:
    """Papermill's steps, on a copy of the notebook, with the corrected engine."""
    logging.getLogger("papermill").setLevel(logging.ERROR)  # its warnings are errors here
    notebook = load_notebook_node(source.notebook)
    if record.parameters_given:
        notebook = parameterize_notebook(notebook, record.parameters_given)
    text = source.layout.source(source.experiment).relative_to(source.layout.root)
    notebook = prepare_notebook_metadata(notebook, str(text), record.notebook)
    output = source.layout.root / record.notebook
    manager = engine.TruthfulManager(notebook, output, progress_bar=False)
    kernel = notebook.metadata.kernelspec.name
    return manager.nb, engine.execute(manager, kernel, log=_quiet, **options)


def _with_log(error: dict | None, log: Path) -> dict | None:
    """The error with the last lines that the kernel wrote past its cells; an empty log goes."""
    text = log.read_text(encoding="utf-8", errors="replace")
    if not text:
        log.unlink()
    if error is None:
        return None
    return error | {"log_tail": "\n".join(text.splitlines()[-LOG_TAIL_LINES:])}
