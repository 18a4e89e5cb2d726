"""Tables and names for people who read them in a terminal; texts that a file can hold."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from labbook.log.records.key import short_digest

LONGEST_TEXT = 20_000
# Of a value in a line, and what is left of a longer one.
LONGEST_VALUE, HEAD, TAIL = 80, 40, 12


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns aligned to the left, two spaces apart, under a line; no trailing spaces."""
    lines = [list(header), *map(list, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    lines.insert(1, ["─" * width for width in widths])
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def names_in(grid: Sequence[dict[str, Any]]) -> Callable[[dict[str, Any]], str]:
    """What names a configuration among those of a grid: ``depth=3, seed=1``.

    Returns:
        A function that gives a configuration's name from what varies in the grid; from all of it
        where nothing does. Two that differ have two names.
    """
    names = {name for configuration in grid for name in configuration}
    values = {n: {repr(c[n]): c[n] for c in grid if n in c} for n in names}
    varying = {n for n in names if len(values[n]) > 1 or any(n not in c for c in grid)}
    # Where both 1 and "1" are among them, texts are quoted.
    alike = {n for n in varying if len({*map(in_a_line, values[n].values())}) < len(values[n])}

    def name_of(configuration: dict[str, Any]) -> str:
        named = {name: value for name, value in configuration.items() if name in varying}
        return settings_text(named or configuration, alike) or "the only trial"

    return name_of


def varying_names(settings: Sequence[Mapping[str, Any]]) -> list[str]:
    """The names whose values are not the same in all of some settings, in their order.

    One that settings lack counts as None there.
    """
    names = dict.fromkeys(name for one in settings for name in one)
    return [name for name in names if len({repr(one.get(name)) for one in settings}) > 1]


def settings_text(settings: Mapping[str, Any], quoted: Collection[str] = ()) -> str:
    """Settings as a sentence has them, in one line: ``depth=3, seed=1``.

    Arguments:
        quoted: names of settings whose values are quoted where they are texts.
    """
    return ", ".join(f"{in_a_line(n)}={in_a_line(v, n in quoted)}" for n, v in settings.items())


def in_a_line(value: Any, quoted: bool = False) -> str:
    """A value as it stands in a line: one with line breaks or the like is quoted and escaped.

    The middle of a long one is left out; its digest tells it from others with the same ends.
    """
    text = str(value)
    if isinstance(value, str) and (quoted or not text.isprintable()):
        text = repr(value)
    if len(text) <= LONGEST_VALUE:
        return text
    told = f"{len(text)} characters, {short_digest(text)[:8]}"
    return f"{text[:HEAD]}…{text[-TAIL:]} ({told})"


def storable(text: str) -> str:
    """A text that UTF-8 can hold, its middle left out where it is very long."""
    if len(text) > LONGEST_TEXT:
        half = LONGEST_TEXT // 2
        text = f"{text[:half]}\n… {len(text) - 2 * half} characters left out …\n{text[-half:]}"
    return text.encode("utf-8", "backslashreplace").decode()


def value_text(value: Any) -> str:
    """A value as it is read in a table; floating point numbers to six significant digits."""
    if isinstance(value, float):
        return f"{value:.6g}"
    return "–" if value is None else str(value)


def value_texts(one: Any, other: Any) -> tuple[str, str]:
    """Two values side by side, with as many digits as it takes to tell them apart."""
    texts = value_text(one), value_text(other)
    if texts[0] == texts[1] and one != other:
        return repr(one), repr(other)
    return texts


def first_line(error: Exception) -> str:
    """What an error says in its first line, without a full stop; its type where it says nothing."""
    said = str(error).strip() or type(error).__name__
    return said.splitlines()[0].rstrip(".")


def some(names: Sequence[str], most: int = 5) -> str:
    """The first few of many names."""
    more = len(names) - most
    return "; ".join(names[:most]) + (f"; and {more} more" if more > 0 else "")


def number_of(count: int, word: str) -> str:
    """``1 record``, ``3 records``."""
    return f"{count} {word}{'s' * (count != 1)}"


def with_count(reason: str, count: int, of: int = 1) -> str:
    """A reason with the number of trials that have it, unless these are all of them."""
    if count == of:
        return reason
    return f"{reason} ({count} of {of} trials)" if count < of else f"{reason} ({count} trials)"


def duration(seconds: float | None) -> str:
    """``0.8 s``, ``45 s``, ``12.5 min``, ``3.2 h``; empty where it is not known."""
    if seconds is None:
        return ""
    if seconds < 100:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    return f"{seconds / 60:.1f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def age(seconds: float) -> str:
    """How long ago something was: ``3 h ago``."""
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{int(seconds // length)} {unit} ago"
    return f"{int(max(0, seconds))} s ago"
