"""Which run an experiment's page shows: one that ended well takes the place, or stands aside."""

import os
from contextlib import suppress

from labbook.log.freshness.evidence import Evidence
from labbook.log.freshness.standing import BY_HAND
from labbook.log.notebook import notebooks
from labbook.log.notebook.notebooks import NotebookError, NotebookNode
from labbook.log.notebook.sources import Source
from labbook.log.records.json_file import DamagedFile
from labbook.log.records.run_record import RunRecord, last_good_run


def stands_aside_for(record: RunRecord, source: Source, *, promote: bool) -> str | None:
    """The id of the page's run, where a run leaves it its place; None where it takes it.

    ``BY_HAND`` in place of the id where the page shows outputs without a record.

    A run leaves the place to the run that is there if it, or one of its trials, did not end well
    while all of the other did; and if it is less of the experiment, by its profile. It takes the
    place of outputs without a record, unless it is less than these.

    Arguments:
        promote: whether a run that ended well takes the place whatever its profile and its trials.
    """
    layout = source.layout
    if record.batch is not None:
        return None
    try:
        current = last_good_run(record.experiment, layout.root)
    except DamagedFile:
        return None  # what is there is damaged
    if current is not None:
        worse = not record.well and current.well
        aside = worse or _is_less(record.profile, current.profile, source)
        return current.id if record.outcome != "ok" or (aside and not promote) else None
    there = Evidence(record.experiment, layout.root)
    if not there.has_outputs or promote or record.outcome != "ok":
        return None
    try:
        profile = there.parameters.get("profile")
    except NotebookError:
        return None  # what is there is damaged
    less = profile is not None and _is_less(record.profile, profile, source)
    return BY_HAND if less else None


def _is_less(profile: str | None, other: object, source: Source) -> bool:
    """Whether a profile is less of an experiment than another: its choices go from least to most.

    Of what is not among the choices nobody knows that it is more.
    """
    if profile == other:
        return False
    choices = source.choices("profile")
    known = profile in choices and other in choices
    return not known or choices.index(profile) < choices.index(other)


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
    joined = notebooks.with_outputs(source.notebook, executed)
    with suppress(NotebookError):  # there is none yet, or a damaged one
        notebooks.keep_attachments(joined, notebooks.read(path))
    notebooks.write(joined, path)
    os.utime(path, ns=(text.st_atime_ns, text.st_mtime_ns))
