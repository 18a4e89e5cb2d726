"""Which trials of a table are there: rows that are planned alone, and who is missing, by name."""

from html import escape

import pandas as pd

NAMED_AT_MOST = 3
# So many rows that hold nothing yet may stand among the others, or make a table by themselves.
PLANNED_AMONG_OTHERS = 3
PLANNED_ALONE = 8


def planned_rows(frame: pd.DataFrame) -> list[int]:
    """The numbers of the rows of which no trial was ever run.

    Arguments:
        frame: a table of trials, or of settings over seeds, whose ``key`` is a list.
    """
    missing = set(frame.attrs.get("trials", {}).get("missing", []))
    outcomes = frame["outcome"] if "outcome" in frame else [None] * len(frame)
    keys = frame["key"] if "key" in frame else [None] * len(frame)
    sets = [set(key) if isinstance(key, list | tuple) else {key} for key in keys]
    return [
        number
        for number, (outcome, these) in enumerate(zip(outcomes, sets, strict=True))
        if outcome == "planned" or (these and these <= missing)
    ]


def rows_apart(spec: dict) -> set[int]:
    """The planned rows that a page leaves out until they are asked for: many, beside others."""
    planned = spec.get("planned", [])
    return set(planned) if PLANNED_AMONG_OTHERS < len(planned) < len(spec["rows"]) else set()


def is_closed(spec: dict) -> bool:
    """Whether a page shows the caption alone: asked for, or a long table of planned rows alone."""
    alone = len(spec.get("planned", [])) == len(spec["rows"]) > PLANNED_ALONE
    return bool(spec.get("folded")) or alone


def counted(spec: dict) -> str:
    """How long a closed table is: ``24 rows, all planned``."""
    all_planned = spec["rows"] and len(spec.get("planned", [])) == len(spec["rows"])
    return f"{len(spec['rows'])} rows{', all planned' if all_planned else ''}"


def planned_switch(spec: dict) -> str:
    """The box that shows the rows that were left out; it works without a script."""
    if not (apart := rows_apart(spec)):
        return ""
    return (
        '<label class="lb-planned"><input type="checkbox"> '
        f"show the {len(apart)} rows that are only planned</label>"
    )


def accounting(spec: dict) -> str:
    """How many trials were planned and found; who is missing, by name."""
    trials = spec.get("trials")
    if not trials:
        return ""
    planned, found = (escape(str(trials[word])) for word in ("planned", "found"))
    if not trials["found"] and not trials["failed"]:
        return f'<p class="lb-account lb-short">Trials: {planned} planned, none run.</p>'
    parts = [f"Trials: {planned} planned, {found} found."]
    for word in ("missing", "failed"):
        names = [escape(name) for name in trials[word]]
        if len(names) > NAMED_AT_MOST:
            items = "".join(f"<li>{name}</li>" for name in names)
            parts.append(
                f"<details><summary>{len(names)} {word}</summary><ul>{items}</ul></details>"
            )
        elif names:
            parts.append(f"{len(names)} {word}: {'; '.join(names)}.")
    short = " lb-short" if trials["missing"] or trials["failed"] else ""
    return f'<div class="lb-account{short}">{" ".join(parts)}</div>'
