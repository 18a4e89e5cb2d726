"""A small log with everything a site shows: runs, records, tables, figures, notes, references."""

import json
import os
import shutil
from dataclasses import asdict
from pathlib import Path

import jupytext
import nbformat
import numpy as np
import pandas as pd
from nbclient import NotebookClient
from small_notebooks import GRATINGS, OLDER, SECOND

from labbook.log.code.used import code_of_trial
from labbook.log.freshness.inputs import come_to
from labbook.log.notebook import notebooks
from labbook.log.records.folder import read_records, write_record
from labbook.log.records.key import record_key
from labbook.log.records.plan import Lookup, Plan, publish_plan, read_published_plans
from labbook.log.records.record import Record

REPOSITORY = Path(__file__).parents[2]

NOTES = """:orphan:

Notes
=====

**2026-11-19** Told in reST, of :expt:`1`.
"""
PROVENANCE = {
    "commit": "0123456789abcdef0123456789abcdef01234567",
    "tree": "clean",
    "diff_digest": None,
    "versions": {"python": "3.11.7", "labbook": "0.1.0", "numpy": "2.4.6"},
    "host": "2 cores, Some Processor",
    "platform": "Linux x86_64",
    "cpu_model": "Some Processor",
    "device": "cpu",
    "threads": 1,
}


def make(root: Path, records: int = 12) -> Path:
    """A log under ``root``, its first experiment run; returns ``root``."""
    for name in ("conf.py", "index.rst"):
        shutil.copy(REPOSITORY / name, root / name)
    (root / "docs").mkdir(parents=True)
    for page in [*(REPOSITORY / "docs").glob("*.rst"), REPOSITORY / "docs" / "references.bib"]:
        shutil.copy(page, root / "docs" / page.name)
    (root / "docs" / "notes.rst").write_text(NOTES)
    notebooks = root / "notebooks"
    (notebooks / "reported").mkdir(parents=True)
    (notebooks / "gratings.py").write_text(GRATINGS)
    (notebooks / "second_look.py").write_text(SECOND)
    (notebooks / "older.py").write_text(OLDER)
    write_older_run(notebooks / "older.ipynb")
    write_failed_run(root)
    write_reported(notebooks / "reported")
    keys = write_records(root, records)
    write_table(notebooks, keys)
    execute(root)
    return root


def write_reported(folder: Path) -> None:
    frame = pd.DataFrame(
        {"kernel": [1, 3, 5], "loss": [0.011, 0.013, None], "note": ["a", "", "b"]}
    )
    evil = pd.DataFrame({"name": ["<script>alert(1)</script>"], "value": [2.5]})
    with pd.ExcelWriter(folder / "gratings.xlsx") as book:
        frame.to_excel(book, sheet_name="kernels", index=False)
        evil.to_excel(book, sheet_name="evil", index=False)
    evil.to_csv(folder / "evil.csv", index=False)


