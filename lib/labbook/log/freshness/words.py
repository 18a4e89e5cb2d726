"""How an experiment stands, in words: the same in a terminal, on its page and in JupyterLab."""

from dataclasses import dataclass, field
from typing import Literal

from labbook.log.freshness.standing import BY_HAND, NEVER_RUN, Standing
from labbook.log.records.text import settings_text, some

BY_HAND_TEXT = "no record tells which run made these outputs, or that one run made them all"


@dataclass(frozen=True)
class Said:
    """Something to be known of an experiment: ``Stale``, and because of what.

    Attributes:
        tone: ``warn`` where a person is needed, else ``plain``.
        text: without a full stop.
        names: what it concerns; there may be many.
    """

    tone: Literal["warn", "plain"]
    text: str
    names: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.text}: {some(self.names)}" if self.names else self.text


def labels(one: Standing) -> list[str]:
    """A word or two each, such as ``running`` and ``stale``."""
    said = [
        (one.running, "running"),
        (True, one.word),
        (one.word == NEVER_RUN and one.because, "stale records"),
        (one.problems, "damaged files"),
        (one.aged, "aged"),
    ]
    return [word for is_so, word in said if is_so]


def trials(one: Standing) -> str:
    """``full: 44 of 52 trials, 8 missing``, ``full profile`` without trials; empty without both."""
    told = str(one.trials)
    if one.profile:
        told = f"{one.profile}: {told}" if told else f"{one.profile} profile"
    imported = f"{one.imported} imported, freshness unknown" if one.imported else ""
    return ", ".join(filter(None, [told, imported]))


def reasons(one: Standing) -> list[Said]:
    """What is to be known of it, what needs a person first; its ``problems`` tell themselves."""
    said = []
    if one.word == BY_HAND:
        settings = f", made with {settings_text(one.parameters)}" if one.parameters else ""
        said.append(Said("warn", f"By hand: {BY_HAND_TEXT}{settings}", one.because))
    elif one.because:
        stale = "The records are stale" if one.word == NEVER_RUN else "Stale"
        said.append(Said("warn", stale, one.because))
    for tone, text, names in (
        ("warn", f"{len(one.trials.failed)} failed", one.trials.failed),
        ("plain", f"{len(one.trials.missing)} missing", one.trials.missing),
        ("plain", "Made by earlier code, whose changes since change no number", one.accepted),
        ("plain", "Aged, made with other versions", one.aged),
    ):
        if names:
            said.append(Said(tone, text, names))
    return said


def published(one: Standing) -> list[str]:
    """The trials of each published plan that the page does not show."""
    return [f"published, {name}: {counts}" for name, counts in one.published.items()]
