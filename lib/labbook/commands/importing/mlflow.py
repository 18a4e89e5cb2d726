"""Runs of MLflow, in a folder ``mlruns`` or in its SQLite file, read by MLflow's own client."""

import ast
import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from labbook.commands.importing.original import ImportFailed, Original, Point
from labbook.log.records.text import first_line

# MLflow's own variables: its folders may be read still, and nobody is told that they are.
SETTINGS = {
    "MLFLOW_ALLOW_FILE_STORE": "true",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_LOGGING_LEVEL": "ERROR",
}
OUTCOMES = {"FINISHED": "ok", "FAILED": "failed", "KILLED": "killed"}
RUNS_AT_ONCE = 1000


def read(path: Path) -> Iterator[Original]:
    """Each run that has ended, of all experiments of a store, deleted ones left out.

    Raises:
        ImportFailed: the path is no store of MLflow, or MLflow cannot read it.
    """
    store = _store(path)
    os.environ.update(SETTINGS)
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException

    try:
        client = MlflowClient(tracking_uri=store)
        experiments = {e.experiment_id: e.name for e in client.search_experiments()}
        token = None
        while token is None or token:
            page = client.search_runs(list(experiments), "", 1, RUNS_AT_ONCE, page_token=token)
            for run in page:
                if run.info.status in OUTCOMES:
                    yield _run(run, client, experiments[run.info.experiment_id], path)
            token = page.token or ""
    except (MlflowException, ImportError) as error:
        raise ImportFailed(f"MLflow cannot read {path}: {first_line(error)}.") from error


def _store(path: Path) -> str:
    """The address of a store that is there: where none is, MLflow would make one."""
    if path.is_dir() and any(path.glob("*/meta.yaml")):
        return path.resolve().as_uri()
    if path.is_file():
        address = f"{path.resolve().as_uri()}?mode=ro"
        with (
            contextlib.suppress(sqlite3.DatabaseError),
            contextlib.closing(sqlite3.connect(address, uri=True)) as database,
        ):
            database.execute("SELECT run_uuid FROM runs LIMIT 1")
            return f"sqlite:///{path.resolve()}"
    raise ImportFailed(f"{path} is no store of MLflow; give a folder mlruns or a file mlflow.db.")


def _run(run: Any, client: Any, experiment: str, path: Path) -> Original:
    info, data = run.info, run.data
    curves = {
        name: [
            Point(m.step, m.timestamp / 1000, m.value)
            for m in client.get_metric_history(info.run_id, name)
        ]
        for name in data.metrics
    }
    outcome = OUTCOMES[info.status]
    return Original(
        run=info.run_id,
        name=f"{experiment}/{info.run_name} ({info.run_id[:8]})",
        path=f"{path.resolve().name}/{info.experiment_id}/{info.run_id}",
        start=info.start_time / 1000,
        end=max(info.start_time, info.end_time or 0) / 1000,
        settings={name: _as_logged(text) for name, text in sorted(data.params.items())},
        curves=curves,
        metrics=data.metrics,
        outcome=outcome,
        error="" if outcome == "ok" else f"its status is {info.status}.",
        commit=data.tags.get("mlflow.source.git.commit"),
    )


def _as_logged(text: str) -> Any:
    """A parameter, kept as text: the value that Python writes in this very way, else the text."""
    with contextlib.suppress(ValueError, SyntaxError, MemoryError, RecursionError):
        value = ast.literal_eval(text)
        if str(value) == text and isinstance(value, bool | int | float | list | None):
            return value
    return text
