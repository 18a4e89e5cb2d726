"""Which run an experiment's page shows: one that ended well takes the place, or stands aside."""

import os

from labbook.log.freshness.evidence import Evidence
from labbook.log.freshness.standing import BY_HAND
from labbook.log.notebook import notebooks
from labbook.log.notebook.notebooks import NotebookNode
from labbook.log.notebook.sources import Source
from labbook.log.records.json_file import DamagedFile
from labbook.log.records.layout import Layout
from labbook.log.records.run_record import RunRecord, last_good_run


def stands_aside_for(record: RunRecord, layout: Layout, *, promote: bool) -> str | None:
    """The id of the page's run, where a run leaves it its place; None where it takes it.

    A run leaves the place to the run that is there if it, or one of its trials, did not end well
    while all of the other did; and if its profile is another. It takes the place of outputs
    without a record, unless these were made under another profile.

    Arguments:
        promote: whether a run that ended well takes the place whatever its profile and its trials.
    """
    if record.batch is not None:
        return None
    try:
        current = last_good_run(record.experiment, layout.root)
    except DamagedFile:
        return None  # what is there is damaged
    if current is not None:
        worse = not record.well and current.well
        aside = worse or current.profile != record.profile
        return current.id if record.outcome != "ok" or (aside and not promote) else None
    there = Evidence(record.experiment, layout.root)
    if not there.has_outputs or promote or record.outcome != "ok":
        return None
    try:
        profile = there.parameters.get("profile")
    except notebooks.NotebookError:
        return None  # what is there is damaged
    return BY_HAND if profile not in (None, record.profile) else None


def promote(source: Source, executed: NotebookNode) -> None:
    """Put a good run beside the text, atomically, in the place of the one before.

    It gets the text's time: Jupytext takes the newer of the two for the one to believe, and
    JupyterLab refuses a pair whose notebook is newer than its text. Where the text is gone, as
    after a checkout during the run, there is no page, and the run stays where it is.
    """
    path = source.layout.executed(source.experiment)
    try:
        text = source.layout.source(source.experiment).stat()
    except FileNotFoundError:
        return
    notebooks.write(notebooks.with_outputs(source.notebook, executed), path)
    os.utime(path, ns=(text.st_atime_ns, text.st_mtime_ns))
