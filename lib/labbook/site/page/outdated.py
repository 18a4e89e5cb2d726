"""Which pages are read or written again though their own text is the same."""

from labbook.log.records.layout import Layout
from labbook.site import state
from labbook.site.changes import digest, input_digest
from labbook.site.experiment import Experiment
from labbook.site.log import log_of


def inputs_of(experiment: Experiment) -> str:
    """Digest of the files that a page is read from, beside its text."""
    layout = Layout(experiment.root)
    accepted = layout.published_records(experiment.name) / "accepted.json"
    files = [input_digest(path) for path in (layout.executed(experiment.name), accepted)]
    records = sorted({record.key for record in experiment.records})
    return digest([files, experiment.code_changed, experiment.standing.word, records])


def outdated(app, env, added, changed, removed) -> list[str]:
    """Pages to read again though their text is the same: a new run, new records, a new page."""
    log, remembered = log_of(app), state.notes(env)
    again = [
        experiment.docname
        for experiment in log.experiments.values()
        if remembered["inputs"].get(experiment.docname, "") != inputs_of(experiment)
    ]
    listed = digest([(e.name, e.number, e.title) for e in log.experiments.values()])
    if remembered["inputs"].get("the list") != listed:
        remembered["inputs"]["the list"] = listed
        again += [doc for doc in remembered["live"] if doc not in again]
    return [docname for docname in again if docname in env.found_docs]


def to_write_again(app, env) -> list[str]:
    """Pages that tell of others (the front page, heads, references) when those have changed."""
    log, remembered = log_of(app), state.notes(env)
    now = digest(
        [
            {name: experiment.facts() for name, experiment in log.experiments.items()},
            {kind: remembered[kind] for kind in ("citations", "updates", "thumbnail")},
        ]
    )
    before = remembered["views"].get("all")
    remembered["views"]["all"] = now
    return [] if before == now else sorted(remembered["live"])


def setup(app) -> None:
    app.connect("env-get-outdated", outdated)
    app.connect("env-updated", to_write_again)
