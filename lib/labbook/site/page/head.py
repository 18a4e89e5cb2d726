"""The head of an experiment's page: what it is, when it ran, whether it still holds."""

import shlex
from html import escape

from sphinx.util.docutils import SphinxDirective

from labbook.log.freshness import words as standing_words
from labbook.log.records.run_record import RunRecord
from labbook.log.records.text import duration
from labbook.site import state, words
from labbook.site.experiment import Experiment
from labbook.site.late import late
from labbook.site.log import Log, log_of
from labbook.site.page.batches import batches_html
from labbook.site.page.boxes import boxes_html, shows_records_alone

RUNS_LISTED = 20


class Head(SphinxDirective):
    """``.. labbook-head::``, on the page of an experiment."""

    def run(self):
        return [late(self.env, head_html)]


def head_html(app, docname: str) -> str:
    """The head as HTML, seen from ``notebooks/``."""
    log, notes = log_of(app), state.notes(app.env)
    experiment = log.of_document(docname)
    number = f"Experiment {experiment.number}" if experiment.number is not None else "Experiment"
    tags = "".join(f'<span class="lb-tag">{escape(tag)}</span>' for tag in experiment.tags)
    told = [number, words.label(experiment.status), words.day(experiment.date), tags]
    verdict = (
        f'<p class="lb-verdict">{escape(experiment.verdict)}</p>' if experiment.verdict else ""
    )
    return (
        '<div class="lb-head">'
        f'<p class="lb-meta">{words.joined(told)}</p>{verdict}'
        f'<p class="lb-prov">{_provenance_line(experiment)}</p>'
        f"{boxes_html(log, experiment, notes)}{_actions(experiment)}{_details(experiment)}"
        f"{_cited_by(log, experiment, app.env)}</div>"
    )


def _provenance_line(experiment: Experiment) -> str:
    standing = experiment.standing
    parts = [*map(words.label, standing_words.labels(standing))]
    if run := experiment.run:
        commit, tree = (run.provenance.get(what) for what in ("commit", "tree"))
        state_of_tree = f" ({escape(tree)})" if tree and tree != "clean" else ""
        parts += [
            f"run {words.moment(run.start)}",
            f"commit <code>{escape(commit[:8])}</code>{state_of_tree}" if commit else "no commit",
            escape(str(run.provenance.get("device") or "")),
            _lasted(run, experiment),
        ]
    trials = [standing_words.trials(standing), *standing_words.published(standing)]
    return words.joined([*parts, *map(escape, trials), _trained(experiment)])


def _lasted(run: RunRecord, experiment: Experiment) -> str:
    """How long a run took, and what it did in that time."""
    took = duration(run.wall_time_s)
    if not shows_records_alone(experiment):
        return took
    return f"read from records in {took}, nothing trained" if took else "nothing trained"


def _trained(experiment: Experiment) -> str:
    """The processor time that the trials of the page took, all together."""
    answers = map(experiment.evidence.lookup.by_key.get, experiment.standing.trials.keys)
    spent = [record.spent_cpu_s for record in answers if record is not None and record.ok]
    total, beside = sum(filter(None, spent)), " or more" if None in spent else ""
    return f"trained in {duration(total)}{beside} of CPU time" if total else ""


def _actions(experiment: Experiment) -> str:
    name = escape(experiment.name)
    ipynb = f'<a class="lb-button" href="{name}.ipynb" download>.ipynb</a>'
    records = (
        f'<a class="lb-button" href="../records/{name}/index.html">'
        f"{len(experiment.records)} records</a>"
        if experiment.records
        else ""
    )
    return (
        f'<p class="lb-actions"><a class="lb-button" href="{name}.py" download>.py</a>'
        f"{ipynb if experiment.source else ''}{records}"
        f'<code class="lb-command">{escape(command(experiment))}</code></p>'
    )


def command(experiment: Experiment) -> str:
    """The command that runs the experiment again as it was run."""
    given = experiment.run.parameters_given if experiment.run else {}
    profile = experiment.run.profile if experiment.run else None
    options = [f"--profile {shlex.quote(profile)}"] if profile else []
    options += ["--records-only"] if experiment.run and experiment.run.records_only else []
    options += [
        f"-p {shlex.quote(name)} {shlex.quote(_argument(value))}"
        for name, value in given.items()
        if name != "profile"
    ]
    return " ".join(["labbook run", shlex.quote(experiment.name), *options])


def _argument(value: object) -> str:
    return value if isinstance(value, str) else repr(value)


def _details(experiment: Experiment) -> str:
    facts = []
    if run := experiment.run:
        facts = [
            ("parameters", words.values(run.parameters_used)),
            ("started", words.moment(run.start)),
            ("took", duration(run.wall_time_s)),
            *words.provenance(run.provenance),
        ]
    runs = "".join(
        f"<li>{words.moment(r.start)}: {words.outcome(r)} {escape(r.profile or '')} "
        f"{duration(r.wall_time_s)} {words.values(r.parameters_given)}</li>"
        for r in experiment.runs[:RUNS_LISTED]
    )
    hidden = len(experiment.runs) - RUNS_LISTED
    runs += f"<li>and {hidden} older ones</li>" if hidden > 0 else ""
    runs = f'<p>Runs on this machine:</p><ul class="lb-runs">{runs}</ul>' if runs else ""
    content = words.described(facts) + runs + batches_html(experiment)
    folded = f'<details class="lb-details"><summary>Provenance</summary>{content}</details>'
    return folded if content else ""


def _cited_by(log: Log, experiment: Experiment, env) -> str:
    citing = [
        f'<a href="../{escape(docname)}.html">{escape(_called(log, docname, env))}</a>'
        for docname, numbers in sorted(state.notes(env)["citations"].items())
        if experiment.number in numbers and docname != experiment.docname
    ]
    return f'<p class="lb-cited">Cited by {", ".join(citing)}.</p>' if citing else ""


def _called(log: Log, docname: str, env) -> str:
    experiment = log.of_document(docname)
    return experiment.called if experiment else env.titles[docname].astext()


def setup(app) -> None:
    app.add_directive("labbook-head", Head)
