"""What a page says of itself before it begins: faults, staleness, where its numbers come from."""

import shlex
from html import escape
from textwrap import shorten

from labbook.log.freshness.words import Said, reasons
from labbook.log.notebook import parameters
from labbook.site import words
from labbook.site.experiment import Experiment
from labbook.site.log import Log

LONGEST_BOX = 200
LONGEST_MESSAGE = 300


def shows_records_alone(experiment: Experiment) -> bool:
    """Whether the page was made from records, without running any of its trials."""
    run, trials = experiment.run, experiment.standing.trials
    return bool(run and run.records_only and (trials.planned or trials.looked_up))


def boxes_html(log: Log, experiment: Experiment, notes: dict) -> str:
    """The boxes under the head: faults and warnings first, then where the numbers come from."""
    name = escape(shlex.quote(experiment.name))  # as a terminal wants it
    boxes = [("error", f"Something is wrong here: {escape(p)}") for p in experiment.problems]
    if experiment.superseded_by is not None:
        boxes.append(("warn", f"Superseded by {_link(log, experiment.superseded_by)}."))
    if not experiment.has_run:
        why = "No run here ended well" if experiment.newer_run else "Never run here"
        makes = f"<code>labbook run {name}</code> makes them."
        boxes.append(("plain", f"{why}: the text stands without results. {makes}"))
    boxes += [(said.tone, _told(said)) for said in reasons(experiment.standing)]
    if as_run := _as_run(experiment):
        boxes.append(("plain", as_run))
    if shows_records_alone(experiment):
        boxes.append(("plain", _from_records(experiment)))
    if newer := experiment.newer_run:
        message = (newer.error or {}).get("message", "")
        why = f": {escape(message[:LONGEST_MESSAGE])}" if message else ""
        profile = f" ({escape(newer.profile)} profile)" if newer.profile else ""
        which = "A newer" if experiment.has_run else "The newest"
        boxes.append(
            (
                "plain" if newer.well else "warn" if experiment.has_run else "error",
                f"{which} run{profile}, {words.moment(newer.start)}, ended as "
                f"{escape(newer.outcome_text)}{why}",
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


def _told(said: Said) -> str:
    """What is to be known; a long list is folded, below its beginning where a person is needed."""
    text = str(said)
    if len(text) <= LONGEST_BOX or not said.names:
        return f"{escape(text)}."
    names = "".join(f"<li>{escape(name)}</li>" for name in said.names)
    warns = said.tone == "warn"
    summary = shorten(text, LONGEST_BOX, placeholder=" …") if warns else f"{said.text}."
    return f"<details><summary>{escape(summary)}</summary><ul>{names}</ul></details>"


def _from_records(experiment: Experiment) -> str:
    """Where the numbers of a page come from that was made without training, and what to try."""
    told = "Made from published records alone: nothing was trained here."
    plan = experiment.run.plan
    if any(entry["data_digest"] is None for entry in plan.entries):
        told += " The data are not at hand, so that they were not compared with the records'."
    try:
        declared = parameters.declared(experiment.source)
    except parameters.ParameterError:
        declared = []  # the text was edited since
    if any(p.name == "profile" and "demo" in p.type.choices for p in declared):
        name = escape(shlex.quote(experiment.name))
        told += f" <code>labbook run {name} --profile demo</code> trains a small part of it."
    return told


def _as_run(experiment: Experiment) -> str:
    """What the reader sees where the code has changed since the run."""
    if experiment.code_changed:
        return "What follows is the notebook as it was run."
    if experiment.run and "the notebook's code changed" in experiment.standing.because:
        return "What follows is the notebook as it is now, with the outputs of that run."
    return ""


def _link(log: Log, number: int) -> str:
    if (experiment := log.by_number.get(number)) is None:
        return f"experiment {number}"
    return f'<a href="{escape(experiment.name)}.html">{escape(experiment.called)}</a>'
