"""What a page says of itself before it begins: faults, staleness, where its numbers come from."""

import shlex
from html import escape

from labbook.log.freshness.standing import BY_HAND
from labbook.log.notebook import parameters
from labbook.site import state, words
from labbook.site.experiment import Experiment

TRIALS_LISTED = 3


def shows_records_alone(experiment: Experiment) -> bool:
    """Whether the page was made from records, without running any of its trials."""
    run, trials = experiment.run, experiment.standing.trials
    return bool(run and run.records_only and (trials.planned or trials.looked_up))


def boxes_html(log: state.Log, experiment: Experiment, notes: dict) -> str:
    """The boxes under the head: faults and warnings first, then where the numbers come from."""
    name = escape(shlex.quote(experiment.name))  # as a terminal wants it
    standing = experiment.standing
    boxes = [("error", f"Something is wrong here: {escape(p)}") for p in experiment.problems]
    if experiment.superseded_by is not None:
        boxes.append(("warn", f"Superseded by {_link(log, experiment.superseded_by)}."))
    if not experiment.has_run:
        why = "No run here ended well" if experiment.newer_run else "Never run here"
        makes = f"<code>labbook run {name}</code> makes them."
        boxes.append(("plain", f"{why}: the text stands without results. {makes}"))
    elif standing.word == BY_HAND:
        because = (
            f" {escape('; '.join(standing.because)).capitalize()}." if standing.because else ""
        )
        boxes.append(
            (
                "warn",
                "By hand: no record tells which run made these outputs, or that one run made "
                f"them all.{because} <code>labbook run {name}</code> makes them with one.",
            )
        )
    elif standing.because:
        boxes.append(
            ("warn", f"Stale: {escape('; '.join(standing.because))}.{_as_run(experiment)}")
        )
    if shows_records_alone(experiment):
        boxes.append(("plain", _from_records(experiment)))
    for failed in standing.trials.failed[:TRIALS_LISTED]:
        boxes.append(("warn", f"A trial did not end well: {escape(failed)}."))
    if standing.accepted:
        boxes.append(("plain", _accepted(standing.accepted)))
    if standing.aged:
        boxes.append(
            ("plain", f"Aged, made with other versions: {escape('; '.join(standing.aged))}")
        )
    if newer := experiment.newer_run:
        error = newer.error or {}
        why = f": {escape(str(error.get('message') or ''))[:300]}" if error.get("message") else ""
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


def _accepted(accepted: list[str]) -> str:
    """That later code was accepted for earlier trials, and why, folded."""
    reasons = "".join(f"<li>{escape(reason)}</li>" for reason in accepted)
    return (
        "<details><summary>Trained with earlier code, whose changes since were accepted as "
        f"changing no number.</summary><ul>{reasons}</ul></details>"
    )


def _from_records(experiment: Experiment) -> str:
    """Where the numbers of a page come from that was made without training, and what to try."""
    told = "Made from published records alone: nothing was trained here."
    plan = experiment.run.plan
    if any(entry["data_digest"] is None for entry in (*plan.to_run, *plan.looked_up)):
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
        return " What follows is the notebook as it was run."
    if "the notebook's code changed" in experiment.standing.because:
        return " What follows is the notebook as it is now, with the outputs of that run."
    return ""


def _link(log: state.Log, number: int) -> str:
    if (experiment := log.by_number.get(number)) is None:
        return f"experiment {number}"
    return f'<a href="{escape(experiment.name)}.html">{number} {escape(experiment.title)}</a>'
