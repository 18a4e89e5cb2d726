"""``labbook status``: how every experiment stands, as a table, as JSON, as an exit code."""

import json
from collections.abc import Iterable, Sequence

from labbook.commands.running import words
from labbook.log.freshness.running import Running
from labbook.log.freshness.standing import BY_HAND, FRESH, NEVER_RUN, STALE, Standing
from labbook.log.records.text import settings_text, some, table

# What needs a person most comes first.
NEED = (STALE, BY_HAND, NEVER_RUN, FRESH)


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
    rows = [(one.experiment, _word(one), _trials(one), str(one.last_run or "–")) for one in found]
    blocks = [words.as_text(running)] if running else []
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


def _word(one: Standing) -> str:
    said = [
        (one.running, "running"),
        (True, one.word),
        (one.problems, "damaged files"),
        (one.aged, "aged"),
    ]
    return ", ".join(word for is_so, word in said if is_so)


def _trials(one: Standing) -> str:
    trials = one.trials
    imported = [f"{one.imported} imported, freshness unknown"] if one.imported else []
    if not trials.planned and not trials.looked_up:
        return ", ".join(imported) or "–"
    words = [f"{one.profile} {trials}" if one.profile else str(trials)]
    counts = (
        (trials.running, "running"),
        (trials.failed, "failed"),
        (trials.missing, "missing"),
    )
    words += [f"{len(names)} {word}" for names, word in counts if names]
    return ", ".join(words + imported)


def _details(one: Standing) -> str:
    lines = [f"{one.experiment}: {problem}" for problem in one.problems]
    if one.because:
        lines.append(f"{one.experiment} is {one.word}: {some(one.because)}")
    if one.word == BY_HAND:
        with_values = f", with {settings_text(one.parameters)}" if one.parameters else ""
        lines.append(f"{one.experiment}: its outputs have no record of a run{with_values}")
    lines += [f"{one.experiment}: {text}" for text in one.accepted]
    if one.aged:
        lines.append(f"{one.experiment} is aged: {some(one.aged)}")
    for word, names in (("failed", one.trials.failed), ("missing", one.trials.missing)):
        if names:
            lines.append(f"{one.experiment}: {len(names)} {word}: {some(names, 3)}")
    lines += [f"{one.experiment}, published: {n} {trials}" for n, trials in one.published.items()]
    return "\n".join(lines)
