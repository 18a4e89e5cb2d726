"""The head of an experiment's page: what it is, when it ran, whether it still holds."""

import shlex
from html import escape

from docutils import nodes
from docutils.parsers.rst import Directive

from labbook.site import state, words
from labbook.site.experiment import Experiment

RUNS_LISTED = 20


class Head(nodes.General, nodes.Element):
    """Where the head goes; filled in when the page is written, as it tells of other pages."""


class HeadDirective(Directive):
    """``.. labbook-head:: name``"""

    required_arguments = 1
    final_argument_whitespace = True

    def run(self):
        return [Head(name=self.arguments[0])]


def resolve(app, doctree: nodes.document, docname: str) -> None:
    """Fill in the head (``doctree-resolved``)."""
    for node in list(doctree.findall(Head)):
        log = state.log_of(app)
        experiment = log.experiments[node["name"]]
        html = head_html(log, experiment, app.env)
        node.replace_self(nodes.raw("", html, format="html"))


def head_html(log: state.Log, experiment: Experiment, env) -> str:
    """The head as HTML, seen from ``notebooks/``."""
    notes = state.notes(env)
    number = f"Experiment {experiment.number}" if experiment.number is not None else "Experiment"
    tags = "".join(f'<span class="lb-tag">{escape(tag)}</span>' for tag in experiment.tags)
    told = [number, words.label(experiment.status), words.day(experiment.date), tags]
    verdict = (
        f'<p class="lb-verdict">{escape(experiment.verdict)}</p>' if experiment.verdict else ""
    )
    return (
        '<div class="lb-head">'
        f'<p class="lb-meta">{_joined(told)}</p>{verdict}'
        f'<p class="lb-prov">{_provenance_line(experiment)}</p>'
        f"{_boxes(log, experiment, notes)}{_actions(experiment)}{_details(experiment)}"
        f"{_cited_by(log, experiment, env)}</div>"
    )


def _joined(parts: list[str]) -> str:
    return '<span class="lb-sep"> · </span>'.join(part for part in parts if part)


def _provenance_line(experiment: Experiment) -> str:
    parts = [words.label(experiment.freshness)]
    run = experiment.run
    if run:
        provenance = run.get("provenance") or {}
        commit = provenance.get("commit")
        tree = provenance.get("tree")
        state_of_tree = f" ({escape(tree)})" if tree and tree != "clean" else ""
        parts += [
            f"run {words.moment(run.get('start', ''))}",
            f"{escape(str(run['profile']))} profile" if run.get("profile") else "",
            f"commit <code>{escape(commit[:8])}</code>{state_of_tree}" if commit else "no commit",
            escape(str(provenance.get("device") or "")),
            words.duration(run.get("wall_time_s")),
        ]
    elif experiment.has_run:
        parts.append("run by hand, without a record of the run")
    profile, planned = experiment.planned
    if planned:
        of = f"{len(experiment.found)} of {len(planned)} trials"
        of += f" ({escape(profile)})" if profile and profile != (run or {}).get("profile") else ""
        parts.append(of)
    return _joined(parts)


def _boxes(log: state.Log, experiment: Experiment, notes: dict) -> str:
    name = escape(experiment.name)
    boxes = [("error", f"Something is wrong here: {escape(p)}") for p in experiment.problems]
    if experiment.superseded_by is not None:
        boxes.append(("warn", f"Superseded by {_link(log, experiment.superseded_by)}."))
    if not experiment.has_run:
        boxes.append(
            (
                "plain",
                "Never run here: the text stands without results. "
                f"<code>labbook run {name}</code> makes them.",
            )
        )
    elif experiment.stale:
        reasons = escape("; ".join(experiment.stale))
        shown = " What follows is the notebook as it was run." if experiment.code_changed else ""
        boxes.append(("warn", f"Stale: {reasons}.{shown}"))
    for accepted in experiment.accepted:
        boxes.append(("plain", f"The code has changed since: {escape(accepted)}"))
    if attempt := experiment.failed_attempt:
        error = attempt.get("error") or {}
        why = f": {escape(str(error.get('message') or ''))[:300]}" if error.get("message") else ""
        boxes.append(
            (
                "warn" if experiment.has_run else "error",
                f"A newer run, {words.moment(attempt['start'])}, ended as "
                f"{escape(str(attempt.get('outcome')))}{why}",
            )
        )
    for number in sorted(set(notes["citations"].get(experiment.docname, ()))):
        cited = log.by_number.get(number)
        if cited and cited.superseded_by is not None:
            boxes.append(
                (
                    "warn",
                    f"This page cites {_link(log, number)}, which is superseded by "
                    f"{_link(log, cited.superseded_by)}.",
                )
            )
    return "".join(f'<div class="lb-box lb-{tone}">{text}</div>' for tone, text in boxes)


def _actions(experiment: Experiment) -> str:
    name = escape(experiment.name)
    ipynb = f'<a class="lb-button" href="{name}.ipynb" download>.ipynb</a>'
    records = (
        f'<a class="lb-button" href="../records/{name}/index.html">'
        f"{len({record.key for record in experiment.records})} records</a>"
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
    given = (experiment.run or {}).get("parameters_given") or {}
    profile = (experiment.run or {}).get("profile")
    options = [f"--profile {profile}"] if profile else []
    options += [
        f"-p {name} {shlex.quote(_argument(value))}"
        for name, value in given.items()
        if name != "profile"
    ]
    return " ".join(["labbook run", experiment.name, *options])


def _argument(value: object) -> str:
    return value if isinstance(value, str) else repr(value)


def _details(experiment: Experiment) -> str:
    run = experiment.run or {}
    facts = [
        ("parameters", words.values(run.get("parameters_used") or {})),
        ("started", words.moment(run["start"]) if run.get("start") else ""),
        ("took", words.duration(run.get("wall_time_s"))),
        *words.provenance(run.get("provenance")),
    ]
    runs = "".join(
        f"<li>{words.moment(r['start'])}: {words.label(str(r.get('outcome')))} "
        f"{escape(str(r.get('profile') or ''))} {words.duration(r.get('wall_time_s'))} "
        f"{words.values(r.get('parameters_given') or {})}</li>"
        for r in experiment.runs[:RUNS_LISTED]
    )
    hidden = len(experiment.runs) - RUNS_LISTED
    runs += f"<li>and {hidden} older ones</li>" if hidden > 0 else ""
    runs = f'<p>Runs on this machine:</p><ul class="lb-runs">{runs}</ul>' if runs else ""
    content = words.described(facts) + runs
    if not content:
        return ""
    return f'<details class="lb-details"><summary>Provenance</summary>{content}</details>'


def _cited_by(log: state.Log, experiment: Experiment, env) -> str:
    citing = [
        f'<a href="../{escape(docname)}.html">{escape(_called(log, docname, env))}</a>'
        for docname, numbers in sorted(state.notes(env)["citations"].items())
        if experiment.number in numbers and docname != experiment.docname
    ]
    return f'<p class="lb-cited">Cited by {", ".join(citing)}.</p>' if citing else ""


def _called(log: state.Log, docname: str, env) -> str:
    experiment = log.of_document(docname)
    return f"{experiment.number} {experiment.title}" if experiment else env.titles[docname].astext()


def _link(log: state.Log, number: int) -> str:
    experiment = log.by_number.get(number)
    if experiment is None:
        return f"experiment {number}"
    return f'<a href="{escape(experiment.name)}.html">{number} {escape(experiment.title)}</a>'


def setup(app) -> None:
    app.add_node(Head)
    app.add_directive("labbook-head", HeadDirective)
    app.connect("doctree-resolved", resolve)
