"""What goes on now, in words: for ``labbook status``, ``watch``, a run's terminal, JupyterLab."""

from collections.abc import Iterable, Sequence
from textwrap import shorten

from labbook.log.freshness.running import Running, RunningTrial
from labbook.log.records.text import duration, settings_text, value_text

# Trials named under a run; the others are counted.
MOST_TRIALS = 8
LONGEST_TITLE = 72


def as_text(running: Sequence[Running]) -> str:
    """The runs that go on, each with the trials that it has under it; empty where none does."""
    lines = []
    for one in running:
        lines.append(f"{name_of(one)}: {', '.join(_parts(one))}")
        for trial in one.trials[:MOST_TRIALS]:
            parts = [duration(trial.seconds), _losses(trial), f"process {trial.process}"]
            lines.append(f"  {trial.name}: {', '.join(filter(None, parts))}")
        if (more := len(one.trials) - MOST_TRIALS) > 0:
            lines.append(f"  and {more} trials more")
    return "\n".join(lines)


def in_a_line(one: Running) -> str:
    """All that is told of one where the experiment is known, with the losses of its first trial."""
    losses = [_losses(trial) for trial in one.trials[:1]]
    return ", ".join(filter(None, [*_parts(one), *losses]))


def name_of(one: Running, *more: str) -> str:
    """The experiment, and what tells its run from others of it."""
    told = [one.profile, one.batch and f"sweep {one.batch}", *more]
    if one.run is None:
        told = ["outside of a run"]
    told = ", ".join(filter(None, told))
    return f"{one.experiment} ({told})" if told else one.experiment


def whole_name(one: Running) -> str:
    """The name with the parameters that were given, for a line among those of other runs."""
    return name_of(one, _settings(one))


def short(one: Running) -> str:
    """Trials, loss and time left of a run, for the end of a line; empty without trials."""
    loss = _losses(one.trials[0]) if len(one.trials) == 1 else ""
    return ", ".join(filter(None, [_counts(one), loss, _left(one)]))


def events(before: Iterable[Running], now: Iterable[Running]) -> list[str]:
    """What has happened between two looks, a line each; the end of a run is not among them."""
    known = {(one.experiment, one.run): one for one in before}
    lines = []
    for one in now:
        was, name = known.get((one.experiment, one.run)), whole_name(one)
        if was is None:
            lines.append(f"{name}: began {duration(one.seconds)} ago")
            was = Running(one.experiment, one.run)
        if one.cell and (one.cell, one.title) != (was.cell, was.title):
            title = shorten(one.title, LONGEST_TITLE, placeholder=" …")
            lines.append(f"{name}: cell {one.cell} of {one.cells}, {title}")
        begun = {trial.key for trial in was.trials}
        lines += [f"{name}: {t.name}: began" for t in one.trials if t.key not in begun]
        for trial, outcome in one.ended.items():
            if trial not in was.ended:
                rest = ", ".join(filter(None, [_counts(one), _left(one)]))
                lines.append(f"{name}: {trial}: {outcome}; {rest}")
    return lines


def _parts(one: Running) -> list[str]:
    parts = ["running"] if one.run else [f"{len(one.trials)} running"]
    if one.cells:
        parts.append(f"in cell {one.cell} of {one.cells}" if one.cell else "before the first cell")
    # Settings and title come last: a narrow terminal cuts them off, and nothing else.
    parts += [_counts(one), f"for {duration(one.seconds)}", _left(one), _settings(one), one.title]
    return list(filter(None, parts))


def _settings(one: Running) -> str:
    """The parameters that were given, but for the profile, which is told before."""
    return settings_text({name: value for name, value in one.given.items() if name != "profile"})


def _counts(one: Running) -> str:
    if not one.planned:
        return ""
    done = f"{one.before + len(one.ended)} of {one.planned} trials done"
    if one.before:
        done += f" ({one.before} before)"
    failed = sum(outcome != "ok" for outcome in one.ended.values())
    counts = [(failed, "not well"), (len(one.trials), "running")]
    return ", ".join([done, *(f"{n} {word}" for n, word in counts if n)])


def _left(one: Running) -> str:
    return f"about {duration(one.left_s)} left" if one.left_s else ""


def _losses(trial: RunningTrial) -> str:
    return ", ".join(f"{name} {value_text(value)}" for name, value in trial.losses.items())
