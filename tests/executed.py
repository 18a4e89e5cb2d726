"""The cells of a notebook in a process that has imported what notebooks import."""

import os
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

# What takes longest to import; torch imports _dynamo when the first optimiser is made.
IMPORTED = [
    "IPython.core.interactiveshell",
    "seaborn",
    "torch._dynamo",
    "labbook.experiments.autoencoders",
    "labbook.experiments.connectors",
    "labbook.experiments.neighbors",
    "labbook.log.runs.run",
    "labbook.log.trials.sweep",
    "labbook.models.survey",
    "labbook.show.claims",
    "labbook.show.explore",
]


@contextmanager
def processes() -> Iterator[ProcessPoolExecutor]:
    """Forks of one process that has imported all of that, a fresh one for each call."""
    context = get_context("forkserver")
    context.set_forkserver_preload(IMPORTED)
    with ProcessPoolExecutor(1, mp_context=context, max_tasks_per_child=1) as pool:
        yield pool


def execute(root: Path, experiment: str, profile: str) -> int:
    """Execute an experiment's cells in a plain IPython, its trials looked up and none of them run.

    Returns:
        how many cells there were.

    Raises:
        Exception: what a cell has raised.
    """
    from IPython.core.interactiveshell import InteractiveShell
    from papermill.iorw import load_notebook_node
    from papermill.parameterize import parameterize_notebook

    from labbook.log.notebook import sources
    from labbook.log.records.layout import Layout

    os.environ |= {
        "LABBOOK_ROOT": str(root),
        "LABBOOK_EXPERIMENT": experiment,
        "LABBOOK_PROFILE": profile,
        "LABBOOK_RECORDS_ONLY": "1",
        "MPLBACKEND": "agg",
    }
    os.chdir(root / "notebooks")
    sys.path.insert(0, os.getcwd())
    source = sources.load(Layout(root), experiment)
    notebook = load_notebook_node(source.notebook)
    notebook = parameterize_notebook(notebook, source.values({}, profile))
    cells = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    shell = InteractiveShell.instance()
    for cell in cells:
        shell.run_cell(cell).raise_error()
    return len(cells)
