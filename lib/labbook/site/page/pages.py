"""The page of an experiment: the notebook handed to nbsphinx, its files, what must be reread."""

from pathlib import Path

import nbformat
from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.util import logging

from labbook.log.records.layout import Layout
from labbook.log.records.text import number_of
from labbook.site import state
from labbook.site.assets import Assets, copy_assets
from labbook.site.experiment import Experiment
from labbook.site.page import cells
from labbook.site.page.outputs import Outputs

logger = logging.getLogger(__name__)


class FoldMark(nodes.Invisible, nodes.Element):
    """Stands before a code cell whose code is folded."""


class Fold(Directive):
    """``.. labbook-fold:: 43``: fold the code of the next cell, which has so many lines."""

    required_arguments = 1

    def run(self):
        return [FoldMark(lines=int(self.arguments[0]))]


def as_notebook(text: str) -> nbformat.NotebookNode:
    """The reader that nbsphinx calls for ``.py``: its text was swapped for JSON beforehand."""
    return nbformat.reads(text, as_version=4)


def swap_text(app, docname: str, content: list[str]) -> None:
    """Give nbsphinx the notebook to show in place of the text notebook (``source-read``)."""
    log = state.log_of(app)
    experiment = log.of_document(docname)
    if experiment is None:
        return
    up = "../" * docname.count("/")

    def link(owner: str, key: str, listed: bool = False) -> str | None:
        page_of = log.list_page if listed else log.record_page
        target = page_of(owner or experiment.name, key)
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


def inputs_of(experiment: Experiment) -> str:
    """Digest of the files that a page is read from, beside its text."""
    layout = Layout(experiment.root)
    accepted = layout.published_records(experiment.name) / "accepted.json"
    files = [state.input_digest(path) for path in (layout.executed(experiment.name), accepted)]
    records = sorted({record.key for record in experiment.records})
    return state.digest([files, experiment.code_changed, experiment.standing.word, records])


def outdated(app, env, added, changed, removed) -> list[str]:
    """Pages to read again though their text is the same: a new run, new records, a new page."""
    log, remembered = state.log_of(app), state.notes(env)
    again = [
        experiment.docname
        for experiment in log.experiments.values()
        if remembered["inputs"].get(experiment.docname, "") != inputs_of(experiment)
    ]
    listed = state.digest([(e.name, e.number, e.title) for e in log.experiments.values()])
    if remembered["inputs"].get("the list") != listed:
        remembered["inputs"]["the list"] = listed
        again += [doc for doc in remembered["live"] if doc not in again]
    return [docname for docname in again if docname in env.found_docs]


def to_write_again(app, env) -> list[str]:
    """Pages that tell of others (the front page, heads, references) when those have changed."""
    log, remembered = state.log_of(app), state.notes(env)
    now = state.digest(
        [
            {name: experiment.facts() for name, experiment in log.experiments.items()},
            {kind: remembered[kind] for kind in ("citations", "updates", "thumbnail")},
        ]
    )
    before = remembered["views"].get("all")
    remembered["views"]["all"] = now
    return [] if before == now else sorted(remembered["live"])


def fold_code(app, doctree: nodes.document) -> None:
    """Put marked code cells into a box that opens (``doctree-read``)."""
    for mark in list(doctree.findall(FoldMark)):
        cell = next(
            (
                node
                for node in mark.findall(siblings=True, descend=False, include_self=False)
                if "nbinput" in node.get("classes", ())
            ),
            None,
        )
        if cell is not None:
            told = f"code, {number_of(mark['lines'], 'line')}"
            opening = f'<details class="lb-code"><summary>{told}</summary>'
            box = nodes.container(classes=["lb-fold"])
            cell.replace_self(box)
            box += nodes.raw("", opening, format="html")
            box += cell
            box += nodes.raw("", "</details>", format="html")
        mark.parent.remove(mark)


def drop_prompts(app, doctree: nodes.document) -> None:
    """Leave out the prompts of code cells, which have no number here (``doctree-read``)."""
    for node in list(doctree.findall(nodes.Element)):
        if "prompt" in node.get("classes", ()):
            node.parent.remove(node)


def copy_files(app) -> list:
    """Put the notebooks to download, figures and tables beside the pages."""
    # nbsphinx would offer the notebook it was given, which is made for the page.
    app.env.nbsphinx_notebooks.clear()
    experiments = state.log_of(app).experiments
    for page in (Path(app.outdir) / "notebooks").glob("*.*"):
        if page.stem not in experiments:  # it tells of an experiment that is gone, or renamed
            page.unlink()
    for experiment in experiments.values():
        target = Path(app.outdir) / "notebooks" / experiment.name
        source = Layout(experiment.root).source(experiment.name)
        state.put(target.with_suffix(".py"), source.read_bytes())
        notebook = experiment.executed if experiment.has_run else experiment.source
        if notebook is not None:
            state.put(target.with_suffix(".ipynb"), nbformat.writes(notebook))
    return copy_assets(app)


def setup(app) -> None:
    app.add_node(FoldMark)
    app.add_directive("labbook-fold", Fold)
    app.connect("source-read", swap_text)
    app.connect("env-get-outdated", outdated)
    app.connect("env-purge-doc", state.forget)
    app.connect("env-updated", to_write_again)
    app.connect("doctree-read", fold_code)
    app.connect("doctree-read", drop_prompts)
    app.connect("html-collect-pages", copy_files, priority=100)
