"""Work in forks of one process that has imported what it takes: a notebook's cells, a build."""

import os
import sys
from concurrent.futures import Future, ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from subprocess import CompletedProcess

# What takes longest to import; torch imports _dynamo when the first optimiser is made.
OF_NOTEBOOKS = (
    "labbook.log.runs.run",
    "labbook.log.trials.sweep",
    "IPython.core.interactiveshell",
    "seaborn",
    "torch._dynamo",
    "labbook.experiments.autoencoders",
    "labbook.experiments.connectors",
    "labbook.experiments.neighbors",
    "labbook.models.survey",
    "labbook.show.claims",
    "labbook.show.explore",
)
OF_THE_SITE = (
    "labbook.log.notebook.notebooks",
    "labbook.site.page.pages",
    "labbook.site.overview.front",
    "labbook.site.records.pages",
    "labbook.site.markup.pandoc",
    "labbook.site.markup.bibliography",
    "labbook.site.markup.datatable",
    "sphinx.application",
    "sphinx.builders.html",
    "furo",
)


@cache
def forks(modules: tuple[str, ...]) -> ProcessPoolExecutor:
    """Each call in a fresh fork of a process that has imported the modules.

    Python has one such process; where it began with others, the forks import what they need.
    """
    context = get_context("forkserver")
    context.set_forkserver_preload(list(modules))
    return ProcessPoolExecutor(1, mp_context=context, max_tasks_per_child=1)


def executed(root: Path, experiment: str, profile: str) -> Future:
    """Execute an experiment's cells, its trials looked up and none of them run.

    Returns:
        how many cells there were; or it raises what a cell has raised.
    """
    return forks(OF_NOTEBOOKS).submit(_execute, root, experiment, profile)


def _execute(root: Path, experiment: str, profile: str) -> int:
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


def rendered(root: Path, said: Path) -> CompletedProcess:
    """Render a log as ``labbook site`` does; what it says goes through files in ``said``."""
    status = forks(OF_THE_SITE).submit(_render, root, said, sys.path).result(timeout=120)
    out, err = ((said / name).read_text() for name in ("stdout", "stderr"))
    return CompletedProcess(["labbook", "site"], status, out, err)


def _render(root: Path, said: Path, places: list[str]) -> int:
    from labbook.site.build import build

    # The next fork begins when the one before it ends, with the path of that time.
    sys.path[:] = places
    for number, name in ((1, "stdout"), (2, "stderr")):
        file = os.open(said / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(file, number)
    sys.stdout, sys.stderr = os.fdopen(1, "w"), os.fdopen(2, "w")
    try:
        return build(root)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
