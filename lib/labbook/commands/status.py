"""``labbook status``: how every experiment stands, as a table, as JSON, as an exit code."""

import json
from collections.abc import Iterable, Sequence

from labbook.log.freshness import running_words, words
from labbook.log.freshness.running import Running
from labbook.log.freshness.standing import BY_HAND, FRESH, NEVER_RUN, STALE, Standing
from labbook.log.records.text import table

# What needs a person most comes first.
NEED = (STALE, BY_HAND, NEVER_RUN, FRESH)
LONGEST_LINE = 100
MOST_NAMES = 8


def exit_code(found: Iterable[Standing]) -> int:
    """0 if every experiment is fresh and whole; 1 if one is stale, missing, failed or never run."""
    return 0 if all(one.good for one in found) else 1


def as_json(found: Iterable[Standing], running: Iterable[Running] = ()) -> str:
    """The same for machines: a list of objects with the fields of ``Standing``.

    ``runs`` holds those that go on now, with the fields of ``Running``.
    """
    runs = [one.to_json() for one in running]
    told = [
        one.to_json() | {"runs": [run for run in runs if run["experiment"] == one.experiment]}
        for one in found
    ]
    return json.dumps(told, indent=1, default=str)


def as_text(
    found: Sequence[Standing], running: Sequence[Running] = (), *, verbose: bool = False
) -> str:
    """What goes on now, and a table, one experiment a line, what needs most first.

    Arguments:
        verbose: whether the reasons and the names of trials stand below it.
    """
    found = sorted(found, key=_need)
    rows = [
        (
            one.experiment,
            ", ".join(words.labels(one)),
            words.trials(one) or "–",
            str(one.last_run or "–"),
        )
        for one in found
    ]
    blocks = [running_words.as_text(running)] if running else []
    blocks.append(table(("experiment", "standing", "trials", "last run"), rows))
    if verbose:
        blocks += [block for one in found if (block := _details(one))]
    elif not all(one.good for one in found):
        blocks.append("labbook status -v tells why.")
    return "\n\n".join(blocks)


def _need(one: Standing) -> tuple:
    run_is_bad = one.last_run is not None and not one.last_run.well
    return (
        one.good,
        not one.problems,
        not (one.trials.failed or run_is_bad),
        NEED.index(one.word),
        not one.trials.missing,
        one.experiment,
    )


def _details(one: Standing) -> str:
    """All that is to be known of it below its name; empty where nothing is."""
    reasons = [line for said in words.reasons(one) for line in _lines(said)]
    told = [*one.problems, *reasons, *words.published(one)]
    return "\n".join([one.experiment, *(f"  {line}" for line in told)]) if told else ""


def _lines(said: words.Said) -> list[str]:
    """In one line, or, where that would be long, each name in one of its own."""
    if len(str(said)) <= LONGEST_LINE:
        return [str(said)]
    names = said.names[:MOST_NAMES]
    names += [f"and {more} more"] if (more := len(said.names) - len(names)) else []
    return [f"{said.text}:", *(f"  {name}" for name in names)]