def configurations(count: int) -> list[dict]:
    return [
        {"mixer": ("cnn", "mlp")[i % 2], "kernel_size": 1 + 2 * (i // 2 % 3), "seed": i // 6}
        for i in range(count)
    ]


def curve(trial: int) -> list[float]:
    """A curve that no other trial has."""
    return [0.1 * trial + 1 / (1 + step) for step in range(40)]


def arrays(trial: int) -> dict[str, np.ndarray]:
    """What the first two trials returned: the same two images, an own one of each, a map."""
    originals = np.linspace(0, 255, 2 * 8 * 8).astype(np.uint8).reshape(2, 1, 8, 8)
    weights = np.linspace(-1, 2, 25).reshape(5, 5) * (1 + trial)
    reconstructions = originals // (2 + trial)
    return {"originals": originals, "reconstructions": reconstructions, "weights": weights}


def write_records(root: Path, count: int) -> list[str]:
    """Good records of all trials but the last two: one of these failed, one never ran."""
    code = code_of_trial(root / "notebooks" / "gratings.py", "train", root)
    folder = root / "docs" / "records" / "gratings"
    local = root / "runs" / "records" / "gratings"
    for made in (folder, local):
        made.mkdir(parents=True)
    plan = []
    for i, configuration in enumerate(configurations(count)):
        function = "gratings.train"
        key = record_key(function, configuration, "data")
        plan.append({"key": key, "configuration": configuration, "function": function,
                     "data_digest": "data"})  # fmt: skip
        if i == count - 1:
            continue
        bad = i == count - 2
        left = arrays(i) if i < 2 else {}
        error = {"type": "ValueError", "message": "no such <mixer>", "traceback": "Traceback …",
                 "log_tail": ""}  # fmt: skip
        record = Record(
            key=key,
            function=function,
            experiment="gratings",
            configuration=configuration,
            data_digest="data",
            outcome="failed" if bad else "ok",
            error=error if bad else None,
            metrics={} if bad else {"loss": 0.01 + 0.0001 * i},
            history={} if bad else {"validation_loss": curve(i)},
            artifacts=sorted(left),
            parameters=33_617,
            seed=configuration["seed"],
            start=f"2026-11-20T10:{i % 60:02d}:00+00:00",
            end=f"2026-11-20T10:{i % 60:02d}:40+00:00",
            wall_time_s=40.0,
            cpu_time_s=39.5,
            peak_memory_bytes=200_000_000,
            throughput={"examples_per_s": 16_126.0},
            provenance=PROVENANCE | {"code": code.digests, "code_digest": code.digest},
        )
        write_record(record, local if bad else folder, left)
    publish_plan(folder, "demo", Plan(plan))
    return [entry["key"] for entry in plan]


def write_table(notebooks: Path, keys: list[str]) -> None:
    """What ``trials.run`` would return, for the notebook to show."""
    rows = []
    for i, (key, configuration) in enumerate(zip(keys, configurations(len(keys)), strict=True)):
        good = i < len(keys) - 2
        rows.append(
            configuration
            | {"batch_size": 64, "outcome": "ok" if good else ("failed", "planned")[i % 2]}
            | {"loss": round(0.01 + 0.0001 * i, 4) if good else None, "reported_loss": 0.0103}
            | {"parameters": 33_617 if good else None, "wall_time_s": 40.0 if good else None}
            | {"freshness": "fresh" if good else "", "inert": "", "key": key}
        )
    pd.DataFrame(rows).to_json(notebooks / "table.json", orient="records")
    account = {"planned": len(keys), "found": len(keys) - 2, "missing": keys[-1:],
               "failed": keys[-2:-1]}  # fmt: skip
    (notebooks / "attrs.json").write_text(json.dumps({"trials": account, "experiment": "gratings"}))


def run_record(outcome: str, start: str, **more) -> dict:
    return {
        "schema": 1,
        "id": f"{outcome}-{start[:10]}",
        "experiment": "gratings",
        "outcome": outcome,
        "error": None,
        "parameters_given": {"seed": 0},
        "parameters_used": {"profile": "demo", "seed": 0},
        "profile": "demo",
        "start": start,
        "end": start,
        "wall_time_s": 750.0,
        "source_digest": "",
        "provenance": PROVENANCE,
        "notebook": "",
        "batch": None,
    } | more


def write_failed_run(root: Path) -> None:
    """A run of the first experiment that came after the good one and failed."""
    folder = root / "runs" / "gratings" / "failed"
    folder.mkdir(parents=True)
    error = {"type": "MemoryError", "message": "all of it", "traceback": "", "cell": None}
    beside = "ok-2026-11-20"
    record = run_record("failed", "2026-11-21T09:00:00+00:00", error=error, beside=beside)
    (folder / "run.json").write_text(json.dumps(record))


def write_older_run(path: Path) -> None:
    """A run by hand in JupyterLab, that shows a widget."""
    view = {"application/vnd.jupyter.widget-view+json": {"model_id": "1", "version_major": 2,
                                                         "version_minor": 0},
            "text/plain": "IntSlider(value=3)"}  # fmt: skip
    output = nbformat.v4.new_output("execute_result", view, execution_count=1)
    cell = nbformat.v4.new_code_cell(
        "import ipywidgets\n\nipywidgets.IntSlider(value=3)", outputs=[output], execution_count=1
    )
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)


def trials_shown(root: Path) -> dict:
    """The trials of the first experiment, as the record of its run holds them."""
    published = read_published_plans(root / "docs" / "records" / "gratings")["demo"]
    names = ("seed", "kernel_size", "mixer")
    entries = sorted(published.to_run, key=lambda e: [e["configuration"][n] for n in names])
    local = root / "runs" / "records" / "gratings"
    lookup = Lookup(read_records("gratings", root=root))
    return asdict(come_to(Plan(entries), lookup, local, set()))


def execute(root: Path) -> None:
    """Run the first experiment for real, and keep it as its last good run."""
    notebook = jupytext.read(root / "notebooks" / "gratings.py")
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    client = NotebookClient(
        notebook,
        timeout=120,
        record_timing=False,  # a page's cells tell nothing of an execution
        resources={"metadata": {"path": str(root / "notebooks")}},
    )
    client.execute()
    notebook.metadata["labbook"]["date"] = str(notebook.metadata["labbook"]["date"])
    notebook.metadata["labbook"]["run"] = run_record(
        "ok",
        "2026-11-20T10:00:00+00:00",
        source_digest=notebooks.source_digest(notebook),
        trials=trials_shown(root),
    )
    nbformat.write(notebook, root / "notebooks" / "gratings.ipynb")
