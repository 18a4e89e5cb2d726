"""The page of an experiment: the notebook that is handed to nbsphinx, and the files beside it."""

from pathlib import Path

import nbformat
from sphinx.util import logging

from labbook.log.records.layout import Layout
from labbook.site import state
from labbook.site.assets import Assets, copy_assets
from labbook.site.changes import put
from labbook.site.log import log_of
from labbook.site.page import cells
from labbook.site.page.outdated import inputs_of
from labbook.site.page.outputs import Outputs
from labbook.site.records.addresses import list_page, record_page

logger = logging.getLogger(__name__)


def as_notebook(text: str) -> nbformat.NotebookNode:
    """The reader that nbsphinx calls for ``.py``: its text was swapped for JSON beforehand."""
    return nbformat.reads(text, as_version=4)


def swap_text(app, docname: str, content: list[str]) -> None:
    """Give nbsphinx the notebook to show in place of the text notebook (``source-read``)."""
    log = log_of(app)
    experiment = log.of_document(docname)
    if experiment is None:
        return
    up = "../" * docname.count("/")

    def link(owner: str, key: str, listed: bool = False) -> str | None:
        page_of = list_page if listed else record_page
        target = page_of(log.experiments.get(owner) if owner else experiment, key)
        return f"{up}{target}.html" if target else None

    experiment.facts()  # finds what is wrong with records and runs, too
    for problem in experiment.problems:
        logger.warning("%s: %s", experiment.name, problem, location=docname)
    shown: list[str] = []
    outputs = Outputs(Assets.of_current(app.env), link, shown.append)
    content[0] = nbformat.writes(cells.page(experiment, outputs))
    for problem in shown:
        logger.warning("%s: %s", experiment.name, problem, location=docname)
    experiment.problems += shown
    remembered = state.notes(app.env)
    remembered["inputs"][docname] = inputs_of(experiment)
    remembered["live"][docname] = True
    remembered["reported"][docname] = outputs.reported
    remembered["lines"][docname] = outputs.lines
    if outputs.thumbnail:
        remembered["thumbnail"][docname] = outputs.thumbnail


def copy_files(app) -> list:
    """Put the notebooks to download, figures and tables beside the pages."""
    # nbsphinx would offer the notebook it was given, which is made for the page.
    app.env.nbsphinx_notebooks.clear()
    experiments = log_of(app).experiments
    for page in (Path(app.outdir) / "notebooks").glob("*.*"):
        if page.stem not in experiments:  # it tells of an experiment that is gone, or renamed
            page.unlink()
    for experiment in experiments.values():
        target = Path(app.outdir) / "notebooks" / experiment.name
        source = Layout(experiment.root).source(experiment.name)
        put(target.with_suffix(".py"), source.read_bytes())
        notebook = experiment.executed if experiment.has_run else experiment.source
        if notebook is not None:
            put(target.with_suffix(".ipynb"), nbformat.writes(notebook))
    return copy_assets(app)


def setup(app) -> None:
    app.connect("source-read", swap_text)
    app.connect("env-purge-doc", state.forget)
    app.connect("html-collect-pages", copy_files, priority=100)
