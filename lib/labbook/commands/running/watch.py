"""``labbook watch``: what goes on, redrawn on a terminal or an event a line, until nothing does."""

import shutil
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TextIO

from labbook.log.freshness import running_words as words
from labbook.log.freshness.running import Running, what_runs
from labbook.log.records.json_file import DamagedFile
from labbook.log.records.layout import Layout
from labbook.log.records.run_record import read_run
from labbook.log.records.text import duration

LOOK_S = 1.0


def watch(root: Path, experiments: Iterable[str] | None, *, site: bool) -> None:
    """Tell what goes on until nothing does.

    Arguments:
        experiments: names; all of the log when empty or not given.
        site: whether the site is rendered again whenever a run has ended.

    Raises:
        UnknownExperiment: there is no experiment of that name.
    """
    layout = Layout(root)
    names = list(experiments or ()) or None
    for name in names or ():
        layout.require(name)
    screen = _Screen(sys.stdout)
    if not (now := what_runs(root, names)):
        screen.say("nothing is running.")
        return
    screen.happened(words.events([], now))
    while now:
        screen.draw(words.as_text(now))
        time.sleep(LOOK_S)
        before, now = now, what_runs(root, names)
        ended = list(_ended(before, now, layout))
        screen.happened([*words.events(before, now), *ended])
        if ended:
            screen.say("\n".join(ended) if screen.is_terminal else "")
            if site:
                from labbook.site.build import build

                build(root)
    screen.say("nothing is running any more.")


def _ended(before: list[Running], now: list[Running], layout: Layout) -> Iterator[str]:
    """A line for each run that has ended between two looks."""
    there = {(one.experiment, one.run) for one in now}
    for one in before:
        if (one.experiment, one.run) in there:
            continue
        if one.run is None:
            yield f"{words.whole_name(one)}: ended"
            continue
        try:
            record = read_run(layout.runs(one.experiment) / one.run)
        except DamagedFile as error:
            yield f"{words.whole_name(one)}: ended; {error}"
            continue
        if record is not None:
            took = duration(record.wall_time_s)
            yield f"{words.whole_name(one)}: {record.outcome_text}, {took}; see {record.notebook}"


class _Screen:
    """Where it is told: a block that is redrawn on a terminal; elsewhere, a line for each event."""

    def __init__(self, stream: TextIO):
        self._stream = stream
        self.is_terminal = stream.isatty()
        self._drawn = 0

    def draw(self, text: str) -> None:
        """Put a block in place of the one before; nothing where it cannot be redrawn."""
        if not self.is_terminal:
            return
        size = shutil.get_terminal_size()
        lines = [line[: size.columns - 1] for line in text.splitlines()][: size.lines - 1]
        self._write(self._clear() + "".join(f"{line}\n" for line in lines))
        self._drawn = len(lines)

    def happened(self, lines: list[str]) -> None:
        """Tell events where nothing is redrawn."""
        if not self.is_terminal and lines:
            at = time.strftime("%H:%M:%S")
            self._write("".join(f"{at} {line}\n" for line in lines))

    def say(self, text: str) -> None:
        """Leave a line that stays."""
        if text:
            self._write(f"{self._clear()}{text}\n")
            self._drawn = 0

    def _clear(self) -> str:
        return f"\x1b[{self._drawn}A\x1b[J" if self._drawn else ""

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
