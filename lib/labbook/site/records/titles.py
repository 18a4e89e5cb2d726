"""What a record is called: its function, and the settings that tell it from its like."""

from collections import Counter

from labbook.log.records.record import Record
from labbook.log.records.text import varying_names
from labbook.show.table import cell_text

SETTINGS_IN_TITLE = 6
LONGEST_IN_TITLE = 40


def title_of(record: Record, differs: dict) -> str:
    """What was trained or measured, as text.

    Arguments:
        differs: the part of the configuration that tells the trial from its neighbours.
    """
    function = called(record.function)
    known = [cell_text.named(*setting) for setting in differs.items() if setting[1] is not None]
    named = [f"{label} {_shortly(text)}" for label, text in known[:SETTINGS_IN_TITLE]]
    told = ", ".join(named) + (", …" if known[SETTINGS_IN_TITLE:] else "")
    return f"{function}: {told}" if told else function


def called(function: str) -> str:
    """A function in words."""
    return function.partition(".")[2].replace("_", " ").capitalize()


def differences(alike: dict[str, list[Record]]) -> dict[str, dict]:
    """What tells each record from the others of its function: settings, by its key."""
    found: dict[str, dict] = {}
    for like in alike.values():
        names = telling_names(like)
        found |= {r.key: {name: r.configuration.get(name) for name in names} for r in like}
    return found


def telling_names(records: list[Record]) -> list[str]:
    """The settings that differ, those first that tell most records apart: a title names few."""

    def commonest(name: str) -> int:
        return max(Counter(repr(r.configuration.get(name)) for r in records).values())

    return sorted(varying_names([record.configuration for record in records]), key=commonest)


def _shortly(text: str) -> str:
    return text if len(text) <= LONGEST_IN_TITLE else f"{text[:LONGEST_IN_TITLE]}…"
